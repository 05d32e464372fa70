"""Dossier codes as citizens write them (domain 1.1 to 1.3).

Canonical: ``000.00.04.H60-230215-0028`` (long, the most specific unit first) or
``H56.14-240823-0001`` (short). A code is found at its anchor, the letter G, H or K with two
digits; from there one bounded look to the left and one to the right, so the work is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dossiers.code_parts import ANCHOR, Part, read_at
from dossiers.names import fold
from dossiers.typed import plain


@dataclass(frozen=True)
class FoundCode:
    """A code found in a text.

    ``code`` is canonical (a legacy receipt number keeps its own spelling). ``valid`` is False
    when asking for it is useless; then ``problem`` is "date" (no such day) or "truncated" (begins
    like a code but a part is missing, too short or too long), else "".
    """

    code: str
    valid: bool
    problem: str


#: Seen: 11 digits (Đồng Nai), 5/4/5 (social insurance); a date has two digits before a slash.
_LEGACY = r"[0-9]{3,8}/[0-9]{4}/[0-9]{3,8}|[0-9]{6,20}"
_LEGACY_ONLY = re.compile(_LEGACY)
#: Fillers between "biên nhận" and the number; a label of something else ends the search.
_LEGACY_PREFIX = re.compile(
    r"(?<![^\W_])(?:bien nhan|sobiennhan|sbn)"
    r"(?:[ :=#.\-]{1,3}(?:ho so|hs|so|la|cua toi|cua em|cua minh|nay|cu)(?![^\W_])){0,4}"
    r"[ :=#.\-]{0,3}"
)
_LEGACY_NUMBER = re.compile(rf"({_LEGACY})(?![^\W_]|[./\-][^\W_])")
_AND = re.compile(r" ?(?:[,;]|va(?![^\W_])) ?")
_OUTER = " \t\r\n.,;:-_/\"'()[]<>"


def find_codes(text: str) -> list[FoundCode]:
    """Every dossier code in a text, in order, each once (domain 1.3 with all its tolerances).

    Legacy receipt numbers count only behind an explicit "số biên nhận" / "SBN".
    """
    typed = plain(text)
    spans = [*_spans(typed), *_legacy_spans(typed)]
    return list(dict.fromkeys(part.found for part in sorted(spans, key=lambda part: part.start)))


def canonical_code(text: str, *, legacy: bool = False) -> str | None:
    """The canonical spelling of a text that is one valid code and nothing else, or None.

    With ``legacy`` a bare old receipt number is accepted as it stands: for systems that name the
    field, never for what a citizen typed (it collides with phones and ID numbers, domain 1.3).
    """
    typed = plain(text).strip(_OUTER)
    if legacy and _LEGACY_ONLY.fullmatch(typed):
        return typed
    found = list(_spans(typed))
    if len(found) != 1 or not found[0].found.valid:
        return None
    return found[0].found.code if typed == typed[found[0].start : found[0].end] else None


def is_legacy(code: str) -> bool:
    """Whether a code is an old receipt number (digits, perhaps with slashes), not the grammar's."""
    return bool(_LEGACY_ONLY.fullmatch(code))


def unit_of(code: str) -> str:
    """The unit identifier in front of a canonical code: "000.00.04.H60"; "" for old numbers."""
    return "" if is_legacy(code) else code.partition("-")[0]


def without_codes(text: str) -> str:
    """The text in plain characters with " ; " in place of every dossier code.

    For those who look for other numbers and must not take a part of a code for one.
    """
    typed = plain(text)
    pieces, end = [], 0
    for span in _spans(typed):
        pieces.append(typed[end : span.start])
        end = span.end
    return " ; ".join([*pieces, typed[end:]])


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    found: FoundCode


def _spans(typed: str) -> Iterator[_Span]:
    end, at = 0, ANCHOR.search(typed)
    while at:
        part = read_at(typed, at, end)
        if part is not None:
            end = part.end
            yield _Span(part.start, part.end, _judge(part))
        at = ANCHOR.search(typed, max(at.start() + 1, end))


def _judge(part: Part) -> FoundCode:
    if not part.whole:
        return FoundCode(part.code, False, "truncated")
    return FoundCode(part.code, part.real_date, "" if part.real_date else "date")


def _legacy_spans(typed: str) -> Iterator[_Span]:
    # Folding may shorten the text, so positions are those of the folded text: only the order
    # of legacy numbers among themselves is exact, and that is all that is promised of them.
    folded = fold(typed)
    at = _LEGACY_PREFIX.search(folded)
    while at:
        position = at.end()
        while number := _LEGACY_NUMBER.match(folded, position):
            yield _Span(number.start(), number.end(), FoundCode(number[1], True, ""))
            more = _AND.match(folded, number.end())
            position = more.end() if more else len(folded)
        at = _LEGACY_PREFIX.search(folded, at.end())
