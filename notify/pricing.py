"""What a message cost, by Zalo's own answer where it gives one (zalo-protocol 3.2, 4.2)."""

from __future__ import annotations

from dataclasses import dataclass

from bot.outcomes import Quota
from notify.policy import Channel, Send
from settings import Settings

_FREE = frozenset({"reply", "welcome_msg", "sub_quota", "purchase_quota", "reward_quota"})
_PACKAGE = frozenset({"sub_quota", "purchase_quota", "reward_quota"})


@dataclass(frozen=True, slots=True)
class Charge:
    """Cost in VND, package messages and welcome messages used, and what remains of the package."""

    cost: int
    package: int = 0
    package_left: int | None = None
    welcome: int = 0


def charge(decision: Send, quota: Quota | None, settings: Settings) -> Charge:
    """What an accepted message cost.

    Templates have their price. A consultation answer names the quota it used; it names none for a
    billed message, and since 2026-03-01 none inside the free 48 hours either, so there the
    decision counts.
    """
    if decision.channel is not Channel.consultation:
        return Charge(decision.cost)
    kind = quota.kind if quota else ""
    if quota is not None and kind in _PACKAGE:
        return Charge(0, package=1, package_left=quota.remain)
    if kind in _FREE:
        return Charge(0, welcome=int(kind == "welcome_msg"))
    if decision.allowance:
        # Expected to be covered by the package, but nothing was: it is used up, and this was paid.
        return Charge(settings.consultation_price, package_left=0)
    return Charge(decision.cost, welcome=int(decision.welcome))
