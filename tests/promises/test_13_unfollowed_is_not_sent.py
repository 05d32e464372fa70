"""Promise 13: who unfollowed, opted out, blocked us or had their data erased between queueing and
sending gets nothing: not in any lane of ours, not from a broadcast, not even when their message was
already claimed and only the call was still to be made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clock import FixedClock
from notify.broadcasts.loop import BroadcastLoop
from sandbox.server import running
from settings import Settings
from store.engine import Database
from store.tables import Follower, Lane, Outbox
from tests.notify import makers
from tests.notify.broadcasts import making
from tests.notify.outgoing import draft, followers, queue, rows, sending, until, waiting
from tests.notify.test_sender import SEND, Zalo


def unfollow(follower: Follower, clock: FixedClock) -> None:
    follower.followed, follower.unfollowed_at = False, clock.now()


def opt_out(follower: Follower, clock: FixedClock) -> None:
    follower.notify = False


def block(follower: Follower, clock: FixedClock) -> None:
    follower.unreachable = "blocked"


def withdraw(follower: Follower, clock: FixedClock) -> None:
    follower.withdrawn_at = clock.now()


WAYS: dict[str, Callable[[Follower, FixedClock], None]] = {
    "unfollowed": unfollow,
    "opted_out": opt_out,
    "blocked": block,
    "withdrawn": withdraw,
}
OURS = (Lane.status, Lane.reminder, Lane.broadcast)


@pytest.fixture
def zalo() -> Iterator[Zalo]:
    with running(rate_oa=100_000) as sandbox:
        yield Zalo(sandbox)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    changes: dict[str, Any] = {
        "zalo_rate_per_minute": 10_000,
        "broadcast_approve_above": 1_000_000,
        # One thread: while its call lasts, everything else that was claimed waits.
        "sender_threads": 1,
    }
    return settings.model_copy(update=changes)


def change(db: Database, clock: FixedClock, uid: str, how: str) -> None:
    with db.write(wake=True) as session:
        WAYS[how](session.get_one(Follower, uid), clock)


@pytest.mark.parametrize("how", WAYS)
def test_nothing_of_ours_goes_after_it(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock, how: str
) -> None:
    uid = zalo.person()
    followers(db, [uid], clock.now())
    queue(db, [draft(lane.value, clock.now(), uid=uid, lane=lane) for lane in OURS], clock.now())
    change(db, clock, uid, how)
    with sending(db, zalo.url, settings, clock):
        until(lambda: waiting(db) == 0)
    assert {row.reason for row in rows(db).values()} == {how}
    assert zalo.texts(uid) == []


@pytest.mark.parametrize("how", WAYS)
def test_not_even_between_the_claim_and_the_call(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock, how: str
) -> None:
    slow, uid = zalo.person("Người chậm"), zalo.person()
    followers(db, [slow, uid], clock.now())
    zalo.fault("slow_drip", seconds=60, times=1)
    first = draft("first", clock.now(), uid=slow)
    queue(db, [first, *(draft(f"m{n}", clock.now(), uid=uid) for n in range(2))], clock.now())
    with sending(db, zalo.url, settings, clock):
        until(lambda: zalo.calls(SEND))
        assert {row.state for row in rows(db).values()} == {"leased"}, "all are claimed by now"
        change(db, clock, uid, how)
        clock.advance(seconds=1)
        zalo.control("DELETE", "faults")
        until(lambda: waiting(db) == 0)
    found = rows(db)
    assert found["first"].state == "sent"
    assert {(found[name].state, found[name].reason) for name in ("m0", "m1")} == {("dropped", how)}
    assert zalo.texts(uid) == []


def test_a_link_revoked_and_a_message_erased_between_claim_and_call_count_too(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    slow, linked, erased = zalo.person("Người chậm"), zalo.person("Mẫu 1"), zalo.person("Mẫu 2")
    followers(db, [slow, erased], now)
    with db.write() as session:
        dossier = makers.dossier(session, now)
        makers.watch(session, linked, dossier, now)
        number = dossier.id
    zalo.fault("slow_drip", seconds=60, times=1)
    about = draft("about", now, uid=linked, dossier_id=number)
    queue(db, [draft("first", now, uid=slow), about, draft("gone", now, uid=erased)], now)
    with sending(db, zalo.url, settings, clock):
        until(lambda: zalo.calls(SEND))
        with db.write(wake=True) as session:
            session.delete(session.get_one(makers.DossierWatch, (number, linked)))
            session.delete(session.get_one(Outbox, rows(db)["gone"].id))
        clock.advance(seconds=1)
        zalo.control("DELETE", "faults")
        until(lambda: waiting(db) == 0)
    assert rows(db)["about"].reason == "not_linked"
    assert zalo.texts(linked) == zalo.texts(erased) == []


def test_a_broadcast_passes_over_who_left_while_it_ran(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    made = zalo.control("POST", "people/bulk", count=12, interacted_hours_ago=1)
    uids = [str(uid) for uid in made["ids"]]
    followers(db, uids, clock.now())
    number = making.ready(db, settings, clock.now())
    zalo.fault("slow_drip", seconds=60, times=1)
    loop: BroadcastLoop = making.looping(db, settings, clock, zalo.url)
    until(lambda: (loop.turn(), making.get(db, number).fed == 12)[1])
    left = dict(zip(WAYS, uids[-len(WAYS) :], strict=True))
    with making.announcing(db, zalo.url, settings, clock):
        until(lambda: zalo.calls(SEND))
        for how, uid in left.items():
            change(db, clock, uid, how)
        clock.advance(seconds=1)
        zalo.control("DELETE", "faults")
        until(lambda: making.get(db, number).state == "done", 60)
    told = zalo.control("GET", "people/tally")["any"]
    assert told == {"0": len(WAYS), "1": 12 - len(WAYS), "2+": 0}
    reasons = {row.uid: row.reason for row in making.messages(db, number)}
    assert {how: reasons[uid] for how, uid in left.items()} == {how: how for how in WAYS}
