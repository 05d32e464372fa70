"""A crowd of the local Zalo with one message each in the outbox, and how often each was told."""

from __future__ import annotations

from typing import Any

from clock import SystemClock
from store.engine import Database
from tests.notify import outgoing
from tests.notify.test_sender import SEND, Zalo


def gather(db: Database, zalo: Zalo, count: int, name: str) -> None:
    """So many more followers who wrote an hour ago, and a message ``tin <name>-<n>`` for each."""
    zalo.control("PATCH", "settings", rate_oa=1_000_000, rate_app=1_000_000)
    order = {"count": count, "prefix": name, "interacted_hours_ago": 1}
    uids = zalo.control("POST", "people/bulk", **order)["ids"]
    now = SystemClock().now()
    outgoing.followers(db, uids, now)
    drafts = [outgoing.draft(f"{name}-{n}", now, uid=uid) for n, uid in enumerate(uids)]
    for start in range(0, count, 1000):
        outgoing.queue(db, drafts[start : start + 1000], now)


def told(zalo: Zalo, name: str) -> dict[str, int]:
    """How many of them were told never, once, more than once."""
    found: dict[str, int] = zalo.control("GET", f"people/tally?prefix={name}&text=tin {name}")[
        "any"
    ]
    return found


def handed_over(zalo: Zalo) -> int:
    """How many messages Zalo has accepted so far, repeated ones too; costs nothing to ask."""
    return int(zalo.sandbox.world.counters["sent cs"])


def slow(zalo: Zalo, ms: int, path: str = SEND) -> Any:
    """From now on each call takes so long, and no other fault is on."""
    zalo.control("DELETE", "faults")
    return zalo.fault("latency", path, ms=ms) if ms else None
