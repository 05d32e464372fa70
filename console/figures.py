"""Numbers of the day as pages and reports read them: a range of days, the whole province or units."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session

from clock import VIETNAM
from store import daily_counts
from store.daily_counts import of_unit

Units = Collection[str] | None


def today(now: datetime) -> date:
    """The day in Vietnam."""
    return now.astimezone(VIETNAM).date()


def days_to(last: date, count: int) -> list[date]:
    """``count`` days that end with ``last``."""
    return [last - timedelta(days=back) for back in range(count - 1, -1, -1)]


@dataclass(frozen=True)
class Figures:
    """Sums over a range of days. A subject nobody counted is 0."""

    first: date
    last: date
    units: Units
    found: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, subject: str) -> int:
        return self.found.get(subject, 0)

    def share(self, part: str, whole: str) -> float | None:
        """``part`` of ``whole`` in percent; None when there is no whole."""
        return percent(self[part], self[whole])


def percent(part: int, whole: int) -> float | None:
    """In percent with one decimal; None when there is no whole."""
    return round(100 * part / whole, 1) if whole else None


def sums(
    session: Session, subjects: Iterable[str], first: date, last: date, units: Units = None
) -> Figures:
    """The sums of subjects from ``first`` to ``last``; of ``units`` alone when they are given."""
    found: dict[str, int] = {}
    wanted = {name: _names(name, units) for name in subjects}
    totals = daily_counts.totals(
        session, [n for names in wanted.values() for n in names], first, last
    )
    for subject, names in wanted.items():
        found[subject] = sum(totals[name] for name in names if name in totals)
    return Figures(first, last, units, found)


def by_day(
    session: Session, subjects: Iterable[str], days: Sequence[date], units: Units = None
) -> dict[str, list[int | None]]:
    """Each subject's number on each of the days; None on days nobody counted."""
    wanted = {name: _names(name, units) for name in subjects}
    every = [name for names in wanted.values() for name in names]
    found = daily_counts.days(session, [*every, "counted:at"], days[0], days[-1])
    counted = found.get("counted:at", {})
    rows: dict[str, list[int | None]] = {}
    for subject, names in wanted.items():
        rows[subject] = [
            sum(found[name].get(day, 0) for name in names if name in found)
            if day in counted
            else None
            for day in days
        ]
    return rows


def counted_at(session: Session, day: date) -> datetime | None:
    """When a day was last counted."""
    found = daily_counts.days(session, ["counted:at"], day, day).get("counted:at", {})
    return datetime.fromtimestamp(found[day], UTC) if day in found else None


def middle(values: Sequence[int | None], weights: Sequence[int | None]) -> int | None:
    """The median of days' values, each counted as often as it was measured."""
    pairs = sorted((v, w) for v, w in zip(values, weights, strict=True) if v is not None and w)
    half, seen = sum(weight for _, weight in pairs) / 2, 0
    for value, weight in pairs:
        seen += weight
        if seen >= half:
            return value
    return None


def seconds(value: int | None) -> str:
    """A time as people say it: "dưới 1 giây", "4 giây", "3 phút 20 giây", "9 giờ 05 phút"."""
    if value is None:
        return "–"
    if value < 1:
        return "dưới 1 giây"
    if value < 60:
        return f"{value} giây"
    if value < 3600:
        return f"{value // 60} phút {value % 60:02} giây"
    if value < 86_400:
        return f"{value // 3600} giờ {value % 3600 // 60:02} phút"
    return f"{value // 86_400} ngày {value % 86_400 // 3600} giờ"


def _names(subject: str, units: Units) -> list[str]:
    return [subject] if units is None else [of_unit(subject, unit) for unit in units]
