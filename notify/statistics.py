"""The day's numbers, counted anew every few minutes and kept: pages and reports read only these.

Subjects (`store.tables.DailyCount`); those marked * also exist by unit ("received:unit:H60.04"):

- ``received``*, ``finished``*, ``on_time``*, ``late``*: dossiers of the day (domain 4.3: the
  promised moment, moved by supplements as their sender told it, is kept or missed);
- ``running``*, ``near``*, ``overdue``*, ``supplement``*: dossiers as they stood when the day was
  last counted while it was today;
- ``sent``*, ``delivered``*, ``seen``*, ``dropped``*, ``cost``*: messages queued that day; a
  message seen counts as delivered and sent too. By channel ("sent:zbs_phone"), for news of
  dossiers ("sent:lane:status"), by reason ("dropped:opted_out"); cost in VND;
- ``phone:median``, ``phone:p90``, ``phone:slowest`` (whole seconds) and ``phone:count``: from the
  change of a dossier to the phone;
- ``followers:gained``, ``followers:lost``, ``asked:lookups``, ``asked:questions``, ``chats``;
- ``feedback:received``*, ``feedback:answered``*, ``feedback:on_time``* (unit: the agency's code);
- ``level:...``, ``uptime:...``: `notify.service_level`; ``size:dossiers``, ``size:followers``: how
  many there are, counted once a night;
- ``counted:at``: when, in seconds since the epoch.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

from clock import VIETNAM
from dossiers.workdays import Calendar
from notify import service_level
from notify.calendars import calendar_of
from settings import Settings
from store import daily_counts, gauges, statistics
from store.daily_counts import of_unit
from store.engine import Database

#: Receipts and answers still change the last days' numbers; a status message lives three days.
SETTLES = 7
#: A dossier is near its promised date this many working days before it.
NEAR_DAYS = 2
_REACHED = {
    "sent": ("sent", "delivered", "seen"),
    "delivered": ("delivered", "seen"),
    "seen": ("seen",),
    "dropped": ("dropped",),
}
_SIZES = ("dossiers", "followers")
_LOOKUPS = ("lookup", "narrow", "mine", "sentence_lookup", "held")
_QUESTIONS = ("procedure", "services", "guide")
Numbers = Counter[str]


def bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day in Vietnam, and the next day's; in UTC."""
    start = datetime.combine(day, time(0), VIETNAM)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


def near_until(now: datetime, calendar: Calendar) -> datetime:
    """Dossiers promised before this moment are near their date: the end of the second working
    day from today."""
    day = now.astimezone(VIETNAM).date()
    left = NEAR_DAYS
    while left:
        day += timedelta(days=1)
        left -= calendar.is_workday(day)
    return bounds(day)[1]


def count_today(database: Database, settings: Settings, now: datetime) -> int:
    """Count the day that ``now`` lies in; answers how many numbers changed."""
    return count_day(database, settings, now.astimezone(VIETNAM).date(), now)


def count_past(database: Database, settings: Settings, now: datetime, days: int = SETTLES) -> int:
    """Count the last ``days`` whole days anew, the newest first."""
    today = now.astimezone(VIETNAM).date()
    back = range(1, days + 1)
    return sum(count_day(database, settings, today - timedelta(days=n), now) for n in back)


def count_day(database: Database, settings: Settings, day: date, now: datetime) -> int:
    """Count one day, a future one never. Running it again writes nothing new.

    What can no longer be known stays as it was counted in its time: how dossiers stood on a past
    day, messages and events whose contents were already forgotten, days whose dossiers are pruned.
    """
    start, end = bounds(day)
    if start > now:
        return 0
    numbers: Numbers = Counter()
    families = ["chats", "feedback"]
    # Pruning deletes dossiers with their messages.
    whole = not settings.keep_dossiers_days or _kept(start, now, settings.keep_dossiers_days)
    with database.read() as session:
        if whole:
            families += ["received", "finished", "on_time", "late"]
            _dossiers(session, start, end, numbers)
        numbers["chats"] = statistics.chats(session, start, end)
        _feedback(session, start, end, numbers)
        if now < end:
            families += ["running", "near", "overdue", "supplement"]
            near = near_until(now, calendar_of(settings))
            _standing(session, now, near, numbers)
        if whole and _kept(start, now, settings.keep_messages_days):
            families += [*_REACHED, "cost", "phone", "level"]
            numbers.update(service_level.count(session, start, end, now))
            _messages(session, start, end, numbers)
            _to_phone(session, start, end, numbers)
        if _kept(start, now, settings.keep_event_bodies_days):
            families += ["followers", "asked"]
            _events(session, start, end, numbers)
        uptime = service_level.count_uptime(session, start, end, now)
        if uptime is not None:
            families.append("uptime")
            numbers.update(uptime)
    with database.write() as session:
        changed = daily_counts.put(session, day, families, numbers)
        at = {"counted:at": int(now.timestamp())}
        daily_counts.put(session, day, ["counted"], at)
    return changed


def count_sizes(database: Database, now: datetime) -> None:
    """Count everything there is, for those who may not: half a second with ten million."""
    with database.read() as session:
        sizes = {f"size:{name}": gauges.whole_size(session, name) for name in _SIZES}
    with database.write() as session:
        daily_counts.put(session, now.astimezone(VIETNAM).date(), ["size"], sizes)


def _kept(start: datetime, now: datetime, days: int) -> bool:
    """Whether nothing of the day was forgotten yet: the nightly round takes whole days."""
    return start >= now - timedelta(days=days)


def _by_unit(numbers: Numbers, subject: str, unit: str, number: int) -> None:
    numbers[subject] += number
    if unit and number:
        numbers[of_unit(subject, unit)] += number


def _dossiers(session: Session, start: datetime, end: datetime, numbers: Numbers) -> None:
    for unit, number in statistics.received(session, start, end).items():
        _by_unit(numbers, "received", unit, number)
    for one in statistics.finished(session, start, end):
        _by_unit(numbers, "finished", one.unit, one.number)
        _by_unit(numbers, "on_time", one.unit, one.on_time)
        _by_unit(numbers, "late", one.unit, one.late)


def _standing(session: Session, now: datetime, near: datetime, numbers: Numbers) -> None:
    for one in statistics.standing(session, now, near):
        for subject in ("running", "near", "overdue", "supplement"):
            _by_unit(numbers, subject, one.unit, getattr(one, subject))


def _messages(session: Session, start: datetime, end: datetime, numbers: Numbers) -> None:
    for one in statistics.messages(session, start, end):
        for subject, states in _REACHED.items():
            if one.state not in states:
                continue
            numbers[subject] += one.number
            numbers[f"{subject}:lane:{one.lane}"] += one.number
            if subject == "dropped":
                numbers[f"dropped:{one.reason or 'unknown'}"] += one.number
            elif one.channel:
                numbers[f"{subject}:{one.channel}"] += one.number
        if one.cost:
            numbers["cost"] += one.cost
            numbers[f"cost:{one.channel or 'unknown'}"] += one.cost
    for one in statistics.messages_of_units(session, start, end):
        for subject, states in _REACHED.items():
            if one.state in states and one.unit:
                numbers[of_unit(subject, one.unit)] += one.number
        if one.cost and one.unit:
            numbers[of_unit("cost", one.unit)] += one.cost


def _to_phone(session: Session, start: datetime, end: datetime, numbers: Numbers) -> None:
    seconds = statistics.seconds_to_phone(session, start, end)
    if not seconds:
        return
    numbers["phone:count"] = sum(seconds.values())
    for name, share in (("median", 0.5), ("p90", 0.9), ("slowest", 1.0)):
        numbers[f"phone:{name}"] = percentile(seconds, share)


def percentile(counts: Mapping[int, int], share: float) -> int:
    """The smallest value that at least ``share`` of all do not exceed (nearest rank).

    ``counts``: how often each value was measured; not empty.
    """
    wanted, seen = math.ceil(sum(counts.values()) * share), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            break
    return value


def _events(session: Session, start: datetime, end: datetime, numbers: Numbers) -> None:
    for (name, handler), number in statistics.events(session, start, end).items():
        if name == "follow":
            numbers["followers:gained"] += number
        elif name == "unfollow":
            numbers["followers:lost"] += number
        if _begins(handler, _LOOKUPS):
            numbers["asked:lookups"] += number
        elif _begins(handler, _QUESTIONS):
            numbers["asked:questions"] += number


def _begins(handler: str, ways: Iterable[str]) -> bool:
    return handler.startswith(tuple(ways))


def _feedback(session: Session, start: datetime, end: datetime, numbers: Numbers) -> None:
    for unit, number in statistics.feedback_received(session, start, end).items():
        _by_unit(numbers, "feedback:received", unit, number)
    for unit, (number, on_time) in statistics.feedback_answered(session, start, end).items():
        _by_unit(numbers, "feedback:answered", unit, number)
        _by_unit(numbers, "feedback:on_time", unit, on_time)
