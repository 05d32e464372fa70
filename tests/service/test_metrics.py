"""`/metrics`: the same truth from every process, for those who may read it, at no great cost."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from pydantic import SecretStr, ValidationError
from sqlmodel import Session

from bot.errors import Api
from bot.outcomes import NotSent, Uncertain, ZaloError
from clock import FixedClock, SystemClock
from notify import measured as sending
from service import counting
from service.web import build
from settings import ROOT, Settings
from store import daily_counts, gauges, jobs, measured, rates
from store import health as queries
from store.engine import Database
from store.tables import (
    Alarm,
    BackupTaken,
    Broadcast,
    JobRun,
    OaToken,
    Outbox,
)
from tests.e2e.conftest import free_port, town_of
from tests.e2e.worker_process import environment
from tests.notify import outgoing
from tests.store.test_plans import plans

_SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$")


def samples(text: str) -> dict[tuple[str, str], float]:
    """Every sample of a scrape; each line must be one, and none may come twice."""
    found: dict[tuple[str, str], float] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        read = _SAMPLE.fullmatch(line)
        assert read, line
        key = (read[1], read[2] or "")
        assert key not in found, line
        found[key] = float(read[3])
    return found


def scrape(client: FlaskClient) -> dict[tuple[str, str], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    return samples(answer.get_data(as_text=True))


def test_a_default_install_tells_its_own_machine_how_things_stand(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    with db.write() as session:
        sealed = {"access_sealed": "x", "refresh_sealed": "x", "consented_at": now}
        session.add(
            OaToken(
                oa_id=settings.zalo_oa_id,
                issued_at=now,
                expires_at=now + timedelta(hours=25),
                refresh_expires_at=now + timedelta(days=90),
                **sealed,
            )
        )
        session.add(Alarm(kind="feedback", text="x", opened_at=now, last_at=now))
        session.add(BackupTaken(at=now - timedelta(hours=3), file_name="x.db"))
        session.add(BackupTaken(at=now, problem="disk full"))
        times = {"created_at": now, "updated_at": now}
        session.add(Broadcast(title="x", state="sending", created_by="lan", **times))
        session.add(JobRun(job="retention", slot=now, owner="w", lease_until=now, finished_at=now))
        jobs.beat(session, "w1", now, now - timedelta(seconds=4))
        jobs.beat(session, "dead", now, now - timedelta(hours=2))
        rates.reserve(session, f"oa:{settings.zalo_oa_id}", int(now.timestamp()) // 60, 7, 100)
        costs = {"cost": 900, "cost:zbs_phone": 900, "cost:unit:H60": 900}
        daily_counts.put(session, now.date(), ["cost"], costs)
        daily_counts.put(session, now.date() - timedelta(days=2), ["cost"], costs)
    outgoing.queue(db, [outgoing.draft("a", now - timedelta(seconds=9), uid="u")], now)
    outgoing.queue(db, [outgoing.draft("b", now, uid="v")], now - timedelta(minutes=5))
    with db.write() as session:
        row = session.get_one(Outbox, 2)
        row.state = "uncertain"
    found = scrape(build(settings, db, clock).test_client())
    wanted = {
        ("motcua_database_up", ""): 1,
        ("motcua_inbox_oldest_seconds", ""): 0,
        ("motcua_outbox_due", 'lane="status"'): 1,
        ("motcua_outbox_oldest_seconds", 'lane="status"'): 9,
        ("motcua_outbox_messages", 'state="uncertain"'): 1,
        ("motcua_uncertain_oldest_seconds", ""): 300,
        ("motcua_token_ok", ""): 1,
        ("motcua_token_seconds", 'token="access"'): 25 * 3600,
        ("motcua_token_seconds", 'token="refresh"'): 90 * 86_400,
        ("motcua_allowance_left", 'kind="consultation"'): 500,
        ("motcua_rate_used", 'scope="oa"'): 7,
        ("motcua_rate_limit", 'scope="oa"'): 100,
        ("motcua_rate_limit", 'scope="app"'): 4000,
        ("motcua_cost_vnd", 'channel="zbs_phone",period="today"'): 900,
        ("motcua_cost_vnd", 'channel="zbs_phone",period="month"'): 1800,
        ("motcua_workers_alive", ""): 1,
        ("motcua_workers_silent", ""): 1,
        ("motcua_worker_beat_seconds", ""): 4,
        ("motcua_alarms_open", 'kind="feedback"'): 1,
        ("motcua_broadcasts", 'state="sending"'): 1,
        ("motcua_broadcasts", 'state="stopped"'): 0,
        ("motcua_backup_age_seconds", ""): 3 * 3600,
        ("motcua_job_age_seconds", 'job="retention"'): 0,
        ("motcua_sending_held", ""): 0,
        ("motcua_dossiers", ""): 0,
    }
    assert {key: found.get(key) for key in wanted} == wanted
    assert ("motcua_cost_vnd", 'channel="unit:H60",period="today"') not in found


def test_requests_are_counted_by_area_and_status_and_webhooks_by_outcome(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    client = build(settings, db, clock).test_client()
    client.get("/dich-vu-cong")
    client.get("/nowhere")
    client.post("/api/v1/events", json=[])
    client.get("/console/")
    client.post("/webhook/zalo", data=b"{}")
    found = scrape(client)
    areas = {labels for name, labels in found if name == "motcua_http_requests_total"}
    assert {
        'area="pages",status="200"',
        'area="unknown",status="404"',
        'area="api",status="401"',
        'area="console",status="303"',
    } <= areas
    assert found["motcua_webhooks_total", 'outcome="probe"'] == 1
    assert found["motcua_webhook_seconds_count", ""] == 1
    assert found["motcua_webhook_seconds_bucket", 'le="+Inf"'] == 1
    # The format names a counter's family as its samples are named, or its type is not known.
    assert "# TYPE motcua_webhooks_total counter\n" in client.get("/metrics").get_data(as_text=True)
    # Nothing a stranger can invent becomes a label.
    assert not any("nowhere" in labels for _, labels in found)


def test_another_process_tells_the_same_and_a_restart_forgets_nothing(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    client = build(settings, db, clock).test_client()
    client.post("/webhook/zalo", data=b"{}")
    counting.of(db).flush()
    # What a process on another machine added.
    with db.write() as session:
        other = {("motcua_webhooks_total", 'outcome="probe"'): 4.0}
        measured.add(session, {**other, ("motcua_calls_total", 'channel="zbs_phone",code="0"'): 2})
    found = scrape(client)
    assert found["motcua_webhooks_total", 'outcome="probe"'] == 5
    assert found["motcua_calls_total", 'channel="zbs_phone",code="0"'] == 2
    again = scrape(build(settings, db, clock).test_client())
    assert again["motcua_webhooks_total", 'outcome="probe"'] == 5


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (None, "0"),
        (ZaloError(Api.oa, -230, 200), "-230"),
        (ZaloError(Api.oa, -999_999, 200), "unknown"),
        (Uncertain(Api.oa, "timeout"), "uncertain"),
        (NotSent(Api.oa, "refused"), "no_connection"),
    ],
)
def test_answers_are_counted_under_a_bounded_set_of_codes(failure: Any, code: str) -> None:
    assert sending.answer_of("consultation", failure) == code


# Who may read


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_strangers_and_forwarded_requests_read_nothing_without_the_token(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    kept = settings.model_copy(update={"metrics_token": SecretStr("a-long-token")})
    client = build(kept, db, clock).test_client()

    def status(address: str = "127.0.0.1", **headers: str) -> int:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address}, headers=sent)
        assert answer.status_code == 200 or "motcua_" not in answer.get_data(as_text=True)
        return answer.status_code

    assert status() == status("::1") == status("::ffff:127.0.0.1") == 200
    assert status("203.0.113.9") == status("") == status("unix:") == 403
    assert status(X_Forwarded_For="127.0.0.1") == status(Forwarded="for=x") == 403
    assert status("203.0.113.9", Authorization="Bearer falsch") == 403
    assert status(Authorization="Bearer falsch") == 403
    token = "Bearer a-long-token"
    assert status("203.0.113.9", Authorization=token, X_Forwarded_For="1.2.3.4") == 200
    assert status("203.0.113.9", Authorization="Bearer \xe1") == 403
    # Without a token in the settings none opens the door.
    client = build(settings, db, clock).test_client()
    assert status("203.0.113.9", Authorization="Bearer ") == 403


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_behind_a_proxy_of_ours_the_real_address_counts(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    wide = settings.model_copy(update={"trusted_proxies": 1, "metrics_allow": ("10.1.0.0/16",)})
    client = build(wide, db, clock).test_client()
    for real, status in (("10.1.2.3", 200), ("127.0.0.1", 403), ("203.0.113.9", 403)):
        answer = client.get("/metrics", headers={"X-Forwarded-For": real})
        assert answer.status_code == status, real


def test_a_network_nobody_can_read_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="metrics_allow"):
        Settings(_env_file=None, metrics_allow=("10.0.0.0/99",))


# What it costs


QUERIES: dict[str, Callable[[Session], Any]] = {
    "workers": gauges.heartbeats,
    "alarms": gauges.alarms,
    "oldest uncertain": gauges.oldest_uncertain,
    "announcements": gauges.broadcasts,
    "backup": gauges.last_backup,
    "job": lambda s: gauges.last_run(s, "retention"),
    "held": queries.held,
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_gauge_walks_through_history(db: Database, query: Callable[[Session], Any]) -> None:
    small = ("SCAN restoration", "SCAN worker_heartbeat")
    found = plans(db, query, "EXPLAIN QUERY PLAN")
    walks = [s for s in found if s.startswith("SCAN") and "USING" not in s]
    assert [step for step in walks if not step.startswith(small)] == []


def test_sizes_are_counted_up_to_a_bound_and_taken_from_the_night_above_it(
    db: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauges, "COUNTED", 3)
    today = clock.now().date()
    outgoing.followers(db, [f"u{n}" for n in range(3)], clock.now())
    with db.read() as session:
        assert gauges.size(session, "followers", today) == 3
    outgoing.followers(db, [f"v{n}" for n in range(9)], clock.now())
    with db.write() as session:
        # Not counted to the end, and never less than what was seen.
        assert gauges.size(session, "followers", today) == 4
        daily_counts.put(session, today - timedelta(days=1), ["size"], {"size:followers": 12})
        assert gauges.size(session, "followers", today) == 12
        assert gauges.whole_size(session, "followers") == 12


def test_with_the_database_away_it_says_so(
    tmp_path: Path, settings: Settings, clock: FixedClock
) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    try:
        found = scrape(build(settings, empty, clock).test_client())
    finally:
        empty.dispose()
    assert found == {("motcua_database_up", ""): 0}


# Real processes


@contextlib.contextmanager
def command(settings: Settings, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "app.py", *words],
        cwd=ROOT,
        env={**os.environ, **environment(settings)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


@pytest.mark.timeout(600)
def test_two_web_processes_on_one_port_and_a_worker_add_up(database_url: str) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with town_of(database_url, worker=False) as town:
        now = SystemClock().now()
        crowd = {"count": 5, "interacted_hours_ago": 1}
        made = requests.post(f"{town.sandbox.url}/_control/people/bulk", json=crowd).json()["ids"]
        outgoing.followers(town.database, made, now)
        outgoing.queue(town.database, [outgoing.draft(uid, now, uid=uid) for uid in made], now)

        def up() -> bool:
            with contextlib.suppress(requests.RequestException):
                return requests.get(f"{url}/healthz", timeout=2).ok
            return False

        def told(name: str, labels: str) -> float:
            text = requests.get(f"{url}/metrics", timeout=10).text
            return samples(text).get((name, labels), 0.0)

        web = ("web", "--port", str(port), "--processes", "2")
        with command(town.settings, *web), command(town.settings, "worker"):
            outgoing.until(up, 150)
            for _ in range(60):
                # A connection of its own each, so that both processes get some.
                requests.post(f"{url}/webhook/zalo", data=b"{}", timeout=5).raise_for_status()
            probes = ("motcua_webhooks_total", 'outcome="probe"')
            calls = ("motcua_calls_total", 'channel="consultation",code="0"')
            outgoing.until(lambda: told(*probes) >= 60, 150)
            outgoing.until(lambda: told(*calls) >= 5, 150)
            assert {told(*probes) for _ in range(6)} == {60}
            assert told("motcua_handed_seconds_count", 'lane="status"') == 5
            assert told("motcua_workers_alive", "") == 1
