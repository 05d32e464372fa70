"""Deleting history rows past their time, a small piece along the key at a time.

Every function looks at the next ``limit`` rows behind ``after`` in the caller's short transaction,
deletes those that may go, and answers how many went and where it got to (None: nothing older is
left). The newest row of a table always stays: SQLite would give its number to the next one, and
keys such as "in:<id>:0" would meet again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, literal_column, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from store import spelt
from store.tables import (
    Broadcast,
    BroadcastState,
    Dossier,
    DossierEvent,
    InboundEvent,
    InboundState,
    Outbox,
    OutboxState,
)
from store.tables.dossiers import ENDED, OPEN

_HANDLED = (InboundState.handled.value, InboundState.ignored.value)
_DONE = tuple(
    state.value
    for state in (OutboxState.sent, OutboxState.delivered, OutboxState.seen, OutboxState.dropped)
)
_OVER = (BroadcastState.done.value, BroadcastState.cancelled.value)


class Piece(NamedTuple):
    """What one step did; ``after`` is where the next begins."""

    gone: int
    after: Any


def events(session: Session, before: datetime, after: int | None, limit: int) -> Piece:
    """Handled events received before a moment whose bodies were emptied already.

    Zalo repeats an event for two hours (protocol 1.3); its key is not needed after that.
    """
    key = col(InboundEvent.id)
    may_go = and_(
        col(InboundEvent.state).in_(_HANDLED),
        col(InboundEvent.body).is_(None),
        col(InboundEvent.received_at) < before,
    )
    return _along(session, key, col(InboundEvent.received_at), may_go, before, after, limit)


def messages(session: Session, before: datetime, after: int | None, limit: int) -> Piece:
    """Ended messages made before a moment whose contents were emptied already.

    Those of a dossier somebody still works on, or of an announcement that has not ended, stay:
    their keys keep the same cause from queueing them again.
    """
    key = col(Outbox.id)
    at_work = (
        core_select(col(Dossier.id))
        .where(col(Dossier.id) == col(Outbox.dossier_id), spelt.as_written(f"dossier.{OPEN}"))
        .exists()
    )
    running = (
        core_select(col(Broadcast.id))
        .where(col(Broadcast.id) == col(Outbox.broadcast_id), col(Broadcast.state).not_in(_OVER))
        .exists()
    )
    may_go = and_(
        col(Outbox.state).in_(_DONE),
        col(Outbox.order_key) == "",
        col(Outbox.created_at) < before,
        or_(col(Outbox.dossier_id).is_(None), ~at_work),
        or_(col(Outbox.broadcast_id).is_(None), ~running),
    )
    return _along(session, key, col(Outbox.created_at), may_go, before, after, limit)


def dossiers(session: Session, before: datetime, after: Any, limit: int) -> Piece:
    """Dossiers that ended before a moment, with their events, notes, words, files and messages."""
    key, ended = col(Dossier.id), col(Dossier.state_at)
    old: Any = ended < before
    if session.get_bind().dialect.name == "sqlite":
        # It would rather take the index of states and sort all that ever ended.
        old = func.likelihood(old, literal_column("0.0001"))
    wanted = (
        core_select(key, ended)
        .where(spelt.as_written(ENDED), old)
        .order_by(ended, key)
        .limit(limit)
    )
    if after is not None:
        at, last = after
        wanted = wanted.where(or_(ended > at, and_(ended == at, key > last)))
    # One that is being changed just now is somebody's again: it is passed over, not waited for.
    wanted = wanted.with_for_update(skip_locked=True)
    found = [(int(number or 0), at) for number, at in session.execute(wanted)]
    if not found:
        return Piece(0, None)
    newest = session.scalar(core_select(func.max(key)))
    ids = [number for number, _ in found if number != newest]
    open_ = core_select(col(Outbox.dossier_id)).where(
        col(Outbox.dossier_id).in_(ids), col(Outbox.state).not_in(_DONE)
    )
    waits = set(session.scalars(open_))
    last_message = session.scalar(core_select(func.max(col(Outbox.id))))
    # An event's number stands in keys of messages, so the newest event's dossier stays too.
    waits.add(_newest_events_dossier(session))
    gone = [number for number in ids if number not in waits]
    connection = session.connection()
    connection.execute(
        delete(Outbox).where(col(Outbox.dossier_id).in_(gone), col(Outbox.id) != last_message)
    )
    connection.execute(delete(Dossier).where(key.in_(gone)))
    end = (found[-1][1], found[-1][0])
    return Piece(len(gone), end if len(found) == limit else None)


def _newest_events_dossier(session: Session) -> int | None:
    return session.scalar(
        core_select(col(DossierEvent.dossier_id)).order_by(col(DossierEvent.id).desc()).limit(1)
    )


def _along(
    session: Session,
    key: Any,
    made: Any,
    may_go: ColumnElement[bool],
    before: datetime,
    after: int | None,
    limit: int,
) -> Piece:
    window = core_select(key, made).order_by(key).limit(limit)
    if after is not None:
        window = window.where(key > after)
    found = session.execute(window).all()
    if not found:
        return Piece(0, None)
    first, last = found[0][0], found[-1][0]
    newest = session.scalar(core_select(func.max(key)))
    statement = delete(key.class_).where(key >= first, key <= last, key != newest, may_go)
    gone = session.connection().execute(statement).rowcount
    # Rows come in the order of time, a few moments apart: the first young one is the end.
    more = len(found) == limit and found[-1][1] < before
    return Piece(int(gone), last if more else None)
