"""The province's calendar, read once a process: files do not change while we run."""

from __future__ import annotations

from dossiers.workdays import Calendar
from settings import Settings


def calendar_of(settings: Settings) -> Calendar:
    """Office hours and days off as the settings name them."""
    key = (settings.office_hours, settings.holidays_file, settings.extra_holidays_file)
    if key not in _READ:
        _READ[key] = Calendar.from_settings(settings)
    return _READ[key]


_READ: dict[tuple[str, str, str], Calendar] = {}
