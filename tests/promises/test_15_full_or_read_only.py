"""Promise 15, first half: on a full disk and on a read-only database the state is said in words,
nothing is lost, nothing falls over, and all goes on by itself when there is room again.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlmodel import select

from settings import ROOT, Settings
from store.engine import Database
from store.tables import DossierEvent, InboundEvent, Outbox
from tests.e2e.conftest import Citizen, Town, town_of
from tests.e2e.test_citizen_loop import CODE, dossier, event, follow
from tests.e2e.worker_process import environment
from tests.promises import ailing
from tests.promises.machines import Machines, eventually, machines_of
from tests.promises.small_disk import SmallDisk, small_disk

#: Whole processes are started: on a machine with much to do that takes its time.
pytestmark = pytest.mark.timeout(600)


def answered(zalo: str, status: int) -> int:
    """How many deliveries of events were answered with this status."""
    sent = requests.get(f"{zalo}/_control/webhooks?limit=500", timeout=30).json()["webhooks"]
    tries = [attempt for one in sent for attempt in one["attempts"]]
    return sum(attempt.get("status") == status for attempt in tries)


def redeliver(zalo: str) -> None:
    """Zalo's next attempts come at once instead of after half a minute."""
    requests.post(f"{zalo}/_control/clock", json={"advance": 31}, timeout=30).raise_for_status()


def posted(town: Town, path: str, body: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {town.key}"}
    return requests.post(f"{town.url}/api/v1/{path}", json=body, headers=headers, timeout=60)


def readiness(town: Town) -> tuple[int, str]:
    """Status and what is said of the database."""
    answer = requests.get(f"{town.url}/readyz", timeout=60)
    return answer.status_code, answer.json()["parts"]["database"]


def refuses_in_words(town: Town, citizen: Citizen, words: str) -> None:
    """While nothing can be written: 503 to Zalo and to the one-stop software, a sentence to us."""
    before = answered(citizen.zalo, 503)
    citizen.say("tra cứu " + CODE)
    eventually(lambda: answered(citizen.zalo, 503) > before)
    answer = posted(town, "events", event(4, "Thẩm định hồ sơ"))
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] == "database_away" and answer.headers["Retry-After"]
    eventually(lambda: readiness(town)[0] == 503 and words in readiness(town)[1])


def column(town: Town, which: Any) -> list[str]:
    """One column of a table, whole."""
    with town.database.read() as session:
        return list(session.exec(select(which)).all())


def goes_on(town: Town, citizen: Citizen) -> None:
    """What was refused comes again and is served, once."""
    eventually(lambda: readiness(town)[1] == "ok")
    posted(town, "events", event(4, "Thẩm định hồ sơ")).raise_for_status()
    redeliver(citizen.zalo)
    # The citizen is not linked: this can only be the answer to what was written meanwhile.
    assert "Thẩm định hồ sơ" in citizen.hears_until("Tìm thấy tổng số 1 hồ sơ")
    eventually(lambda: set(column(town, InboundEvent.state)) == {"handled"})
    assert "parked" not in column(town, Outbox.state)
    assert column(town, DossierEvent.step) == ["Thẩm định hồ sơ"]
    chat = requests.get(f"{citizen.zalo}/_control/people/{citizen.uid}/chat?from=oa", timeout=30)
    said = [str(line) for line in chat.json()["messages"]]
    assert sum("Tìm thấy tổng số 1 hồ sơ" in line for line in said) == 1


@contextmanager
def no_room(machines: Machines, disk: SmallDisk | None, database: Database) -> Iterator[None]:
    """The disk of the database is full: really on SQLite, by the server's word on PostgreSQL."""
    if disk is None:
        with ailing.full(database):
            yield
        return
    pids = [program.process.pid for program in (*machines.webs, *machines.workers)]
    disk.fill(pids)
    yield
    disk.free(pids)


def test_a_full_disk(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with ExitStack() as stack:
        disk = None
        if database_url.startswith("sqlite"):
            disk = stack.enter_context(small_disk(tmp_path))
            template: Path = request.getfixturevalue("sqlite_template")
            shutil.copy(template, disk.folder / "small.db")
            database_url = f"sqlite:///{disk.folder / 'small.db'}"
        town = stack.enter_context(machines_of(database_url))
        posted(town, "dossiers", dossier()).raise_for_status()
        citizen = follow(town)
        with no_room(town, disk, town.database):
            # A limit on the length of files is no full disk to SQLite, but a broken one.
            told = "disk is full" if disk is None or disk.mounted else "cannot be reached"
            refuses_in_words(town, citizen, told)
            assert all(program.alive for program in (*town.webs, *town.workers))
        goes_on(town, citizen)
        assert [worker.stop() for worker in town.workers] == [0]


def test_a_database_that_is_read_only(database_url: str) -> None:
    with town_of(database_url) as town:
        posted(town, "dossiers", dossier()).raise_for_status()
        citizen = town.citizen("Nguyễn Thị Mẫu", "0900000001")
        with ailing.read_only(town.database):
            refuses_in_words(town, citizen, "takes no writes")
            assert town.worker is not None and town.worker.dead_loop() == ""
            page = requests.get(f"{town.url}/console/sign-in", timeout=60)
            assert page.status_code in (200, 503), "reading may go on, nothing may break"
        goes_on(town, citizen)


def heed_file_modes() -> None:
    """The administrator may write everywhere, whatever a file's mode says: not in this process."""
    if os.getuid() == 0:
        drop_from_bounding_set, dac_override = 24, 1
        ctypes.CDLL(None).prctl(drop_from_bounding_set, dac_override, 0, 0, 0)


@pytest.mark.parametrize("whole_folder", [False, True])
def test_a_file_that_may_only_be_read_is_named_by_doctor(
    sqlite_template: Path, settings: Settings, whole_folder: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "province.db"
        shutil.copy(sqlite_template, file)
        file.chmod(0o444)
        Path(folder).chmod(0o555 if whole_folder else 0o755)
        ours = settings.model_copy(update={"database_url": f"sqlite:///{file}"})
        told = subprocess.run(
            [sys.executable, "app.py", "doctor"],
            cwd=ROOT,
            env={**os.environ, **environment(ours)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            preexec_fn=heed_file_modes,
        )
        Path(folder).chmod(0o755)
    assert told.returncode == 1
    assert "takes no writes" in told.stdout or "readonly" in told.stderr, told
    assert "Traceback" not in told.stderr
