"""Public holidays and the Saturdays worked for them (domain 4.4)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

_OFF = frozenset({"statutory", "compensatory", "swapped_off"})
_WORKED = "makeup_workday"
#: Statutory days a year: 11, and 12 since 24 November joined them on 2026-07-01.
_WHOLE_YEAR, _WHOLE_YEAR_SINCE_2026 = 11, 12


@dataclass(frozen=True)
class DayRow:
    """One row of holidays.csv. ``kind``: statutory, compensatory, swapped_off, makeup_workday."""

    day: date
    name: str
    kind: str


def read_rows(text: str) -> list[DayRow]:
    """Rows of a CSV with at least the columns date, name and kind.

    Raises ``ValueError`` naming the line: a wrong holiday moves every deadline.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        rows.fieldnames = [name.strip() for name in rows.fieldnames or ()]
        missing = {"date", "name", "kind"} - set(rows.fieldnames)
        if missing:
            raise ValueError(f"Ngày nghỉ: thiếu cột {', '.join(sorted(missing))}.")
        return [_row(row, number) for number, row in enumerate(rows, 2) if any(row.values())]
    except csv.Error:
        raise ValueError("Ngày nghỉ: không phải tệp CSV.") from None


def read_files(*paths: Path | str) -> list[DayRow]:
    """Rows of several files in order; an empty path is no file."""
    texts = [Path(path).read_text(encoding="utf-8") for path in paths if str(path)]
    return [row for text in texts for row in read_rows(text)]


def _row(row: dict[str, str], number: int) -> DayRow:
    kind = (row["kind"] or "").strip()
    if kind not in _OFF and kind != _WORKED:
        raise ValueError(f'Ngày nghỉ, dòng {number}: không có loại ngày "{kind[:30]}".')
    try:
        day = date.fromisoformat((row["date"] or "").strip())
    except ValueError:
        raise ValueError(f"Ngày nghỉ, dòng {number}: ngày phải ghi yyyy-mm-dd.") from None
    return DayRow(day, (row["name"] or "").strip(), kind)


class DaysOff:
    """Which dates are off and which weekend days are worked.

    Later rows win over earlier ones (an operator's over the file). A year the rows do not cover
    wholly, such as one whose Tết is not announced yet, is completed from the calendar of the
    ``holidays`` library; rows win there too.
    """

    def __init__(self, rows: Iterable[DayRow]) -> None:
        self._rows = {row.day: row for row in rows}
        statutory: dict[int, int] = {}
        for row in self._rows.values():
            statutory[row.day.year] = statutory.get(row.day.year, 0) + (row.kind == "statutory")
        self._whole = {
            year
            for year, days in statutory.items()
            if days >= (_WHOLE_YEAR_SINCE_2026 if year >= 2026 else _WHOLE_YEAR)
        }

    def off(self, day: date) -> str | None:
        """The name of the holiday on a date, or None."""
        if row := self._rows.get(day):
            return row.name if row.kind in _OFF else None
        return None if day.year in self._whole else _computed(day.year)[0].get(day)

    def worked(self, day: date) -> bool:
        """Whether a weekend day is worked to make up for another day."""
        if row := self._rows.get(day):
            return row.kind == _WORKED
        return day.year not in self._whole and day in _computed(day.year)[1]


@lru_cache(maxsize=128)
def _computed(year: int) -> tuple[dict[date, str], frozenset[date]]:
    # Read when it is needed: the files of the coming years mostly say everything.
    import holidays as public_holidays

    # The language is named because the default follows the machine's locale.
    found = public_holidays.country_holidays("VN", years=[year], language="vi", expand=False)
    return dict(found.items()), frozenset(found.weekend_workdays)
