"""Filters of lists that a person keeps under a name; any list of the console may use them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from store.tables import SavedFilter

#: So many a person and list; more are found no faster than typed.
MOST = 30


class TooMany(Exception):
    """The person keeps as many filters as a list shows."""


def filters_of(session: Session, account_id: int, page: str) -> Sequence[SavedFilter]:
    """A person's filters of one list ("dossiers", "feedback", "audit"), by name."""
    return session.exec(
        select(SavedFilter)
        .where(SavedFilter.account_id == account_id, SavedFilter.page == page)
        .order_by(col(SavedFilter.name), col(SavedFilter.id))
    ).all()


def save(
    session: Session, account_id: int, page: str, name: str, query: str, now: datetime
) -> SavedFilter:
    """Keep a query string under a name; the same name again replaces it. `TooMany` beyond `MOST`."""
    row = session.exec(
        select(SavedFilter)
        .where(
            SavedFilter.account_id == account_id,
            SavedFilter.page == page,
            SavedFilter.name == name,
        )
        .with_for_update()
    ).first()
    if row is None:
        kept = session.exec(
            select(func.count(col(SavedFilter.id))).where(
                SavedFilter.account_id == account_id, SavedFilter.page == page
            )
        ).one()
        if kept >= MOST:
            raise TooMany
        row = SavedFilter(account_id=account_id, page=page, name=name, query="", created_at=now)
    row.query = query
    session.add(row)
    session.flush()
    return row


def remove(session: Session, account_id: int, filter_id: int) -> bool:
    """Forget one of the person's own filters; False when it is not theirs."""
    row = session.get(SavedFilter, filter_id)
    if row is None or row.account_id != account_id:
        return False
    session.delete(row)
    session.flush()
    return True
