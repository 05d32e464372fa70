"""`serve`: both halves from one command, the worker started again when it dies, nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from settings import ROOT

_PATIENCE = 60


@pytest.fixture
def address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def served(address: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    env = {
        **os.environ,
        "ENVIRONMENT": "test",
        "DATABASE_URL": f"sqlite:///{tmp_path}/serve.db",
        "SECRET_KEY": "serve-secret-key-of-32-characters!",
        "ZALO_APP_ID": "1",
        "ZALO_OA_ID": "2",
        "ZALO_APP_SECRET": "app-secret-of-a-test",
        "ZALO_OA_SECRET_KEY": "oa-secret-of-a-test",
    }
    command = [sys.executable, "app.py", "serve", "--port", address.rpartition(":")[2]]
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    yield process
    if process.poll() is None:
        process.kill()


def until(found: Callable[[], object]) -> None:
    ends = time.monotonic() + _PATIENCE
    while not found():
        assert time.monotonic() < ends
        time.sleep(0.1)


def parts(address: str) -> dict[str, str]:
    try:
        told: dict[str, str] = requests.get(f"{address}/readyz", timeout=5).json()["parts"]
    except requests.RequestException:
        return {}
    return told


def worker_of(pid: int) -> int:
    """The child with a session of its own."""
    children = [
        int(child)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for child in path.read_text(encoding="utf-8").split()
    ]
    return next((child for child in children if os.getsid(child) == child), 0)


def test_a_worker_that_dies_comes_back_and_both_halves_stop_together(
    served: subprocess.Popen[bytes], address: str
) -> None:
    until(lambda: parts(address).get("worker") == "ok")
    first = worker_of(served.pid)
    os.kill(first, signal.SIGKILL)
    until(lambda: worker_of(served.pid) not in (0, first))
    second = worker_of(served.pid)
    # It must be past its start, or it would not stop in order.
    until(lambda: threads(second) > 5)

    served.send_signal(signal.SIGTERM)

    assert served.wait(_PATIENCE) == 0
    assert not Path(f"/proc/{second}").exists()
    assert parts(address) == {}


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def test_the_first_worker_stops_with_the_command(
    served: subprocess.Popen[bytes], address: str
) -> None:
    until(lambda: parts(address).get("worker") == "ok")
    worker = worker_of(served.pid)

    served.send_signal(signal.SIGTERM)

    assert served.wait(_PATIENCE) == 0
    assert not Path(f"/proc/{worker}").exists()
