"""Promise 9: the messages of one citizen within a lane arrive in the order they were written,
whatever fails and however many workers send.

Across lanes only this holds: none waits for another. A reply may overtake a status message that
was queued before it, and is meant to (docs/decisions/sender.md).
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from clock import FixedClock
from sandbox.server import running
from settings import Settings
from store import sending as outbox
from store.engine import Database
from store.tables import Lane
from tests.notify.outgoing import draft, followers, queue, rows, sending, until, waiting
from tests.notify.test_sender import Zalo
from tests.promises.sizes import size

#: Whole processes are started: on a machine with much to do that takes its time.
pytestmark = pytest.mark.timeout(600)

#: What may go wrong with a call; the last two are accepted by Zalo all the same.
FAULTS = ("error", "http_500", "http_502", "reset", "broken_json", "timeout_after")
LANES = (Lane.reply, Lane.status, Lane.broadcast)
CITIZENS, EACH = 3, 4
_TEXT = re.compile(r"tin (\w+)-(\d+)")


@pytest.fixture
def zalo() -> Iterator[Zalo]:
    with running(rate_oa=100_000) as sandbox:
        yield Zalo(sandbox)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    changes = {"zalo_rate_per_minute": 10_000, "sender_threads": 3, "uncertain_pause_seconds": 20}
    return settings.model_copy(update=changes)


def move_on(db: Database, clock: FixedClock) -> None:
    """When nobody is at work, let time pass, over every pause to the next attempt."""
    if any(row.state == "leased" for row in rows(db).values()):
        return
    with db.read() as session:
        outlook = outbox.look(session, clock.now())
    # What is due may still wait for an earlier one that is not: its moment, if there is one.
    soon = clock.now() + timedelta(seconds=1)
    clock.set(max(soon, outlook.next_at or soon))
    db.wakeups.notify()


def drain(db: Database, clock: FixedClock, left: int = 0, seconds: float = 60) -> None:
    """Send until no more than ``left`` messages wait, moving the clock over every pause."""
    ends = time.monotonic() + seconds
    while waiting(db) > left:
        assert time.monotonic() < ends, "it never came to an end"
        move_on(db, clock)
        time.sleep(0.04)


@pytest.mark.parametrize("seed", range(size(4, 60)))
def test_whatever_fails_each_lane_arrives_in_its_order(
    db: Database,
    database_url: str,
    zalo: Zalo,
    settings: Settings,
    clock: FixedClock,
    seed: int,
) -> None:
    chance = random.Random(seed)
    uids = [zalo.person(f"Mẫu {n}") for n in range(CITIZENS)]
    followers(db, uids, clock.now())
    clock.advance(minutes=1)
    for _ in range(9):
        code = {"code": -200} if (kind := chance.choice(FAULTS)) == "error" else {}
        zalo.fault(kind, seconds=0.5, times=chance.randint(1, 3), **code)
    wanted = [(uid, lane, n) for n in range(EACH) for uid in uids for lane in LANES]
    drafts = [
        draft(f"{uid}-{lane}-{n}", clock.now(), uid=uid, lane=lane, body=said(lane, n))
        for uid, lane, n in wanted
    ]
    other = Database(database_url)
    other.wakeups.listen()
    try:
        with sending(other, zalo.url, settings, clock, owner="w2", read_timeout=0.3):
            # The first worker stops in the middle of it all, and a third takes its place.
            with sending(db, zalo.url, settings, clock, owner="w1", read_timeout=0.3):
                queue(db, drafts[: len(drafts) // 2], clock.now())
                drain(db, clock, left=len(drafts) // 3)
            with sending(db, zalo.url, settings, clock, owner="w3", read_timeout=0.3):
                queue(db, drafts[len(drafts) // 2 :], clock.now())
                drain(db, clock)
    finally:
        other.dispose()
    ends = rows(db)
    for uid in uids:
        heard = [found.groups() for text in zalo.texts(uid) if (found := _TEXT.fullmatch(text))]
        for lane in LANES:
            numbers = [int(number) for name, number in heard if name == lane.value]
            assert numbers == sorted(numbers), f"{lane} of {uid} out of order, seed {seed}"
            missing = set(range(EACH)) - set(numbers)
            assert {ends[f"{uid}-{lane}-{n}"].state for n in missing} <= {"parked"}


def said(lane: Lane, number: int) -> dict[str, str]:
    """The body of one numbered message."""
    return {"kind": "text", "text": f"tin {lane.value}-{number}"}


def test_across_lanes_nobody_waits(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    (uid,) = (zalo.person(),)
    followers(db, [uid], clock.now())
    zalo.fault("error", code=-200, times=1)
    queue(db, [draft(f"status-{n}", clock.now(), uid=uid) for n in range(2)], clock.now())
    with sending(db, zalo.url, settings, clock):
        until(lambda: rows(db)["status-0"].attempts == 1)
        queue(db, [draft("reply-0", clock.now(), uid=uid, lane=Lane.reply)], clock.now())
        until(lambda: rows(db)["reply-0"].state == "sent")
        assert rows(db)["status-1"].state == "queued", "the second waits for the first"
        drain(db, clock)
    assert zalo.texts(uid) == ["tin reply-0", "tin status-0", "tin status-1"]
