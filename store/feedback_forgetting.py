"""Forgetting who wrote feedback, and feedback that is long settled (domain 4.5; Law 91/2025).

What an agency has taken in hand it keeps, without anything that names the writer; what nobody had
looked at yet goes with its writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from store import alarms, feedback, feedback_files
from store.tables import Feedback, FeedbackEntry, FeedbackFile

_ALARM = "feedback"


def forget_writer(session: Session, uid: str, now: datetime) -> int:
    """Take a follower out of all their feedback; how many there were.

    Drafts are deleted. Feedback nobody has accepted is emptied and closed; of the others text and
    files stay with the agency, without name, phone and UID.
    """
    feedback_files.drop_drafts(session, uid)
    return _forget(session, session.exec(_locked().where(Feedback.uid == uid)).all(), now)


def forget_phone(session: Session, phone: str, now: datetime) -> int:
    """Take a phone (E.164) out of all feedback; what the counter took down under it alone, too."""
    left = session.exec(_locked().where(Feedback.phone == phone, Feedback.uid == "")).all()
    done = _forget(session, left, now)
    rest = session.connection().execute(
        update(Feedback).where(col(Feedback.phone) == phone).values(phone="")
    )
    return done + rest.rowcount


def empty_old(session: Session, before: datetime, limit: int) -> int:
    """Empty feedback that ended before a moment; kind, agency, times and stars stay for numbers.

    What was published stays readable: staff have freed it of personal data.
    """
    rows = session.exec(
        _locked()
        .where(
            col(Feedback.state).in_(("closed", "merged")),
            col(Feedback.closed_at) < before,
            Feedback.text != "",
        )
        .limit(limit)
    ).all()
    for row in rows:
        _empty(session, row)
    return len(rows)


def _locked() -> Any:
    return select(Feedback).order_by(col(Feedback.id)).with_for_update()


def _forget(session: Session, rows: Sequence[Feedback], now: datetime) -> int:
    for row in rows:
        if row.state == "new":
            _empty(session, row)
            row.state, row.closed_at = "closed", now
            alarms.close_alarm(session, _ALARM, row.code, now)
            feedback.record(session, row, "closed", "system", now, reason="erased")
        row.uid, row.name, row.phone = "", "", ""
        row.updated_at, row.version = now, row.version + 1
        session.add(row)
        session.flush()
        session.connection().execute(
            update(FeedbackFile)
            .where(col(FeedbackFile.feedback_id) == row.id)
            .values(uid="", name="")
        )
    return len(rows)


def _empty(session: Session, row: Feedback) -> None:
    row.text = row.folded = row.place = row.name = row.phone = row.uid = ""
    row.answer = row.rating_note = ""
    row.latitude = row.longitude = None
    session.add(row)
    session.flush()
    files = feedback_files.of_feedback(session, [row.id or 0])
    feedback_files.drop(session, [one.id for one in files if one.id is not None])
    session.connection().execute(
        update(FeedbackEntry).where(col(FeedbackEntry.feedback_id) == row.id).values(text="")
    )
