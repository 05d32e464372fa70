"""Counters of this process, added every few seconds to those of all others in the database.

Several web processes answer on one port and workers have no port at all, so no process can tell
the whole by itself. Counting stays in memory and costs the webhook nothing; what is lost when a
process is killed are the counts of its last seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from prometheus_client import REGISTRY, Metric
from sqlalchemy.exc import SQLAlchemyError

import journal
from store import measured
from store.engine import Database
from store.measured import Key

#: Names of ours; what the library counts of its own process would differ from look to look.
OURS = "motcua_"
EVERY_SECONDS = 10.0
#: Whoever asks for `/metrics` often does not make the database write often.
_LEAST_SECONDS = 1.0
_KINDS = ("counter", "histogram")
_LOCK = threading.Lock()
_KNOWN: dict[str, Counting] = {}


def families() -> Iterator[Metric]:
    """Our counters and histograms, whether anything was counted or not."""
    for family in REGISTRY.collect():
        if family.name.startswith(OURS) and family.type in _KINDS:
            yield family


def labels_text(labels: dict[str, str]) -> str:
    """Labels as Prometheus writes them, in the order of their names."""
    escaped = {
        name: value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
        for name, value in labels.items()
    }
    return ",".join(f'{name}="{value}"' for name, value in sorted(escaped.items()))


def here() -> dict[Key, float]:
    """Everything this process has counted since it started."""
    return {
        (sample.name, labels_text(sample.labels)): float(sample.value)
        for family in families()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


class Counting:
    """Adds what this process counted to the sums of one database; see `of`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._told = here()
        self._at = 0.0

    def flush(self, *, at_most_every: float = 0.0) -> None:
        """Add what is new; what cannot be written now is added the next time."""
        with self._lock:
            if time.monotonic() - self._at < at_most_every:
                return
            counted = here()
            deltas = {
                key: value - self._told.get(key, 0.0)
                for key, value in counted.items()
                if value != self._told.get(key, 0.0)
            }
            if not deltas:
                return
            try:
                with self._database.write() as session:
                    measured.add(session, deltas)
            except (SQLAlchemyError, OSError) as error:
                journal.get("metrics").warning("not_counted", error_type=type(error).__name__)
                return
            self._told, self._at = counted, time.monotonic()

    def flush_soon(self) -> None:
        """Before an answer: what this process counted is in it, to the last second."""
        self.flush(at_most_every=_LEAST_SECONDS)


def of(database: Database) -> Counting:
    """The one that counts for this database in this process: two would count everything twice."""
    with _LOCK:
        known = _KNOWN.get(database.url)
        if known is None:
            known = _KNOWN[database.url] = Counting(database)
        known._database = database
        return known


def start(database: Database, stop: threading.Event) -> threading.Thread:
    """Flush on a thread until ``stop`` is set, and once more then."""
    counting = of(database)

    def run() -> None:
        while not stop.wait(EVERY_SECONDS):
            counting.flush()
        counting.flush()

    thread = threading.Thread(target=run, name="metrics", daemon=True)
    thread.start()
    return thread
