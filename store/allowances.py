"""Package messages used in a month, and what Zalo last said remains (zalo-protocol 3.2, 4.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from clock import VIETNAM
from store.tables import Allowance

#: After this a "nothing remains" is asked anew: the OA may have bought more.
_BELIEVED = timedelta(hours=6)


def month_key(now: datetime) -> str:
    """The row of a month, Vietnam time: "consultation:2026-11"."""
    return f"consultation:{now.astimezone(VIETNAM):%Y-%m}"


def left(session: Session, now: datetime, total: int) -> int:
    """How many package messages are left this month; ``total`` counts until Zalo said a number."""
    row = session.get(Allowance, month_key(now))
    if row is None:
        return total
    if row.remain_told is None or row.told_at is None:
        return max(0, total - row.used)
    if row.remain_told <= 0 and now - row.told_at > _BELIEVED:
        return 1
    return row.remain_told


def note(session: Session, now: datetime, used: int, remain_told: int | None) -> None:
    """Add ``used`` messages; ``remain_told`` is Zalo's newest word, None when it said nothing."""
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(Allowance) if dialect == "sqlite" else postgresql.insert(Allowance)
    said = {} if remain_told is None else {"remain_told": max(0, remain_told), "told_at": now}
    session.connection().execute(
        insert.values(key=month_key(now), used=used, **said).on_conflict_do_update(
            index_elements=["key"], set_={"used": col(Allowance.used) + used, **said}
        )
    )
