"""Agencies to choose from, and the units a choice stands for."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlmodel import Session, col, select

from store import scopes
from store.tables import Agency

_MOST = 2000


def choices(session: Session, reach: Collection[int] | None) -> list[tuple[int, str]]:
    """Agencies within a reach (None = everywhere), by name, as (id, "name (code)")."""
    asked = select(Agency.id, Agency.name, Agency.code).order_by(col(Agency.name)).limit(_MOST)
    if reach is not None:
        asked = asked.where(col(Agency.id).in_(sorted(reach)))
    return [(number or 0, f"{name} ({code})") for number, name, code in session.exec(asked).all()]


def units_and_name(session: Session, agency_id: int) -> tuple[str, frozenset[str]] | None:
    """An agency's name, and the unit codes of it and everything below it; None when unknown."""
    row = session.get(Agency, agency_id)
    return (row.name, scopes.units_of(session, [agency_id])) if row else None


def names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """The names of agencies by their code."""
    asked = select(Agency.code, Agency.name).where(col(Agency.code).in_(sorted(set(codes))))
    return dict(session.exec(asked.limit(_MOST)).all())
