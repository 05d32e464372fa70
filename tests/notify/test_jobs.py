"""Each tick is run by one worker, none is lost when a worker dies, and alarms follow the facts."""

from __future__ import annotations

import threading
import time as wall
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlmodel import select

from bot.messages import Text, to_json
from bot.oauth import OAuthClient
from bot.tokens import Tokens
from clock import FixedClock
from crypto import Vault
from notify.alarms import close_alarm, open_alarm, open_alarms
from notify.calendars import calendar_of
from notify.jobs import Clockwork
from notify.schedule import Job, daily, every, on_workdays
from settings import Settings
from store import daily_counts
from store import jobs as rows
from store.engine import Database
from store.outbox import Draft, enqueue
from store.tables import (
    InboundEvent,
    InboundState,
    JobRun,
    Lane,
    Outbox,
    OutboxState,
    WorkerHeartbeat,
)
from tests.notify import outgoing

SLOT = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)


def clockwork(db: Database, clock: FixedClock, settings: Settings, owner: str = "w1") -> Clockwork:
    vault = Vault(settings.secret_key.get_secret_value())
    oauth = OAuthClient("http://127.0.0.1:9", "1", "x", (0.2, 0.2))
    tokens = Tokens(db, vault, oauth, settings, clock)
    return Clockwork(db, settings, clock, owner=owner, tokens=tokens)


def counting(work: Clockwork, name: str = "count", fails: int = 0) -> list[datetime]:
    """Add a job to a clockwork; the list it writes its runs to. The first ``fails`` raise."""
    runs: list[datetime] = []

    def run(now: datetime) -> None:
        runs.append(now)
        if len(runs) <= fails:
            raise ValueError("the job's own trouble")

    work.jobs[name] = Job(name, 1, every(10), run)
    return runs


def test_what_is_wanted_at_the_start_does_not_wait_for_its_first_look(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    work = clockwork(db, clock, settings)
    assert work.jobs["tokens"].at_start
    runs: list[datetime] = []
    # Nobody would look for an hour.
    work.jobs = {"once": Job("once", 3600, every(10), runs.append, at_start=True)}
    work.start()
    try:
        outgoing.until(lambda: runs)
    finally:
        work.stop()
    assert runs == [clock.now()]


def alarm_kinds(db: Database) -> list[str]:
    with db.read() as session:
        return sorted(alarm.kind for alarm in open_alarms(session))


def test_of_many_workers_one_runs_a_tick(
    db: Database, database_url: str, clock: FixedClock, settings: Settings
) -> None:
    others = [Database(database_url, pool_size=4) for _ in range(2)]
    works = [clockwork(base, clock, settings, f"w{n}") for n, base in enumerate([db, *others] * 3)]
    runs = [counting(work) for work in works]
    start = threading.Barrier(len(works))

    def fire(work: Clockwork) -> None:
        start.wait()
        for minute in range(3):
            work.run_due("count", SLOT + timedelta(minutes=minute))

    threads = [threading.Thread(target=fire, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.dispose()
    assert sum(map(len, runs)) == 3


def test_a_tick_whose_worker_died_is_taken_over_after_its_lease(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    with db.write() as session:
        assert rows.claim(session, "count", SLOT, "dead", clock.now(), timedelta(minutes=5))
    work = clockwork(db, clock, settings)
    runs = counting(work)
    assert not work.run_due("count", SLOT)
    clock.advance(minutes=6)
    work.run_due("sweep", clock.now())
    assert len(runs) == 1
    assert not work.run_due("count", SLOT)


def test_a_job_that_raises_is_tried_again_after_a_minute_and_given_up_in_the_end(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    work = clockwork(db, clock, settings)
    runs = counting(work, fails=99)
    for _ in range(6):
        assert not work.run_due("count", SLOT)
        assert not work.run_due("count", SLOT)
        clock.advance(minutes=2)
    assert len(runs) == rows.MAX_ATTEMPTS
    with db.read() as session:
        assert session.exec(select(JobRun)).one().problem == "ValueError"


def test_a_worker_that_was_taken_over_does_not_end_the_others_tick(
    db: Database, clock: FixedClock
) -> None:
    now, lease = clock.now(), timedelta(minutes=5)
    with db.write() as session:
        rows.claim(session, "count", SLOT, "slow", now, lease)
        assert rows.claim(session, "count", SLOT, "new", now + timedelta(minutes=6), lease)
        assert not rows.finish(session, "count", SLOT, "slow", now)


@pytest.mark.parametrize(
    ("local", "due"),
    [("07:59", False), ("08:00", True), ("14:30", True), ("20:01", False)],
)
def test_reminders_are_due_from_eight_and_made_up_for_until_evening(
    settings: Settings, local: str, due: bool
) -> None:
    slot = on_workdays(daily(*_eight_to_eight()), lambda: calendar_of(settings))
    now = datetime.fromisoformat(f"2026-11-18T{local}:00+07:00")
    assert slot(now) == (datetime(2026, 11, 18, 1, tzinfo=UTC) if due else None)


def _eight_to_eight() -> tuple[time, time]:
    return time(8), time(20)


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-22", "2026-11-24", "2026-02-17"])
def test_no_reminder_is_due_on_a_weekend_or_holiday(settings: Settings, day: str) -> None:
    slot = on_workdays(daily(*_eight_to_eight()), lambda: calendar_of(settings))
    assert slot(datetime.fromisoformat(f"{day}T09:00:00+07:00")) is None


def test_the_sweep_frees_what_dead_senders_held(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    with db.write() as session:
        text = to_json(Text("Xin chào"))
        draft = Draft("a", Lane.status, "status_received", text, "c", clock.now(), uid="1")
        enqueue(session, [draft], clock.now())
        row = session.exec(select(Outbox)).one()
        row.state, row.lease_until = OutboxState.leased, clock.now() - timedelta(seconds=1)
        session.add(row)
    clockwork(db, clock, settings).run_due("sweep", SLOT)
    with db.read() as session:
        assert session.exec(select(Outbox)).one().state == OutboxState.uncertain


def inbound_event(db: Database, clock: FixedClock, state: InboundState) -> None:
    with db.write() as session:
        session.add(
            InboundEvent(
                dedupe_key="k",
                event_name="user_send_text",
                correlation_id="c",
                received_at=clock.now(),
                state=state,
            )
        )


def test_a_parked_event_is_an_alarm_until_somebody_replays_it(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    inbound_event(db, clock, InboundState.parked)
    work = clockwork(db, clock, settings)
    for minute in range(3):
        work.run_due("sweep", SLOT + timedelta(minutes=minute))
    with db.read() as session:
        alarm = open_alarms(session)[0]
    assert (alarm.kind, alarm.times) == ("event_parked", 1)
    assert "events replay" in alarm.text
    with db.write() as session:
        session.exec(select(InboundEvent)).one().state = InboundState.handled
    work.run_due("sweep", SLOT + timedelta(minutes=9))
    assert alarm_kinds(db) == []


def test_work_that_stands_still_is_an_alarm_until_it_moves(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    inbound_event(db, clock, InboundState.queued)
    with db.write() as session:
        text = to_json(Text("Xin chào"))
        draft = Draft("a", Lane.reply, "reply", text, "c", clock.now(), uid="1")
        enqueue(session, [draft], clock.now())
    work = clockwork(db, clock, settings)
    work.run_due("watch", SLOT)
    assert alarm_kinds(db) == []
    clock.advance(minutes=16)
    work.run_due("watch", SLOT + timedelta(minutes=16))
    assert alarm_kinds(db) == ["inbox_old", "outbox_old"]
    with db.write() as session:
        session.exec(select(InboundEvent)).one().state = InboundState.handled
        session.exec(select(Outbox)).one().state = OutboxState.sent
    work.run_due("watch", SLOT + timedelta(minutes=17))
    assert alarm_kinds(db) == []


def test_a_started_clock_beats_and_sweeps_by_itself_and_leaves_no_heartbeat_behind(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    work = clockwork(db, clock, settings)
    runs = counting(work)
    work.start()
    with db.read() as session:
        assert session.exec(select(WorkerHeartbeat)).one().worker == "w1"
    deadline = wall.monotonic() + 30
    while not runs and wall.monotonic() < deadline:
        wall.sleep(0.05)
    work.stop()
    assert len(runs) == 1
    with db.read() as session:
        assert session.exec(select(WorkerHeartbeat)).all() == []


def test_apologies_are_off_unless_the_province_wants_them(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    assert clockwork(db, clock, settings).jobs["apologies"].slot(clock.now()) is None
    wanted = settings.model_copy(update={"apology_enabled": True})
    assert clockwork(db, clock, wanted).jobs["apologies"].slot(clock.now())


def test_one_alarm_stays_open_per_subject_and_counts(db: Database, clock: FixedClock) -> None:
    with db.write() as session:
        assert open_alarm(session, "error_code", "-216", "Câu một", clock.now())
        assert not open_alarm(session, "error_code", "-216", "Câu hai", clock.advance(minutes=1))
        assert open_alarm(session, "error_code", "-220", "Câu khác", clock.now())
    with db.read() as session:
        found = {alarm.subject: alarm for alarm in open_alarms(session)}
    assert found["-216"].times == 2
    assert found["-216"].text == "Câu hai"
    assert found["-216"].last_at - found["-216"].opened_at == timedelta(minutes=1)
    with db.write() as session:
        assert close_alarm(session, "error_code", "-216", clock.now())
        assert not close_alarm(session, "error_code", "-216", clock.now())
        assert open_alarm(session, "error_code", "-216", "Lại nữa", clock.now())


def test_workers_that_raise_the_same_alarm_at_once_raise_one(
    db: Database, clock: FixedClock
) -> None:
    start, new = threading.Barrier(6), []

    def shout() -> None:
        start.wait()
        with db.write() as session:
            new.append(open_alarm(session, "error_code", "-1", "Câu", clock.now()))

    threads = [threading.Thread(target=shout) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert new.count(True) == 1
    with db.read() as session:
        assert [alarm.times for alarm in open_alarms(session)] == [6]


def test_the_days_numbers_are_counted_by_one_worker_every_five_minutes_and_past_days_at_night(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    first, second = (clockwork(db, clock, settings, f"w{n}") for n in range(2))
    slot = first.jobs["statistics"].slot(clock.now())
    assert slot is not None
    assert first.run_due("statistics", slot)
    assert not second.run_due("statistics", slot)
    assert first.jobs["statistics"].slot(clock.now() + timedelta(minutes=5)) != slot
    today = clock.now().date()
    with db.read() as session:
        assert daily_counts.everything(session, today)["counted:at"] == int(clock.now().timestamp())
    night = first.jobs["statistics_past"].slot(clock.now())
    assert night is not None
    assert second.run_due("statistics_past", night)
    with db.read() as session:
        assert daily_counts.everything(session, today - timedelta(days=1))
