"""The catalogue of procedures as stored, each with every version it ever had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func
from sqlmodel import Session, col, select

from store.content import Outdated
from store.tables import Procedure, ProcedureVersion

Done = Literal["created", "updated", "unchanged"]
#: Records read at once.
_PIECE = 200


def put(
    session: Session,
    key: str,
    columns: dict[str, Any],
    by: str,
    now: datetime,
    *,
    expected: int | None = None,
) -> Done:
    """Insert or replace one procedure and keep the version; an equal one stays untouched.

    ``by`` says who did it: a person's account, or the system user and file of an import.
    With ``expected``, the version the person saw (0: a new one), `Outdated` when another stands.
    """
    row = session.exec(
        select(Procedure).where(Procedure.key == key).with_for_update()
    ).one_or_none()
    if expected is not None and expected != (row.version if row else 0):
        raise Outdated(row.version if row else 0)
    if row is None:
        row = Procedure(key=key, updated_at=now, changed_by=by, **columns)
        session.add(row)
        session.flush()
        _keep(session, row)
        return "created"
    if all(getattr(row, name) == value for name, value in columns.items()):
        return "unchanged"
    for name, value in columns.items():
        setattr(row, name, value)
    row.updated_at, row.changed_by, row.version = now, by, row.version + 1
    session.add(row)
    session.flush()
    _keep(session, row)
    return "updated"


def would(session: Session, key: str, columns: dict[str, Any]) -> Done:
    """What `put` would do, without doing it."""
    row = by_key(session, key)
    if row is None:
        return "created"
    same = all(getattr(row, name) == value for name, value in columns.items())
    return "unchanged" if same else "updated"


def later(session: Session, now: datetime) -> datetime:
    """``now``, but after every change so far, or a search index built just now would not notice."""
    _, newest = stamp(session)
    return max(now, newest + timedelta(microseconds=1)) if newest else now


def _keep(session: Session, row: Procedure) -> None:
    session.add(
        ProcedureVersion(
            procedure_id=row.id or 0,
            version=row.version,
            record=row.record,
            changed_by=row.changed_by,
            created_at=row.updated_at,
        )
    )
    session.flush()


def by_key(session: Session, key: str) -> Procedure | None:
    """One procedure by its key."""
    return session.exec(select(Procedure).where(Procedure.key == key)).one_or_none()


def by_keys(session: Session, keys: Sequence[str]) -> dict[str, Procedure]:
    """Several procedures by their keys; unknown keys are left out."""
    rows = session.exec(select(Procedure).where(col(Procedure.key).in_(keys))).all()
    return {row.key: row for row in rows}


def versions(session: Session, key: str) -> Sequence[ProcedureVersion]:
    """Every version of a procedure, newest first."""
    return session.exec(
        select(ProcedureVersion)
        .join(Procedure, col(Procedure.id) == col(ProcedureVersion.procedure_id))
        .where(Procedure.key == key)
        .order_by(col(ProcedureVersion.version).desc())
    ).all()


def version(session: Session, key: str, number: int) -> ProcedureVersion | None:
    """One version of a procedure; None when there is none."""
    return session.exec(
        select(ProcedureVersion)
        .join(Procedure, col(Procedure.id) == col(ProcedureVersion.procedure_id))
        .where(Procedure.key == key, ProcedureVersion.version == number)
    ).one_or_none()


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
    return list(each(session))


def each(session: Session) -> Iterator[Procedure]:
    """The same one by one: whole records of a province's catalogue fill many megabytes."""
    ordered = select(Procedure).order_by(col(Procedure.field_name), col(Procedure.name))
    yield from session.exec(ordered.execution_options(yield_per=_PIECE))
