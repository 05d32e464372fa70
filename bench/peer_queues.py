"""Many jobs that each POST to the same stand-in: how fast they go, and what a killed worker costs.

Ours is the outbox with a worker process. Lost is what was not heard of two minutes after the kill,
twice is what was heard of once more. Each peer with sixteen calls at once where it can, its own
retries switched on, and a disk that is waited for.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench import sender, zalo_stub
from bench.latency import environment_of
from bench.rows import Row
from bench.servers import PEERS, end, free_port
from settings import ROOT
from store.engine import Database

_PATIENCE = 120.0
#: Each is a process that forks for every job: more would only wait for the processor.
_RQ_WORKERS = 4


@dataclass
class Queue:
    """How one queue is filled and worked off; ``place`` is its database or its server."""

    name: str
    fill: Callable[[int], None]
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)


class Heard:
    """What the stand-in was told, as it is told."""

    def __init__(self, stub: zalo_stub.Stub) -> None:
        self.times: list[float] = []
        self.counts: Counter[str] = Counter()
        self._pipe, self._stop = stub.heard, threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._stop.is_set():
            while self._pipe.poll(0.1):
                recipient, at = self._pipe.recv()
                if recipient:
                    self.times.append(at)
                    self.counts[recipient] += 1

    def until(self, distinct: int, seconds: float) -> None:
        """Wait until so many were heard of, or so long."""
        ends = time.monotonic() + seconds
        while len(self.counts) < distinct and time.monotonic() < ends:
            time.sleep(0.02)

    def stop(self) -> None:
        """Listen no more."""
        self._stop.set()
        self._thread.join()


def compared(urls: dict[str, str], count: int) -> Iterator[Row]:
    """One row of speed and one of a kill for each queue."""
    for kind, url in urls.items():
        with tempfile.TemporaryDirectory(dir=ROOT / "var" / "bench") as folder:
            for queue_of in (_ours, _huey if kind == "sqlite" else _procrastinate):
                yield from _both(kind, partial(queue_of, url, folder), count)
    with tempfile.TemporaryDirectory(dir=ROOT / "var" / "bench") as folder, _redis(folder) as url:
        if url:
            yield from _both("", partial(_rq, url), count)
        else:
            yield Row("-", "queue drained, rq", "", {"left_out": "no_redis-server"})


def _both(kind: str, make: Callable[[str], Queue], count: int) -> Iterator[Row]:
    for killed in (False, True):
        with zalo_stub.running(told=True) as stub:
            queue = make(stub.url)
            queue.fill(count)
            heard = Heard(stub)
            numbers = _killed(queue, heard, count) if killed else _drained(queue, heard, count)
            heard.stop()
        what = "worker killed half way" if killed else "queue drained"
        yield Row("-", f"{what}, {queue.name}, {count:,} jobs", kind, numbers)


def _drained(queue: Queue, heard: Heard, count: int) -> dict[str, float]:
    with _working(queue):
        heard.until(count, _PATIENCE)
    took = heard.times[-1] - heard.times[0] if len(heard.times) > 1 else _PATIENCE
    return {"jobs_per_s": len(heard.times) / took, "done": len(heard.counts)}


def _killed(queue: Queue, heard: Heard, count: int) -> dict[str, float]:
    with _working(queue) as process:
        heard.until(count // 2, _PATIENCE)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    killed_at = time.perf_counter()
    time.sleep(0.3)  # what was on its way to the stand-in arrives
    before = len(heard.times)
    with _working(queue):
        heard.until(count, _PATIENCE)
        moving = heard.times[before] - killed_at if len(heard.times) > before else _PATIENCE
        done = time.perf_counter() - killed_at
    twice = sum(heard.counts.values()) - len(heard.counts)
    return {
        "lost": count - len(heard.counts),
        "twice": twice,
        "moving_again_s": moving,
        "all_done_s": done if len(heard.counts) == count else _PATIENCE,
    }


@contextmanager
def _working(queue: Queue) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        queue.command,
        cwd=ROOT,
        env={**os.environ, **queue.env},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            end(process)


def _ours(url: str, _folder: str, stub: str) -> Queue:
    def fill(count: int) -> None:
        database = Database(url)
        sender.fill(database, count)
        database.dispose()

    env = environment_of(url, stub) | {"SENDER_THREADS": "16"}
    return Queue("ours", fill, [sys.executable, "app.py", "worker"], env)


def _huey(_url: str, folder: str, stub: str) -> Queue:
    place = str(Path(folder) / f"huey{time.monotonic_ns()}.db")
    consumer = [_peer("huey_consumer"), "bench.peer_apps.queues.huey", "-w", "16", "-k", "thread"]
    return _theirs("huey", place, stub, consumer)


def _procrastinate(url: str, _folder: str, stub: str) -> Queue:
    place = url.replace("postgresql+psycopg://", "postgresql://")
    name = f"peer{time.monotonic_ns()}"
    database = Database(url)
    with database.autocommit.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    database.dispose()
    place = place.replace("@/postgres?", f"@/{name}?")
    work = [_peer("procrastinate"), "--app", "bench.peer_apps.queues.app", "worker"]
    return _theirs("procrastinate", place, stub, [*work, "--concurrency", "16"])


def _rq(place: str, stub: str) -> Queue:
    import socket

    port = int(place.rsplit(":", 1)[1].split("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"FLUSHALL\r\n")
        connection.recv(16)
    pool = [
        _peer("rq"),
        "worker-pool",
        "--num-workers",
        str(_RQ_WORKERS),
        "--url",
        place,
        "--quiet",
    ]
    return _theirs("rq", place, stub, pool)


def _theirs(kind: str, place: str, stub: str, command: list[str]) -> Queue:
    env = {"PEER_QUEUE": kind, "PEER_PLACE": place, "PEER_STUB": stub, "PYTHONPATH": str(ROOT)}

    def fill(count: int) -> None:
        # Imported, not run: a job is named after its module.
        words = f"from bench.peer_apps.queues import fill; fill({kind!r}, {count})"
        put = [str(PEERS / "bin" / "python"), "-c", words]
        subprocess.run(put, cwd=ROOT, env={**os.environ, **env}, check=True)

    return Queue(kind, fill, command, env)


def _peer(program: str) -> str:
    found = [PEERS / "bin" / program, PEERS / "bin" / f"{program}.py"]
    return str(next((path for path in found if path.exists()), found[0]))


@contextmanager
def _redis(folder: str) -> Iterator[str]:
    """A redis that waits for the disk like our databases; "" where the program is missing."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--dir", folder, "--save", ""]
    command += ["--appendonly", "yes", "--appendfsync", "always", "--bind", "127.0.0.1"]
    try:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    except FileNotFoundError:
        yield ""
        return
    time.sleep(1)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()
