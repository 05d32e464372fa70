"""The catalogue of procedures as stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func
from sqlmodel import Session, col, select

from store.tables import Procedure

Done = Literal["created", "updated", "unchanged"]


def put(session: Session, key: str, columns: dict[str, Any], now: datetime) -> Done:
    """Insert or replace one procedure; an equal one keeps its ``updated_at``."""
    row = session.exec(
        select(Procedure).where(Procedure.key == key).with_for_update()
    ).one_or_none()
    if row is None:
        session.add(Procedure(key=key, updated_at=now, **columns))
        session.flush()
        return "created"
    if all(getattr(row, name) == value for name, value in columns.items()):
        return "unchanged"
    for name, value in columns.items():
        setattr(row, name, value)
    row.updated_at = now
    session.add(row)
    session.flush()
    return "updated"


def by_key(session: Session, key: str) -> Procedure | None:
    """One procedure by its key."""
    return session.exec(select(Procedure).where(Procedure.key == key)).one_or_none()


def records(session: Session) -> dict[str, dict[str, Any]]:
    """Every stored record by its key."""
    rows = session.exec(select(Procedure.key, Procedure.record)).all()
    return {key: dict(record) for key, record in rows}


def stamp(session: Session) -> tuple[int, datetime | None]:
    """What changes whenever the catalogue does: its size and its newest change."""
    count, newest = session.exec(
        select(func.count(col(Procedure.id)), func.max(Procedure.updated_at))
    ).one()
    return int(count), newest


def everything(session: Session) -> Sequence[Procedure]:
    """All procedures, by field and name."""
    return session.exec(
        select(Procedure).order_by(col(Procedure.field_name), col(Procedure.name))
    ).all()
