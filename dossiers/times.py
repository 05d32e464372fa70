"""Moments as other systems write them and as people read them (contract 3, domain 3.3, 4.7)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from clock import VIETNAM
from dossiers.typed import plain

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_LONGEST = 40

_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2}))?")
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]{1,9})?)?)?"
    r"\s?(Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?:[ T,]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?"
)


def read_time(value: str) -> datetime:
    """The moment a text names, aware, in UTC, whole seconds.

    Reads ``yyyyMMddHHmmss``, ``YYYY-MM-DD HH:MM:SS``, ISO 8601 with an offset, a date alone
    (midnight) and ``dd/MM/yyyy[ HH:mm[:ss]]``. Without an offset it is Vietnamese time.
    Raises ``ValueError`` with a sentence for people; the value itself is never repeated in it.
    """
    text = plain(value[: _LONGEST + 1]).strip()
    if len(value) > _LONGEST or not text:
        raise ValueError(_UNREADABLE)
    if match := _COMPACT.fullmatch(text):
        year, month, day, *clock = match.groups()
    elif match := _ISO.fullmatch(text):
        year, month, day, *clock = match.groups()[:6]
    elif match := _LOCAL.fullmatch(text):
        day, month, year, *clock = match.groups()
    else:
        raise ValueError(_UNREADABLE)
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        raise ValueError(f"Năm phải từ {_FIRST_YEAR} đến {_LAST_YEAR}.")
    hour, minute, second = (int(part or 0) for part in clock)
    try:
        local = datetime(int(year), int(month), int(day), hour, minute, second)
    except ValueError:
        raise ValueError("Ngày hoặc giờ không có thật.") from None
    offset = match.group(7) if match.re is _ISO else None
    if offset is None:
        return local.replace(tzinfo=VIETNAM).astimezone(UTC)
    return _with_offset(local, offset)


_UNREADABLE = (
    "Không đọc được thời điểm; hãy ghi yyyyMMddHHmmss, YYYY-MM-DD HH:MM:SS, "
    "dd/MM/yyyy HH:mm hoặc ISO 8601 kèm múi giờ."
)


def _with_offset(local: datetime, offset: str) -> datetime:
    # strptime reads "Z", "+07:00" and "+0700" and refuses an offset of a day or more.
    try:
        zone = datetime.strptime(offset.upper(), "%z").tzinfo
    except ValueError:
        raise ValueError("Múi giờ không có thật.") from None
    return local.replace(tzinfo=zone).astimezone(UTC)


def show(at: datetime) -> str:
    """``dd/MM/yyyy HH:mm`` on Vietnamese clocks, for every surface (design, "Times")."""
    return at.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M")


def show_seconds(at: datetime) -> str:
    """``dd/MM/yyyy HH:mm:ss``, as the guides' cards print it (domain 8)."""
    return at.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")


def spoken_date(at: datetime) -> str:
    """ "ngày 17 tháng 2 năm 2023": what a screen reader says rightly (domain 4.7)."""
    local = at.astimezone(VIETNAM)
    return f"ngày {local.day} tháng {local.month} năm {local.year}"


def local_date(at: datetime) -> date:
    """The date on Vietnamese walls at a moment."""
    return at.astimezone(VIETNAM).date()
