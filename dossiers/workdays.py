"""Working-day arithmetic: promised dates, days left, and clocks that a supplement stops.

Domain 4.3 and 4.4. Every moment given and returned is aware; days and hours are those of
Asia/Ho_Chi_Minh, results are in UTC.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from clock import VIETNAM
from dossiers.days_off import DayRow, DaysOff, read_files, read_rows
from dossiers.office_hours import Interval, OfficeHours, seconds
from settings import ExtraDay, Settings

__all__ = ["Calendar", "DayRow", "OfficeHours", "PauseLike"]

#: Start and end; None while the clock still stands still.
PauseLike = tuple[datetime, datetime | None]

#: Same-day procedures received later than this have their result on the next working day.
_SAME_DAY_UNTIL = time(15, 0)
#: No procedure takes ten years; a larger number is a slip of the keyboard.
_MOST_DAYS = 3_660
_ONE = timedelta(days=1)


class Calendar:
    """The province's working calendar: holidays, swaps, make-up days and office hours."""

    def __init__(self, rows: Iterable[DayRow] = (), hours: OfficeHours | None = None) -> None:
        self.hours = hours or OfficeHours.parse()
        self._days_off = DaysOff(rows)
        self._full_day = self.hours.full_day

    @classmethod
    def from_csv(cls, *texts: str, hours: OfficeHours | None = None) -> Calendar:
        """From CSV texts in the format of data/holidays.csv; later texts win."""
        return cls([row for text in texts for row in read_rows(text)], hours)

    @classmethod
    def from_settings(cls, settings: Settings) -> Calendar:
        """From the settings' office hours, holiday files and single days; what comes last wins."""
        files = (settings.holidays_file, settings.extra_holidays_file)
        return cls.read(settings.office_hours, files, settings.extra_days_off)

    @classmethod
    def read(cls, hours: str, files: tuple[str, ...], extra: tuple[ExtraDay, ...]) -> Calendar:
        """From office hours in words, paths of CSV files ("" is none) and single days."""
        rows = [*read_files(*files), *(DayRow(*day) for day in extra)]
        return cls(rows, OfficeHours.parse(hours))

    def is_workday(self, day: date) -> bool:
        """Whether deadlines count this date: Monday to Friday not off, or a make-up day."""
        if day.weekday() >= 5:
            return self._days_off.worked(day)
        return self._days_off.off(day) is None

    def holiday(self, day: date) -> str | None:
        """The name of the holiday on a date, or None."""
        return self._days_off.off(day)

    def is_open(self, at: datetime) -> bool:
        """Whether the counter is open at a moment; the closing minute itself is closed."""
        local = at.astimezone(VIETNAM)
        return any(start <= local.time() < end for start, end in self.open_hours(local.date()))

    def open_hours(self, day: date) -> tuple[Interval, ...]:
        """The opening intervals of a date: none on a holiday, a full day on a make-up day.

        A Saturday with hours in the setting is open, but is no working day for deadlines.
        """
        if self._days_off.worked(day):
            return self._full_day
        return () if self._days_off.off(day) else self.hours.on(day.weekday())

    def next_open(self, at: datetime) -> datetime:
        """The first moment, from this one on, at which the counter is open."""
        local = at.astimezone(VIETNAM)
        day = local.date()
        # Every weekday has hours and no year has forty holidays in a row.
        for _ in range(60):
            for start, end in self.open_hours(day):
                opens, closes = _moment(day, start), _moment(day, end)
                if local < closes:
                    return max(local, opens).astimezone(UTC)
            day += _ONE
        raise ValueError("Lịch nghỉ không còn ngày làm việc nào trong 60 ngày tới.")

    def counts_from(self, at: datetime) -> datetime:
        """When the clock starts for something received now: at once in working time, at opening
        before it, and at the next working day's opening after closing (domain 4.3).
        """
        local = at.astimezone(VIETNAM)
        day = local.date()
        if self.is_workday(day):
            hours = self.working_hours(day)
            if local <= _moment(day, hours[-1][1]):
                return max(local, _moment(day, hours[0][0])).astimezone(UTC)
        day = self.next_workday(day)
        return _moment(day, self.working_hours(day)[0][0]).astimezone(UTC)

    def working_hours(self, day: date) -> tuple[Interval, ...]:
        """The intervals that count for deadlines: those of working days only."""
        return self.open_hours(day) if self.is_workday(day) else ()

    def next_workday(self, day: date) -> date:
        """The first working day after a date."""
        for _ in range(60):
            day += _ONE
            if self.is_workday(day):
                return day
        raise ValueError("Lịch nghỉ không còn ngày làm việc nào trong 60 ngày tới.")

    def add_workdays(self, start: datetime, days: int) -> datetime:
        """The same time of day so many working days on; 0-3,660 days, else ``ValueError``."""
        _bounded(days)
        return self._shift(self.counts_from(start), days)

    def add_calendar_days(self, start: datetime, days: int) -> datetime:
        """So many days on, holidays counted, the end moved off a non-working day (domain 4.3)."""
        _bounded(days)
        local = self.counts_from(start).astimezone(VIETNAM)
        return self._off_holidays(local.date() + days * _ONE, local.time())

    def add_months(self, start: datetime, number: int) -> datetime:
        """The same day of a later month (or its last), moved off a non-working day."""
        _bounded(number * 31)
        local = self.counts_from(start).astimezone(VIETNAM)
        year, month = divmod(local.year * 12 + local.month - 1 + number, 12)
        last = months.monthrange(year, month + 1)[1]
        return self._off_holidays(date(year, month + 1, min(local.day, last)), local.time())

    def add_work_hours(self, start: datetime, hours: float) -> datetime:
        """So many office hours of working days on; ends at closing rather than next opening."""
        left = timedelta(hours=hours)
        if not timedelta(0) <= left <= timedelta(days=_MOST_DAYS):
            raise ValueError("Số giờ phải từ 0 đến mười năm.")
        at = self.counts_from(start).astimezone(VIETNAM)
        day = at.date()
        while True:
            for opens, closes in self.working_hours(day):
                begin = max(at, _moment(day, opens))
                room = _moment(day, closes) - begin
                if room >= left:
                    return (begin + left).astimezone(UTC)
                left -= max(room, timedelta(0))
            day = self.next_workday(day)

    def workdays_between(self, start: date, end: date) -> int:
        """Working days from one day or moment to another, the first not counted; signed.

        A moment after closing counts as the next working day's opening, so that
        ``workdays_between(at, add_workdays(at, n)) == n``. Plain dates count as they stand.
        """
        if _key(end) < _key(start):
            return -self.workdays_between(end, start)
        if isinstance(start, datetime):
            start = self.counts_from(start)
        first, last = _day(start), _day(end)
        span = min((last - first).days, _MOST_DAYS * 2)
        return sum(self.is_workday(first + n * _ONE) for n in range(1, span + 1))

    def with_pauses(
        self, promised_at: datetime, pauses: Sequence[PauseLike], now: datetime | None = None
    ) -> datetime:
        """The promised date moved on by the working time in which a supplement stopped the clock.

        Whole paused days keep the time of day; the rest is added in office hours. A pause that
        is still open counts up to ``now``, or not at all without it.
        """
        paused = sum(self._worked_seconds(*pause) for pause in _merged(pauses, now))
        days, rest = divmod(paused, seconds(self._full_day))
        moved = self._shift(promised_at, days) if days else promised_at
        return self.add_work_hours(moved, rest / 3600) if rest else moved.astimezone(UTC)

    def days_left(
        self, promised_at: datetime, now: datetime, pauses: Sequence[PauseLike] = ()
    ) -> int:
        """Working days to the promised date, pauses included; 0 on its day, negative when late.

        Late on a day after it, even if only a weekend has passed, is never 0: at least -1.
        """
        due = _day(self.with_pauses(promised_at, pauses, now))
        today = _day(now)
        days = self.workdays_between(today, due)
        return min(days, -1) if today > due else days

    def due_date(
        self, received_at: datetime, value: float | None, unit: str | None
    ) -> datetime | None:
        """The date a time limit gives, or None when its unit is unknown (domain 2.4).

        Units: ngay_lam_viec, ngay, gio_lam_viec, gio, thang, trong_ngay. A value of 0 days or
        "trong_ngay" is the same day's closing, the next working day's after 15:00. A fraction of
        a working day is counted in office hours; of other days or a month it is no limit.
        """
        if unit == "trong_ngay" or (value == 0 and unit in ("ngay", "ngay_lam_viec")):
            return self._same_day(received_at)
        if value is None or not 0 < value <= _MOST_DAYS:
            return None
        whole = float(value).is_integer()
        if unit in ("gio_lam_viec", "gio"):
            return self.add_work_hours(received_at, value)
        if unit == "ngay_lam_viec" and not whole:
            return self.add_work_hours(received_at, value * seconds(self._full_day) / 3600)
        if not whole:
            return None
        if unit == "ngay_lam_viec":
            return self.add_workdays(received_at, int(value))
        if unit == "ngay":
            return self.add_calendar_days(received_at, int(value))
        return (
            self.add_months(received_at, int(value)) if unit == "thang" and value <= 118 else None
        )

    def _same_day(self, received_at: datetime) -> datetime:
        local = self.counts_from(received_at).astimezone(VIETNAM)
        late = local.time() > _SAME_DAY_UNTIL
        day = self.next_workday(local.date()) if late else local.date()
        return _moment(day, self.working_hours(day)[-1][1]).astimezone(UTC)

    def _shift(self, at: datetime, days: int) -> datetime:
        local = at.astimezone(VIETNAM)
        day = local.date()
        for _ in range(days):
            day = self.next_workday(day)
        return _moment(day, local.time()).astimezone(UTC)

    def _off_holidays(self, day: date, at: time) -> datetime:
        if not self.is_workday(day):
            day = self.next_workday(day)
        return _moment(day, at).astimezone(UTC)

    def _worked_seconds(self, start: datetime, end: datetime) -> int:
        first, last = _day(start), _day(end)
        total = timedelta(0)
        for n in range(min((last - first).days, _MOST_DAYS) + 1):
            day = first + n * _ONE
            for opens, closes in self.working_hours(day):
                begin, stop = max(start, _moment(day, opens)), min(end, _moment(day, closes))
                total += max(stop - begin, timedelta(0))
        return int(total.total_seconds())


def _merged(pauses: Sequence[PauseLike], now: datetime | None) -> list[tuple[datetime, datetime]]:
    """Closed intervals in order, those that touch or overlap counted once."""
    closed = [(start, end or now) for start, end in pauses]
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted((s, e) for s, e in closed if e is not None and s < e):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _bounded(days: int) -> None:
    if not 0 <= days <= _MOST_DAYS:
        raise ValueError(f"Số ngày phải từ 0 đến {_MOST_DAYS}.")


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at.replace(tzinfo=None), VIETNAM)


def _day(at: date) -> date:
    return at.astimezone(VIETNAM).date() if isinstance(at, datetime) else at


def _key(at: date) -> tuple[date, float]:
    # A plain date stands for the end of it, so that two kinds can be compared.
    moment = at.timestamp() if isinstance(at, datetime) else float("inf")
    return _day(at), moment
