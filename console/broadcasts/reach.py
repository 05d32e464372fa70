"""Who may see and move which announcement: an account limited to agencies, only theirs."""

from __future__ import annotations

from flask import url_for
from sqlmodel import Session

from console.access import Act
from console.frame import person
from store import broadcasts
from store.tables import Broadcast


def seen(session: Session, broadcast_id: int, act: Act = Act.view_broadcasts) -> Broadcast | None:
    """The announcement, to look at; None when it is not there or not theirs."""
    return _theirs(broadcasts.get(session, broadcast_id), act)


def held(session: Session, broadcast_id: int, act: Act) -> Broadcast | None:
    """The same, locked to be changed."""
    return _theirs(broadcasts.lock(session, broadcast_id), act)


def may(row: Broadcast, act: Act) -> bool:
    """Whether the person may do this to this announcement."""
    return person().may(act) and _theirs(row, act) is not None


def address(row_id: int | None) -> str:
    """Where the announcement's page is."""
    return url_for("console.broadcast_item", broadcast_id=row_id or 0)


def _theirs(row: Broadcast | None, act: Act) -> Broadcast | None:
    agencies = person().agencies(act)
    if row is None or agencies is None:
        return row
    return row if row.agency_id in agencies else None
