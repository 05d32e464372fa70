"""The legal clocks of requests and incidents, and how staff read what is left (domain 4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from clock import VIETNAM
from dossiers.workdays import Calendar
from settings import Settings
from store.tables import PrivacyRequest

#: From the discovery of a breach until the authority must know (Law 91/2025 Art. 23).
INCIDENT_LIMIT = timedelta(hours=72)


@dataclass(frozen=True)
class Due:
    """By when a request must be acknowledged, and by when it must be done."""

    acknowledge: datetime
    done: datetime


def due_times(kind: str, received_at: datetime, calendar: Calendar, settings: Settings) -> Due:
    """The clocks of a request: working days to acknowledge, calendar days to finish.

    The last day counts whole; it is not moved off a holiday, so that we are never late by a
    reading of the law that favours us.
    """
    days = {
        "see": settings.privacy_answer_days,
        "correct": settings.privacy_answer_days,
        "withdraw": settings.privacy_withdraw_days,
        "delete": settings.privacy_delete_days,
    }[kind]
    acknowledge = calendar.add_workdays(received_at, settings.privacy_acknowledge_days)
    return Due(acknowledge, end_of_day(received_at + timedelta(days=days)))


def end_of_day(at: datetime) -> datetime:
    """The last second of the day in Vietnam."""
    local = at.astimezone(VIETNAM)
    return datetime.combine(local.date(), time(23, 59, 59), VIETNAM)


def due_of(row: PrivacyRequest) -> datetime:
    """By when it must be done, the extension counted."""
    return row.extended_until or row.due_at


def next_due(row: PrivacyRequest) -> datetime:
    """The clock that runs out first: the acknowledgement while there is none."""
    due = due_of(row)
    return min(row.acknowledge_due_at, due) if row.acknowledged_at is None else due


def days_left(due: datetime, now: datetime) -> str:
    """What is left in words: "còn 3 ngày", "hạn hôm nay", "quá hạn 2 ngày"."""
    days = (due.astimezone(VIETNAM).date() - now.astimezone(VIETNAM).date()).days
    if due < now:
        return f"quá hạn {-days} ngày" if days < 0 else "vừa quá hạn hôm nay"
    return f"còn {days} ngày" if days else "hạn hôm nay"


def hours_left(due: datetime, now: datetime) -> str:
    """The same in hours, for the 72 of an incident; the last hour in minutes."""
    late = due < now
    minutes = int(abs((due - now).total_seconds()) // 60)
    amount = f"{minutes // 60} giờ" if minutes >= 60 else f"{minutes} phút"
    return f"quá hạn {amount}" if late else f"còn {amount}"
