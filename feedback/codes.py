"""Codes of feedback: ``PA-YYMMDD-NNNN``, the day in Vietnam and a number that starts each day."""

from __future__ import annotations

import re
from datetime import date, datetime

from sqlmodel import Session

from clock import VIETNAM
from dossiers.names import fold
from store.sequences import next_number

#: "PA-261129-0001", "pa 261129 0001", "PA2611290001", "p.a 261129/1": however it was copied.
_BETWEEN = r"[\s.\-_/:#–]{0,3}"
_CODE = re.compile(
    rf"(?<![a-z0-9])p[\s.]?a{_BETWEEN}([0-9]{{6}})(?:{_BETWEEN}([0-9]{{4,6}})|[\s.\-_/–]{{1,3}}([0-9]{{1,3}}))"
    r"(?![0-9])"
)
_ALONE = re.compile(rf"(?:ma|so|ma so)?{_BETWEEN}{_CODE.pattern}[\s.,!?]*")


def issue(session: Session, now: datetime) -> str:
    """A code nobody has, in the caller's transaction."""
    day = now.astimezone(VIETNAM).date()
    stamp = f"{day:%y%m%d}"
    return f"PA-{stamp}-{next_number(session, f'feedback:{stamp}'):04d}"


def find_code(text: str) -> str | None:
    """The first code in a text, canonical; None when there is none, or no such day."""
    for found in _CODE.finditer(fold(text)):
        stamp, number = found[1], found[2] or found[3]
        if _is_day(stamp):
            return f"PA-{stamp}-{int(number):04d}"
    return None


def is_only_code(text: str) -> bool:
    """Whether a text is a code and nothing else."""
    return _ALONE.fullmatch(fold(text)) is not None and find_code(text) is not None


def _is_day(stamp: str) -> bool:
    try:
        date(2000 + int(stamp[:2]), int(stamp[2:4]), int(stamp[4:]))
    except ValueError:
        return False
    return True
