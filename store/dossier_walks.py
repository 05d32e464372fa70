"""Ways along the dossiers' indexes: each bounded, so that no search reads more than it promises.

A search takes one way, the narrowest, and checks its other conditions on the rows it meets there.
Those conditions hide their columns from the planner (`bare`): without statistics SQLite would
leave the way for an index it believes to be better, and walk through half the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, tuple_, union_all
from sqlalchemy import select as core_select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session, col

from store.tables import Dossier, DossierWord

Condition = ColumnElement[bool]


class Order(StrEnum):
    """How a list is ordered: newest known first, newest received first, first promised first."""

    newest = "newest"
    received = "received"
    promised = "promised"


@dataclass(frozen=True)
class Place:
    """Where a page ended: the last row's id, and its moment where the order has one."""

    id: int
    at: datetime | None = None


class bare(FunctionElement[Any]):
    """A column no index may serve."""

    name = "bare"
    inherit_cache = True

    def __init__(self, column: Any) -> None:
        mapped: Any = col(column)
        super().__init__(mapped)
        self.type = mapped.type


@compiles(bare)
def _as_it_is(element: bare, compiler: Any, **more: Any) -> str:
    return str(compiler.process(element.clauses, **more))


@compiles(bare, "sqlite")
def _hidden(element: bare, compiler: Any, **more: Any) -> str:
    return f"+{compiler.process(element.clauses, **more)}"


@dataclass(frozen=True)
class Walk:
    """Dossiers in one order along one index, or along one branch of it for each value.

    Each branch is read from an index that has the order's columns behind the branch's own, so a
    piece of a walk costs what it gives, at any size of the table. ``word`` walks the word table.
    """

    order: Order = Order.newest
    branches: tuple[tuple[Condition, ...], ...] = ((),)
    word: str = ""

    def piece(self, session: Session, after: Place | None, size: int) -> Select[Any]:
        """The ids of the next ``size`` dossiers behind a place, with the order's moment."""
        if self.word:
            found: Select[Any] = core_select(col(DossierWord.dossier_id).label("id")).where(
                col(DossierWord.word) == self.word
            )
            if after is not None:
                found = found.where(col(DossierWord.dossier_id) < after.id)
            return found.order_by(col(DossierWord.dossier_id).desc()).limit(size)
        behind = () if after is None else (beyond(self.order, after),)
        keys = [column.label(name) for name, column in _keys(self.order)]
        parts = [core_select(*keys).where(*branch, *behind) for branch in self.branches]
        if len(parts) == 1:
            return parts[0].order_by(*ordering(self.order)).limit(size)
        if session.get_bind().dialect.name != "sqlite":
            # PostgreSQL merges branches only if each is ordered by itself, else it sorts them all;
            # SQLite merges them only if they are not.
            parts = [part.order_by(*ordering(self.order)).limit(size) for part in parts]
        joined = union_all(*parts)
        down = self.order is not Order.promised
        named = [joined.selected_columns[name] for name, _ in reversed(_keys(self.order))]
        ordered = joined.order_by(*(column.desc() if down else column for column in named))
        inner = ordered.limit(size).subquery()
        return core_select(*inner.c)

    def ids(self, session: Session, after: Place | None, size: int) -> Select[Any]:
        """Only the ids of that piece."""
        piece = self.piece(session, after, size).subquery()
        return core_select(piece.c.id)

    def end(self, session: Session, after: Place | None, size: int) -> Place | None:
        """The last place of that piece; None when the walk ends within it."""
        piece = self.piece(session, after, size).subquery()
        down = self.order is not Order.promised
        keys = [piece.c.at, piece.c.id] if "at" in piece.c else [piece.c.id]
        row = session.execute(
            core_select(piece).order_by(*(k.desc() if down else k for k in keys)).offset(size - 1)
        ).first()
        if row is None:
            return None
        return Place(int(row.id), row.at if "at" in piece.c else None)

    def length(self, session: Session, cap: int) -> int:
        """How many dossiers lie along it, counted up to ``cap``."""
        if self.word:
            part = core_select(col(DossierWord.dossier_id)).where(
                col(DossierWord.word) == self.word
            )
            counted = core_select(func.count()).select_from(part.limit(cap).subquery())
            return int(session.scalar(counted) or 0)
        parts = [core_select(col(Dossier.id)).where(*branch) for branch in self.branches]
        every = union_all(*parts).limit(cap) if len(parts) > 1 else parts[0].limit(cap)
        return int(session.scalar(core_select(func.count()).select_from(every.subquery())) or 0)


def _keys(order: Order) -> list[tuple[str, Any]]:
    keys: list[tuple[str, Any]] = [("id", col(Dossier.id))]
    if order is Order.received:
        keys.append(("at", col(Dossier.received_at)))
    elif order is Order.promised:
        keys.append(("at", col(Dossier.promised_at)))
    return keys


def ordering(order: Order) -> list[Any]:
    """The ORDER BY of a list."""
    columns = [column for _, column in reversed(_keys(order))]
    return columns if order is Order.promised else [column.desc() for column in columns]


def beyond(order: Order, after: Place) -> Condition:
    """Only what comes behind a place."""
    if order is Order.newest or after.at is None:
        return _told(col(Dossier.id) < after.id)
    column: Any = col(Dossier.received_at if order is Order.received else Dossier.promised_at)
    number: Any = col(Dossier.id)
    pair = tuple_(column, number)
    here = tuple_(after.at, after.id, types=[column.type, number.type])
    return _told(pair > here if order is Order.promised else pair < here)


def _told(condition: Any) -> Condition:
    checked: Condition = condition
    return checked
