"""The next weeks as the office works them, with what is announced on each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from clock import VIETNAM
from dossiers.workdays import Calendar
from store import broadcasts
from store.tables import Broadcast, BroadcastState

WEEKS = 5
_MOST = 200


@dataclass(frozen=True)
class Day:
    """One day; ``kind`` is "past", "work", "off" or "holiday"."""

    day: date
    kind: str
    holiday: str
    taken: Sequence[tuple[datetime, str]]

    @property
    def words(self) -> str:
        """What the day is, in one word."""
        return {"off": "nghỉ", "holiday": "lễ", "past": "đã qua"}.get(self.kind, "làm việc")


def weeks(
    session: Session,
    calendar: Calendar,
    now: datetime,
    agencies: frozenset[int] | None,
    but: int | None,
) -> list[list[Day]]:
    """This week and the next ones, Monday first; announcements of these agencies (None: all)."""
    today = now.astimezone(VIETNAM).date()
    first = today - timedelta(days=today.weekday())
    taken = _taken(session, agencies, but)
    days = [_day(calendar, first + timedelta(days=n), today, taken) for n in range(7 * WEEKS)]
    return [days[at : at + 7] for at in range(0, len(days), 7)]


def next_workday(calendar: Calendar, now: datetime) -> date:
    """The first working day after today."""
    day = now.astimezone(VIETNAM).date() + timedelta(days=1)
    for _ in range(60):
        if calendar.is_workday(day):
            break
        day += timedelta(days=1)
    return day


def _day(
    calendar: Calendar, day: date, today: date, taken: Mapping[date, list[tuple[datetime, str]]]
) -> Day:
    holiday = calendar.holiday(day) or ""
    kind = "work" if calendar.is_workday(day) else "holiday" if holiday else "off"
    return Day(day, "past" if day < today else kind, holiday, sorted(taken.get(day, [])))


def _taken(
    session: Session, agencies: frozenset[int] | None, but: int | None
) -> dict[date, list[tuple[datetime, str]]]:
    rows = broadcasts.listing(
        session, states=(BroadcastState.scheduled,), agency_ids=agencies, limit=_MOST
    )
    found = [(row.start_at, row.title) for row in rows if row.id != but]
    repeats = [one for one in broadcasts.repeats(session) if one.active]
    sources = broadcasts.several(session, (one.broadcast_id for one in repeats))
    for one in repeats:
        source = sources.get(one.broadcast_id)
        if source is not None and _within(source, agencies):
            found.append((one.next_at, f"{source.title} (lặp lại)"))
    by_day: dict[date, list[tuple[datetime, str]]] = {}
    for at, title in found:
        if at is not None:
            by_day.setdefault(at.astimezone(VIETNAM).date(), []).append((at, title))
    return by_day


def _within(row: Broadcast, agencies: frozenset[int] | None) -> bool:
    return agencies is None or row.agency_id in agencies
