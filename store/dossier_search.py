"""Finding dossiers for staff: one query for every list, in bounded time at any number of rows.

The narrowest condition that an index serves is walked along in the list's order; the others are
checked on what is met. A search that finds too little after so many rows stops there, gives what
it found and where to go on: a rare combination costs several quick pages, never one slow one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, text
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from store.dossier_walks import Condition, Order, Place, Walk, bare, beyond, ordering
from store.tables import VERIFIED, Dossier, DossierWatch, DossierWord, PhoneLink, State
from store.tables.dossiers import OPEN

#: Rows looked at in one call, a piece at a time.
_PIECES = (300, 2_000, 10_000)
#: Up to here a condition is measured exactly, and its rows may be sorted afresh.
_NARROW = 10_000
#: More branches than this cost more than they save.
_BRANCHES = 80
COUNT_CAP = 1_000


@dataclass(frozen=True)
class Criteria:
    """What a list is asked for; empty members ask nothing. Texts are canonical or folded."""

    code: str = ""
    receipt_number: str = ""
    phone: str = ""
    identity_hash: str = ""
    identity_last3: str = ""
    words: tuple[str, ...] = ()
    #: MaDinhDanhDV of an agency with its units; None = everywhere, empty = nowhere.
    units: frozenset[str] | None = None
    procedure: str = ""
    field: str = ""
    states: tuple[State, ...] = ()
    #: From this moment on, and before that one.
    received: tuple[datetime | None, datetime | None] = (None, None)
    promised: tuple[datetime | None, datetime | None] = (None, None)
    #: Only those somebody still works on.
    open_only: bool = False
    #: Only those whose clock runs: open, and not waiting for papers.
    running_only: bool = False
    #: Only those whose news reach nobody's Zalo: no proven link of the phone, no held receipt.
    no_channel: bool = False


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
    way = _way(session, asked, scope, order)
    if way is None:
        return Found([])
    rows: list[Dossier] = []
    place: Place | None = after
    for size in (_NARROW,) if way.afresh else _PIECES:
        rows += session.exec(
            select(Dossier)
            .where(
                col(Dossier.id).in_(way.walk.ids(None if way.afresh else place, size)),
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
    way = _way(session, asked, scope, Order.newest)
    if way is None:
        return Count(0)
    number = 0
    for size in _PIECES[1:]:
        within = (
            core_select(col(Dossier.id))
            .where(col(Dossier.id).in_(way.walk.ids(None, size)), *way.conditions)
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


@dataclass(frozen=True)
class _Way:
    walk: Walk
    conditions: tuple[Condition, ...]
    #: The walk is short and not in the list's order: all of it is sorted.
    afresh: bool = False


def _way(
    session: Session, asked: Criteria, scope: frozenset[str] | None, order: Order
) -> _Way | None:
    """The narrowest walk and what to check along it; None when nothing can be found."""
    units = scope if asked.units is None else asked.units
    if scope is not None and units is not None:
        units &= scope
    if units is not None and not units:
        return None
    conditions = _conditions(asked, units)
    by_id = _narrowest(session, _walks(asked, units))
    by_time = _narrowest(session, _spans(asked))
    in_order = by_id if order is Order.newest else None
    if by_time and by_time[1] < _NARROW and (by_id is None or by_time[1] < by_id[1]):
        if by_time[0].order is order:
            return _Way(_along(order, asked), conditions)
        return _Way(by_time[0], (*conditions, *_dated(order)), afresh=True)
    if in_order is not None:
        return _Way(in_order[0], conditions)
    if by_id is not None and by_id[1] < _NARROW:
        return _Way(by_id[0], (*conditions, *_dated(order)), afresh=True)
    return _Way(_along(order, asked), conditions)


def _narrowest(session: Session, walks: Sequence[Walk]) -> tuple[Walk, int] | None:
    best: tuple[Walk, int] | None = None
    for walk in walks:
        length = walk.length(session, _NARROW)
        if best is None or length < best[1]:
            best = (walk, length)
        if not length:
            break
    return best


def _walks(asked: Criteria, units: frozenset[str] | None) -> list[Walk]:
    """Everything asked for that an index with the id behind it answers; the likely ones first."""
    found = [
        Walk(branches=((column == value,),))
        for column, value in (
            (col(Dossier.code), asked.code),
            (col(Dossier.receipt_number), asked.receipt_number),
            (col(Dossier.phone), asked.phone),
            (col(Dossier.identity_hash), asked.identity_hash),
        )
        if value
    ]
    found += [Walk(word=word) for word in asked.words]
    found += [
        Walk(branches=((column == value,),))
        for column, value in (
            (col(Dossier.identity_last3), asked.identity_last3),
            (col(Dossier.procedure_code), asked.procedure),
            (col(Dossier.field_name), asked.field),
        )
        if value
    ]
    unit, state = col(Dossier.unit_code), col(Dossier.state)
    codes = sorted(units) if units is not None else []
    if codes and asked.states and len(codes) * len(asked.states) <= _BRANCHES:
        pairs = [(unit == code, state == str(s)) for code in codes for s in asked.states]
        found.append(Walk(branches=tuple(pairs)))
    elif codes and len(codes) <= _BRANCHES:
        found.append(Walk(branches=tuple((unit == code,) for code in codes)))
    if asked.states:
        found.append(Walk(branches=tuple((state == str(s),) for s in asked.states)))
    return found


def _spans(asked: Criteria) -> list[Walk]:
    """The asked times, as far as an index answers them."""
    found = []
    if any(asked.received):
        branch = _between(col(Dossier.received_at), asked.received)
        found.append(Walk(Order.received, (tuple(branch),)))
    if any(asked.promised) or asked.open_only or asked.running_only:
        branch = _between(col(Dossier.promised_at), asked.promised)
        found.append(Walk(Order.promised, ((*branch, *_open(asked)),)))
    return found


def _along(order: Order, asked: Criteria) -> Walk:
    """The whole list in its order, or as much of it as the asked times allow."""
    if order is Order.newest:
        return Walk()
    if order is Order.received:
        branch = _between(col(Dossier.received_at), asked.received)
        return Walk(order, ((*branch, *_dated(order)),))
    branch = _between(col(Dossier.promised_at), asked.promised)
    return Walk(order, ((*branch, *_dated(order), *_open(asked)),))


def _dated(order: Order) -> tuple[Condition, ...]:
    if order is Order.newest:
        return ()
    column: Any = Dossier.received_at if order is Order.received else Dossier.promised_at
    return (col(column).is_not(None),)


def _open(asked: Criteria) -> tuple[Any, ...]:
    # Spelt out, so that the partial index serves it.
    return (text(OPEN),) if asked.open_only or asked.running_only else ()


def _between(column: Any, span: tuple[datetime | None, datetime | None]) -> list[Condition]:
    begin, end = span
    found: list[Condition] = []
    if begin is not None:
        found.append(column >= begin)
    if end is not None:
        found.append(column < end)
    return found


def _conditions(asked: Criteria, units: frozenset[str] | None) -> tuple[Condition, ...]:
    """All of it again, for the rows met on the way."""
    found: list[Condition] = [
        bare(column) == value
        for column, value in (
            (Dossier.code, asked.code),
            (Dossier.receipt_number, asked.receipt_number),
            (Dossier.phone, asked.phone),
            (Dossier.identity_hash, asked.identity_hash),
            (Dossier.identity_last3, asked.identity_last3),
            (Dossier.procedure_code, asked.procedure),
            (Dossier.field_name, asked.field),
        )
        if value
    ]
    if units is not None:
        found.append(bare(Dossier.unit_code).in_(sorted(units)))
    if asked.states:
        found.append(bare(Dossier.state).in_([str(state) for state in asked.states]))
    if asked.open_only or asked.running_only:
        found.append(bare(Dossier.state).not_in(_CLOSED))
    if asked.running_only:
        found.append(bare(Dossier.state) != State.supplement_required.value)
    found += _between(bare(Dossier.received_at), asked.received)
    found += _between(bare(Dossier.promised_at), asked.promised)
    found += [
        exists().where(
            col(DossierWord.word) == word, col(DossierWord.dossier_id) == col(Dossier.id)
        )
        for word in asked.words
    ]
    if asked.no_channel:
        found += _unreached()
    return tuple(found)


_CLOSED = [
    str(state)
    for state in (
        State.refused,
        State.withdrawn,
        State.stopped,
        State.result_ready,
        State.result_delivered,
    )
]


def _unreached() -> list[Condition]:
    linked = exists().where(
        col(PhoneLink.phone) == col(Dossier.phone),
        col(PhoneLink.revoked_at).is_(None),
        col(PhoneLink.proof).in_([proof.value for proof in VERIFIED]),
        col(Dossier.phone) != "",
    )
    watched = exists().where(col(DossierWatch.dossier_id) == col(Dossier.id))
    return [~linked, ~watched]
