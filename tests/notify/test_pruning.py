"""History rows go when their time is over, never what could make something happen twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, func, select

from clock import FixedClock
from notify import retention, statistics
from notify.retention import forget, prune
from settings import Settings
from store import daily_counts, pruning
from store.engine import Database
from store.outbox import enqueue
from store.tables import (
    Broadcast,
    Dossier,
    DossierEvent,
    DossierNote,
    DossierWatch,
    DossierWord,
    InboundEvent,
    InboundState,
    Outbox,
    OutboxState,
)
from tests.notify import makers, outgoing
from tests.store.test_plans import plans


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"keep_dossiers_days": 1000})


def event(session: Session, at: datetime, key: str, state: str = "handled", **more: Any) -> None:
    session.add(
        InboundEvent(
            dedupe_key=key,
            event_name="follow",
            body=b"{}",
            correlation_id="c",
            received_at=at,
            state=InboundState(state),
            **more,
        )
    )
    session.flush()


def message(
    session: Session, at: datetime, key: str, state: OutboxState = OutboxState.seen, **more: Any
) -> None:
    enqueue(session, [outgoing.draft(key, at, uid="u", **more)], at)
    row = session.exec(select(Outbox).where(Outbox.dedupe_key == key)).one()
    row.state, row.channel, row.cost_vnd, row.sent_at = state, "consultation", 55, at
    session.add(row)


def keys(db: Database, table: Any) -> set[str]:
    with db.read() as session:
        return set(session.exec(select(table.dedupe_key)).all())


def night(db: Database, settings: Settings, now: datetime, chunk: int = 500) -> int:
    forget(db, settings, now, chunk)
    return prune(db, settings, now, chunk)


def test_events_go_half_a_year_after_they_were_handled(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    old = clock.now() - timedelta(days=settings.keep_events_days + 1)
    with db.write() as session:
        event(session, old, "parked", "parked")
        for number in range(11):
            event(session, old, f"old{number}")
        event(session, old, "waiting", "queued")
        event(session, clock.now() - timedelta(days=100), "young")
    # In pieces smaller than what is to be done, and the same again finds nothing more.
    assert night(db, settings, clock.now(), chunk=3) == 11
    assert keys(db, InboundEvent) == {"parked", "waiting", "young"}
    assert night(db, settings, clock.now(), chunk=3) == 0
    never = settings.model_copy(update={"keep_events_days": 0})
    assert night(db, never, clock.advance(days=1000)) == 0


def test_the_newest_row_stays_so_that_its_number_is_never_given_again(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    old = clock.now() - timedelta(days=2000)
    with db.write() as session:
        for number in range(3):
            event(session, old, f"e{number}")
            message(session, old, f"m{number}")
    assert night(db, settings, clock.now()) == 4
    with db.write() as session:
        event(session, clock.now(), "new", "queued")
        message(session, clock.now(), "new")
        assert session.exec(select(func.max(InboundEvent.id))).one() == 4
        assert session.exec(select(func.max(Outbox.id))).one() == 4


def test_messages_go_after_two_years_and_the_days_numbers_stay(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    old = clock.now() - timedelta(days=settings.keep_history_days + 1)
    with db.write() as session:
        message(session, old, "old")
        message(session, old, "stuck", OutboxState.parked)
        message(session, old, "open", OutboxState.queued)
        message(session, clock.now() - timedelta(days=400), "emptied")
        message(session, clock.now(), "new")
    day = old.date()
    statistics.count_day(db, settings, day, old + timedelta(hours=1))
    with db.read() as session:
        counted = daily_counts.everything(session, day)
    assert counted["sent:consultation"] == 1 and counted["cost"] == 165
    assert night(db, settings, clock.now()) == 1
    assert keys(db, Outbox) == {"stuck", "open", "emptied", "new"}
    # Counting the past anew does not count what is gone as nothing.
    statistics.count_past(db, settings, clock.now(), days=settings.keep_history_days + 2)
    with db.read() as session:
        after = daily_counts.everything(session, day)
    assert {**after, "counted:at": 0} == {**counted, "counted:at": 0}


def test_what_could_be_queued_again_keeps_its_key(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    old = clock.now() - timedelta(days=1500)
    with db.write() as session:
        running = makers.dossier(session, old, code="000.00.04.H60-220101-0001")
        ended = makers.dossier(
            session, old, code="000.00.04.H60-220101-0002", state="refused", national_state=3
        )
        times = {"created_at": old, "updated_at": old, "created_by": "lan"}
        held = Broadcast(title="x", state="paused", **times)
        over = Broadcast(title="y", state="done", finished_at=old, **times)
        session.add_all([held, over])
        session.flush()
        message(session, old, "of running", dossier_id=running.id)
        message(session, old, "of ended", dossier_id=ended.id)
        message(session, old, "of held", broadcast_id=held.id)
        message(session, old, "of over", broadcast_id=over.id)
        message(session, clock.now(), "newest")
    kept = settings.model_copy(update={"keep_dossiers_days": 0})
    assert night(db, kept, clock.now()) == 2
    assert keys(db, Outbox) == {"of running", "of held", "newest"}
    with db.write() as session:
        again = outgoing.draft("of running", clock.now(), uid="u")
        assert enqueue(session, [again], clock.now()) == 0


def test_a_dossier_goes_with_everything_of_it_years_after_its_end(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    old = clock.now() - timedelta(days=1500)
    codes = [f"000.00.04.H60-220101-000{n}" for n in range(6)]
    with db.write() as session:
        rows = [makers.dossier(session, old, code=code, state_at=old) for code in codes]
        for row in rows:
            makers.event(session, row, 10, old)
            makers.watch(session, f"u{row.id}", row, old)
            makers.receipt(session, row, old)
            session.add(DossierNote(dossier_id=row.id, at=old, by="lan", text="x"))
            session.add(DossierWord(word="mau", dossier_id=row.id))
            message(session, old, f"of {row.code}", dossier_id=row.id)
        late = makers.event(session, rows[1], 10, clock.now() - timedelta(days=10))
        working = makers.event(session, rows[2], 4, old, step="x")
        message(session, old, "parked", OutboxState.parked, dossier_id=rows[3].id)
        newest = makers.dossier(session, clock.now(), code="000.00.04.H60-220101-0009")
        makers.event(session, newest, 2, clock.now())
        message(session, clock.now(), "newest", dossier_id=newest.id)
        assert late.id and working.id
    # By default dossiers are never deleted.
    never = settings.model_copy(update={"keep_dossiers_days": 0})
    with db.write() as session:
        assert pruning.dossiers(session, old, None, 10).gone == 0
    assert prune(db, never, clock.now()) == 0
    forget(db, settings, clock.now())
    assert prune(db, settings, clock.now(), chunk=20) >= 3
    with db.read() as session:
        left = set(session.exec(select(Dossier.code)).all())
        assert left == {codes[1], codes[2], codes[3], newest.code}
        ids = set(session.exec(select(Dossier.id)).all())
        for table in (DossierEvent, DossierWatch, DossierNote, DossierWord):
            assert set(session.exec(select(table.dossier_id)).all()) <= ids
        assert set(session.exec(select(Outbox.dossier_id)).all()) <= ids
    assert prune(db, settings, clock.now(), chunk=20) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_dossier_that_is_being_changed_just_now_is_passed_over(
    db: Database, clock: FixedClock
) -> None:
    now = clock.now()
    old = {"state": "refused", "state_at": now - timedelta(days=2000)}
    with db.write() as session:
        for code in ("touched", "free", "newest"):
            makers.dossier(session, old["state_at"], code=code, **old)
        touched = session.exec(select(Dossier).where(Dossier.code == "touched")).one()
    with db.write() as ingest:
        ingest.get_one(Dossier, touched.id, with_for_update=True)
        with db.write() as session:
            session.connection().exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            assert pruning.dossiers(session, now - timedelta(days=1000), None, 10).gone == 1
    with db.read() as session:
        assert set(session.exec(select(Dossier.code)).all()) == {"touched", "newest"}


def test_a_night_is_bounded_and_the_next_goes_on(
    db: Database, clock: FixedClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = clock.now() - timedelta(days=400)
    with db.write() as session:
        for number in range(30):
            event(session, old, f"e{number}")
    forget(db, settings, clock.now())
    monkeypatch.setattr(retention, "NIGHTLY", 10)
    done = [prune(db, settings, clock.now(), chunk=5) for _ in range(4)]
    assert done == [10, 10, 9, 0]


@pytest.mark.parametrize("step", [pruning.events, pruning.messages, pruning.dossiers])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_prunes_along_an_index(db: Database, clock: FixedClock, step: Any) -> None:
    with db.write() as session:
        row = makers.dossier(session, clock.now(), state="refused")
        event(session, clock.now(), "e")
        message(session, clock.now(), "m", dossier_id=row.id)
    later = clock.now() + timedelta(days=1)
    found = plans(db, lambda s: step(s, later, None, 10), "EXPLAIN QUERY PLAN")
    # The first rows of a walk along the key are no walk through the table.
    walks = [s for s in found if s.startswith("SCAN") and "USING" not in s]
    walks = [s for s in walks if "(subquery" not in s and "CONSTANT ROW" not in s]
    first = ["SCAN dossier_event", "SCAN inbound_event", "SCAN outbox"]
    assert [s for s in walks if s not in first] == [], found
    assert not [s for s in found if "TEMP B-TREE" in s], found


@pytest.mark.parametrize("step", [pruning.events, pruning.messages, pruning.dossiers])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_can_prune_along_an_index(db: Database, clock: FixedClock, step: Any) -> None:
    with db.write() as session:
        row = makers.dossier(session, clock.now(), state="refused")
        event(session, clock.now(), "e")
        message(session, clock.now(), "m", dossier_id=row.id)
    later = clock.now() + timedelta(days=1)
    off = "SET LOCAL enable_seqscan = off"
    found = plans(db, lambda s: step(s, later, None, 10), "EXPLAIN", off)
    assert [s for s in found if "Seq Scan" in s] == []


def test_periods_that_would_break_a_promise_are_refused() -> None:
    for wrong in ({"keep_history_days": 100}, {"keep_dossiers_days": 30}):
        with pytest.raises(ValueError, match="at least"):
            Settings(_env_file=None, **wrong)
