"""How much waits for a person right now; every count stops at 1,000 and is served by an index."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, SQLModel, col

from store import spelt
from store.tables import Feedback, ImportJob, PrivacyRequest

#: A count that reaches this says "hơn 1.000".
CAP = 1000
_Reach = Collection[int] | None


@dataclass(frozen=True)
class FeedbackWaits:
    """Feedback nobody accepted yet, accepted and unanswered, and past a target."""

    new: int
    unanswered: int
    late: int


@dataclass(frozen=True)
class PrivacyWaits:
    """Requests of data subjects that are open, and those whose legal time is over."""

    open: int
    late: int


def feedback(session: Session, agencies: _Reach, now: datetime) -> FeedbackWaits:
    """Feedback that waits for staff of these agencies."""
    mine = _within(Feedback.agency_id, agencies)
    state = col(Feedback.state)
    at_work = state.in_(("accepted", "forwarded"))
    late = or_(
        (state == "new") & (col(Feedback.accept_due_at) < now),
        at_work & (col(Feedback.answer_due_at) < now),
    )
    return FeedbackWaits(
        _count(session, Feedback, state == "new", *mine),
        _count(session, Feedback, at_work, *mine),
        _count(session, Feedback, state.in_(("new", "accepted", "forwarded")), late, *mine),
    )


def privacy(session: Session, now: datetime) -> PrivacyWaits:
    """Requests of data subjects that are not done (domain 4.5)."""
    state = col(PrivacyRequest.state)
    still = state.in_(("new", "acknowledged"))
    due = func.coalesce(col(PrivacyRequest.extended_until), col(PrivacyRequest.due_at))
    late = or_(due < now, (state == "new") & (col(PrivacyRequest.acknowledge_due_at) < now))
    return PrivacyWaits(
        _count(session, PrivacyRequest, still), _count(session, PrivacyRequest, still, late)
    )


def imports(session: Session) -> int:
    """Imports that are queued or running."""
    return _count(session, ImportJob, spelt.as_written("state IN ('queued', 'running')"))


def _within(column: Any, agencies: _Reach) -> tuple[ColumnElement[bool], ...]:
    return () if agencies is None else (col(column).in_(sorted(agencies)),)


def _count(session: Session, table: type[SQLModel], *which: ColumnElement[bool]) -> int:
    key = next(iter(SQLModel.metadata.tables[str(table.__tablename__)].primary_key.columns))
    within = core_select(key).where(*which).limit(CAP)
    return int(session.scalar(core_select(func.count()).select_from(within.subquery())) or 0)
