"""Hostile texts cannot make a parser slow: work grows with length, not with its square.

Steps are counted, not seconds. A pattern's own steps cannot be counted from outside, so the
patterns themselves are held to a shape that cannot run away.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from types import ModuleType

import pytest

from dossiers import code_parts, codes, identity, names, national, phones, receipts, times, typed
from dossiers.codes import find_codes
from dossiers.identity import find_identities
from dossiers.names import fold, mask_name
from dossiers.phones import find_phones, read_phone
from dossiers.receipts import read_payload

ROOMS = [code_parts, codes, identity, names, national, phones, receipts, times, typed]
REPEATS = {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}

HOSTILE = [
    "000.00.04.H60-230215-0028 ",
    "H60",
    "H60 00 ",
    "00.",
    "0",
    "0 ",
    "O.I,l/",
    "84 ",
    "0912345678 ",
    "098 765 43 ",
    "1/",
    "bien nhan so ",
    "so bien nhan 12/",
    "Nguyễn, ",
    "a=1&",
    "%25",
    "&amp;",
    "((",
    " ",
    "\u0301",
    "\ufdfa",
    "Tôi hỏi hồ sơ đất đai nộp ngày 15/02/2023 đã xong chưa ạ. ",
]


def steps(read: Callable[[str], object], text: str) -> int:
    """Calls of Python and C functions while reading."""
    count = 0

    def watch(_frame: object, what: str, _arg: object) -> None:
        nonlocal count
        count += what in ("call", "c_call")

    sys.setprofile(watch)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize(
    "read", [find_codes, find_phones, read_phone, find_identities, read_payload, fold, mask_name]
)
def test_twice_the_text_is_at_most_about_twice_the_work(
    read: Callable[[str], object], unit: str
) -> None:
    short, long = (unit * (length // len(unit)) for length in (1_000, 2_000))
    read(short)
    assert steps(read, long) <= 2.5 * steps(read, short) + 100


def patterns(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str]]]:
    for name, value in vars(module).items():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, re.Pattern):
                yield f"{module.__name__}.{name}", one


def unbounded_depth(parsed: object) -> int:
    """How deep repeats without an upper bound stand inside each other."""
    if isinstance(parsed, tuple) and parsed and parsed[0] in REPEATS:
        _, (_, most, inner) = parsed
        return unbounded_depth(inner) + (most == _constants.MAXREPEAT)
    if isinstance(parsed, tuple | list | _parser.SubPattern):
        return max((unbounded_depth(part) for part in parsed), default=0)
    return 0


@pytest.mark.parametrize("module", ROOMS, ids=lambda module: module.__name__)
def test_no_pattern_has_an_open_repeat_inside_an_open_repeat(module: ModuleType) -> None:
    for name, pattern in patterns(module):
        assert unbounded_depth(_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)) <= 1, (
            name
        )


def test_the_guard_itself_sees_a_dangerous_pattern() -> None:
    assert unbounded_depth(_parser.parse(r"(?:a+b?)*c")) == 2
    assert unbounded_depth(_parser.parse(r"(?:a{1,9}b)*c")) == 1
    assert sum(1 for module in ROOMS for _ in patterns(module)) > 20
