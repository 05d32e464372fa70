"""Who may be written to now, and from which allowance (protocol 3.2, 4.2)."""

from __future__ import annotations

from typing import Any

from . import account
from .errors import refused
from .people import Person
from .world import World

FREE_MS = 48 * 3600 * 1000
PAID_MS = 7 * 86_400 * 1000
YEAR_MS = 365 * 86_400 * 1000
CONSULTATION_PRICE = 55


def check_user_state(world: World, person: Person) -> None:
    """Refuse people who blocked the OA, opted out or left Zalo (-217, -244, -227)."""
    if person.blocked or world.faults.take(person.id, frozenset({"blocked_user"})):
        raise refused(world.switches.blocked_user_code)
    if person.inactive:
        raise refused(-227)
    if person.restricted:
        raise refused(-244)


def quota_type(world: World, person: Person) -> str:
    """`reply`, `welcome_msg`, `sub_quota` or `billed`; -230, -232, -211 when not permitted.

    A message that would be billed also needs an account that can pay: -320, -321.
    """
    last = person.last_interaction_ms
    if last is None:
        known = person.follower or person.chatnow_pressed
        if known and person.welcome_used < world.switches.welcome_limit:
            return "welcome_msg"
        raise refused(-232)
    age = world.clock.now_ms() - last
    if age < FREE_MS:
        return "reply"
    if age >= PAID_MS:
        raise refused(-230)
    if world.quotas.sub_remain > 0:
        return "sub_quota"
    if world.switches.bill_beyond_quota:
        account.check(world, CONSULTATION_PRICE, "oa")
        return "billed"
    raise refused(-211)


def spend(world: World, person: Person, kind: str) -> dict[str, Any] | None:
    """Take one message from its allowance; the `quota` member of the answer, None when billed."""
    account.charge(world, "cs", CONSULTATION_PRICE if kind == "billed" else 0)
    if kind == "welcome_msg":
        person.welcome_used += 1
        limit = world.switches.welcome_limit
        return {
            "quota_type": kind,
            "remain": str(max(limit - person.welcome_used, 0)),
            "total": str(limit),
        }
    if kind == "sub_quota":
        world.quotas.use_sub()
        return {
            "quota_type": kind,
            "remain": str(world.quotas.sub_remain),
            "total": str(world.switches.sub_quota_total),
            "expired_date": world.quotas.month_end(),
        }
    if kind == "billed":
        return None
    numbers = {"remain": "8", "total": "8"} if world.switches.reply_numbers else {}
    return {"quota_type": kind, **numbers}
