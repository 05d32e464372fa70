"""The account that pays for sends, a ZCA with money on it (protocol 3.12, 5.1)."""

from __future__ import annotations

from typing import Literal

from .errors import refused, zbs_refused
from .quotas import Channel
from .world import World


def check(world: World, price: int, family: Literal["oa", "zbs"]) -> None:
    """Refuse when the account is not linked, its charge fails or it lacks `price` VND.

    The OA host knows -320 and -321 (protocol 3.12), the business host -136, -137 and -115 (5.6).
    """
    switches = world.switches
    if not switches.zca_linked:
        raise refused(-320) if family == "oa" else zbs_refused(-136)
    if not switches.zca_charge_works and price:
        raise refused(-321) if family == "oa" else zbs_refused(-137)
    balance = switches.zbs_balance_vnd
    if balance is not None and balance < price:
        raise refused(-321) if family == "oa" else zbs_refused(-115)


def charge(world: World, channel: Channel, price: int) -> None:
    """Note one accepted message and take its price from the balance; `check` came before."""
    world.quotas.sent(channel, price)
    balance = world.switches.zbs_balance_vnd
    if balance is not None:
        world.switches.zbs_balance_vnd = balance - price
