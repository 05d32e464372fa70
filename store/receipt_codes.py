"""Short codes shown behind a receipt's QR: sent in the chat once, within minutes (protocol 7.7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from store.tables import Dossier, ReceiptCode


def keep(session: Session, code_hash: str, dossier_id: int, expires_at: datetime) -> None:
    """Remember a code by its keyed hash until it expires."""
    session.add(ReceiptCode(code_hash=code_hash, dossier_id=dossier_id, expires_at=expires_at))
    session.flush()


def use(session: Session, code_hash: str, now: datetime) -> Dossier | None:
    """The dossier of a live code, which is used up by asking; None for any other.

    One statement claims it, so that two chats that send the same code cannot both be taken.
    """
    used = session.connection().execute(
        update(ReceiptCode)
        .where(
            col(ReceiptCode.code_hash) == code_hash,
            col(ReceiptCode.used_at).is_(None),
            col(ReceiptCode.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(ReceiptCode.dossier_id))
    )
    row = used.first()
    if row is None:
        return None
    return session.exec(select(Dossier).where(Dossier.id == row[0])).one_or_none()
