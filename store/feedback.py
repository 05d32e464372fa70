"""Feedback as its writers and handlers know it: rows, their history, who wrote (domain 4.6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from store.tables import VERIFIED, Agency, Feedback, FeedbackEntry, Follower, PhoneLink

#: States in which somebody still owes an answer.
OPEN = ("new", "accepted", "forwarded")
#: A history longer than this was written by a machine; the newest entries are shown.
_ENTRIES = 300


def add(session: Session, row: Feedback) -> Feedback:
    """Store a new one; its id is known afterwards."""
    session.add(row)
    session.flush()
    return row


def get(session: Session, feedback_id: int, *, lock: bool = False) -> Feedback | None:
    """By id; locked until the transaction ends when it is read to be changed."""
    # Read anew: what was seen before the lock may have changed meanwhile.
    return session.get(Feedback, feedback_id, with_for_update=lock or None, populate_existing=lock)


def by_code(session: Session, code: str, *, lock: bool = False) -> Feedback | None:
    """By its canonical code."""
    asked = select(Feedback).where(Feedback.code == code)
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return session.exec(asked).first()


def record(
    session: Session,
    row: Feedback,
    kind: str,
    by: str,
    now: datetime,
    text: str = "",
    **details: Any,
) -> FeedbackEntry:
    """Add a step to its history; ``kind`` and ``by`` as `FeedbackEntry` says."""
    entry = FeedbackEntry(
        feedback_id=row.id or 0, at=now, kind=kind, by=by, text=text, details=details
    )
    session.add(entry)
    session.flush()
    return entry


def entries(session: Session, feedback_id: int) -> Sequence[FeedbackEntry]:
    """Its history, oldest first."""
    newest = session.exec(
        select(FeedbackEntry)
        .where(FeedbackEntry.feedback_id == feedback_id)
        .order_by(col(FeedbackEntry.id).desc())
        .limit(_ENTRIES)
    ).all()
    return list(reversed(newest))


def _theirs(uid: str, phones: frozenset[str]) -> ColumnElement[bool]:
    # What the counter took down belongs to the phone that was left there.
    by_phone = (col(Feedback.uid) == "") & col(Feedback.phone).in_(phones or {"-"})
    return or_(col(Feedback.uid) == uid, by_phone)


def of_writer(
    session: Session, uid: str, phones: frozenset[str], *, limit: int, offset: int = 0
) -> Sequence[Feedback]:
    """What a follower wrote, or left at the counter under a proven phone; newest first."""
    return session.exec(
        select(Feedback)
        .where(_theirs(uid, phones))
        .order_by(col(Feedback.id).desc())
        .limit(limit)
        .offset(offset)
    ).all()


def count_of_writer(session: Session, uid: str, phones: frozenset[str]) -> int:
    """How many `of_writer` would answer without a limit."""
    return int(
        session.exec(select(func.count()).select_from(Feedback).where(_theirs(uid, phones))).one()
    )


def is_theirs(row: Feedback, uid: str, phones: frozenset[str]) -> bool:
    """Whether a follower may follow it up: its writer, or the owner of the phone left with it."""
    return row.uid == uid if row.uid else bool(row.phone) and row.phone in phones


def merged_into(session: Session, feedback_id: int) -> Sequence[Feedback]:
    """Those that were merged into this one, oldest first."""
    return session.exec(
        select(Feedback)
        .where(Feedback.merged_into_id == feedback_id)
        .order_by(col(Feedback.id))
        .limit(500)
    ).all()


def readers(session: Session, row: Feedback) -> Sequence[Follower]:
    """The followers its answer goes to: the writer, else who has proven the phone left with it."""
    if row.uid:
        found = session.get(Follower, row.uid)
        return [found] if found is not None and found.withdrawn_at is None else []
    if not row.phone:
        return []
    return session.exec(
        select(Follower)
        .join(PhoneLink, col(PhoneLink.uid) == col(Follower.uid))
        .where(
            PhoneLink.phone == row.phone,
            col(PhoneLink.revoked_at).is_(None),
            col(PhoneLink.proof).in_([proof.value for proof in VERIFIED]),
            col(Follower.withdrawn_at).is_(None),
        )
        .order_by(col(PhoneLink.id))
        .limit(5)
    ).all()


def agency_of_unit(session: Session, unit_code: str) -> int | None:
    """The id of the agency with this MaDinhDanhDV; None when nobody entered it."""
    if not unit_code:
        return None
    return session.exec(select(Agency.id).where(Agency.code == unit_code)).first()


def published(session: Session, *, limit: int, before: int | None = None) -> Sequence[Feedback]:
    """What everybody may read, the newest first; ``before`` is the id a page ended with."""
    asked = select(Feedback).where(col(Feedback.published_at).is_not(None))
    if before is not None:
        asked = asked.where(col(Feedback.id) < before)
    return session.exec(asked.order_by(col(Feedback.id).desc()).limit(limit)).all()
