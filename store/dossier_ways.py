"""What is asked of the dossiers, and the narrowest way along an index that answers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, text
from sqlmodel import Session, col

from store.dossier_walks import Condition, Order, Walk, bare
from store.tables import VERIFIED, Dossier, DossierWatch, DossierWord, PhoneLink, State
from store.tables.dossiers import OPEN

#: Up to here a condition is measured exactly, and its rows may be sorted afresh.
NARROW = 10_000
#: More branches than this cost more than they save.
_BRANCHES = 80


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
class Way:
    """A walk and what to check on the rows met along it."""

    walk: Walk
    conditions: tuple[Condition, ...]
    #: The walk is short and not in the list's order: all of it is sorted.
    afresh: bool = False


def way_of(
    session: Session, asked: Criteria, scope: frozenset[str] | None, order: Order
) -> Way | None:
    """The narrowest walk and what to check along it; None when nothing can be found."""
    units = scope if asked.units is None else asked.units
    if scope is not None and units is not None:
        units &= scope
    if units is not None and not units:
        return None
    by_id = _narrowest(session, _walks(asked, units))
    by_time = _narrowest(session, _spans(asked))
    in_order = by_id if order is Order.newest else None
    if by_time and by_time[1] < NARROW and (by_id is None or by_time[1] < by_id[1]):
        if by_time[0].order is order:
            return _checked(_along(order, asked), asked, units)
        return _checked(by_time[0], asked, units, afresh=order)
    if in_order is not None:
        return _checked(in_order[0], asked, units)
    if by_id is not None and by_id[1] < NARROW:
        return _checked(by_id[0], asked, units, afresh=order)
    return _checked(_along(order, asked), asked, units)


def _checked(
    walk: Walk, asked: Criteria, units: frozenset[str] | None, afresh: Order | None = None
) -> Way:
    conditions = _conditions(asked, units, walk.word)
    if afresh is None:
        return Way(walk, conditions)
    return Way(walk, (*conditions, *_dated(afresh)), afresh=True)


def _narrowest(session: Session, walks: Sequence[Walk]) -> tuple[Walk, int] | None:
    best: tuple[Walk, int] | None = None
    for walk in walks:
        length = walk.length(session, NARROW)
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


def _conditions(
    asked: Criteria, units: frozenset[str] | None, walked: str
) -> tuple[Condition, ...]:
    """All of it again but the word walked along, for the rows met on the way."""
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
        if word != walked
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
