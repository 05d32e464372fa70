"""6. Worker killed (SIGKILL) 50 times at random while 10,000 rows drain: none lost, duplicates no
more than were in flight, back within 60 s.
"""

from __future__ import annotations

import random
import time
from datetime import datetime

import pytest
from sqlmodel import col, func, select

from clock import SystemClock
from store.engine import Database
from store.tables import Alarm, Outbox, OutboxState, WorkerHeartbeat
from tests.e2e.conftest import town_of
from tests.e2e.worker_process import WorkerProcess
from tests.notify.outgoing import waiting
from tests.notify.test_sender import Zalo
from tests.promises.crowd import gather, handed_over, told
from tests.promises.sizes import size, until

ROWS = size(300, 10_000)
KILLS = size(3, 50)
#: Calls one worker has in the air at most: its threads for everything and those for replies.
THREADS = 4
IN_THE_AIR = THREADS + max(1, THREADS // 8)
BACK_SECONDS = 60
PATIENCE = size(120, 1500)
SETTINGS = {
    "sender_threads": THREADS,
    # As short as may be set: what a dead worker held is free again after it.
    "lease_seconds": 5,
    "uncertain_pause_seconds": 1,
    "zalo_rate_per_minute": 100_000,
    "zalo_app_rate_per_minute": 100_000,
}
_ENDS = {OutboxState.sent, OutboxState.delivered, OutboxState.seen}


@pytest.mark.timeout(size(300, 7200))
def test_killed_at_random_nothing_is_lost_and_little_repeated(database_url: str) -> None:
    seed = size(20261118, random.randrange(10**6))
    chance = random.Random(seed)
    with town_of(database_url, worker=False, **SETTINGS) as town:
        zalo = Zalo(town.sandbox)
        gather(town.database, zalo, ROWS, "dân")
        # Answers that take a while after acceptance: a kill finds calls whose fate nobody knows.
        zalo.fault("slow_drip", seconds=0.05)
        worker = WorkerProcess(town.settings)
        try:
            for left in range(KILLS, 0, -1):
                # Each life gets some of the rows done, and rows are left for those after it.
                share = max(1, (ROWS - handed_over(zalo)) // (left + 1) - THREADS * 8)
                goal = handed_over(zalo) + chance.randint(1, share)
                until(lambda goal=goal: handed_over(zalo) >= goal, PATIENCE, 0.02)  # type: ignore[misc]
                time.sleep(chance.random() * 0.06)
                worker.kill()
            stranded = leased(town.database)
            assert stranded, "killed with nothing in its hands"
            # Counted from when the machine has started the next one: that is the machine's own time.
            last = SystemClock().now()
            until(lambda: alive(town.database, last), PATIENCE, 0.02)
            killed = time.monotonic()
            until(lambda: not leased(town.database) & stranded, PATIENCE)
            until(lambda: all_ended(town.database, stranded), PATIENCE)
            back = time.monotonic() - killed
            until(lambda: waiting(town.database) == 0, PATIENCE)
        finally:
            status = worker.stop()
        spread, repeats = told(zalo, "dân"), handed_over(zalo) - ROWS
        with town.database.read() as session:
            states = session.exec(select(Outbox.state, func.count()).group_by(Outbox.state)).all()
            alarms = [one.kind for one in session.exec(select(Alarm)).all()]

    print(f"{seed=} {repeats=} {spread=} back after {back:.1f} s")
    assert (status, worker.kills) == (0, KILLS)
    assert spread["0"] == 0, f"lost (seed {seed})"
    assert sum(count for state, count in states if state in _ENDS) == ROWS, states
    assert repeats <= KILLS * IN_THE_AIR, f"seed {seed}"
    assert back < BACK_SECONDS, f"seed {seed}"
    assert "event_parked" not in alarms


def alive(db: Database, since: datetime) -> bool:
    """Whether a worker that started after this moment has said that it lives."""
    with db.read() as session:
        wanted = select(WorkerHeartbeat).where(col(WorkerHeartbeat.started_at) > since)
        return session.exec(wanted).first() is not None


def leased(db: Database) -> set[int]:
    """Messages somebody holds; just after a kill: the dead worker."""
    with db.read() as session:
        held = col(Outbox.state) == OutboxState.leased.value
        return {int(found or 0) for found in session.exec(select(Outbox.id).where(held)).all()}


def all_ended(db: Database, ids: set[int]) -> bool:
    with db.read() as session:
        ended = col(Outbox.state).in_([state.value for state in _ENDS])
        wanted = select(Outbox.id).where(ended)
        return ids <= {int(found or 0) for found in session.exec(wanted).all()}
