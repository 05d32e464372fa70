"""Agencies as a tree that changes over the years: who exists, who belongs where, who took over.

Old dossiers keep the unit that received them (domain 1.6); who sees them is in `store.scopes`, the
tree as people choose from it in `store.agency_tree`. A province has some thousand agencies at most: the tree is read whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import func
from sqlalchemy import select as core_select
from sqlmodel import Session, SQLModel, col, select

from store.scopes import spellings
from store.tables import Agency, ChatRequest, Dossier, Feedback, SavedText, StaffRole

Done = Literal["created", "updated", "unchanged"]
#: A count stops here; the page says "hơn 1.000".
COUNTED = 1000
#: More levels than any tree of offices has; a damaged tree must not hang a page.
_DEEPEST = 20


class Refused(Exception):
    """A change the tree cannot bear: the field, and why in one word."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


def everything(session: Session) -> Sequence[Agency]:
    """Every agency, by code."""
    return session.exec(select(Agency).order_by(col(Agency.code))).all()


def get(session: Session, agency_id: int) -> Agency | None:
    """One agency."""
    return session.get(Agency, agency_id)


def by_ids(session: Session, ids: Iterable[int]) -> dict[int, Agency]:
    """Several agencies by their ids."""
    rows = session.exec(select(Agency).where(col(Agency.id).in_(list(ids))))
    return {row.id or 0: row for row in rows}


def names(session: Session, rows: Iterable[Agency]) -> dict[int, str]:
    """The names of the agencies that these belong to or were replaced by."""
    wanted = {one for row in rows for one in (row.parent_id, row.successor_id) if one is not None}
    return {one: row.name for one, row in by_ids(session, wanted).items()}


def children(session: Session, agency_id: int) -> Sequence[Agency]:
    """The agencies that belong to one directly."""
    return session.exec(
        select(Agency).where(Agency.parent_id == agency_id).order_by(col(Agency.name_folded))
    ).all()


def taken_over_from(session: Session, agency_id: int) -> Sequence[Agency]:
    """The agencies whose work one took over directly."""
    return session.exec(
        select(Agency).where(Agency.successor_id == agency_id).order_by(col(Agency.name_folded))
    ).all()


def pattern_above(session: Session, agency: Agency) -> str:
    """The pattern of codes an agency without one of its own uses: the nearest above it; or ""."""
    return next((one.code_pattern for one in ancestors(session, agency) if one.code_pattern), "")


def by_code(session: Session, code: str) -> Agency | None:
    """The agency with this code, in this spelling or the other one."""
    rows = session.exec(select(Agency).where(col(Agency.code).in_(spellings(code)))).all()
    return min(rows, key=lambda row: row.code != code, default=None)


def put(
    session: Session, agency_id: int | None, values: Mapping[str, Any], now: datetime
) -> tuple[Agency, Done]:
    """Make an agency, or change one; `Refused` when the tree cannot bear it.

    Reasons: "gone", "code_taken", "code_in_use" (dossiers carry the old code: make a new agency
    and name it as the successor), "parent_unknown", "successor_unknown", "parent_cycle",
    "successor_cycle". Whoever changes the tree holds all of it, so that two changes at once
    cannot close a circle together.
    """
    locked = select(Agency).order_by(col(Agency.id)).with_for_update()
    rows = {row.id: row for row in session.exec(locked.execution_options(populate_existing=True))}
    row = rows.get(agency_id) if agency_id is not None else Agency(code="", name="", updated_at=now)
    if row is None:
        raise Refused("", "gone")
    if any(other.code == values.get("code") and other is not row for other in rows.values()):
        raise Refused("code", "code_taken")
    renamed = "code" in values and row.code not in ("", values["code"])
    if renamed and dossier_counts(session, [row])[row.id or 0]:
        raise Refused("code", "code_in_use")
    for field in ("parent", "successor"):
        key = f"{field}_id"
        if key in values:
            _fits(rows, row, field, values[key])
    if agency_id is not None and all(getattr(row, name) == v for name, v in values.items()):
        return row, "unchanged"
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = now
    session.add(row)
    session.flush()
    return row, "created" if agency_id is None else "updated"


def _fits(rows: Mapping[int | None, Agency], row: Agency, field: str, wanted: int | None) -> None:
    at, steps = wanted, 0
    while at is not None:
        if at not in rows:
            raise Refused(f"{field}_id", f"{field}_unknown")
        if at == row.id or steps > _DEEPEST:
            raise Refused(f"{field}_id", f"{field}_cycle")
        at, steps = getattr(rows[at], f"{field}_id"), steps + 1


def remove(session: Session, agency: Agency) -> bool:
    """Take away an agency made by mistake; False when anything hangs on it: then it is ended."""
    references: tuple[tuple[type[SQLModel], Any], ...] = (
        (Agency, Agency.parent_id),
        (Agency, Agency.successor_id),
        (StaffRole, StaffRole.agency_id),
        (Feedback, Feedback.agency_id),
        (ChatRequest, ChatRequest.agency_id),
        (SavedText, SavedText.agency_id),
    )
    for table, column in references:
        if session.exec(select(table).where(col(column) == agency.id).limit(1)).first():
            return False
    if dossier_counts(session, [agency])[agency.id or 0]:
        return False
    session.delete(agency)
    session.flush()
    return True


def at(session: Session, unit_code: str, day: date) -> Agency | None:
    """Who answers on a day for what a unit received: itself, or whoever took over by then."""
    found = by_code(session, unit_code)
    for _ in range(_DEEPEST):
        if found is None or found.valid_to is None or found.valid_to >= day:
            return found
        heir = session.get(Agency, found.successor_id) if found.successor_id else None
        if heir is None:
            return found
        found = heir
    return found


def ancestors(session: Session, agency: Agency) -> list[Agency]:
    """The agencies above one, the nearest first."""
    found: list[Agency] = []
    while agency.parent_id is not None and len(found) < _DEEPEST:
        above = session.get(Agency, agency.parent_id)
        if above is None:
            break
        found.append(above)
        agency = above
    return found


def search(session: Session, folded: str, limit: int = 50) -> list[Agency]:
    """Agencies whose folded name or code holds every word, by code."""
    words = [word for word in folded.lower().split() if word][:8]
    hay = ((row, f"{row.name_folded} {row.code.lower()}") for row in everything(session))
    return [row for row, text in hay if all(word in text for word in words)][:limit]


def dossier_counts(session: Session, rows: Iterable[Agency]) -> dict[int, int]:
    """How many dossiers each of these agencies received itself, counted to `COUNTED` + 1."""
    found: dict[int, int] = {}
    for row in rows:
        some = (
            core_select(col(Dossier.id))
            .where(col(Dossier.unit_code).in_(spellings(row.code)))
            .limit(COUNTED + 1)
        )
        found[row.id or 0] = int(
            session.scalar(core_select(func.count()).select_from(some.subquery())) or 0
        )
    return found
