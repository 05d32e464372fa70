"""Several machines of one province: web servers and workers as processes of their own, one database."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from clock import SystemClock
from sandbox.server import running
from settings import ROOT, Settings
from store import api_keys
from store.engine import Database
from tests.e2e.conftest import Town, free_port, settings_for
from tests.e2e.worker_process import environment

#: A machine with much to do starts slowly.
PATIENCE = 240


class Program:
    """``python app.py ...`` with these settings, running until it is told to stop."""

    def __init__(self, settings: Settings, *words: str, **more: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "app.py", *words],
            cwd=ROOT,
            env={**os.environ, **environment(settings), **more},
            stderr=subprocess.DEVNULL,
        )

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        """SIGTERM, as a service manager sends it."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Ask it to end; answers its exit status."""
        if self.alive:
            self.ask_to_stop()
        return self.process.wait(timeout=PATIENCE)


@dataclass
class Machines(Town):
    """A town whose halves are processes: ``url`` is the first web server."""

    urls: list[str] = field(default_factory=list)
    webs: list[Program] = field(default_factory=list)
    workers: list[Program] = field(default_factory=list)

    def ready(self, url: str = "") -> dict[str, Any]:
        """What ``/readyz`` of one web server says."""
        answer = requests.get(f"{url or self.url}/readyz", timeout=30)
        found: dict[str, Any] = answer.json()
        return {**found, "status": answer.status_code}

    def via(self, url: str, path: str, body: Any) -> requests.Response:
        """What the one-stop software posts to one of the web servers."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return requests.post(f"{url}/api/v1/{path}", json=body, headers=headers, timeout=60)


def eventually(true: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait for what other processes do; looking itself must not take the machine from them."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.2)


def up(url: str) -> bool:
    """Whether a web server answers."""
    with contextlib.suppress(requests.ConnectionError):
        return requests.get(f"{url}/healthz", timeout=30).ok
    return False


@contextlib.contextmanager
def machines_of(
    database_url: str, *, webs: int = 1, workers: int = 1, **changes: Any
) -> Iterator[Machines]:
    """Programs started on free ports, with these settings changed; all stopped at the end."""
    # Without a web server of ours there is still an address, for one the test starts itself.
    ports = [free_port() for _ in range(max(webs, 1))]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    with running(f"{urls[0]}/webhook/zalo", rate_oa=2000) as sandbox:
        settings = settings_for(sandbox, urls[0], database_url).model_copy(update=changes)
        database = Database(database_url)
        with database.write() as session:
            key = api_keys.create(session, "motcua", api_keys.SCOPES, SystemClock().now())
        made = Machines(sandbox, settings, database, urls[0], key, urls=urls)
        try:
            made.webs += [Program(settings, "web", "--port", str(port)) for port in ports[:webs]]
            made.workers += [Program(settings, "worker") for _ in range(workers)]
            for url in urls[:webs]:
                eventually(lambda url=url: up(url))  # type: ignore[misc]
            if workers:
                eventually(lambda: made.ready()["parts"].get("worker") == "ok")
            yield made
        finally:
            for program in (*made.workers, *made.webs):
                if program.alive:
                    program.ask_to_stop()
            for program in (*made.workers, *made.webs):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    program.process.wait(timeout=PATIENCE)
                program.process.kill()
                program.process.wait()
            database.dispose()
