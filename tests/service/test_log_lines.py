"""What the processes of a province write to stderr: JSON and nothing else, one id from the event
to its answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.server import running
from settings import ROOT, Settings
from tests.e2e.conftest import Citizen, free_port, settings_for
from tests.e2e.worker_process import environment
from tests.notify.outgoing import until


def start(settings: Settings, log: Path, *words: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as lines:
        return subprocess.Popen(
            [sys.executable, "app.py", *words],
            cwd=ROOT,
            env={**os.environ, **environment(settings)},
            stdout=lines,
            stderr=lines,
        )


def read(log: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert all({"event", "level", "timestamp", "source"} <= line.keys() for line in found)
    assert all("dropped" not in line for line in found)
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_line_of_web_and_worker_is_json_and_an_event_can_be_followed(
    database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running(f"{url}/webhook/zalo", rate_oa=2000) as sandbox:
        settings = settings_for(sandbox, url, database_url)
        logs = {"web": tmp_path / "web.log", "worker": tmp_path / "worker.log"}
        web = start(settings, logs["web"], "web", "--port", str(port))
        worker = start(settings, logs["worker"], "worker")
        try:

            def up() -> bool:
                try:
                    return requests.get(f"{url}/readyz", timeout=2).ok
                except requests.RequestException:
                    return False

            until(up, 150)
            order = {"name": "Nguyễn Thị Mẫu", "phone": "0900000001"}
            made = requests.post(f"{sandbox.url}/_control/people", json=order).json()
            citizen = Citizen(sandbox.url, made["id"])
            citizen.do("follow")
            citizen.hears()
            requests.post(f"{url}/api/v1/events", json=[], headers={"X-Request-Id": "x"})
            requests.get(f"{url}/console/")
        finally:
            for process in (worker, web):
                process.send_signal(signal.SIGTERM)
            statuses = [process.wait(timeout=60) for process in (worker, web)]
        lines = {name: read(log) for name, log in logs.items()}
        doctor = start(settings, tmp_path / "doctor.log", "restore", "--continue")
        assert doctor.wait(timeout=120) == 1
    assert statuses[0] == 0
    (came,) = [
        line
        for line in lines["web"]
        if line["event"] == "webhook" and line["event_name"] == "follow"
    ]
    sent = [line for line in lines["worker"] if line["event"] == "call"]
    assert came["correlation_id"] in {line["correlation_id"] for line in sent}
    (asked,) = [line for line in lines["web"] if line["event"] == "api_request"]
    assert (asked["status"], bool(asked["correlation_id"])) == (401, True)
    # A command that fails says it to a person, in one line.
    said = (tmp_path / "doctor.log").read_text().splitlines()
    assert said == ["Error: nothing is held: this database was not restored"]
    everything = json.dumps(lines, ensure_ascii=False)
    assert "0900000001" not in everything and "Nguyễn" not in everything
