"""Agencies as people choose them: the tree from the top, and each one's name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from store.tables import Agency


@dataclass(frozen=True)
class Choice:
    """One agency in a list to choose from; ``depth`` is how far below the top it stands."""

    id: int
    code: str
    name: str
    depth: int

    @property
    def label(self) -> str:
        """The name, indented by where it stands."""
        return "\u2003" * self.depth + self.name


def choices(session: Session, within: frozenset[int] | None = None) -> list[Choice]:
    """Agencies, each behind the one it belongs to; only those ``within`` when given.

    One whose parent is not among them stands at the top.
    """
    found_rows = session.exec(select(Agency).order_by(col(Agency.name_folded), col(Agency.id)))
    rows = [row for row in found_rows if within is None or row.id in within]
    below: dict[int | None, list[Agency]] = {}
    known = {row.id for row in rows}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    found: list[Choice] = []
    waiting = [(row, 0) for row in reversed(below.get(None, []))]
    while waiting:
        row, depth = waiting.pop()
        found.append(Choice(row.id or 0, row.code, row.name, depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(row.id, []))]
    return found


def labels(session: Session) -> dict[int, str]:
    """The name of every agency by its id."""
    return {number or 0: name for number, name in session.exec(select(Agency.id, Agency.name))}
