"""Finding dossiers for citizens: by code, receipt, token, or as their own list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from store.tables import Dossier, DossierEvent, DossierWatch, ReceiptFile

#: Only the newest events matter for a card; a dossier that loops for ever stays cheap.
_EVENTS = 200


@dataclass(frozen=True)
class ReceiptKey:
    """Where the receipt PDF of a dossier lies, without its bytes."""

    media: str
    size: int


def by_codes(session: Session, codes: Sequence[str]) -> dict[str, Dossier]:
    """The dossiers with these canonical codes, by code."""
    if not codes:
        return {}
    rows = session.exec(select(Dossier).where(col(Dossier.code).in_(codes))).all()
    return {row.code: row for row in rows}


def by_code(session: Session, code: str) -> Dossier | None:
    """The dossier with this canonical code."""
    return session.exec(select(Dossier).where(Dossier.code == code)).first()


def by_receipt_number(session: Session, number: str) -> Dossier | None:
    """The dossier with this old receipt number; None when several offices issued the same."""
    rows = session.exec(select(Dossier).where(Dossier.receipt_number == number).limit(2)).all()
    return rows[0] if len(rows) == 1 and number else None


def by_token(session: Session, token: str) -> Dossier | None:
    """The dossier whose receipt carries this token."""
    return session.exec(select(Dossier).where(Dossier.receipt_token == token)).first()


def events_of(session: Session, dossier_id: int) -> Sequence[DossierEvent]:
    """Its newest events, oldest first, in order of the time they happened."""
    newest = session.exec(
        select(DossierEvent)
        .where(DossierEvent.dossier_id == dossier_id)
        .order_by(col(DossierEvent.occurred_at).desc(), col(DossierEvent.id).desc())
        .limit(_EVENTS)
    ).all()
    return list(reversed(newest))


def receipt_of(session: Session, dossier_id: int) -> ReceiptKey | None:
    """The receipt PDF given by the one-stop software, if there is one."""
    row = session.exec(
        select(ReceiptFile.media, ReceiptFile.size).where(ReceiptFile.dossier_id == dossier_id)
    ).first()
    return ReceiptKey(*row) if row else None


def _own_ids(uid: str, phones: frozenset[str]) -> Select[Any]:
    # A UNION of two index look-ups: an OR across the tables would read every dossier.
    watched = core_select(col(DossierWatch.dossier_id)).where(col(DossierWatch.uid) == uid)
    by_phone = core_select(col(Dossier.id)).where(col(Dossier.phone).in_(phones or {"-"}))
    both = watched.union(by_phone).subquery()
    return core_select(both.c[0])


def own_count(session: Session, uid: str, phones: frozenset[str]) -> int:
    """How many dossiers belong to these verified phones or are watched by this follower."""
    return int(
        session.scalar(core_select(func.count()).select_from(_own_ids(uid, phones).subquery())) or 0
    )


def own(
    session: Session, uid: str, phones: frozenset[str], *, limit: int, offset: int = 0
) -> Sequence[Dossier]:
    """Those dossiers, newest first by the day they were received (or filed)."""
    filed = func.coalesce(Dossier.received_at, Dossier.submitted_at, Dossier.created_at)
    return session.exec(
        select(Dossier)
        .where(col(Dossier.id).in_(_own_ids(uid, phones)))
        .order_by(filed.desc(), col(Dossier.id).desc())
        .limit(limit)
        .offset(offset)
    ).all()


def own_with_identity(
    session: Session, uid: str, phones: frozenset[str], identity_hash: str, limit: int
) -> Sequence[Dossier]:
    """Those of the follower's own dossiers whose owner has this identity number (keyed hash)."""
    return session.exec(
        select(Dossier)
        .where(col(Dossier.id).in_(_own_ids(uid, phones)), Dossier.identity_hash == identity_hash)
        .order_by(col(Dossier.id).desc())
        .limit(limit)
    ).all()


def own_with_name(
    session: Session, uid: str, phones: frozenset[str], folded: str, limit: int
) -> Sequence[Dossier]:
    """Those of the follower's own dossiers whose owner has this name, compared folded."""
    return session.exec(
        select(Dossier)
        .where(col(Dossier.id).in_(_own_ids(uid, phones)), Dossier.owner_folded == folded)
        .order_by(col(Dossier.id).desc())
        .limit(limit)
    ).all()


def watched(session: Session, uid: str, limit: int) -> Sequence[Dossier]:
    """The dossiers this follower watches because they held the receipt, newest first."""
    ids = select(DossierWatch.dossier_id).where(DossierWatch.uid == uid)
    return session.exec(
        select(Dossier)
        .where(col(Dossier.id).in_(ids))
        .order_by(col(Dossier.id).desc())
        .limit(limit)
    ).all()
