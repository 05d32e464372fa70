"""Whom a broadcast is aimed at: five dimensions, each a set of numbers (protocol 3.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .errors import refused
from .people import Person

#: Every value a dimension knows; gender 0 stands for everybody.
DIMENSIONS = {
    "ages": range(8),
    "gender": range(3),
    "locations": range(3),
    "cities": range(64),
    "platform": range(1, 4),
}
#: The last year of each age group but the eldest.
AGE_ENDS = (12, 17, 24, 34, 44, 54, 64)


@dataclass(frozen=True)
class Target:
    """The dimensions that narrow the circle; one that is absent lets everybody in."""

    wanted: dict[str, frozenset[int]]

    def admits(self, person: Person) -> bool:
        """Whether the person is meant; who has an unknown trait is only met by "all"."""
        return all(_trait(person, name) in values for name, values in self.wanted.items())


def read_target(value: Any) -> Target:
    """`target` of a send: values as text with commas, list or number; -201 names a wrong one."""
    if not isinstance(value, dict):
        raise refused(-201, "target")
    wanted: dict[str, frozenset[int]] = {}
    for name, given in value.items():
        if name not in DIMENSIONS:
            raise refused(-201, f"target.{name}")
        numbers = frozenset(_numbers(name, given))
        if numbers:
            wanted[name] = numbers
    if "cities" in wanted:
        wanted.pop("locations", None)
    return Target({name: ns for name, ns in wanted.items() if not _means_all(name, ns)})


def age_group(age: int) -> int:
    """Number of the group of an age in years: 0 up to 12, then 13-17 and so on, 7 from 65."""
    return bisect_left(AGE_ENDS, age)


def _numbers(name: str, given: Any) -> Iterable[int]:
    # Three sources print three types (protocol 10): all of them are taken.
    if given is None:
        return []
    parts = given if isinstance(given, list) else [given]
    if isinstance(given, str):
        parts = given.split(",") if given.strip() else []
    return [_number(name, part) for part in parts]


def _number(name: str, part: Any) -> int:
    if isinstance(part, str) and part.strip().isascii() and part.strip().isdigit():
        part = int(part) if len(part) < 10 else -1
    if not isinstance(part, int) or isinstance(part, bool) or part not in DIMENSIONS[name]:
        raise refused(-201, f"target.{name}")
    return part


def _means_all(name: str, numbers: frozenset[int]) -> bool:
    if name == "gender":
        return 0 in numbers or {1, 2} <= numbers
    return len(numbers) == len(DIMENSIONS[name])


def _trait(person: Person, name: str) -> int | None:
    if name == "ages":
        return None if person.age is None else age_group(person.age)
    traits = {"gender": person.gender, "locations": person.location, "cities": person.city}
    return traits.get(name, person.platform)
