"""Alarms: what a person must do, kept open until somebody or something mends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import Alarm


def open_alarm(session: Session, kind: str, subject: str, text: str, now: datetime) -> bool:
    """Raise an alarm, or count it once more when it is already open; True when it is new.

    ``kind`` and ``subject`` name what is wrong ("token_refused", the OA's id); ``text`` is the
    Vietnamese sentence staff read. One statement, so that two workers raise it once.
    """
    insert = (
        sqlite.insert(Alarm)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(Alarm)
    )
    statement = (
        insert.values(kind=kind, subject=subject, text=text, opened_at=now, last_at=now, times=1)
        .on_conflict_do_update(
            index_elements=["kind", "subject"],
            index_where=col(Alarm.closed_at).is_(None),
            set_={"times": col(Alarm.times) + 1, "last_at": now, "text": text},
        )
        .returning(col(Alarm.times))
    )
    return bool(session.connection().execute(statement).scalar_one() == 1)


def hold_alarm(session: Session, kind: str, subject: str, text: str, now: datetime) -> bool:
    """Keep an alarm open while its cause lasts, without counting every look; True when new."""
    kept = session.connection().execute(
        update(Alarm)
        .where(
            col(Alarm.kind) == kind, col(Alarm.subject) == subject, col(Alarm.closed_at).is_(None)
        )
        .values(text=text, last_at=now)
    )
    return kept.rowcount == 0 and open_alarm(session, kind, subject, text, now)


def close_alarm(session: Session, kind: str, subject: str, now: datetime) -> bool:
    """Close the open alarm of this kind and subject; False when none was open."""
    closed = session.connection().execute(
        update(Alarm)
        .where(
            col(Alarm.kind) == kind, col(Alarm.subject) == subject, col(Alarm.closed_at).is_(None)
        )
        .values(closed_at=now)
    )
    return closed.rowcount > 0


def open_alarms(session: Session, limit: int = 200) -> Sequence[Alarm]:
    """The open alarms, the one raised last first."""
    return session.exec(
        select(Alarm)
        .where(col(Alarm.closed_at).is_(None))
        .order_by(col(Alarm.last_at).desc(), col(Alarm.id).desc())
        .limit(limit)
    ).all()


def count_open(session: Session, kind: str) -> int:
    """How many alarms of this kind are open."""
    found = session.exec(
        select(func.count())
        .select_from(Alarm)
        .where(Alarm.kind == kind, col(Alarm.closed_at).is_(None))
    ).one()
    return int(found)
