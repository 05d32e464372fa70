"""The worker as a province runs it: a process of its own, here to be killed and started again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

from pydantic import SecretStr

from settings import ROOT, Settings


def environment(settings: Settings) -> dict[str, str]:
    """Settings as the environment variables another process reads them from."""
    told = {}
    for name, value in settings:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        structured = isinstance(plain, dict | tuple | bool)
        told[name.upper()] = json.dumps(plain) if structured else str(plain)
    return told


class WorkerProcess:
    """``python app.py worker``, killed without warning at moments nobody chose."""

    def __init__(self, settings: Settings) -> None:
        self._environment = {**os.environ, **environment(settings)}
        self._lock = threading.Lock()
        self._process = self._start()
        self.kills = 0

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "app.py", "worker"],
            cwd=ROOT,
            env=self._environment,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """SIGKILL and start another."""
        with self._lock:
            self._process.kill()
            self._process.wait()
            self.kills += 1
            self._process = self._start()

    def die(self) -> None:
        """SIGKILL, and nobody starts another."""
        with self._lock:
            self._process.kill()
            self._process.wait()

    @contextlib.contextmanager
    def dying(self, seconds: float) -> Iterator[None]:
        """Kill it so many seconds from now, and go on with the block meanwhile."""
        timer = threading.Timer(seconds, self.kill)
        timer.start()
        try:
            yield
        finally:
            timer.join()

    def stop(self) -> int:
        """Ask it to end; answers its exit status."""
        with self._lock:
            self._process.send_signal(signal.SIGTERM)
            return self._process.wait(timeout=30)
