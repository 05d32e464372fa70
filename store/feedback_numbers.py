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
    counted = _counted(session, came)
    accept = (Feedback.accepted_at, Feedback.accept_due_at)
    answer = (Feedback.answered_at, Feedback.answer_due_at)
    return Numbers(
        total=sum(one[-1] for one in counted),
        by_kind=_summed(counted, 0),
        by_state=_summed(counted, 1),
        by_source=_summed(counted, 2),
        by_agency=_summed(counted, 3),
        by_day=_by_day(session, Feedback.created_at, came),
        answered_by_day=_by_day(session, Feedback.answered_at, answered),
        ratings={stars: n for stars, n in _summed(counted, 4).items() if stars is not None},
        reopened=_summed(counted, 5).get(True, 0),
        accept=_times(session, *accept, came, now),
        answer=_times(session, *answer, came, now),
    )


def _counted(session: Session, where: list[ColumnElement[bool]]) -> list[tuple[Any, ...]]:
    """One walk through the period for every way it is counted."""
    columns = (
        col(Feedback.kind),
        col(Feedback.state),
        col(Feedback.source),
        col(Feedback.agency_id),
        col(Feedback.rating),
        case((col(Feedback.reopened) > 0, 1), else_=0),
    )
    rows = session.execute(core_select(*columns, func.count()).where(*where).group_by(*columns))
    return [(*key, bool(again), int(count)) for *key, again, count in rows]


def _summed(counted: list[tuple[Any, ...]], place: int) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for one in counted:
        found[one[place]] = found.get(one[place], 0) + one[-1]
    return found


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
