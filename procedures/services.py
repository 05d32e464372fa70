"""The list of online services with counts of toàn trình and một phần (as in the notices of
agencies; Nghị định 42/2022)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dossiers.names import fold
from procedures.search import Entry

FULL, PART = "toan_trinh", "mot_phan"


@dataclass(frozen=True)
class Group:
    """The online procedures of one field or agency, by name; ``name`` may be ""."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def full(self) -> int:
        """How many are toàn trình."""
        return sum(entry.online == FULL for entry in self.entries)

    @property
    def part(self) -> int:
        """How many are một phần."""
        return sum(entry.online == PART for entry in self.entries)


def online(entries: Iterable[Entry]) -> list[Entry]:
    """Those that can be filed online, by name."""
    found = [entry for entry in entries if entry.online in (FULL, PART)]
    return sorted(found, key=lambda entry: fold(entry.name))


def by_field(entries: Iterable[Entry]) -> Sequence[Group]:
    """The online procedures by field, in alphabetical order."""
    return _grouped(entries, lambda entry: entry.field)


def by_agency(entries: Iterable[Entry]) -> Sequence[Group]:
    """The online procedures by implementing agency, in alphabetical order."""
    return _grouped(entries, lambda entry: entry.agency)


def _grouped(entries: Iterable[Entry], name: Callable[[Entry], str]) -> list[Group]:
    groups: dict[str, list[Entry]] = {}
    for entry in online(entries):
        groups.setdefault(name(entry), []).append(entry)
    made = [Group(title, tuple(members)) for title, members in groups.items()]
    # Those nobody wrote a name for come last.
    return sorted(made, key=lambda group: (not group.name, fold(group.name)))
