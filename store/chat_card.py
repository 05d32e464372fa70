"""What stands beside a chat: the citizen's own dossiers, open feedback, and texts to answer with."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import or_
from sqlmodel import Session, col, select

from store import links, lookups
from store.tables import Dossier, Feedback, SavedText

_MOST = 10
_ENDED = ("closed", "merged")
#: Of so many newest dossiers those are shown that the reader may see.
_LOOK = 40


def dossiers(session: Session, uid: str, units: frozenset[str] | None) -> Sequence[Dossier]:
    """The citizen's newest dossiers (proven phone or held receipt) within these units.

    ``units`` None: everywhere. At most ten.
    """
    phones = links.verified_phones(session, uid)
    found = lookups.own(session, uid, phones, limit=_MOST if units is None else _LOOK)
    return [row for row in found if units is None or row.unit_code in units][:_MOST]


def open_feedback(
    session: Session, uid: str, agencies: frozenset[int] | None
) -> Sequence[Feedback]:
    """The citizen's feedback that is not closed, newest first, within these agencies."""
    where = [] if agencies is None else [col(Feedback.agency_id).in_(sorted(agencies))]
    return session.exec(
        select(Feedback)
        .where(Feedback.uid == uid, col(Feedback.state).not_in(_ENDED), *where)
        .order_by(col(Feedback.id).desc())
        .limit(_MOST)
    ).all()


def canned(session: Session, agencies: Collection[int] | None) -> Sequence[SavedText]:
    """Replies kept for chats: of the whole province, and of these agencies (None: all)."""
    shared = col(SavedText.agency_id).is_(None)
    if agencies is None:
        where = [or_(shared, col(SavedText.agency_id).is_not(None))]
    else:
        where = [or_(shared, col(SavedText.agency_id).in_(sorted(agencies)))]
    return session.exec(
        select(SavedText)
        .where(SavedText.purpose == "chat", *where)
        .order_by(col(SavedText.title), col(SavedText.id))
        .limit(100)
    ).all()
