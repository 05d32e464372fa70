"""D4: a backup taken while messages go out, restored after a loss: nobody is told twice, and
nothing that the backup held is lost. Counted on the phones of the local Zalo."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text
from sqlmodel import select
from werkzeug.serving import make_server

from clock import SystemClock
from crypto import Vault
from dossiers.ingest import apply_events, upsert_dossiers
from sandbox.server import Running, running
from service import backups, restoring
from service.web import build
from settings import Settings
from store import restored
from store.engine import Database
from store.tables import DossierEvent, Outbox, PhoneLink, Proof
from tests.e2e.conftest import free_port, settings_for
from tests.e2e.test_citizen_loop import CODE, OWNER, dossier
from tests.e2e.worker_process import WorkerProcess
from tests.notify import outgoing
from tests.promises.sizes import size

PEOPLE = size(40, 2000)
PATIENCE = 120 + PEOPLE / 5
PHONE = "+84900000001"


def control(sandbox: Running, method: str, address: str, **body: Any) -> Any:
    answer = requests.request(method, f"{sandbox.url}/_control/{address}", json=body or None)
    answer.raise_for_status()
    return answer.json()


def told(sandbox: Running, words: str = "tin k") -> dict[str, int]:
    """How many people heard no, one or more messages with these words."""
    found: dict[str, int] = control(sandbox, "GET", f"people/tally?text={words}")["any"]
    return found


def until(true: Any) -> None:
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.1)


@contextlib.contextmanager
def web(settings: Settings, port: int) -> Iterator[Database]:
    """The web half over the database as it is now, for Zalo's echoes and receipts."""
    database = Database(settings.database_url)
    server = make_server("127.0.0.1", port, build(settings, database, SystemClock()), True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield database
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        database.dispose()


def push(database: Database, settings: Settings, events: list[dict[str, Any]]) -> list[str]:
    """What the one-stop software sends, again when it was lost; what became of each."""
    vault = Vault(settings.secret_key.get_secret_value())
    common: dict[str, Any] = {"source": "motcua", "by": "motcua", "settings": settings}
    common |= {"vault": vault, "now": SystemClock().now()}
    upsert_dossiers(database, [dossier(NgayNop="2026-01-05 08:00:00")], **common)
    return [one.status for one in apply_events(database, events, **common)]


def step(number: int, state: int, words: str) -> dict[str, Any]:
    at = SystemClock().now().isoformat()
    made = {"MaSuKien": f"S{number}", "MaHoSo": CODE, "TrangThai": state, "BuocXuLy": words}
    return {**made, "ThoiDiemXuLy": at, "HeThongNguon": "motcua"}


@pytest.mark.timeout(600 + PEOPLE)
def test_restored_and_continued_nobody_is_told_twice_and_nothing_is_lost(
    database_url: str, tmp_path: Path, postgresql_tools: None
) -> None:
    port = free_port()
    with running(f"http://127.0.0.1:{port}/webhook/zalo", rate_oa=100_000) as sandbox:
        control(sandbox, "PATCH", "settings", rate_oa=100_000, rate_app=100_000)
        settings = settings_for(sandbox, f"http://127.0.0.1:{port}", database_url)
        wide = {"zalo_rate_per_minute": 100_000, "zalo_app_rate_per_minute": 100_000}
        settings = settings.model_copy(update={**wide, "make_receipts": False, "sender_threads": 1})
        first, second = step(1, 4, "Phân công thụ lý"), step(2, 4, "Thẩm định hồ sơ")
        with web(settings, port) as database:
            uids = crowd(sandbox, database)
            citizen = uids[1]
            link(database, citizen)
            # Slow answers: the backup meets calls in the air.
            control(sandbox, "POST", "faults", kind="slow_drip", path="*message/cs", seconds=0.1)
            worker = WorkerProcess(settings)
            try:
                queue(database, uids)
                until(lambda: told(sandbox)["1"] >= PEOPLE // 8)
                made, _ = backups.take(database, settings, tmp_path / "out", 3, SystemClock().now())
                # After the backup: much of what it holds goes out, and more happens.
                assert push(database, settings, [first]) == ["created"]
                until(lambda: told(sandbox)["1"] >= PEOPLE // 3)
                until(lambda: told(sandbox, OWNER)["1"] == 1)
            finally:
                worker.die()
            with database.write() as session:
                # It died long ago: half a minute of waiting saved.
                session.connection().execute(text("DELETE FROM worker_heartbeat"))

        now = SystemClock().now()
        with pytest.raises(backups.BackupFailed, match="--force"):
            restoring.restore(settings, made, now, force=False)
        report = restoring.restore(settings, made, now, force=True)
        assert 0 < report.unsure <= PEOPLE

        before = told(sandbox)
        with web(settings, port) as database:
            worker = WorkerProcess(settings)
            try:
                until(lambda: heartbeat(database))
                # What was lost is told again by those who know it; and time goes on.
                assert push(database, settings, [first, second]) == ["created", "created"]
                assert push(database, settings, [first]) == ["duplicate"]
                time.sleep(1.5)
                assert told(sandbox) == before, "held until a person goes on"
                with database.write(wake=True) as session:
                    session.connection().execute(text("UPDATE outbox SET due_at = created_at"))
                    assert restored.go_on(session, "lan", SystemClock().now()) == 1
                until(lambda: outgoing.waiting(database) == 0)
            finally:
                assert worker.stop() == 0
            with database.read() as session:
                ends = {
                    row.dedupe_key: (row.state, row.reason)
                    for row in session.exec(select(Outbox)).all()
                    if row.state not in ("sent", "delivered", "seen")
                }
                events = len(session.exec(select(DossierEvent)).all())
        cards = [
            line["text"]
            for line in requests.get(
                f"{sandbox.url}/_control/people/{citizen}/chat?from=oa"
            ).json()["messages"]
            if OWNER in line.get("text", "")
        ]

        after = told(sandbox)

    assert before["2+"] == 0 < before["0"], "some were still to be told when it was lost"
    assert after == {"0": 0, "1": PEOPLE, "2+": 0}
    # Only the marker that keeps old receipts from meeting new messages; nothing else is open.
    assert [key for key in ends if not key.startswith("restored:")] == []
    assert events == 2
    assert len(cards) == len(set(cards)) == 2, "each change once"


def crowd(sandbox: Running, database: Database) -> list[str]:
    made = control(sandbox, "POST", "people/bulk", count=PEOPLE, interacted_hours_ago=1)
    outgoing.followers(database, made["ids"], SystemClock().now())
    ids: list[str] = made["ids"]
    return ids


def link(database: Database, uid: str) -> None:
    now = SystemClock().now()
    proven = {"proof": Proof.otp, "claimed_at": now, "verified_at": now}
    with database.write() as session:
        session.add(PhoneLink(uid=uid, phone=PHONE, **proven))


def queue(database: Database, uids: list[str]) -> None:
    now = SystemClock().now()
    later = now + timedelta(hours=1)
    drafts = [
        # A quarter was never sent before the loss.
        outgoing.draft(f"k{n}", now if n % 4 else later, uid=uid)
        for n, uid in enumerate(uids)
    ]
    outgoing.queue(database, drafts, now)


def heartbeat(database: Database) -> bool:
    with database.read() as session:
        return (
            session.connection().execute(text("SELECT 1 FROM worker_heartbeat")).first() is not None
        )
