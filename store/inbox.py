"""The inbox's front door: webhook bodies made durable by group commit (design, "Receive").

Rows go through the driver itself, not through SQLAlchemy: beside a bare Flask application on the
same server this doubled the durable rate (`bench/webhook.py`), because the cost of a small batch
was Python between BEGIN and COMMIT, not the disk.
"""

from __future__ import annotations

import functools
import hashlib
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

import store.tables  # noqa: F401 - registers the table whose column types are used
from store.engine import Database
from store.wakeups import CHANNEL

_BATCH = 500
_COLUMNS = (
    "dedupe_key",
    "event_name",
    "subject",
    "body",
    "zns",
    "correlation_id",
    "received_at",
    "sent_at",
)
_DEFAULTS = {"state": "'queued'", "attempts": "0", "lease_owner": "''", "handler": "''"}
_INTO = f"INSERT INTO inbound_event ({', '.join((*_COLUMNS, *_DEFAULTS))}, problem)"
_CONSTANTS = ", ".join((*_DEFAULTS.values(), "''"))
_ONCE = "ON CONFLICT (dedupe_key) DO NOTHING"
_SQLITE_ROW = f"({', '.join('?' * len(_COLUMNS))}, {_CONSTANTS})"
#: One round trip a batch: the rows travel as arrays, the wake-up in the same statement.
_POSTGRESQL = (
    "WITH put AS (" + _INTO + " SELECT u.*, " + _CONSTANTS + " FROM unnest("
    "%s::text[], %s::text[], %s::text[], %s::bytea[], %s::bool[], %s::text[],"
    " %s::timestamptz[], %s::timestamptz[]) AS u " + _ONCE + f") SELECT pg_notify('{CHANNEL}', '')"
)

Row = tuple[Any, ...]


@functools.cache
def _sqlite_insert(rows: int) -> str:
    return f"{_INTO} VALUES {', '.join([_SQLITE_ROW] * rows)} {_ONCE}"


_DRIVER_ERRORS = (sqlite3.Error, psycopg.Error)


class Unavailable(Exception):
    """The database did not take the event: Zalo must be told to come again."""


@dataclass(frozen=True)
class Arrival:
    """A verified webhook body and what was read from it."""

    dedupe_key: str
    event_name: str
    subject: str
    body: bytes
    zns: bool
    correlation_id: str
    received_at: datetime
    sent_at: datetime | None

    def row(self) -> Row:
        """The values of `_COLUMNS`; the key is a digest, so its size is bounded for ever."""
        return (
            hashlib.sha256(self.dedupe_key.encode()).hexdigest(),
            self.event_name[:64].replace("\0", ""),
            self.subject[:64].replace("\0", ""),
            self.body,
            self.zns,
            self.correlation_id,
            self.received_at,
            self.sent_at,
        )


class _Waiting:
    """One request that waits; a bare lock wakes it with less work than a semaphore would."""

    __slots__ = ("error", "leads", "ready", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.ready = threading.Lock()
        self.ready.acquire()
        self.error: Exception | None = None
        self.leads = False


#: Takes the rows that wait; called when the write lock is held, so that more have gathered.
Take = Callable[[], list[Row]]


class GroupCommit:
    """Many requests, one commit: the first to come writes for all that wait, then hands over.

    The lead passes on after one batch, or one unlucky request would serve the others for ever
    (libraries 2.5: p99 of 428 ms when it was kept).
    """

    def __init__(self, flush: Callable[[Take], None]) -> None:
        self._flush = flush
        self._mutex = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._busy = False

    def put(self, row: Row) -> None:
        """Return when the row is durable; raises what the commit raised."""
        mine = _Waiting(row)
        with self._mutex:
            self._waiting.append(mine)
            mine.leads = not self._busy
            self._busy = True
        if not mine.leads:
            mine.ready.acquire()
        if mine.leads:
            self._lead()
        if mine.error is not None:
            raise mine.error

    def _lead(self) -> None:
        batch: list[_Waiting] = []

        def take() -> list[Row]:
            with self._mutex:
                batch[:], self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            return [waiting.row for waiting in batch]

        error: Exception | None = None
        try:
            self._flush(take)
        except Exception as caught:
            error = caught  # each request of the batch raises it itself
            if not batch:
                take()
        with self._mutex:
            heir = self._waiting[0] if self._waiting else None
            self._busy = heir is not None
        if heir is not None:
            heir.leads = True
            heir.ready.release()
        for waiting in batch:
            waiting.error = error
            if not waiting.leads:
                waiting.ready.release()


class Inbox:
    """Where the webhook puts events: durable when `put` returns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._group = GroupCommit(self._flush)
        self._connection: Any = None
        moment = SQLModel.metadata.tables["inbound_event"].c.received_at.type
        shown = moment.bind_processor(database.engine.dialect)
        self._moment: Callable[[Any], Any] = shown or (lambda value: value)

    def put(self, arrival: Arrival) -> None:
        """Store the event once, whatever Zalo repeats; raises `Unavailable` when it cannot."""
        try:
            self._group.put(arrival.row())
        except (*_DRIVER_ERRORS, SQLAlchemyError, OSError) as error:
            raise Unavailable(type(error).__name__) from error
        self._database.wakeups.notify()

    def _flush(self, take: Take) -> None:
        """Write one batch; a connection that went stale while idle gets one more try."""
        fresh = self._connection is None
        rows: list[Row] = []
        with self._database.exclusive():
            while True:
                try:
                    if self._connection is None:
                        self._connection = self._database.raw_connection()
                    rows = rows or take()
                    self._write(rows)
                    return
                except Exception:
                    self._drop_connection()
                    if fresh:
                        raise
                    fresh = True

    def _write(self, rows: list[Row]) -> None:
        cursor = self._connection.cursor()
        try:
            if self._database.is_sqlite:
                # One statement, by itself a transaction: each further one would give up the
                # interpreter and queue for it behind every request that runs meanwhile.
                values = [value for row in rows for value in self._for_sqlite(row)]
                cursor.execute(_sqlite_insert(len(rows)), values)
            else:
                # One order everywhere, or two processes could lock two keys crosswise.
                ordered = sorted(rows, key=lambda row: str(row[0]))
                cursor.execute(_POSTGRESQL, [list(column) for column in zip(*ordered, strict=True)])
        finally:
            cursor.close()

    def _for_sqlite(self, row: Row) -> Row:
        return (*row[:-2], self._moment(row[-2]), self._moment(row[-1]))

    def _drop_connection(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(*_DRIVER_ERRORS, OSError):
                connection.close()
