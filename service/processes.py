"""Running the halves: the WSGI server, the worker as a child, and both on one machine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

import journal
from settings import ROOT

_RESTART_SECONDS = 1.0
_STOP_SECONDS = 20


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


class Child:
    """Another command of ours in a process of its own, started again when it dies.

    With ``log`` its lines go to the end of that file instead of our own output.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        name: str,
        extra: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        self._arguments = [sys.executable, *arguments]
        self._environment = {**os.environ, **(extra or {})}
        self._name = name
        self._log = log
        self._stopping = threading.Event()
        self._process = self._start()
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


def serve(host: str, port: int) -> None:
    """Web and worker for one machine (contract 1): what a small province runs."""
    # Many threads would each keep freed memory in a heap of their own; two heaps do.
    sparing = {"MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2")}
    worker = Child(["app.py", "worker"], "worker", sparing)
    try:
        run_web(host, port)
    finally:
        worker.stop()
