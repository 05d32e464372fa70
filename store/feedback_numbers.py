"""Numbers of feedback that came in a period: counts by the database, medians by their place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, extract, func
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from store.feedback_inbox import reached
from store.tables import Feedback


@dataclass(frozen=True)
class Times:
    """How long something took: how many had it, how many within the target, the middle one.

    ``due`` counts those whose target has passed or that were done; ``median_hours`` is wall time.
    """

    done: int
    in_time: int
    due: int
    median_hours: float | None


@dataclass(frozen=True)
class Numbers:
    """Everything the page shows about a period."""

    total: int
    by_kind: dict[str, int]
    by_state: dict[str, int]
    by_source: dict[str, int]
    by_agency: dict[int | None, int]
    by_day: dict[date, int]
    answered_by_day: dict[date, int]
    ratings: dict[int, int]
    reopened: int
    accept: Times
    answer: Times


def numbers(
    session: Session,
    start: datetime,
    end: datetime,
    agencies: frozenset[int] | None,
    now: datetime,
) -> Numbers:
    """The numbers of what came from ``start`` until ``end`` (excluded), within a reach."""
    came = [
        col(Feedback.created_at) >= start,
        col(Feedback.created_at) < end,
        *reached(agencies),
    ]
    answered = [
        col(Feedback.answered_at) >= start,
        col(Feedback.answered_at) < end,
        *reached(agencies),
    ]
    by_state = _by(session, Feedback.state, came)
    reopened = core_select(func.count()).where(*came, col(Feedback.reopened) > 0)
    rated = [*came, col(Feedback.rating).is_not(None)]
    accept = (Feedback.accepted_at, Feedback.accept_due_at)
    answer = (Feedback.answered_at, Feedback.answer_due_at)
    return Numbers(
        total=sum(by_state.values()),
        by_kind=_by(session, Feedback.kind, came),
        by_state=by_state,
        by_source=_by(session, Feedback.source, came),
        by_agency=_by(session, Feedback.agency_id, came),
        by_day=_by_day(session, Feedback.created_at, came),
        answered_by_day=_by_day(session, Feedback.answered_at, answered),
        ratings=_by(session, Feedback.rating, rated),
        reopened=int(session.scalar(reopened) or 0),
        accept=_times(session, *accept, came, now),
        answer=_times(session, *answer, came, now),
    )


def _by(session: Session, column: Any, where: list[ColumnElement[bool]]) -> dict[Any, int]:
    rows = session.execute(
        core_select(col(column), func.count()).where(*where).group_by(col(column))
    )
    return {key: int(count) for key, count in rows}


def _by_day(session: Session, column: Any, where: list[ColumnElement[bool]]) -> dict[date, int]:
    """By the day on Vietnamese walls."""
    if session.get_bind().dialect.name == "sqlite":
        day = func.date(col(column), "+7 hours")
    else:
        day = func.date(func.timezone("Asia/Ho_Chi_Minh", col(column)))
    rows = session.execute(core_select(day, func.count()).where(*where).group_by(day))
    return {
        date.fromisoformat(key) if isinstance(key, str) else key: int(count) for key, count in rows
    }


def _times(
    session: Session, done: Any, target: Any, where: list[ColumnElement[bool]], now: datetime
) -> Times:
    in_time = col(done) <= col(target)
    owed = col(done).is_not(None) | (col(target) < now)
    row = session.execute(
        core_select(
            func.count(col(done)),
            func.coalesce(func.sum(case((in_time, 1), else_=0)), 0),
            func.coalesce(func.sum(case((owed, 1), else_=0)), 0),
        ).where(*where)
    ).one()
    return Times(int(row[0]), int(row[1]), int(row[2]), _median(session, done, where, int(row[0])))


def _median(
    session: Session, done: Any, where: list[ColumnElement[bool]], count: int
) -> float | None:
    if not count:
        return None
    if session.get_bind().dialect.name == "sqlite":
        hours = (func.julianday(col(done)) - func.julianday(col(Feedback.created_at))) * 24
    else:
        hours = extract("epoch", col(done) - col(Feedback.created_at)) / 3600
    middle = session.execute(
        core_select(hours)
        .where(*where, col(done).is_not(None))
        .order_by(hours)
        .offset((count - 1) // 2)
        .limit(1 if count % 2 else 2)
    ).scalars()
    found = [float(value) for value in middle]
    return sum(found) / len(found)
