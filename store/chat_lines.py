"""The two streams a conversation is made of: events of Zalo, and messages of ours.

Both are read newest first from a place in each stream, so that a citizen with a hundred thousand
events costs as much as one with ten. Texts are stored nowhere else: `console.chats.lines` reads
them out of these rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from store import spelt
from store.tables import InboundEvent, InboundState, Outbox

#: Events that show in a chat; receipts and the echoes of our own messages do not.
_SHOWN = (
    "follow",
    "unfollow",
    "user_click_chatnow",
    "user_submit_info",
    "user_reacted_message",
    "user_click_response_button",
)
#: So many events of one citizen are walked through for a page, whatever is found.
_WALK = 1000
#: So many events that nobody handled yet are looked through for the citizen's.
_QUEUE = 5000
#: Rows that a transaction of another process may still bring in below the newest id.
LATE = 1000


@dataclass(frozen=True)
class EventRow:
    """One event as stored."""

    id: int
    name: str
    body: bytes | None
    received_at: datetime
    sent_at: datetime | None
    waiting: bool
    zns: bool


@dataclass(frozen=True)
class Page:
    """Rows of one stream, newest first.

    ``next``: below which id the next page starts (0: there is none), and ``since``: everything
    that came after it is in ``rows``. ``top``: the id up to which the stream has been read, where
    the live view goes on.
    """

    rows: Sequence[Any]
    next: int
    top: int
    since: datetime | None = None


def events_before(session: Session, uid: str, before: int | None, limit: int) -> Page:
    """Up to ``limit`` events of a chat with ids under ``before``, newest first."""
    under = [] if before is None else [col(InboundEvent.id) < before]
    walked = (
        core_select(
            col(InboundEvent.id), col(InboundEvent.event_name), col(InboundEvent.received_at)
        )
        .where(*_of(uid), *under)
        .order_by(col(InboundEvent.id).desc())
        .limit(_WALK)
    )
    steps = session.execute(walked).all()
    floor = steps[-1][0] if len(steps) == _WALK else 0
    wanted = [number for number, name, _ in steps if _shows(name)][:limit]
    rows = _loaded(session, wanted)
    rows += [row for row in _not_handled(session, uid, *under) if row.id >= floor]
    found = sorted(rows, key=lambda row: -row.id)[:limit]
    top = max([steps[0][0] if steps else 0, *(row.id for row in found)])
    if len(found) == limit:
        return Page(found, found[-1].id, top, found[-1].received_at)
    return Page(found, floor, top, steps[-1][2] if floor else None)


def events_after(session: Session, uid: str, after: int, since: datetime) -> Page:
    """Events of a chat that are new since ``after``, newest first.

    Also those below it that were received after ``since``: two processes number their rows before
    they commit, so that a smaller id may appear later. The reader knows what it has already.
    """
    fresh = (
        col(InboundEvent.id) > after - LATE,
        or_(col(InboundEvent.id) > after, col(InboundEvent.received_at) > since),
    )
    statement = _columns().where(*_of(uid), *fresh).order_by(col(InboundEvent.id)).limit(_WALK)
    handled = [_event(row) for row in session.execute(statement).all()]
    top = max([after, *(row.id for row in handled)])
    rows = [row for row in handled if _shows(row.name)] + _not_handled(session, uid, *fresh)
    rows.sort(key=lambda row: -row.id)
    return Page(rows, 0, max([top, *(row.id for row in rows)]))


def messages_before(session: Session, uid: str, before: int | None, limit: int) -> Page:
    """Up to ``limit`` messages of ours to a citizen with ids under ``before``, newest first."""
    found = session.exec(
        select(Outbox)
        .where(Outbox.uid == uid, *([col(Outbox.id) < before] if before is not None else []))
        .order_by(col(Outbox.id).desc())
        .limit(limit)
    ).all()
    ids = [row.id or 0 for row in found]
    if len(ids) < limit:
        return Page(found, 0, max(ids, default=0))
    return Page(found, ids[-1], max(ids), found[-1].created_at)


def messages_after(session: Session, uid: str, after: int, since: datetime) -> Page:
    """Messages of ours that are new since ``after``, newest first; late ones as `events_after`."""
    found = session.exec(
        select(Outbox)
        .where(
            Outbox.uid == uid,
            col(Outbox.id) > after - LATE,
            or_(col(Outbox.id) > after, col(Outbox.created_at) > since),
        )
        .order_by(col(Outbox.id))
        .limit(_WALK)
    ).all()
    top = max([after, *(row.id or 0 for row in found)])
    return Page(list(reversed(found)), 0, top)


def event(session: Session, uid: str, event_id: int) -> EventRow | None:
    """One event of this citizen's chat."""
    row = session.get(InboundEvent, event_id)
    if row is None or row.subject != uid or not _shows(row.event_name):
        return None
    return EventRow(
        event_id, row.event_name, row.body, row.received_at, row.sent_at, False, row.zns
    )


def by_zalo_ids(session: Session, uid: str, ids: Iterable[str]) -> dict[str, Outbox]:
    """Messages of ours to a citizen by Zalo's ids, for quotes and reactions."""
    wanted = [one for one in set(ids) if one]
    if not wanted:
        return {}
    found = session.exec(
        select(Outbox).where(col(Outbox.zalo_message_id).in_(wanted), Outbox.uid == uid)
    ).all()
    return {row.zalo_message_id: row for row in found}


def message(session: Session, uid: str, message_id: int) -> Outbox | None:
    """One message of ours to this citizen."""
    row = session.get(Outbox, message_id)
    return row if row is not None and row.uid == uid else None


def _shows(name: str) -> bool:
    if "_group_" in name or "_anonymous_" in name:
        return False
    return name.startswith(("user_send_", "oa_send_")) or name in _SHOWN


def _columns() -> Any:
    return core_select(
        col(InboundEvent.id),
        col(InboundEvent.event_name),
        col(InboundEvent.body),
        col(InboundEvent.received_at),
        col(InboundEvent.sent_at),
        col(InboundEvent.state),
        col(InboundEvent.zns),
    )


def _of(uid: str) -> tuple[ColumnElement[bool], ...]:
    """The condition that `ix_inbound_event_chat` serves."""
    return (
        col(InboundEvent.subject) == uid,
        spelt.is_(col(InboundEvent.state), InboundState.handled),
    )


def _loaded(session: Session, ids: Sequence[int]) -> list[EventRow]:
    if not ids:
        return []
    rows = session.execute(_columns().where(col(InboundEvent.id).in_(ids))).all()
    return [_event(row) for row in rows]


def _not_handled(session: Session, uid: str, *where: ColumnElement[bool]) -> list[EventRow]:
    """Events that are queued, being handled, or parked: staff see them at once all the same."""
    states = (
        spelt.one_of(col(InboundEvent.state), spelt.OPEN_EVENTS),
        spelt.is_(col(InboundEvent.state), InboundState.parked),
    )
    found: list[EventRow] = []
    for state in states:
        newest = (
            _columns()
            .add_columns(col(InboundEvent.subject))
            .where(state, *where)
            .order_by(col(InboundEvent.id).desc())
            .limit(_QUEUE)
        )
        inner = newest.subquery()
        rows = session.execute(core_select(inner).where(inner.c.subject == uid)).all()
        found += [_event(row[:7]) for row in rows if _shows(row[1])]
    return found


def _event(row: Any) -> EventRow:
    number, name, body, received, sent, state, zns = row
    return EventRow(number, name, body, received, sent, state != InboundState.handled.value, zns)
