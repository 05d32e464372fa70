"""The one lock of the sandbox and the bell that wakes everybody who waits for a change."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """One re-entrant lock, a counter of changes, and who was touched by the latest of them."""

    def __init__(self) -> None:
        self._condition = threading.Condition(threading.RLock())
        self._number = 0
        self._recent: deque[tuple[int, str, str]] = deque(maxlen=1000)
        self.closed = False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the state still."""
        with self._condition:
            yield

    def ring(self, kind: str, subject: str = "") -> int:
        """Record that something of `kind` changed; return the change's number."""
        with self._condition:
            self._number += 1
            self._recent.append((self._number, kind, subject))
            self._condition.notify_all()
            return self._number

    def close(self) -> None:
        """Let every waiter go: the server stops."""
        with self._condition:
            self.closed = True
            self._condition.notify_all()

    @property
    def number(self) -> int:
        """The number of the latest change."""
        return self._number

    def since(self, number: int) -> list[tuple[int, str, str]]:
        """Changes after `number`, oldest first; only the latest thousand are remembered."""
        with self._condition:
            return [change for change in self._recent if change[0] > number]

    def wait_beyond(self, number: int, seconds: float) -> int:
        """Return when a change after `number` exists, or after `seconds`; the latest number."""
        with self._condition:
            self._condition.wait_for(lambda: self.closed or self._number > number, seconds)
            return self._number

    def wait_for(self, ready: Callable[[], T | None], seconds: float) -> T | None:
        """What `ready` gives as soon as it is truthy, or its last word after `seconds`.

        `ready` runs under the lock, once at the start and after each change.
        """
        end = time.monotonic() + seconds
        with self._condition:
            while not (found := ready()) and not self.closed:
                left = end - time.monotonic()
                if left <= 0:
                    break
                self._condition.wait(left)
            return found
