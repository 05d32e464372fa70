"""The promises of the engine that the rest of the product stands on."""

from __future__ import annotations

import threading

from sqlmodel import Session, select

from clock import FixedClock
from store.engine import Database
from store.outbox import Draft, enqueue
from store.tables import Lane, Outbox, Throttle


def _draft(clock: FixedClock, key: str) -> Draft:
    return Draft(
        dedupe_key=key,
        lane=Lane.status,
        kind="status",
        uid="1",
        body={"type": "text", "text": "x"},
        correlation_id="c",
        due_at=clock.now(),
    )


def test_a_message_queued_twice_for_the_same_cause_exists_once(
    db: Database, clock: FixedClock
) -> None:
    with db.write() as session:
        first = enqueue(session, [_draft(clock, "a"), _draft(clock, "b")], clock.now())
    with db.write() as session:
        again = enqueue(session, [_draft(clock, "a"), _draft(clock, "c")], clock.now())
    with db.read() as session:
        assert len(session.exec(select(Outbox)).all()) == 3
    assert (first, again) == (2, 1)


def test_a_failed_write_leaves_nothing_behind(db: Database, clock: FixedClock) -> None:
    try:
        with db.write() as session:
            enqueue(session, [_draft(clock, "a")], clock.now())
            raise RuntimeError("crash before commit")
    except RuntimeError:
        pass
    with db.read() as session:
        assert session.exec(select(Outbox)).all() == []


def test_concurrent_read_add_write_loses_nothing(db: Database, clock: FixedClock) -> None:
    window = clock.now()
    with db.write() as session:
        session.add(Throttle(key="k", window_start=window, used=0))

    def add() -> None:
        for _ in range(25):
            with db.write() as session:
                row = session.exec(
                    select(Throttle).where(Throttle.key == "k").with_for_update()
                ).one()
                row.used += 1

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(db.reader) as session:
        assert session.exec(select(Throttle)).one().used == 100


def test_another_process_database_object_hears_of_a_commit(
    database_url: str, clock: FixedClock
) -> None:
    writer, worker = Database(database_url), Database(database_url)
    try:
        worker.wakeups.listen()
        seen = worker.wakeups.wait(worker.wakeups.generation, 0.3)  # listener is up
        with writer.write(wake=True) as session:
            enqueue(session, [_draft(clock, "a")], clock.now())
        assert worker.wakeups.wait(seen, 5) != seen
    finally:
        writer.dispose()
        worker.dispose()
