"""Office hours of the settings as a sentence: "T2-T6 07:30-11:30" reads as days and times."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CODES = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_DAYS = re.compile(r"(T[2-7]|CN)(?:-(T[2-7]|CN))?$")


def spoken_hours(setting: str, days: Sequence[str]) -> str:
    """The setting in words; ``days`` are Monday to Sunday, then the words for "to" and "and".

    A setting that is not in the expected form is shown as it stands: a person wrote it.
    """
    parts = [_spoken_part(part.split(), days) for part in setting.split(";") if part.strip()]
    return setting if None in parts else "; ".join(part for part in parts if part)


def _spoken_part(words: list[str], days: Sequence[str]) -> str | None:
    found = _DAYS.match(words[0].upper()) if words else None
    if found is None:
        return None
    first, last = found.groups()
    name = days[_CODES.index(first)]
    if last:
        name = f"{name} {days[7]} {days[_CODES.index(last)]}"
    times = f" {days[8]} ".join(time.replace("-", f" {days[7]} ") for time in words[1:])
    return f"{name}, {times}" if times else name
