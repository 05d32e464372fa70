"""What the audit may say: every action is declared with its words and the keys of its details.

An undeclared action or key is a fault of ours and raises, so that nothing personal slips into a
log that can never be changed (domain 4.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Declared:
    """One action: the words staff read, and which details it may carry."""

    name: str
    words: str
    keys: frozenset[str]


_DECLARED: dict[str, Declared] = {}


class Undeclared(Exception):
    """An action or a detail that no room declared."""


def declare(name: str, words: str, *keys: str) -> None:
    """Declare an action once, at import: ``declare("dossier.viewed", "Xem hồ sơ", "via")``."""
    made = Declared(name, words, frozenset(keys))
    if _DECLARED.get(name, made) != made:
        raise Undeclared(f"{name} is declared twice, differently")
    _DECLARED[name] = made


def checked(action: str, details: Mapping[str, object]) -> None:
    """Raise `Undeclared` for anything that was not declared."""
    known = _DECLARED.get(action)
    if known is None:
        raise Undeclared(action)
    if extra := set(details) - known.keys:
        raise Undeclared(f"{action}: {sorted(extra)}")


def words_of(action: str) -> str:
    """The words for an action; its name when an older version wrote it."""
    known = _DECLARED.get(action)
    return known.words if known else action


def declared() -> dict[str, str]:
    """Every action with its words, in the order of the words."""
    return dict(sorted(((k, v.words) for k, v in _DECLARED.items()), key=lambda kv: kv[1]))
