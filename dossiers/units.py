"""Unit identifiers in front of dossier codes, in both spellings (domain 1.1, 1.3)."""

from __future__ import annotations

import re

from dossiers.typed import plain

_UNIT = re.compile(r"(?:[0-9]{2,3}\.){1,3}[GHK][0-9]{2}|[GHK][0-9]{2}(?:\.[0-9]{1,3}){0,3}")
_SEPARATORS = re.compile(r"[\s._,/\-]+")


def canonical_unit(text: str) -> str | None:
    """The unit identifier a text consists of, "000.00.04.H60" or "H60.04"; None for anything else.

    Spaces, commas and dashes between the levels are read as dots, letters as capitals.
    """
    typed = _SEPARATORS.sub(".", plain(text[:100]).strip().upper()).strip(".")
    return typed if _UNIT.fullmatch(typed) else None
