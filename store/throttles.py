"""Counters in fixed windows, shared between machines: how often somebody may do something.

A key names what is counted and for whom ("lookup:<uid>"); never a phone or an ID number.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import Throttle


def window_start(now: datetime, window: timedelta) -> datetime:
    """The beginning (UTC) of the fixed window that ``now`` lies in."""
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def add(session: Session, key: str, now: datetime, window: timedelta, by: int = 1) -> int:
    """Count ``by`` more and answer how many the window holds now.

    One statement, so that two machines never lose a count. The caller's transaction decides
    whether it stays counted.
    """
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(Throttle) if dialect == "sqlite" else postgresql.insert(Throttle)
    statement = (
        insert.values(key=key, window_start=window_start(now, window), used=by)
        .on_conflict_do_update(
            index_elements=["key", "window_start"],
            set_={"used": col(Throttle.used) + by},
        )
        .returning(col(Throttle.used))
    )
    return int(session.connection().execute(statement).scalar_one())


def used(session: Session, key: str, now: datetime, window: timedelta) -> int:
    """How many the present window holds."""
    row = session.exec(
        select(Throttle.used).where(
            Throttle.key == key, Throttle.window_start == window_start(now, window)
        )
    ).first()
    return row or 0


def ends(now: datetime, window: timedelta) -> datetime:
    """When the present window is over and counting starts again."""
    return window_start(now, window) + window
