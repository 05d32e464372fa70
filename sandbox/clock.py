"""The sandbox's own time: real time moved by an offset, or standing still (protocol 9)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

#: Vietnam has no daylight saving; quotas and night rules follow this zone (protocol 4.2).
VIETNAM = timezone(timedelta(hours=7))
MORNING, EVENING = 6, 22


class VirtualClock:
    """Milliseconds since the epoch that tests and the operator may move or freeze.

    Moving it calls every listener, so that retries that became due leave at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset_ms = 0
        self._frozen_ms: int | None = None
        self._last_stamp = 0
        self._listeners: list[Callable[[], None]] = []

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every jump, freeze or thaw."""
        self._listeners.append(listener)

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen_ms is not None

    def now_ms(self) -> int:
        """Present virtual time in milliseconds."""
        with self._lock:
            return self._now()

    def stamp(self) -> int:
        """Like `now_ms` but never the same twice: receivers deduplicate by time (protocol 8.5)."""
        with self._lock:
            self._last_stamp = max(self._now(), self._last_stamp + 1)
            return self._last_stamp

    def advance(self, seconds: float) -> None:
        """Move time by `seconds`, backwards when negative."""
        with self._lock:
            moved = round(seconds * 1000)
            if self._frozen_ms is not None:
                self._frozen_ms += moved
            self._offset_ms += moved
            self._last_stamp = 0
        self._tell()

    def set(self, at_ms: int) -> None:
        """Make the present moment `at_ms`; a frozen clock stays frozen there."""
        with self._lock:
            if self._frozen_ms is not None:
                self._frozen_ms = at_ms
            self._offset_ms = at_ms - _real_ms()
            self._last_stamp = 0
        self._tell()

    def freeze(self, frozen: bool) -> None:
        """Stop time where it is, or let it run on from there."""
        with self._lock:
            if frozen:
                self._frozen_ms = self._now()
            elif self._frozen_ms is not None:
                self._offset_ms = self._frozen_ms - _real_ms()
                self._frozen_ms = None
        self._tell()

    def reset(self) -> None:
        """Back to real time."""
        with self._lock:
            self._offset_ms, self._frozen_ms, self._last_stamp = 0, None, 0
        self._tell()

    def local(self, at_ms: int | None = None) -> datetime:
        """`at_ms` (default: now) as Vietnamese local time."""
        moment = self.now_ms() if at_ms is None else at_ms
        return datetime.fromtimestamp(moment / 1000, UTC).astimezone(VIETNAM)

    def night(self) -> bool:
        """Whether it is 22:00 to 05:59 in Vietnam, when nothing promotional goes out (4.2)."""
        return not MORNING <= self.local().hour < EVENING

    def daytime_ms(self) -> int:
        """The present moment, or the next 06:00 when it is night (protocol 4.2)."""
        local = self.local()
        if not self.night():
            return self.now_ms()
        morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
        if local.hour >= EVENING:
            morning += timedelta(days=1)
        return int(morning.timestamp() * 1000)

    def _now(self) -> int:
        return self._frozen_ms if self._frozen_ms is not None else _real_ms() + self._offset_ms

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


def _real_ms() -> int:
    return time.time_ns() // 1_000_000
