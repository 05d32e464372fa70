"""Numbers of codes, each given once, and the pattern an agency's counter makes codes by."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import Agency, CodeSequence, Dossier

#: Province, department, unit, counter: nobody nests deeper, and a circle ends.
_DEEPEST = 10


def next_number(session: Session, scope: str) -> int:
    """The next number of a series, from 1 on; each is given once, on every machine.

    Two that ask at once wait for each other's transaction; one that rolls back gives its back.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        insert(CodeSequence)
        .values(scope=scope, last=1)
        .on_conflict_do_update(index_elements=["scope"], set_={"last": col(CodeSequence.last) + 1})
        .returning(col(CodeSequence.last))
    )
    return int(session.connection().execute(statement).scalar_one())


def code_is_free(session: Session, code: str) -> bool:
    """Whether no dossier has this code, from whatever system."""
    return session.exec(select(Dossier.id).where(Dossier.code == code)).first() is None


def agency_by_unit(session: Session, unit_code: str) -> Agency | None:
    """The agency with this MaDinhDanhDV."""
    return session.exec(select(Agency).where(Agency.code == unit_code)).first()


def code_pattern(session: Session, agency: Agency) -> str:
    """The agency's pattern, or that of the nearest agency above it that has one; else ""."""
    at: Agency | None = agency
    for _ in range(_DEEPEST):
        if at is None:
            return ""
        if at.code_pattern:
            return at.code_pattern
        at = session.get(Agency, at.parent_id) if at.parent_id else None
    return ""


def agencies_of(session: Session, unit_codes: frozenset[str] | None) -> list[Agency]:
    """The agencies with these units (None: all), by name; at most 1,000."""
    asked = select(Agency).order_by(col(Agency.name_folded), col(Agency.id)).limit(1000)
    if unit_codes is not None:
        asked = asked.where(col(Agency.code).in_(sorted(unit_codes)))
    return list(session.exec(asked))
