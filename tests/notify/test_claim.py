"""Claims: nothing twice, replies first, each recipient's messages in order."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest

from clock import FixedClock
from store import delivery, outbox, sending
from store.engine import Database
from store.results import finish
from store.sending import Claimed, Result
from store.tables import Lane, Outbox, OutboxState
from tests.notify.outgoing import draft, queue, rows


def claim(db: Database, now: datetime, limit: int = 100, owner: str = "w1") -> list[Claimed]:
    with db.write() as session:
        return sending.claim(session, owner, now, limit, 60)


def texts(found: list[Claimed]) -> list[str]:
    return [row.body["text"].removeprefix("tin ") for row in found]


def result(row: Claimed, state: OutboxState, due_at: datetime, reason: str = "") -> Result:
    return Result(row.id, state, due_at, reason, row.attempts + 1)


def write(db: Database, *results: Result, owner: str = "w1") -> None:
    with db.write() as session:
        finish(session, owner, results)


def test_eight_threads_on_two_databases_never_claim_a_message_twice(
    db: Database, database_url: str, clock: FixedClock
) -> None:
    now = clock.now()
    queue(db, [draft(f"m{n}", now, uid=f"u{n % 60}") for n in range(400)], now)
    other = Database(database_url, pool_size=8)
    taken: list[tuple[str, Claimed]] = []
    orders: list[str] = []

    def work(database: Database, owner: str) -> None:
        idle = 0
        while idle < 3:
            found = claim(database, now, 7, owner)
            idle = 0 if found else idle + 1
            taken.extend((owner, row) for row in found)
            for row in found:
                orders.append(f"{row.order_key}:{row.id}")
            write(database, *(result(r, OutboxState.sent, now) for r in found), owner=owner)

    threads = [
        threading.Thread(target=work, args=(base, f"w{n}{name}"))
        for n in range(4)
        for name, base in (("a", db), ("b", other))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.dispose()
    counted = Counter(row.id for _, row in taken)
    assert len(counted) == 400
    assert set(counted.values()) == {1}
    assert {row.state for row in rows(db).values()} == {"sent"}
    by_key: dict[str, list[int]] = {}
    for entry in orders:
        key, _, number = entry.rpartition(":")
        by_key.setdefault(key, []).append(int(number))
    assert all(numbers == sorted(numbers) for numbers in by_key.values())


def test_replies_come_before_status_before_reminders_before_broadcasts(
    db: Database, clock: FixedClock
) -> None:
    now = clock.now()
    lanes = [Lane.broadcast, Lane.reminder, Lane.status, Lane.reply]
    queue(db, [draft(lane.value, now, lane=lane, uid=lane.value) for lane in lanes], now)
    assert texts(claim(db, now)) == ["reply", "status", "reminder", "broadcast"]


def test_one_recipients_messages_come_together_in_the_order_they_were_queued(
    db: Database, clock: FixedClock
) -> None:
    now = clock.now()
    queue(db, [draft(str(n), now, uid="u") for n in range(5)], now)
    assert texts(claim(db, now)) == list("01234")


def test_a_later_message_waits_while_an_earlier_one_is_leased(
    db: Database, clock: FixedClock
) -> None:
    now = clock.now()
    queue(db, [draft("1", now, uid="u"), draft("2", now, uid="u")], now)
    assert texts(claim(db, now, limit=1)) == ["1"]
    assert claim(db, now, owner="w2") == []


@pytest.mark.parametrize("state", [OutboxState.queued, OutboxState.uncertain])
def test_a_later_message_waits_while_an_earlier_one_is_retried_later(
    db: Database, clock: FixedClock, state: OutboxState
) -> None:
    now = clock.now()
    queue(db, [draft("1", now, uid="u"), draft("2", now, uid="u")], now)
    write(db, result(claim(db, now, limit=1)[0], state, now + timedelta(minutes=1)))
    assert claim(db, now) == []
    later = now + timedelta(minutes=1)
    again = claim(db, later)
    assert texts(again) == ["1"]
    write(db, result(again[0], OutboxState.sent, later))
    assert texts(claim(db, later)) == ["2"]


def test_a_retried_message_keeps_its_place_even_when_many_wait_behind_it(
    db: Database, clock: FixedClock
) -> None:
    now = clock.now()
    queue(db, [draft(str(n), now, uid="u") for n in range(9)], now)
    first = claim(db, now, limit=1)[0]
    # Due again only now, so that by due time alone it would stand behind all others.
    later = now + timedelta(seconds=5)
    write(db, result(first, OutboxState.queued, later))
    assert texts(claim(db, later, limit=3)) == ["0"]


def test_lanes_of_one_recipient_do_not_wait_for_each_other(db: Database, clock: FixedClock) -> None:
    now = clock.now()
    drafts = [draft("s", now, uid="u"), draft("r", now, uid="u", lane=Lane.reply)]
    queue(db, drafts, now)
    claim(db, now, limit=1)
    assert texts(claim(db, now, owner="w2")) == ["s"]


def test_what_is_not_due_is_not_claimed_and_a_look_says_when(
    db: Database, clock: FixedClock
) -> None:
    now = clock.now()
    later = now + timedelta(minutes=5)
    queue(db, [draft("1", now, uid="u", due_at=later)], now)
    with db.read() as session:
        assert sending.look(session, now).next_at == later
        assert sending.look(session, later).due
        assert sending.look(session, now).due == ()
    assert claim(db, now) == []
    assert texts(claim(db, later)) == ["1"]
    with db.read() as session:
        assert sending.look(session, later) == sending.Outlook((), None)


def test_a_grant_that_allows_fewer_leaves_the_rest_queued(db: Database, clock: FixedClock) -> None:
    now = clock.now()
    queue(db, [draft(str(n), now, uid=f"u{n}") for n in range(5)], now)
    with db.write() as session:
        found = sending.claim(session, "w1", now, 10, 60, grant=lambda _: 2)
    assert texts(found) == ["0", "1"]
    assert texts(claim(db, now, owner="w2")) == ["2", "3", "4"]


def test_phone_only_leaves_messages_to_followers_alone(db: Database, clock: FixedClock) -> None:
    now = clock.now()
    queue(db, [draft("u", now, uid="u"), draft("p", now, phone="+84900000001")], now)
    with db.write() as session:
        found = sending.claim(session, "w1", now, 10, 60, phone_only=True)
    assert texts(found) == ["p"]


def test_an_expired_lease_becomes_uncertain_and_goes_once_more_after_a_pause(
    db: Database, clock: FixedClock
) -> None:
    now = clock.now()
    lanes = {"s": Lane.status, "r": Lane.reply, "b": Lane.broadcast}
    queue(db, [draft(n, now, uid=n, lane=lane) for n, lane in lanes.items()], now)
    claim(db, now)
    with db.write() as session:
        assert (
            sending.sweep_expired_leases(
                session, now, pause_seconds=120, max_attempts=8, echo_seconds=600
            )
            == 0
        )
    late = now + timedelta(seconds=61)
    with db.write() as session:
        assert (
            sending.sweep_expired_leases(
                session, late, pause_seconds=120, max_attempts=8, echo_seconds=600
            )
            == 3
        )
    found = rows(db)
    assert found["s"].state == "uncertain" and found["s"].due_at == late + timedelta(seconds=120)
    assert found["r"].state == "uncertain" and found["r"].due_at == late + timedelta(seconds=10)
    # Long enough for an echo that Zalo delivers late.
    assert found["b"].state == "uncertain" and found["b"].due_at == late + timedelta(seconds=600)
    assert texts(claim(db, late + timedelta(seconds=120), owner="w2")) == ["r", "s"]


def test_the_true_result_of_a_swept_message_still_counts(db: Database, clock: FixedClock) -> None:
    now = clock.now()
    queue(db, [draft("s", now, uid="u")], now)
    row = claim(db, now)[0]
    late = now + timedelta(seconds=61)
    with db.write() as session:
        sending.sweep_expired_leases(
            session, late, pause_seconds=120, max_attempts=8, echo_seconds=600
        )
    write(db, result(row, OutboxState.sent, late))
    assert rows(db)["s"].state == "sent"


def test_a_result_is_ignored_once_another_worker_holds_the_message(
    db: Database, clock: FixedClock
) -> None:
    now = clock.now()
    queue(db, [draft("s", now, uid="u")], now)
    row = claim(db, now)[0]
    late = now + timedelta(seconds=200)
    with db.write() as session:
        sending.sweep_expired_leases(
            session, late, pause_seconds=0, max_attempts=8, echo_seconds=600
        )
    claim(db, late, owner="w2")
    write(db, result(row, OutboxState.dropped, late))
    assert (rows(db)["s"].state, rows(db)["s"].lease_owner) == ("leased", "w2")


def test_handing_back_frees_only_what_the_owner_holds(db: Database, clock: FixedClock) -> None:
    now = clock.now()
    queue(db, [draft(str(n), now, uid=f"u{n}") for n in range(3)], now)
    mine = claim(db, now, limit=2)
    claim(db, now, owner="w2")
    with db.write() as session:
        assert sending.hand_back(session, "w1", [mine[0].id]) == 1
        assert sending.hand_back(session, "w1") == 1
        assert sending.hand_back(session, "w1") == 0
    assert texts(claim(db, now, owner="w3")) == ["0", "1"]


def test_requeue_takes_ended_messages_only(db: Database, clock: FixedClock) -> None:
    now = clock.now()
    old = now - timedelta(days=9)
    queue(db, [draft("p", old, uid="a", expires_at=old), draft("q", now, uid="b")], now)
    row = next(r for r in claim(db, now) if r.uid == "a")
    write(db, result(row, OutboxState.parked, now, "-200"))
    found = rows(db)
    with db.write() as session:
        assert outbox.requeue(session, found["p"].id or 0, now)
        assert not outbox.requeue(session, found["q"].id or 0, now)
        assert not outbox.requeue(session, 10**9, now)
    again = rows(db)["p"]
    assert (again.state, again.attempts, again.reason, again.expires_at) == ("queued", 0, "", None)


def test_a_handed_over_secret_is_not_kept(db: Database, clock: FixedClock) -> None:
    now = clock.now()
    queue(db, [draft("otp", now, phone="+84900000001", kind="otp", facts={"otp": "123456"})], now)
    row = claim(db, now)[0]
    write(db, Result(row.id, OutboxState.sent, now, forget=True))
    kept: Outbox = rows(db)["otp"]
    assert (kept.body, kept.facts) == ({}, {})


def test_a_receipt_that_came_before_the_answer_of_its_call_is_taken_in(
    db: Database, clock: FixedClock
) -> None:
    now = clock.now()
    queue(db, [draft("m", now, uid="u")], now)
    row = claim(db, now)[0]
    with db.write() as session:
        delivery.learn(session, "z1", delivery.News(delivered_at=now, uid="u"), now)
    write(db, Result(row.id, OutboxState.sent, now, zalo_message_id="z1", sent_at=now))
    assert (rows(db)["m"].state, rows(db)["m"].delivered_at) == ("delivered", now)
