"""When each periodic job is due: pure functions from a moment to the tick it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from clock import VIETNAM
from dossiers.workdays import Calendar

#: The tick a moment belongs to; None when nothing is due at it.
Slot = Callable[[datetime], datetime | None]


@dataclass(frozen=True)
class Job:
    """One periodic job. ``run`` gets the present moment and must bear being run twice."""

    name: str
    #: How often the clock looks whether a tick is due.
    look_seconds: int
    slot: Slot
    run: Callable[[datetime], None]
    #: After this long without an end its worker counts as dead.
    lease: timedelta = timedelta(minutes=5)
    #: Looked at when a worker starts, too.
    at_start: bool = False


def every(seconds: int) -> Slot:
    """Ticks at fixed distances, the same on every machine."""

    def slot(now: datetime) -> datetime | None:
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)

    return slot


def daily(at: time, until: time = time(23, 59)) -> Slot:
    """Once a day from ``at`` on, Vietnam time; made up for until ``until`` after a standstill."""

    def slot(now: datetime) -> datetime | None:
        local = now.astimezone(VIETNAM)
        if not at <= local.time() <= until:
            return None
        return datetime.combine(local.date(), at, VIETNAM).astimezone(UTC)

    return slot


#: The calendar at this moment: staff may change it while the clock runs.
CalendarNow = Callable[[], Calendar]


def on_workdays(slot: Slot, calendar: CalendarNow) -> Slot:
    """The same on working days only: no reminder reaches anybody on a holiday."""

    def found(now: datetime) -> datetime | None:
        return slot(now) if calendar().is_workday(now.astimezone(VIETNAM).date()) else None

    return found


def in_office_hours(slot: Slot, calendar: CalendarNow) -> Slot:
    """The same while the counter is open."""

    def found(now: datetime) -> datetime | None:
        return slot(now) if calendar().is_open(now) else None

    return found
