"""The inbox: webhook bodies stored before they are answered, claimed by lease, handled once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from store.engine import Database
from store.tables import InboundEvent, InboundState
from store.wakeups import CHANNEL

#: An event that fails this often waits for a person instead of blocking its citizen's chat.
MAX_ATTEMPTS = 5
#: PostgreSQL: claims take turns, or two workers could hold one citizen's events out of order.
_CLAIM_LOCK = 7_360_002
_BATCH = 500

_TABLE = SQLModel.metadata.tables["inbound_event"]
_COLUMNS = (
    "dedupe_key",
    "event_name",
    "subject",
    "body",
    "zns",
    "correlation_id",
    "received_at",
    "sent_at",
    "state",
    "attempts",
    "lease_owner",
    "handler",
    "problem",
)
_SQLITE_INSERT = sqlite.insert(InboundEvent).on_conflict_do_nothing(index_elements=["dedupe_key"])
_POSTGRES_INSERT = text(
    f"WITH put AS (INSERT INTO inbound_event ({', '.join(_COLUMNS)})"  # noqa: S608 - constants
    f" VALUES ({', '.join(':' + name for name in _COLUMNS)})"
    " ON CONFLICT (dedupe_key) DO NOTHING RETURNING 1)"
    f" SELECT pg_notify('{CHANNEL}', '') FROM put"
).bindparams(
    bindparam("received_at", type_=_TABLE.c.received_at.type),
    bindparam("sent_at", type_=_TABLE.c.sent_at.type),
)


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

    def row(self) -> dict[str, Any]:
        """The row as it is inserted; the key is a digest, so its size is bounded."""
        return {
            "dedupe_key": hashlib.sha256(self.dedupe_key.encode()).hexdigest(),
            "event_name": self.event_name[:64].replace("\0", ""),
            "subject": self.subject[:64].replace("\0", ""),
            "body": self.body,
            "zns": self.zns,
            "correlation_id": self.correlation_id,
            "received_at": self.received_at,
            "sent_at": self.sent_at,
            "state": InboundState.queued.value,
            "attempts": 0,
            "lease_owner": "",
            "handler": "",
            "problem": "",
        }


@dataclass
class _Waiting:
    row: dict[str, Any]
    ready: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    error: Exception | None = None
    leads: bool = False


#: Takes the rows that wait; called when the write lock is held, so that more have gathered.
Take = Callable[[], list[dict[str, Any]]]


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

    def put(self, row: dict[str, Any]) -> None:
        """Return when the row is durable; raises what the commit raised."""
        mine = _Waiting(row)
        with self._mutex:
            self._waiting.append(mine)
            leads = not self._busy
            self._busy = True
        if not leads:
            mine.ready.acquire()
            leads = mine.leads
        if leads:
            self._lead()
        if mine.error is not None:
            raise mine.error

    def _lead(self) -> None:
        batch: list[_Waiting] = []

        def take() -> list[dict[str, Any]]:
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
        self._group = GroupCommit(self._flush_sqlite)

    def put(self, arrival: Arrival) -> None:
        """Store the event once, whatever Zalo repeats; raises a database error when it cannot."""
        if self._database.is_sqlite:
            self._group.put(arrival.row())
        else:
            self._put_postgresql(arrival.row())
        self._database.wakeups.notify()

    def _flush_sqlite(self, take: Take) -> None:
        with self._database.exclusive(), self._database.engine.begin() as connection:
            connection.execute(_SQLITE_INSERT, take())

    def _put_postgresql(self, row: dict[str, Any]) -> None:
        try:
            self._insert_postgresql(row)
        except OperationalError:
            # A connection the server closed while it was idle: a new one, once.
            self._insert_postgresql(row)

    def _insert_postgresql(self, row: dict[str, Any]) -> None:
        with self._database.autocommit.connect() as connection:
            connection.execute(_POSTGRES_INSERT, row)


def anything(session: Session, now: datetime) -> bool:
    """Whether a claim could find something: a look that takes no write lock."""
    return bool(session.scalar(select(exists(select(col(InboundEvent.id)).where(_free(now))))))


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(
        col(InboundEvent.state) == InboundState.queued.value,
        and_(
            col(InboundEvent.state) == InboundState.leased.value,
            col(InboundEvent.lease_until) < now,
        ),
    )


def claim(
    session: Session, owner: str, now: datetime, limit: int, lease_seconds: int
) -> list[InboundEvent]:
    """Lease up to ``limit`` events, oldest first, one citizen's never to two workers at once.

    Events whose lease ran out (a worker died) are taken again; one that was taken
    `MAX_ATTEMPTS` times is parked for a person instead.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text(f"SELECT pg_advisory_xact_lock({_CLAIM_LOCK})"))
    earlier = aliased(InboundEvent)
    held_elsewhere = exists(
        select(col(earlier.id)).where(
            col(earlier.subject) == col(InboundEvent.subject),
            col(earlier.subject) != "",
            col(earlier.id) < col(InboundEvent.id),
            col(earlier.state) == InboundState.leased.value,
            col(earlier.lease_owner) != owner,
        )
    )
    found = session.scalars(
        select(InboundEvent)
        .where(_free(now), ~held_elsewhere)
        .order_by(col(InboundEvent.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    taken = []
    for row in found:
        row.attempts += 1
        if row.attempts > MAX_ATTEMPTS:
            row.state, row.problem = InboundState.parked, row.problem or "too many attempts"
            continue
        row.state, row.lease_owner = InboundState.leased, owner
        row.lease_until = now + timedelta(seconds=lease_seconds)
        taken.append(row)
    return taken


def failed(session: Session, event_id: int, problem: str, now: datetime) -> None:
    """Handling raised: try again after a growing pause; later events of this citizen wait."""
    row = session.get(InboundEvent, event_id, with_for_update=True)
    if row is None or row.state != InboundState.leased:
        return
    row.problem = problem
    if row.attempts >= MAX_ATTEMPTS:
        row.state, row.lease_until = InboundState.parked, None
    else:
        row.lease_owner = "retry"
        row.lease_until = now + timedelta(seconds=2**row.attempts)


def hand_back(session: Session, owner: str) -> int:
    """A worker stops: what it leased and did not handle is free at once."""
    done = session.connection().execute(
        update(InboundEvent)
        .where(
            col(InboundEvent.state) == InboundState.leased.value,
            col(InboundEvent.lease_owner) == owner,
        )
        .values(
            state=InboundState.queued.value,
            lease_owner="",
            lease_until=None,
            attempts=col(InboundEvent.attempts) - 1,
        )
    )
    return done.rowcount


def sweep(session: Session, now: datetime) -> Sequence[int]:
    """Free the events of dead workers; answer the ids of events that a person must look at."""
    session.connection().execute(
        update(InboundEvent)
        .where(
            col(InboundEvent.state) == InboundState.leased.value,
            col(InboundEvent.lease_until) < now,
        )
        .values(state=InboundState.queued.value, lease_owner="", lease_until=None)
    )
    parked = select(col(InboundEvent.id)).where(
        col(InboundEvent.state) == InboundState.parked.value
    )
    return [int(found) for found in session.scalars(parked.limit(1000)) if found is not None]


def replay(session: Session, event_id: int) -> bool:
    """Queue a parked or handled event again (``events replay ID``); False when it is unknown.

    Replies already queued for it keep their ``dedupe_key``, so nothing is said twice.
    """
    row = session.get(InboundEvent, event_id, with_for_update=True)
    if row is None or row.body is None:
        return False
    row.state, row.attempts, row.lease_until = InboundState.queued, 0, None
    row.problem = ""
    return True
