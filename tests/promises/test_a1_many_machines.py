"""Many machines: web servers and workers on several machines over one database do each thing once, and
what one commits wakes the others at once.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from typing import Any

import pytest
import requests
from sqlmodel import select

from bot import inbox as inbox_loop
from clock import SystemClock
from notify import sender as sender_loop
from notify.broadcasts import loop as broadcast_loop
from service import import_loop
from service.worker import Worker
from settings import ROOT
from store.engine import Database
from store.tables import DossierEvent, InboundEvent, JobRun, Outbox
from tests.e2e.conftest import town_of
from tests.e2e.test_citizen_loop import dossier, event
from tests.notify.outgoing import until
from tests.promises.machines import Machines, eventually, machines_of
from tests.promises.sizes import size

#: Whole processes are started: on a machine with much to do that takes its time.
pytestmark = pytest.mark.timeout(600)

DOSSIERS = size(4, 60)
STATES = ((2, "Tiếp nhận hồ sơ", ""), (4, "Thẩm định", ""), (9, "Đã có kết quả", ""))
ARRIVED = ("sent", "delivered", "seen")


def code(number: int) -> str:
    return f"000.00.04.H60-230215-{number:04d}"


def file(number: int) -> dict[str, Any]:
    """A dossier whose applicant ticked Zalo at the counter and follows nobody."""
    phone = f"09{number:08d}"
    return dossier() | {"MaHoSo": code(number), "SoDienThoai": phone, "ThongBaoZalo": True}


def pushed(town: Machines) -> None:
    """Every dossier and event is told to both web servers at once."""
    for number in range(DOSSIERS):
        both(town, "dossiers", file(number))
    for state in STATES:
        for number in range(DOSSIERS):
            both(town, "events", event(*state) | {"MaHoSo": code(number)})


def both(town: Machines, path: str, body: dict[str, Any]) -> None:
    ends: list[int] = []

    def push(url: str) -> None:
        ends.append(town.via(url, path, body).status_code)

    threads = [threading.Thread(target=push, args=(url,)) for url in town.urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == [200] * len(town.urls)


def rows(town: Machines, table: type[Any]) -> list[Any]:
    with town.database.read() as session:
        return list(session.exec(select(table)).all())


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_web_servers_and_three_workers_over_one_postgresql_do_each_thing_once(
    database_url: str,
) -> None:
    with machines_of(database_url, webs=2, workers=3) as town:
        for number in range(DOSSIERS):
            town.citizen(f"Mẫu {number}", f"09{number:08d}")
        talkers = [town.citizen(f"Hỏi {n}", f"08{n:08d}") for n in range(2)]
        for number, talker in enumerate(talkers):
            # Zalo's events come in through either server.
            url = f"{town.urls[number % 2]}/webhook/zalo"
            order = {"url": url, "force": True}
            requests.put(f"{town.sandbox.url}/_control/webhook", json=order).raise_for_status()
            talker.do("follow")
            talker.hears_until("6. Hỗ trợ")
        pushed(town)
        wanted = DOSSIERS * len(STATES)
        eventually(lambda: [m.state in ARRIVED for m in messages(town)].count(True) >= wanted)
        ready = [town.ready(url) for url in town.urls]
        ended = [worker.stop() for worker in town.workers]

    assert all(one["ready"] for one in ready), ready
    assert ended == [0, 0, 0]
    assert len(rows(town, DossierEvent)) == wanted
    sent = messages(town)
    assert len(sent) == wanted, "one message for each dossier and state"
    calls = town.sandbox.world.calls.after(0, path="/message/template", limit=5000)
    marks = Counter(call.body["tracking_id"] for call in calls if call.body)
    assert set(marks) == {f"m{row.id}" for row in sent} and set(marks.values()) == {1}
    assert {one.state for one in rows(town, InboundEvent)} == {"handled"}
    ticks = [tick for tick in rows(town, JobRun) if tick.job != "write_probe"]
    assert ticks and all(tick.attempts == 1 for tick in ticks)


def messages(town: Machines) -> list[Outbox]:
    return [row for row in rows(town, Outbox) if row.phone and row.lane == "status"]


_COMMIT = """
import sys
from store import rates
from store.engine import Database
database = Database(sys.argv[1])
with database.write(wake=True) as session:
    rates.told(session, "elsewhere", 1)
database.dispose()
"""


def commit_elsewhere(url: str) -> None:
    subprocess.run([sys.executable, "-c", _COMMIT, url], cwd=ROOT, check=True, timeout=60)


def test_a_commit_in_one_process_wakes_who_waits_in_another(
    db: Database, database_url: str
) -> None:
    db.wakeups.listen()
    if not db.is_sqlite:
        until(lambda: db.wakeups.generation > 0)  # it listens now
    seen = db.wakeups.generation
    waited: list[int] = []
    waiter = threading.Thread(
        target=lambda: waited.append(db.wakeups.wait(seen, 3_600)), daemon=True
    )
    waiter.start()
    commit_elsewhere(database_url)
    waiter.join(timeout=60)
    assert not waiter.is_alive() and waited[0] > seen


def test_a_worker_whose_own_looks_are_an_hour_apart_answers_at_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in (
        (inbox_loop, "IDLE_SECONDS"),
        (sender_loop, "_LOOK_SECONDS"),
        (broadcast_loop, "_IDLE_SECONDS"),
        (import_loop, "IDLE_SECONDS"),
    ):
        assert hasattr(module, name)
        monkeypatch.setattr(module, name, 3_600.0)
    with town_of(database_url, worker=False) as town:
        # Not the object through which the web server writes: only the database joins the two.
        here = Database(database_url)
        worker = Worker(here, town.settings, SystemClock())
        worker.start()
        try:
            citizen = town.citizen("Nguyễn Thị Mẫu", "0900000001")
            citizen.do("follow")
            citizen.hears_until("6. Hỗ trợ")
        finally:
            worker.stop()
            here.dispose()
