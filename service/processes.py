"""Running the halves: the WSGI server, the worker as a child, and both on one machine."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

import journal
from settings import ROOT, load

_RESTART_SECONDS = 1.0
_STOP_SECONDS = 20
_POLL_SECONDS = 0.2
#: glibc's name for the number of heaps (`mallopt(3)`).
_ARENA_MAX = -8


def run_web(host: str, port: int, *, processes: int = 1, threads: int = 16) -> None:
    """Serve until SIGTERM or SIGINT; requests that run are finished first."""
    Granian(
        "service.web:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=threads,
        factory=True,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        websockets=False,
        working_dir=ROOT,
        workers_kill_timeout=_STOP_SECONDS,
    ).serve()


class Process(Protocol):
    """What `Child` asks of a process, as `subprocess.Popen` has it."""

    @property
    def pid(self) -> int:
        """Its id."""
        ...

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, when it ended."""
        ...

    def send_signal(self, number: int, /) -> None:
        """As `os.kill`."""
        ...

    def kill(self) -> None:
        """At once."""
        ...


class Child:
    """Another command of ours in a process of its own, started again when it dies.

    With ``log`` its lines go to the end of that file instead of our own output. ``first`` makes
    its first incarnation in another way.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        name: str,
        extra: Mapping[str, str] | None = None,
        log: Path | None = None,
        first: Callable[[], Process] | None = None,
    ) -> None:
        self._arguments = [sys.executable, *arguments]
        self._environment = {**os.environ, **(extra or {})}
        self._name = name
        self._log = log
        self._stopping = threading.Event()
        self._process: Process = first() if first is not None else self._start()
        self._watch = threading.Thread(target=self._keep_alive, name=f"keep-{name}", daemon=True)
        self._watch.start()

    def _start(self) -> subprocess.Popen[bytes]:
        # Its own process group: Ctrl-C reaches us, and we stop it in our own order.
        with contextlib.ExitStack() as files:
            log = files.enter_context(self._log.open("ab")) if self._log else None
            return subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
                self._arguments,
                cwd=ROOT,
                env=self._environment,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )

    def _keep_alive(self) -> None:
        while not self._stopping.is_set():
            code = self._process.wait()
            if self._stopping.wait(_RESTART_SECONDS):
                return
            journal.get("serve").error("child_died", name=self._name, code=code)
            self._process = self._start()

    @property
    def pid(self) -> int:
        """The process id of the present incarnation."""
        return self._process.pid

    def stop(self) -> None:
        """Ask it to finish what is in flight; kill it only when it does not."""
        self._stopping.set()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


class _Forked:
    """The worker as a copy of this process, shown as a `subprocess.Popen` shows a command.

    What both halves import is then in memory once, as long as nobody writes to it.
    """

    def __init__(self) -> None:
        self._process = multiprocessing.get_context("fork").Process(target=_work)
        self._process.start()
        # Whoever keeps it alive and whoever stops it may both ask what became of it.
        self._asked = threading.Lock()

    @property
    def pid(self) -> int:
        """Its id."""
        return self._process.pid or 0

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        with self._asked:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; ``TimeoutExpired`` when it runs longer than that."""
        ends = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if ends is not None and time.monotonic() > ends:
                raise subprocess.TimeoutExpired("worker", timeout or 0)
            time.sleep(_POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """As `os.kill`."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """At once."""
        self._process.kill()


def _work() -> None:
    from clock import SystemClock
    from service.worker import run

    # Ctrl-C reaches the one that started us, and it stops us in its own order.
    os.setsid()
    settings = load()
    journal.configure(settings.log_level)
    sys.exit(run(settings, SystemClock()))


def _share() -> None:
    """Read what both halves need, and keep the collector from touching it: written pages are
    no longer shared between the processes that are forked from here."""
    import service.web
    import service.worker  # noqa: F401 - to be shared

    # Many threads would each keep freed memory in a heap of their own; two heaps do.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)
    gc.collect()
    gc.freeze()


def serve(host: str, port: int) -> None:
    """Web and worker for one machine (contract 1): what a small province runs.

    Both are forked from here before any thread runs; a worker that died is started afresh, as a
    command.
    """
    _share()
    worker = Child(["app.py", "worker"], "worker", first=_Forked)
    try:
        run_web(host, port)
    finally:
        worker.stop()
