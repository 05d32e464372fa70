"""Until when feedback should be accepted and answered: the province's own targets.

No national deadline was found (domain 4.6), so pages and messages call them "mục tiêu".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dossiers.workdays import Calendar
from settings import Settings
from store.tables import Feedback


@dataclass(frozen=True)
class Targets:
    """Both moments, in UTC."""

    accept: datetime
    answer: datetime


def targets(start: datetime, settings: Settings, calendar: Calendar) -> Targets:
    """FEEDBACK_ACCEPT_HOURS office hours and FEEDBACK_ANSWER_DAYS working days from ``start``."""
    return Targets(
        calendar.add_work_hours(start, settings.feedback_accept_hours),
        calendar.add_workdays(start, settings.feedback_answer_days),
    )


@dataclass(frozen=True)
class Clock:
    """What the clock of one feedback shows: which target runs, until when, and whether it is past.

    ``what`` is "accept", "answer" or "" when nothing is owed any more.
    """

    what: str
    due_at: datetime | None
    late: bool
    #: Ends within a working day.
    near: bool = False


def clock_of(row: Feedback, now: datetime, calendar: Calendar) -> Clock:
    """The target that runs now; nothing once it was answered, closed or merged."""
    if row.state == "new":
        what, due = "accept", row.accept_due_at
        if row.answer_due_at and row.answer_due_at < now:
            what, due = "answer", row.answer_due_at
    elif row.state in ("accepted", "forwarded"):
        what, due = "answer", row.answer_due_at
    else:
        return Clock("", None, False)
    if due is None:
        return Clock("", None, False)
    near = now <= due <= calendar.add_workdays(now, 1)
    return Clock(what, due, due < now, near)
