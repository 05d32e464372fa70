"""Stored events are claimed once, in order per citizen, and survive dead workers."""

from __future__ import annotations

import threading

from sqlmodel import select

from clock import FixedClock
from store import inbound
from store.engine import Database
from store.inbox import Arrival, Inbox
from store.tables import InboundEvent, InboundState


def arrive(db: Database, clock: FixedClock, key: str, subject: str = "1") -> None:
    Inbox(db).put(
        Arrival(
            dedupe_key=key,
            event_name="user_send_text",
            subject=subject,
            body=b"{}",
            zns=False,
            correlation_id=key,
            received_at=clock.now(),
            sent_at=None,
        )
    )


def claim(db: Database, clock: FixedClock, owner: str, limit: int = 100) -> list[str]:
    with db.write() as session:
        rows = inbound.claim(session, owner, clock.now(), limit, 60)
        return [row.correlation_id for row in rows]


def test_events_are_claimed_oldest_first_and_once(db: Database, clock: FixedClock) -> None:
    for key in ("a", "b", "c"):
        arrive(db, clock, key, subject=key)
    assert claim(db, clock, "w1", limit=2) == ["a", "b"]
    assert claim(db, clock, "w2") == ["c"]
    assert claim(db, clock, "w2") == []


def test_a_citizens_next_event_waits_while_another_worker_holds_the_one_before(
    db: Database, clock: FixedClock
) -> None:
    arrive(db, clock, "first")
    assert claim(db, clock, "w1") == ["first"]
    arrive(db, clock, "second")
    arrive(db, clock, "of somebody else", subject="2")
    assert claim(db, clock, "w2") == ["of somebody else"]
    assert claim(db, clock, "w1") == ["second"]


def test_what_a_dead_worker_held_is_taken_again_after_its_lease(
    db: Database, clock: FixedClock
) -> None:
    arrive(db, clock, "a")
    assert claim(db, clock, "dead") == ["a"]
    assert claim(db, clock, "alive") == []
    clock.advance(seconds=61)
    assert claim(db, clock, "alive") == ["a"]


def test_a_failure_told_late_leaves_the_next_workers_lease_alone(
    db: Database, clock: FixedClock
) -> None:
    arrive(db, clock, "a")
    assert claim(db, clock, "slow") == ["a"]
    clock.advance(seconds=61)
    assert claim(db, clock, "next") == ["a"]
    with db.write() as session:
        inbound.failed(session, 1, "OSError", clock.now(), owner="slow")
    with db.read() as session:
        row = session.exec(select(InboundEvent)).one()
    assert (row.lease_owner, row.problem) == ("next", "")


def test_an_event_that_keeps_failing_is_parked_for_a_person(
    db: Database, clock: FixedClock
) -> None:
    arrive(db, clock, "poison")
    for _ in range(inbound.MAX_ATTEMPTS):
        assert claim(db, clock, "w") == ["poison"]
        with db.write() as session:
            inbound.failed(session, 1, "ValueError", clock.now())
        clock.advance(minutes=5)
    assert claim(db, clock, "w") == []
    with db.read() as session:
        row = session.exec(select(InboundEvent)).one()
    assert (row.state, row.problem) == (InboundState.parked, "ValueError")
    with db.write() as session:
        assert inbound.replay(session, row.id or 0)
    assert claim(db, clock, "w") == ["poison"]


def test_a_stopping_worker_hands_back_what_it_did_not_handle(
    db: Database, clock: FixedClock
) -> None:
    arrive(db, clock, "a")
    assert claim(db, clock, "w1") == ["a"]
    with db.write() as session:
        assert inbound.hand_back(session, "w1") == 1
    assert claim(db, clock, "w2") == ["a"]


def test_four_workers_claim_a_hundred_events_each_once(
    database_url: str, clock: FixedClock
) -> None:
    databases = [Database(database_url) for _ in range(2)]
    for n in range(100):
        arrive(databases[0], clock, str(n), subject=str(n % 7))
    taken: list[str] = []
    lock = threading.Lock()

    def work(database: Database, owner: str) -> None:
        idle = 0
        while idle < 3:
            got = claim(database, clock, owner, limit=5)
            idle = 0 if got else idle + 1
            with lock:
                taken.extend(got)
            with database.write() as session:
                for row in session.exec(
                    select(InboundEvent).where(
                        InboundEvent.lease_owner == owner, InboundEvent.state == "leased"
                    )
                ).all():
                    row.state = InboundState.handled

    threads = [threading.Thread(target=work, args=(databases[n % 2], f"w{n}")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in databases:
        database.dispose()
    assert sorted(taken, key=int) == [str(n) for n in range(100)]


def test_the_sweep_frees_expired_leases_and_names_parked_events(
    db: Database, clock: FixedClock
) -> None:
    arrive(db, clock, "a")
    claim(db, clock, "dead")
    clock.advance(seconds=90)
    with db.write() as session:
        assert inbound.sweep(session, clock.now()) == []
    assert claim(db, clock, "alive") == ["a"]


def test_what_a_full_disk_did_is_not_counted_against_an_event(
    db: Database, clock: FixedClock
) -> None:
    arrive(db, clock, "patient")
    for _ in range(inbound.MAX_ATTEMPTS * 3):
        assert claim(db, clock, "w") == ["patient"]
        with db.write() as session:
            inbound.failed(session, 1, "OperationalError", clock.now(), blameless=True)
        assert claim(db, clock, "w") == [], "but it rests between two tries"
        clock.advance(seconds=6)
    assert claim(db, clock, "w") == ["patient"]
