"""The public service level: what the workers count of each day, and what a page makes of it.

Subjects in `store.tables.DailyCount`, beside those of `notify.statistics`:

- ``level:ms:<limit>``: news of dossiers handed to Zalo within so many milliseconds, each counted
  under the smallest limit that holds (``level:ms:0``: none does); ``level:waiting``: news older
  than ten seconds that was not handed over yet;
- ``uptime:done``, ``uptime:minutes``: minutes in which a worker was at work, of so many.

A page reads thirty days of these and never a message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session

from store import daily_counts, service_level

#: Milliseconds; the bar of the page is the one of ten seconds.
LIMITS = (
    *(100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10_000),
    *(20_000, 30_000, 60_000, 300_000, 3_600_000),
)
TARGET_MS = 10_000
DAYS = 30
CHANNELS = ("consultation", "zbs_uid", "zbs_phone")
#: Ticks are kept for a week; days of which some may be gone are not counted again.
_TICKS_KNOWN = timedelta(days=5)
_TICK = "watch"


def count(session: Session, start: datetime, end: datetime, now: datetime) -> dict[str, int]:
    """The family "level" of a day (its first moment and the next day's)."""
    overdue = now - timedelta(milliseconds=TARGET_MS)
    found = service_level.handed(session, start, end, LIMITS, overdue)
    numbers = {f"level:ms:{limit}": number for limit, number in found.within.items()}
    if found.waiting:
        numbers["level:waiting"] = found.waiting
    return numbers


def count_uptime(
    session: Session, start: datetime, end: datetime, now: datetime
) -> dict[str, int] | None:
    """The family "uptime" of a day; None when too little of it is known any more."""
    if start < now - _TICKS_KNOWN:
        return None
    # The minute that runs may still be waiting for its tick.
    until = min(end, now - timedelta(minutes=2))
    done, minutes = service_level.minutes_at_work(session, _TICK, start, until)
    return {"uptime:done": done, "uptime:minutes": minutes} if minutes else {}


@dataclass(frozen=True)
class Period:
    """Numbers of one or more days; shares in percent, times in seconds, None = nothing to say."""

    changes: int = 0
    within: int = 0
    median: float | None = None
    p95: float | None = None
    #: Messages by channel, in the order of `CHANNELS`.
    channels: Mapping[str, int] = field(default_factory=dict)
    feedback: int = 0
    feedback_on_time: int = 0
    minutes: int = 0
    minutes_up: int = 0

    @property
    def share(self) -> float | None:
        """Of news of dossiers, handed to Zalo within ten seconds."""
        return percent(self.within, self.changes)

    @property
    def feedback_share(self) -> float | None:
        """Of feedback answered, answered within its target."""
        return percent(self.feedback_on_time, self.feedback)

    @property
    def uptime(self) -> float | None:
        """Of the minutes, those in which the sending was at work."""
        return percent(self.minutes_up, self.minutes)


@dataclass(frozen=True)
class Level:
    """What the page shows: today, the last thirty days with today, and each of them."""

    counted_at: datetime | None
    today: Period
    month: Period
    #: The share within ten seconds on each day, oldest first; None where nothing was sent.
    days: Mapping[date, float | None]


def read(session: Session, today: date) -> Level:
    """The level as last counted: reads about a thousand small rows."""
    first = today - timedelta(days=DAYS - 1)
    each = daily_counts.days(session, _subjects(), first, today)
    by_day: dict[date, dict[str, int]] = {first + timedelta(days=n): {} for n in range(DAYS)}
    for subject, values in each.items():
        for day, value in values.items():
            by_day[day][subject] = value
    whole: Counter[str] = Counter()
    for numbers in by_day.values():
        whole.update(numbers)
    at = daily_counts.latest(session, "counted:at", today)
    return Level(
        datetime.fromtimestamp(at, UTC) if at else None,
        _period(by_day[today]),
        _period(whole),
        {day: _period(numbers).share for day, numbers in by_day.items()},
    )


def percent(part: int, whole: int) -> float | None:
    """Cut, not rounded: 99.96 % is not 100; None of nothing."""
    return (part * 1000 // whole) / 10 if whole else None


def _subjects() -> list[str]:
    return [
        *(f"level:ms:{limit}" for limit in (*LIMITS, 0)),
        "level:waiting",
        *(f"sent:{channel}" for channel in CHANNELS),
        "feedback:answered",
        "feedback:on_time",
        "uptime:done",
        "uptime:minutes",
    ]


def _period(numbers: Mapping[str, int]) -> Period:
    by_limit = {limit: numbers.get(f"level:ms:{limit}", 0) for limit in LIMITS}
    handed = sum(by_limit.values()) + numbers.get("level:ms:0", 0)
    return Period(
        changes=handed + numbers.get("level:waiting", 0),
        within=sum(number for limit, number in by_limit.items() if limit <= TARGET_MS),
        median=_quantile(by_limit, handed, 0.5),
        p95=_quantile(by_limit, handed, 0.95),
        channels={channel: numbers.get(f"sent:{channel}", 0) for channel in CHANNELS},
        feedback=numbers.get("feedback:answered", 0),
        feedback_on_time=numbers.get("feedback:on_time", 0),
        minutes=numbers.get("uptime:minutes", 0),
        minutes_up=numbers.get("uptime:done", 0),
    )


def _quantile(by_limit: Mapping[int, int], handed: int, share: float) -> float | None:
    """The limit in seconds that at least this share did not exceed; None beyond an hour."""
    seen = 0
    for limit in LIMITS:
        seen += by_limit[limit]
        if handed and seen >= handed * share:
            return limit / 1000
    return None
