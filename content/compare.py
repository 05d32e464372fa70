"""What changed between two versions, place by place and word by word, readable without colour."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

How = Literal["same", "changed", "added", "removed"]
#: Longer texts are compared as wholes: word by word takes too long and helps nobody.
_MOST_WORDS = 2000


@dataclass(frozen=True)
class Piece:
    """Some words of a text: "same", "added" or "removed"."""

    how: How
    text: str


@dataclass(frozen=True)
class Difference:
    """One place in both versions; ``place`` is a path such as ("documents", "0", "name")."""

    place: tuple[str, ...]
    how: How
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Every place either version says something at, in the order of the newer one."""
    old, new = dict(_flat(before, ())), dict(_flat(after, ()))
    places = list(new)
    for place in old:
        if place not in new:
            places.insert(_behind(place, places), place)
    return [_difference(place, old.get(place, ""), new.get(place, "")) for place in places]


def _behind(place: tuple[str, ...], places: list[tuple[str, ...]]) -> int:
    """Where a place that is gone belongs: behind the last one it shares most with."""
    for length in range(len(place) - 1, 0, -1):
        near = [at for at, one in enumerate(places) if one[:length] == place[:length]]
        if near:
            return near[-1] + 1
    return len(places)


def _flat(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, (*place, str(name)))
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from _flat(inner, (*place, str(at)))
    elif value is not None and value != "":
        yield place, _said(value)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "có" if value else "không"
    return str(value)


def _difference(place: tuple[str, ...], before: str, after: str) -> Difference:
    if before == after:
        same = (Piece("same", after),)
        return Difference(place, "same", same, same)
    if not before:
        return Difference(place, "added", (), (Piece("added", after),))
    if not after:
        return Difference(place, "removed", (Piece("removed", before),), ())
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    if max(len(old), len(new)) > _MOST_WORDS:
        return Difference(place, "changed", (Piece("removed", before),), (Piece("added", after),))
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        how: tuple[How, How] = ("same", "same") if tag == "equal" else ("removed", "added")
        left += [Piece(how[0], "".join(old[a:b]))] if b > a else []
        right += [Piece(how[1], "".join(new[c:d]))] if d > c else []
    return Difference(place, "changed", tuple(left), tuple(right))
