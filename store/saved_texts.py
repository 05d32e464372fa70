"""Texts staff use again: reasons, answers, canned replies; of everybody, or of one agency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from store.tables import SavedText

_MOST = 200


def texts_for(
    session: Session, purpose: str, agency_ids: frozenset[int] | None
) -> Sequence[SavedText]:
    """The texts for a purpose (`TEXT_PURPOSES`) by title: everybody's, and those of the agencies.

    ``agency_ids`` None = of every agency.
    """
    asked = select(SavedText).where(SavedText.purpose == purpose)
    if agency_ids is not None:
        asked = asked.where(
            or_(
                col(SavedText.agency_id).is_(None),
                col(SavedText.agency_id).in_(sorted(agency_ids)),
            )
        )
    return session.exec(asked.order_by(col(SavedText.title), col(SavedText.id)).limit(_MOST)).all()


def get(session: Session, text_id: int, agency_ids: frozenset[int] | None) -> SavedText | None:
    """One text, if the agencies may change it: everybody's texts only who reaches every agency."""
    row = session.get(SavedText, text_id)
    return row if row is not None and _may(row.agency_id, agency_ids) else None


def save(
    session: Session,
    *,
    purpose: str,
    title: str,
    text: str,
    agency_id: int | None,
    by: str,
    now: datetime,
    agency_ids: frozenset[int] | None,
    text_id: int | None = None,
) -> SavedText | None:
    """Add a text, or change the one named; None when the agencies do not reach it."""
    if not _may(agency_id, agency_ids):
        return None
    fresh = SavedText(purpose=purpose, title=title, text=text, updated_at=now, changed_by=by)
    row = fresh if text_id is None else get(session, text_id, agency_ids)
    if row is None:
        return None
    row.purpose, row.title, row.text, row.agency_id = purpose, title, text, agency_id
    row.changed_by, row.updated_at = by, now
    session.add(row)
    session.flush()
    return row


def remove(session: Session, text_id: int, agency_ids: frozenset[int] | None) -> SavedText | None:
    """Forget a text; answers what it was, None when the agencies do not reach it."""
    row = get(session, text_id, agency_ids)
    if row is None:
        return None
    session.delete(row)
    session.flush()
    return row


def _may(agency_id: int | None, agency_ids: frozenset[int] | None) -> bool:
    return agency_ids is None or (agency_id is not None and agency_id in agency_ids)
