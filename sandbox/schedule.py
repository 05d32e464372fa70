"""Things that happen later: receipts in real time, redeliveries in virtual time."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable

from .clock import VirtualClock

Action = Callable[[], None]


class Schedule:
    """One thread that runs short actions when they are due.

    Two clocks because a frozen clock must hold back redeliveries (half a minute and more) while
    receipts of a phone (a fraction of a second) still arrive.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._bell = threading.Condition()
        self._real: list[tuple[float, int, Action]] = []
        self._virtual: list[tuple[int, int, Action]] = []
        self._count = itertools.count()
        self._running = 0
        self._closed = False
        clock.on_change(self._wake)
        threading.Thread(target=self._run, name="sandbox-schedule", daemon=True).start()

    def soon(self, seconds: float, action: Action) -> None:
        """Run `action` after `seconds` of real time."""
        with self._bell:
            heapq.heappush(self._real, (time.monotonic() + seconds, next(self._count), action))
            self._bell.notify()

    def at(self, virtual_ms: int, action: Action) -> None:
        """Run `action` when the sandbox's clock reaches `virtual_ms`."""
        with self._bell:
            heapq.heappush(self._virtual, (virtual_ms, next(self._count), action))
            self._bell.notify()

    def busy(self) -> bool:
        """Whether a real-time action waits, a virtual one is due, or either runs."""
        with self._bell:
            due = bool(self._virtual) and self._virtual[0][0] <= self._clock.now_ms()
            return bool(self._real or self._running or due)

    def clear(self) -> None:
        """Forget everything that waits."""
        with self._bell:
            self._real.clear()
            self._virtual.clear()

    def close(self) -> None:
        """End the thread."""
        with self._bell:
            self._closed = True
            self._bell.notify()

    def _wake(self) -> None:
        with self._bell:
            self._bell.notify()

    def _run(self) -> None:
        while True:
            with self._bell:
                self._running = 0
                action = self._due()
                while action is None and not self._closed:
                    self._bell.wait(self._pause())
                    action = self._due()
                if action is None or self._closed:
                    return
                self._running = 1
            action()

    def _due(self) -> Action | None:
        if self._real and self._real[0][0] <= time.monotonic():
            return heapq.heappop(self._real)[2]
        if self._virtual and self._virtual[0][0] <= self._clock.now_ms():
            return heapq.heappop(self._virtual)[2]
        return None

    def _pause(self) -> float | None:
        waits: list[float] = []
        if self._real:
            waits.append(self._real[0][0] - time.monotonic())
        if self._virtual and not self._clock.frozen:
            waits.append((self._virtual[0][0] - self._clock.now_ms()) / 1000)
        return max(min(waits), 0.0) if waits else None
