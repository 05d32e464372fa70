"""Counting what strangers do, shared between machines without a database write each time.

Views of open pages are counted in memory and carried to the shared counter (`store.throttles`) in
pieces; whoever is over a limit is known in memory until the window ends, so that an attacker
cannot make the database write any more. With ``m`` processes a limit is kept to within
``m * piece``.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from store import throttles
from store.engine import Database

#: Callers kept in memory; who is forgotten begins anew from the shared counter.
_MOST_KEPT = 20_000


@dataclass(frozen=True)
class Limit:
    """``most`` in a ``window``; ``piece``: so many are counted here before all machines hear."""

    name: str
    most: int
    window: timedelta = timedelta(minutes=1)
    piece: int = 1


@dataclass(slots=True)
class _Count:
    window: datetime
    #: What the shared counter last said, and what it has not heard yet.
    told: int = 0
    here: int = 0


class Meter:
    """Counters of one process over the shared ones; thread-safe."""

    def __init__(self, database: Database, most_kept: int = _MOST_KEPT) -> None:
        self._database = database
        self._most_kept = most_kept
        self._lock = threading.Lock()
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()

    def add(self, limit: Limit, who: str, now: datetime, by: int = 1) -> int:
        """Count ``by`` more for ``who`` (never an address itself); seconds to wait, 0 to go on.

        A database that is away stops nobody: what the page itself needs will say so.
        """
        with self._lock:
            count = self._count(limit, who, now)
            if count.told > limit.most:
                return _seconds(limit, now)
            count.here += by
            carried = count.here
            over = count.told + carried > limit.most
            if carried < limit.piece and not over:
                return 0
            count.here = 0
        told = self._carried(limit, who, now, carried)
        with self._lock:
            count.told = max(count.told, told)
            return _seconds(limit, now) if count.told > limit.most else 0

    def wait(self, limit: Limit, who: str, now: datetime) -> int:
        """Seconds ``who`` has to wait as far as this process knows, 0 for nothing; counts nothing."""
        with self._lock:
            known = self._counts.get((limit.name, who))
            over = (
                known is not None
                and known.window == throttles.window_start(now, limit.window)
                and known.told > limit.most
            )
        return _seconds(limit, now) if over else 0

    def _count(self, limit: Limit, who: str, now: datetime) -> _Count:
        key, start = (limit.name, who), throttles.window_start(now, limit.window)
        count = self._counts.get(key)
        if count is None or count.window != start:
            count = self._counts[key] = _Count(start)
        self._counts.move_to_end(key)
        while len(self._counts) > self._most_kept:
            self._counts.popitem(last=False)
        return count

    def _carried(self, limit: Limit, who: str, now: datetime, by: int) -> int:
        try:
            with self._database.write() as session:
                return throttles.add(session, f"{limit.name}:{who}", now, limit.window, by)
        except SQLAlchemyError:
            return 0


def _seconds(limit: Limit, now: datetime) -> int:
    left = throttles.ends(now, limit.window) - now
    return max(1, int(left.total_seconds()) + 1)
