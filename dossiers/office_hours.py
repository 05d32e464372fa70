"""When the counter is open, by weekday (domain 4.3: configurable)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

#: Monday is 0, as in ``date.weekday``.
_DAYS = {"T2": 0, "T3": 1, "T4": 2, "T5": 3, "T6": 4, "T7": 5, "CN": 6}
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
DEFAULT = "T2-T6 07:30-11:30 13:30-17:00"

Interval = tuple[time, time]


@dataclass(frozen=True)
class OfficeHours:
    """Opening intervals of the seven weekdays, Monday first; each day's are in order."""

    week: tuple[tuple[Interval, ...], ...]

    @classmethod
    def parse(cls, text: str = DEFAULT) -> OfficeHours:
        """Read "T2-T6 07:30-11:30 13:30-17:00; T7 07:30-11:30" (T2 is Monday, CN Sunday).

        Groups are parted by ";", days may be listed ("T2,T4"). Raises ``ValueError`` naming the
        part that cannot be read, hours that overlap, or a week without a working day's hours.
        """
        week: list[tuple[Interval, ...]] = [()] * 7
        for group in filter(None, (part.strip() for part in text.split(";"))):
            days, *hours = group.split()
            intervals = tuple(_interval(part) for part in hours)
            if not intervals:
                raise ValueError(f'Giờ làm việc: "{group}" thiếu giờ, ví dụ "T2-T6 07:30-11:30".')
            if any(one[1] > other[0] for one, other in pairwise(intervals)):
                raise ValueError(f'Giờ làm việc: các khoảng giờ trong "{group}" chồng nhau.')
            for day in _days(days):
                week[day] = intervals
        if not all(week[:5]):
            raise ValueError("Giờ làm việc: các ngày T2 đến T6 đều phải có giờ.")
        return cls(tuple(week))

    def on(self, weekday: int) -> tuple[Interval, ...]:
        """The intervals of an ordinary week's day."""
        return self.week[weekday]

    @property
    def full_day(self) -> tuple[Interval, ...]:
        """The longest day: a make-up workday works like the day it stands for."""
        return max(self.week, key=seconds)


def seconds(intervals: tuple[Interval, ...]) -> int:
    """How long the intervals of one day last together."""
    return sum(_second(end) - _second(start) for start, end in intervals)


def _second(at: time) -> int:
    return at.hour * 3600 + at.minute * 60


def _interval(text: str) -> Interval:
    match = _HOURS.fullmatch(text)
    try:
        if not match:
            raise ValueError
        first, second, third, fourth = (int(part) for part in match.groups())
        start, end = time(first, second), time(third, fourth)
    except ValueError:
        raise ValueError(f'Giờ làm việc: không đọc được "{text}", hãy ghi 07:30-11:30.') from None
    if start >= end:
        raise ValueError(f'Giờ làm việc: "{text}" kết thúc trước khi bắt đầu.')
    return start, end


def _days(text: str) -> list[int]:
    found: list[int] = []
    for part in text.upper().split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError(f'Giờ làm việc: không đọc được ngày "{part}", hãy ghi T2 đến T7, CN.')
        found.extend(range(_DAYS[first], _DAYS[last or first] + 1))
    if not found:
        raise ValueError(f'Giờ làm việc: "{text}" không có ngày nào.')
    return found
