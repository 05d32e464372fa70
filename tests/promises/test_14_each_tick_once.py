"""Promise 14: with two schedulers, clocks that jump forward and back, and machines that sleep over
a tick, each tick is run once.

What cannot be told from a dead worker is one whose clock leapt over its lease while it was at work:
its tick is repeated then, and every job bears that (last test).
"""

from __future__ import annotations

import random
import threading
import time as wall
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from clock import VIETNAM, FixedClock
from notify.jobs import Clockwork
from notify.schedule import Job, every
from settings import Settings
from store import jobs as ticks
from store.engine import Database
from store.tables import JobRun, Outbox
from tests.notify.test_jobs import clockwork
from tests.notify.test_reminders import asked, local
from tests.promises.sizes import size

#: Seconds by which the second machine's clock is ahead of the first one's.
SKEW = 4.0
JUMPS = (1.0, 9.0, 61.0, 305.0, -7.0, -400.0, 3_700.0, -3_600.0, 86_400.0)
Runs = Counter[tuple[str, datetime]]


def counted(work: Clockwork, runs: Runs) -> Clockwork:
    """The clockwork with every job writing down which tick it ran."""

    def counting(job: Job) -> Job:
        def run(now: datetime) -> None:
            slot = job.slot(now)
            assert slot is not None
            runs[job.name, slot] += 1
            job.run(now)

        return replace(job, run=run)

    work.jobs = {name: counting(job) for name, job in work.jobs.items()}
    return work


def look(work: Clockwork) -> None:
    """What the scheduler does with every job, once."""
    for job in work.jobs.values():
        work._look(job)


def left(db: Database) -> list[JobRun]:
    with db.read() as session:
        return list(session.exec(select(JobRun)).all())


@pytest.mark.parametrize("seed", range(size(1, 20)))
def test_two_machines_and_clocks_that_jump_run_every_tick_once(
    db: Database, database_url: str, settings: Settings, clock: FixedClock, seed: int
) -> None:
    chance = random.Random(seed)
    other = Database(database_url)
    ahead = FixedClock(clock.now() + timedelta(seconds=SKEW))
    runs: Runs = Counter()
    works = [
        counted(clockwork(db, clock, settings, "w1"), runs),
        counted(clockwork(other, ahead, settings, "w2"), runs),
    ]
    due: set[tuple[str, datetime]] = set()
    for _ in range(size(14, 60)):
        jump = chance.choice(JUMPS)
        clock.advance(seconds=jump)
        ahead.advance(seconds=jump)
        for work, at in ((works[0], clock), (works[1], ahead)):
            found = ((job.name, job.slot(at.now())) for job in work.jobs.values())
            due |= {(name, slot) for name, slot in found if slot is not None}
        threads = [threading.Thread(target=look, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    other.dispose()
    assert set(runs) == due, "no tick that somebody saw was left out"
    assert set(runs.values()) == {1}, f"seed {seed}: {[k for k, n in runs.items() if n > 1]}"
    kept = left(db)
    assert {(row.job, row.slot) for row in kept} <= due
    assert all(row.finished_at is not None and row.attempts == 1 for row in kept)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=VIETNAM).astimezone(UTC)


def test_a_machine_that_slept_over_the_morning_reminds_once_and_one_that_slept_all_day_does_not(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    runs: Runs = Counter()
    works = [counted(clockwork(db, clock, settings, f"w{n}"), runs) for n in range(2)]
    wednesday, thursday, friday = (date(2026, 11, day) for day in (18, 19, 20))
    # Awake at six, then a laptop's lid is closed until the afternoon; Thursday passes asleep.
    for moment in (at(wednesday, 6), at(wednesday, 14, 30), at(wednesday, 15), at(friday, 9)):
        clock.set(moment)
        for work in works:
            look(work)
    days = [slot.astimezone(VIETNAM) for name, slot in runs if name == "reminders"]
    assert [(day.date(), day.hour) for day in days] == [(wednesday, 8), (friday, 8)]
    assert all(count == 1 for count in runs.values())
    # Set back into the morning that was served: nothing is said again.
    clock.set(at(wednesday, 9))
    before = Counter(runs)
    look(works[0])
    assert runs["reminders", at(wednesday, 8)] == before["reminders", at(wednesday, 8)] == 1
    assert thursday not in {day.date() for day in days}


def test_real_schedulers_side_by_side_run_each_tick_once_while_the_clock_leaps(
    db: Database, database_url: str, settings: Settings, clock: FixedClock
) -> None:
    other = Database(database_url)
    works = [clockwork(db, clock, settings, "w1"), clockwork(other, clock, settings, "w2")]
    runs: Runs = Counter()
    for work in works:
        tick = Job("count", 1, every(10), lambda _: None)
        work.jobs = {"count": tick, "sweep": replace(work.jobs["sweep"], look_seconds=1)}
        counted(work, runs)
    for work in works:
        work.start()
    slot = works[0].jobs["count"].slot
    wanted = []
    for jump in (0.0, 30.0, -20.0, 3_600.0):
        clock.advance(seconds=jump)
        wanted.append(("count", slot(clock.now())))
        deadline = wall.monotonic() + 60
        while wanted[-1] not in runs:
            assert wall.monotonic() < deadline, "the tick was never run"
            wall.sleep(0.02)
    for work in works:
        work.stop()
    other.dispose()
    assert {key: count for key, count in runs.items() if key[0] == "count"} == dict.fromkeys(
        wanted, 1
    )


def test_a_tick_repeated_because_the_clock_leapt_over_its_lease_says_nothing_twice(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    asked(db, local("2026-11-10T09:00"), local("2026-11-19T17:00"))
    runs: Runs = Counter()
    first, second = (counted(clockwork(db, clock, settings, f"w{n}"), runs) for n in range(2))
    slot = first.jobs["reminders"].slot(now)
    assert slot is not None
    inner = first.jobs["reminders"].run

    def leaping(moment: datetime) -> None:
        # In the middle of the work the clock of the province's machines is put right.
        inner(moment)
        clock.advance(hours=2)
        assert second.run_due("reminders", slot)

    first.jobs["reminders"] = replace(first.jobs["reminders"], run=leaping)
    first.run_due("reminders", slot)
    assert runs["reminders", slot] == 2
    with db.read() as session:
        said = session.exec(select(Outbox.dedupe_key, Outbox.kind)).all()
    assert len(said) == len(set(said)) == 1
    with db.read() as session:
        assert ticks.taken(session, "reminders", slot, clock.now())
