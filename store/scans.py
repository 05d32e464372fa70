"""How often the pages behind codes were opened, by day and nothing else (domain 4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import ScanCount

RECEIPT = "receipt"


def procedure(key: str) -> str:
    """The subject under which a procedure's page is counted."""
    return f"procedure:{key}"


def count(session: Session, day: date, subject: str) -> None:
    """One more, in one statement: two machines never lose a count."""
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(ScanCount) if dialect == "sqlite" else postgresql.insert(ScanCount)
    session.connection().execute(
        insert.values(day=day, subject=subject, opened=1).on_conflict_do_update(
            index_elements=["day", "subject"], set_={"opened": col(ScanCount.opened) + 1}
        )
    )


def since(session: Session, day: date) -> Sequence[ScanCount]:
    """The counts from a day on, newest day first."""
    return session.exec(
        select(ScanCount)
        .where(ScanCount.day >= day)
        .order_by(col(ScanCount.day).desc(), col(ScanCount.opened).desc())
    ).all()
