"""Reading one dossier code round its anchor, "H60" in ``000.00.04.H60-230215-0028``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

#: Digits and what people write for them: O for 0; I, i and l for 1 (domain 1.3).
_C = "0-9OoIiLl"
#: One of those where no word goes on behind it ("0028ok" ends at the 8).
_D = r"(?:[0-9]|[OoIiLl](?!(?![OoIiLl])[^\W\d_]))"
_S = r"[\s.,/_\-]{1,3}"
_LOOKALIKES = str.maketrans("OoIiLl", "001111")
#: The longest thing read left of the anchor: a procedure code with its local suffix.
_WINDOW = 34

#: G, H or K with two digits, one of them a real one ("hoi" is a word, "HO1" a unit).
ANCHOR = re.compile(r"[GHKghk](?:[0-9][0-9OoIiLl]|[OoIiLl][0-9])")

_PROCEDURE = re.compile(r"[0-9]\.[0-9]{6}\.(?:[0-9]{1,3}\.){0,4}$")
_DOTTED = re.compile(rf"(?<![{_C}])((?:[{_C}]{{1,6}}\.){{0,4}}[{_C}]{{1,6}})\.?$")
_GLUED = re.compile(rf"(?<![{_C}])([{_C}]{{7}})$")
_SPACED = re.compile(rf"(?<![0-9])([{_C}]{{2,3}}(?:{_S}[{_C}]{{2,3}}){{1,2}})(?:{_S})?$")

_END = rf"(?!{_D})(?:{_S}[0-9]{{14}}(?![0-9]))?"
_DATE = rf"(?P<date>{_D}{{8}}|{_D}{{6}})"
_TAIL = rf"{_DATE}{_S}(?P<seq>{_D}{{4,7}}){_END}"
_TAIL_GLUED = rf"(?P<date>{_D}{{6}})(?P<seq>{_D}{{4}}){_END}"
_LONG = tuple(re.compile(rf"(?:{_S})?{tail}") for tail in (_TAIL, _TAIL_GLUED))
_SHORT = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<units>(?:{_S}{_D}{{1,3}}(?!{_D})){{0,3}}){_S}{_TAIL}",
        rf"(?P<units>(?:\.{_D}{{1,3}}(?!{_D})){{0,3}}){_S}{_TAIL_GLUED}",
        rf"(?P<units>{_D}{{2,3}}(?!{_D})){_S}{_TAIL}",
        rf"(?P<units>){_TAIL}",
    )
)
_CUT_LONG = re.compile(
    rf"(?:[./_\-]{{1,2}}|\s?-\s?|\s(?=[0-9]{{4}}))(?P<date>[{_C}]{{1,12}})(?![^\W\d_])"
    rf"(?:\s?[./_\-]\s?(?P<seq>[0-9]{{1,12}}))?"
)
_CUT_SHORT = re.compile(
    rf"(?P<units>(?:\.{_D}{{1,3}}(?!{_D})){{0,3}})-(?P<date>{_D}{{1,12}})(?:-(?P<seq>{_D}{{1,12}}))?"
)


@dataclass(frozen=True)
class Part:
    """What stands between ``start`` and ``end``: a code, or (``whole`` False) one that is cut."""

    start: int
    end: int
    code: str
    whole: bool
    #: Whether its date exists; meaningless for a cut one.
    real_date: bool = False


@dataclass(frozen=True)
class _Left:
    """The unit segments before the anchor. ``sure``: dots or an unbroken run bind them to it."""

    start: int
    segments: tuple[str, ...]
    sure: bool
    sound: bool = True


def digits(text: str) -> str:
    """Numeric positions with O read as 0 and I, i, l as 1 (domain 1.3)."""
    return text.translate(_LOOKALIKES)


def read_at(text: str, anchor: re.Match[str], floor: int) -> Part | None:
    """The code at an anchor, reading nothing before ``floor``; None when there is none."""
    begin = max(floor, anchor.start() - _WINDOW)
    window = text[begin : anchor.start()]
    if _PROCEDURE.search(window):
        return None
    left = _read_left(window, begin)
    unit = anchor[0][0].upper() + digits(anchor[0][1:])
    if left is None:
        return _short(text, anchor, unit, window)
    if not (left.sure and len(left.segments) > 1):
        # "12 H56.14-240823-0001": the number before belongs to the sentence.
        short = _match(_SHORT[:1], text, anchor.end())
        if short and short["units"]:
            return _part(text, anchor.start(), unit, short)
    return _long(text, anchor, unit, left)


def _read_left(window: str, begin: int) -> _Left | None:
    dotted = _DOTTED.search(window)
    if dotted and ("." in window[dotted.start() :] or _touches(dotted[1])):
        return _from_dotted(dotted, begin)
    if glued := _GLUED.search(window):
        run = digits(glued[1])
        return _Left(begin + glued.start(1), (run[:3], run[3:5], run[5:]), sure=True)
    if spaced := _SPACED.search(window):
        found = list(re.finditer(rf"[{_C}]+", spaced[1]))
        # A word such as "loi" is no number: a first segment needs a real digit.
        while found and not any(c.isdigit() for c in found[0][0]):
            found.pop(0)
        if len(found) > 1:
            start = begin + spaced.start(1) + found[0].start()
            return _Left(start, tuple(digits(part[0]) for part in found), sure=False)
    return None


def _touches(run: str) -> bool:
    return 2 <= len(run) <= 3 and run[0].isdigit()


def _from_dotted(dotted: re.Match[str], begin: int) -> _Left | None:
    start = begin + dotted.start(1)
    segments = [digits(segment) for segment in dotted[1].split(".")]
    first, rest = segments[0], segments[1:]
    numbered = len(first) < 3 and (not rest or len(rest[0]) == 3 or len(rest) == 2)
    if numbered and (len(rest) == 3 or (len(first) == 1 and first != "0")):
        # "1.000.00.04.H60": the first number counts the lines of a list.
        start, segments = start + len(first) + 1, rest
    if not segments:
        return None
    sound = len(segments) <= 3 and all(2 <= len(segment) <= 3 for segment in segments)
    return _Left(start, tuple(segments), sure=True, sound=sound)


def _long(text: str, anchor: re.Match[str], unit: str, left: _Left) -> Part | None:
    unit = ".".join([*left.segments, unit])
    match = _match(_LONG, text, anchor.end())
    if match and left.sound:
        return _part(text, left.start, unit, match)
    cut = match or _CUT_LONG.match(text, anchor.end())
    if not cut and not (left.sure and left.sound and len(left.segments) > 1):
        return None
    pieces = [unit, *(digits(piece) for piece in (cut.groups() if cut else ()) if piece)]
    return Part(left.start, cut.end() if cut else anchor.end(), "-".join(pieces), whole=False)


def _short(text: str, anchor: re.Match[str], unit: str, window: str) -> Part | None:
    before = window[-1:]
    if before.isalnum() and not window.lower().endswith("tthc"):
        return None
    if match := _match(_SHORT, text, anchor.end()):
        return _part(text, anchor.start(), unit, match)
    cut = _CUT_SHORT.match(text, anchor.end())
    if not cut:
        return None
    day, sequence = len(cut["date"]), len(cut["seq"] or "")
    # "H12-1204" is a flat: without a sub-unit only something dated is taken for a code.
    if not (day >= 2 if cut["units"] else day in (6, 8) or (day > 4 and sequence >= 4)):
        return None
    pieces = [unit + _units(cut["units"]), digits(cut["date"]), digits(cut["seq"] or "")]
    return Part(anchor.start(), cut.end(), "-".join(filter(None, pieces)), whole=False)


def _match(patterns: tuple[re.Pattern[str], ...], text: str, at: int) -> re.Match[str] | None:
    return next((match for pattern in patterns if (match := pattern.match(text, at))), None)


def _part(text: str, start: int, unit: str, match: re.Match[str]) -> Part:
    found = match.groupdict()
    day, sequence = digits(found["date"]), digits(found["seq"])
    code = f"{unit}{_units(found.get('units') or '')}-{day}-{sequence}"
    return Part(start, match.end(), code, whole=True, real_date=_is_date(day))


def _units(text: str) -> str:
    return "".join(f".{digits(part)}" for part in re.findall(rf"[{_C}]+", text))


def _is_date(day: str) -> bool:
    full = day if len(day) == 8 else f"20{day}"
    try:
        return 2000 <= date(int(full[:4]), int(full[4:6]), int(full[6:])).year < 2100
    except ValueError:
        return False
