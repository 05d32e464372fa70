"""A worker killed in the middle of an announcement: nobody is missed, nobody is told twice.

``BROADCAST_PEOPLE=20000`` makes the crowd as large as it may get; the suite takes a smaller one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import time as clocktime
from typing import Any

import pytest
import requests

from clock import SystemClock
from store.engine import Database
from store.tables import BroadcastState
from tests.e2e.conftest import Town, town_of
from tests.e2e.worker_process import WorkerProcess
from tests.notify import outgoing
from tests.notify.broadcasts import making

PEOPLE = int(os.environ.get("BROADCAST_PEOPLE", "300"))
KILLS = 3
PATIENCE = 60 + PEOPLE / 10
#: Counting looks at everybody's chat, in this very process: seldom, when the crowd is large.
PAUSE = max(0.05, PEOPLE / 10_000)
_S = BroadcastState


def control(town: Town, method: str, address: str, **body: Any) -> Any:
    answer = requests.request(method, f"{town.sandbox.url}/_control/{address}", json=body or None)
    answer.raise_for_status()
    return answer.json()


def until(true: Callable[[], Any]) -> Any:
    ends = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < ends, "it never happened"
        time.sleep(PAUSE)
    return found


def crowd(town: Town, count: int) -> None:
    """People of the sandbox, whom we know as followers who wrote an hour ago."""
    made = control(town, "POST", "people/bulk", count=count, interacted_hours_ago=1)
    outgoing.followers(town.database, made["ids"], SystemClock().now())


@pytest.mark.timeout(300 + PEOPLE // 5)
def test_a_worker_killed_in_the_middle_resumes_with_nobody_missed_or_told_twice(
    database_url: str,
) -> None:
    with town_of(database_url, worker=False) as town:
        control(town, "PATCH", "settings", rate_oa=100_000, rate_app=100_000)
        settings = town.settings.model_copy(
            update={
                "zalo_rate_per_minute": 100_000,
                "zalo_app_rate_per_minute": 100_000,
                "broadcast_approve_above": 1_000_000,
                "broadcast_from": clocktime(0),
                "broadcast_to": clocktime(23, 59, 59),
                # Long enough for the echoes of this machine, short enough to wait for.
                "broadcast_echo_seconds": 3,
            }
        )
        town.settings = settings
        crowd(town, PEOPLE)
        # Slow answers after acceptance: a kill finds calls whose fate nobody knows.
        control(town, "POST", "faults", kind="slow_drip", path="*message/cs", seconds=0.05)
        number = making.ready(town.database, settings, SystemClock().now())
        worker = WorkerProcess(settings)
        try:
            for share in range(1, KILLS + 1):
                until(lambda part=share: told(town)["1"] >= PEOPLE * part // (KILLS + 2))
                worker.kill()
            until(lambda: making.get(town.database, number).state in (_S.done, _S.stopped))
        finally:
            status = worker.stop()
        heard = told(town)
        row = making.get(town.database, number)
        unsure = parked(town.database, number)

    assert status == 0 and worker.kills == KILLS
    assert row.state == _S.done, row.reason
    assert heard == {"0": 0, "1": PEOPLE, "2+": 0}, unsure
    assert row.figures["sent"] == row.total == PEOPLE


def told(town: Town) -> dict[str, int]:
    found: dict[str, int] = control(town, "GET", "people/tally?text=Ngày mai")["any"]
    return found


def parked(database: Database, number: int) -> list[tuple[str, str]]:
    """What is left without an end, and why."""
    return [
        (one.state, one.reason)
        for one in making.messages(database, number)
        if one.state not in ("sent", "delivered", "seen")
    ]
