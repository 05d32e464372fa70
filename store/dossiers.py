"""Dossiers and their events: locked in one order, inserted once, read with what was sent."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import Dossier, DossierEvent, Outbox, ReceiptFile

#: SQLite allows 32,766 values a statement; every list here stays far below.
_CHUNK = 500


def _insert(session: Session, table: type[Any]) -> Any:
    made = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return made(table)


def new_token() -> str:
    """An unguessable receipt token: 128 random bits."""
    return secrets.token_urlsafe(16)


def lock(
    session: Session, codes: Iterable[str], now: datetime, *, create: bool
) -> tuple[dict[str, Dossier], set[str]]:
    """The dossiers with these codes, locked in the order of their codes, and which are new.

    With ``create`` the missing ones are inserted empty first; two machines that create the same
    code at once end up with one row, and only one of them sees it as new.
    """
    wanted = sorted(set(codes))
    created: set[str] = set()
    if create and wanted:
        blank = [_blank(code, now) for code in wanted]
        statement = (
            _insert(session, Dossier)
            .values(blank)
            .on_conflict_do_nothing(index_elements=["code"])
            .returning(col(Dossier.code))
        )
        created = set(session.connection().execute(statement).scalars())
    found = session.exec(
        select(Dossier)
        .where(col(Dossier.code).in_(wanted))
        .order_by(col(Dossier.code))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return {dossier.code: dossier for dossier in found}, created


def _blank(code: str, now: datetime) -> dict[str, Any]:
    row = Dossier(
        code=code, state_at=now, created_at=now, updated_at=now, receipt_token=new_token()
    ).model_dump()
    del row["id"]
    return row


def by_code(session: Session, code: str) -> Dossier | None:
    """The dossier with a canonical code."""
    return session.exec(select(Dossier).where(Dossier.code == code)).first()


def events_of(session: Session, dossier_id: int) -> list[DossierEvent]:
    """Its events, oldest first."""
    return histories(session, [dossier_id]).get(dossier_id, [])


def histories(session: Session, dossier_ids: Sequence[int]) -> dict[int, list[DossierEvent]]:
    """The events of many dossiers, oldest first."""
    found: dict[int, list[DossierEvent]] = {dossier_id: [] for dossier_id in dossier_ids}
    for start in range(0, len(dossier_ids), _CHUNK):
        part = dossier_ids[start : start + _CHUNK]
        for event in session.exec(
            select(DossierEvent)
            .where(col(DossierEvent.dossier_id).in_(part))
            .order_by(col(DossierEvent.occurred_at), col(DossierEvent.id))
        ):
            found[event.dossier_id].append(event)
    return found


def known_events(session: Session, keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which (source system, MaSuKien) exist already."""
    wanted = sorted(set(keys))
    if not wanted:
        return set()
    pair = tuple_(col(DossierEvent.source_system), col(DossierEvent.source_event_id))
    found = session.exec(
        select(DossierEvent.source_system, DossierEvent.source_event_id).where(pair.in_(wanted))
    )
    return {(source, event_id) for source, event_id in found}


def add_events(
    session: Session, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], DossierEvent]:
    """Insert events; answers those that are new, by (source system, MaSuKien).

    One whose key exists already, even since `known_events` looked, is left alone.
    """
    if not rows:
        return {}
    statement = (
        _insert(session, DossierEvent)
        .values([dict(row) for row in rows])
        .on_conflict_do_nothing(index_elements=["source_system", "source_event_id"])
        .returning(col(DossierEvent.id))
    )
    ids = [int(found) for found in session.connection().execute(statement).scalars()]
    added = session.exec(select(DossierEvent).where(col(DossierEvent.id).in_(ids))).all()
    return {(event.source_system, event.source_event_id): event for event in added}


def notifications_of(session: Session, dossier_id: int) -> list[Outbox]:
    """Every message about a dossier, oldest first, at most 1,000."""
    return list(
        session.exec(
            select(Outbox)
            .where(Outbox.dossier_id == dossier_id)
            .order_by(col(Outbox.id))
            .limit(1000)
        )
    )


def has_receipt(session: Session, dossier: Dossier) -> bool:
    """Whether a receipt PDF is kept for it."""
    found = session.exec(select(ReceiptFile.dossier_id).where(ReceiptFile.dossier_id == dossier.id))
    return found.first() is not None


def receipt_content(session: Session, dossier_id: int) -> bytes | None:
    """The receipt PDF the one-stop software gave; None when it gave none."""
    return session.exec(
        select(ReceiptFile.content).where(ReceiptFile.dossier_id == dossier_id)
    ).first()


def renew_token(session: Session, dossier: Dossier) -> str:
    """Give the dossier a new receipt token: every receipt printed before stops working."""
    dossier.receipt_token = new_token()
    session.add(dossier)
    session.flush()
    return dossier.receipt_token


def put_receipt(
    session: Session, dossier: Dossier, content: bytes, source: str, now: datetime
) -> bool:
    """Keep the receipt PDF of a dossier; False when exactly this file was there already."""
    media = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if dossier.id is None:
        raise ValueError("the dossier was never stored")
    present = session.get(ReceiptFile, dossier.id, with_for_update=True)
    if present is not None and present.media == media:
        return False
    if present is None:
        present = ReceiptFile(
            dossier_id=dossier.id,
            media=media,
            content=content,
            size=len(content),
            source=source,
            created_at=now,
        )
    present.media, present.content, present.size = media, content, len(content)
    present.source, present.created_at = source, now
    session.add(present)
    session.flush()
    return True
