"""Finding dossiers for staff: one query for every list, in bounded time at any number of rows.

The narrowest condition that an index serves is walked along in the list's order; the others are
checked on what is met. A search that finds too little after so many rows stops there, gives what
it found and where to go on: a rare combination costs several quick pages, never one slow one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from store import dossier_ways
from store.dossier_walks import Order, Place, beyond, ordering
from store.dossier_ways import Criteria, way_of
from store.tables import Dossier

__all__ = ["COUNT_CAP", "Count", "Criteria", "Found", "count", "fields", "place_of", "search"]

#: Rows looked at in one call, a piece at a time.
_PIECES = (300, 2_000, 10_000)
COUNT_CAP = 1_000


@dataclass(frozen=True)
class Found:
    """A page. ``next`` says where to go on; ``unfinished``: so far only a part was looked at."""

    rows: list[Dossier]
    next: Place | None = None
    unfinished: bool = False


@dataclass(frozen=True)
class Count:
    """How many there are; ``more``: at least so many, nobody counted on."""

    number: int
    more: bool = False


def search(
    session: Session,
    asked: Criteria,
    *,
    scope: frozenset[str] | None,
    order: Order = Order.newest,
    after: Place | None = None,
    limit: int = 50,
) -> Found:
    """The next page of dossiers; ``scope`` is what the person may see (None: everywhere).

    Orders by a moment leave out dossiers that have none.
    """
    way = way_of(session, asked, scope, order)
    if way is None:
        return Found([])
    rows: list[Dossier] = []
    place: Place | None = after
    for size in (dossier_ways.NARROW,) if way.afresh else _PIECES:
        rows += session.exec(
            select(Dossier)
            .where(
                col(Dossier.id).in_(way.walk.ids(session, None if way.afresh else place, size)),
                *way.conditions,
                *([beyond(order, place)] if way.afresh and place else []),
            )
            .order_by(*ordering(order))
            .limit(limit + 1 - len(rows))
        ).all()
        if len(rows) > limit:
            return Found(rows[:limit], place_of(rows[limit - 1], order))
        place = None if way.afresh else way.walk.end(session, place, size)
        if place is None:
            return Found(rows)
    return Found(rows, place, unfinished=True)


def count(session: Session, asked: Criteria, *, scope: frozenset[str] | None) -> Count:
    """How many dossiers a search has, up to 1,000 and among so many rows as one call looks at."""
    way = way_of(session, asked, scope, Order.newest)
    if way is None:
        return Count(0)
    number = 0
    for size in _PIECES[1:]:
        within = (
            core_select(col(Dossier.id))
            .where(col(Dossier.id).in_(way.walk.ids(session, None, size)), *way.conditions)
            .limit(COUNT_CAP + 1)
        )
        number = int(session.scalar(core_select(func.count()).select_from(within.subquery())) or 0)
        if number > COUNT_CAP:
            return Count(COUNT_CAP, more=True)
        if way.walk.end(session, None, size) is None:
            return Count(number)
    return Count(number, more=True)


def place_of(row: Dossier, order: Order) -> Place:
    """The place of a row in an order."""
    moment = {Order.received: row.received_at, Order.promised: row.promised_at}.get(order)
    return Place(row.id or 0, moment)


def fields(session: Session, limit: int = 200) -> Sequence[str]:
    """The fields dossiers have, in alphabetical order; each is one step along the index."""
    found: list[str] = []
    last = ""
    while len(found) < limit:
        following = session.scalar(
            core_select(func.min(col(Dossier.field_name))).where(col(Dossier.field_name) > last)
        )
        if following is None:
            break
        found.append(last := str(following))
    return found
