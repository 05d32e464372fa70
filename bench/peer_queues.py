"""Many jobs that each POST to the same stand-in: how fast they go, and what a killed worker costs.

Ours is the outbox with a worker process. Each peer with sixteen calls at once where it can, its own
retries switched on, and a disk that is waited for. After a kill each is waited for until nothing
new was heard of for longer than it needs to find what its dead worker held: what is missing then
is lost. Twice is what was heard of once more.
"""

from __future__ import annotations

import os
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
from bench.servers import PEERS, end, free_port, kill
from settings import ROOT
from store.engine import Database

#: Each is a process that forks for every job: more would only wait for the processor.
_RQ_WORKERS, _RQ_JOBS = 4, 1_000
#: rq looks for jobs of dead workers only so often; left alone every ten minutes.
_RQ_LOOKS = 30
#: Ours in the run with the kill: left alone a lease is 60 s and the pause before a repetition 120.
_LEASE, _PAUSE = 20, 20


@dataclass
class Queue:
    """How one queue is filled and worked off.

    ``quiet``: longer than this, in seconds, nothing new is heard of only when nothing will come;
    ``hurried``: settings of its own for the run with the kill, and ``hurry`` the words for them.
    """

    name: str
    fill: Callable[[int], None]
    command: list[str]
    env: dict[str, str]
    quiet: float
    hurried: dict[str, str] = field(default_factory=dict)
    hurry: str = ""


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

    def until(self, distinct: int, quiet: float) -> None:
        """Wait until so many were heard of, or nobody new for ``quiet`` seconds."""
        known, since = 0, time.monotonic()
        while (now := len(self.counts)) < distinct and time.monotonic() - since < quiet:
            if now > known:
                known, since = now, time.monotonic()
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
            yield from _both("", partial(_rq, url), min(count, _RQ_JOBS))
        else:
            yield Row("-", "queue drained, rq", "", {"left_out": "no_redis-server"})


def _both(kind: str, make: Callable[[str], Queue], count: int) -> Iterator[Row]:
    for killed in (False, True):
        with zalo_stub.running(told=True) as stub:
            queue = make(stub.url)
            queue.fill(count)
            if killed:
                queue.env |= queue.hurried
            heard = Heard(stub)
            numbers = _killed(queue, heard, count) if killed else _drained(queue, heard, count)
            heard.stop()
        what = "worker killed half way" if killed else "queue drained"
        told = f"{queue.name} ({queue.hurry})" if killed and queue.hurry else queue.name
        yield Row("-", f"{what}, {told}, {count:,} jobs", kind, numbers)


def _drained(queue: Queue, heard: Heard, count: int) -> dict[str, float | str]:
    with _working(queue):
        heard.until(count, queue.quiet)
    assert len(heard.times) > 1, f"{queue.name} did nothing"
    took = heard.times[-1] - heard.times[0]
    return {"jobs_per_s": (len(heard.times) - 1) / took, "done": len(heard.counts)}


def _killed(queue: Queue, heard: Heard, count: int) -> dict[str, float | str]:
    with _working(queue) as process:
        heard.until(count // 2, queue.quiet)
        kill(process)
    killed_at = time.perf_counter()
    time.sleep(0.3)  # what was on its way to the stand-in arrives
    before = len(heard.times)
    with _working(queue):
        heard.until(count, queue.quiet)
        done = time.perf_counter() - killed_at
    moving = heard.times[before] - killed_at if len(heard.times) > before else "never"
    lost = count - len(heard.counts)
    return {
        "lost": lost,
        "twice": sum(heard.counts.values()) - len(heard.counts),
        "moving_again_s": moving,
        "all_done_s": "never" if lost else done,
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
    hurried = {"LEASE_SECONDS": str(_LEASE), "UNCERTAIN_PAUSE_SECONDS": str(_PAUSE)}
    hurry = f"a lease of {_LEASE} s, a pause of {_PAUSE} s"
    command = [sys.executable, "app.py", "worker"]
    # A lease, the sweep every ten seconds, the pause: 190 s with all left alone.
    return Queue("ours", fill, command, env, 240, hurried, hurry)


def _huey(_url: str, folder: str, stub: str) -> Queue:
    place = str(Path(folder) / f"huey{time.monotonic_ns()}.db")
    consumer = [_peer("huey_consumer"), "bench.peer_apps.queues.huey", "-w", "16", "-k", "thread"]
    # It looks for nothing.
    return _theirs("huey", place, stub, consumer, 20)


def _procrastinate(url: str, _folder: str, stub: str) -> Queue:
    place = url.replace("postgresql+psycopg://", "postgresql://")
    name = f"peer{time.monotonic_ns()}"
    database = Database(url)
    with database.autocommit.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    database.dispose()
    place = place.replace("@/postgres?", f"@/{name}?")
    work = [_peer("procrastinate"), "--app", "bench.peer_apps.queues.app", "worker"]
    # Half a minute without a heartbeat, then the next whole minute.
    return _theirs("procrastinate", place, stub, [*work, "--concurrency", "16"], 150)


def _rq(place: str, stub: str) -> Queue:
    import socket

    port = int(place.rsplit(":", 1)[1].split("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"FLUSHALL\r\n")
        connection.recv(16)
    words = f"from bench.peer_apps.queues import rq_pool; rq_pool({_RQ_WORKERS}, {_RQ_LOOKS})"
    # A minute and a half without a heartbeat, or a minute between two queues, then the next look.
    queue = _theirs("rq", place, stub, [_peer("python"), "-c", words], 200)
    queue.hurry = f"looking every {_RQ_LOOKS} s"
    return queue


def _theirs(kind: str, place: str, stub: str, command: list[str], quiet: float) -> Queue:
    env = {"PEER_QUEUE": kind, "PEER_PLACE": place, "PEER_STUB": stub, "PYTHONPATH": str(ROOT)}

    def fill(count: int) -> None:
        # Imported, not run: a job is named after its module.
        words = f"from bench.peer_apps.queues import fill; fill({kind!r}, {count})"
        put = [_peer("python"), "-c", words]
        subprocess.run(put, cwd=ROOT, env={**os.environ, **env}, check=True)

    return Queue(kind, fill, command, env, quiet)


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
