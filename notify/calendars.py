"""The province's calendar as the settings have it now; read anew when staff change it."""

from __future__ import annotations

from functools import lru_cache

from dossiers.workdays import Calendar
from settings import ExtraDay, Settings


def calendar_of(settings: Settings) -> Calendar:
    """Office hours and days off as the settings name them: ask again instead of keeping it."""
    files = (settings.holidays_file, settings.extra_holidays_file)
    return _read(settings.office_hours, files, settings.extra_days_off)


@lru_cache(maxsize=16)
def _read(hours: str, files: tuple[str, ...], extra: tuple[ExtraDay, ...]) -> Calendar:
    """Files do not change while we run; what staff change in the console is in the key."""
    return Calendar.read(hours, files, extra)
