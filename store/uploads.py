"""Files of ours that Zalo already has, and the files themselves (zalo-protocol 3.5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import ReceiptFile, StoredFile, ZaloUpload


def token(session: Session, media: str, now: datetime) -> str | None:
    """The id under which Zalo keeps a file; None when it never had it or will soon forget it."""
    row = session.get(ZaloUpload, media)
    return row.token if row is not None and row.expires_at > now else None


def keep(session: Session, media: str, kind: str, token: str, expires_at: datetime) -> None:
    """Remember an upload; the newest counts."""
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(ZaloUpload) if dialect == "sqlite" else postgresql.insert(ZaloUpload)
    values = {"kind": kind, "token": token, "expires_at": expires_at}
    session.connection().execute(
        insert.values(media=media, **values).on_conflict_do_update(
            index_elements=["media"], set_=values
        )
    )


def forget(session: Session, media: str, token: str) -> None:
    """Zalo says that this id has expired; one that was renewed meanwhile stays."""
    session.connection().execute(
        delete(ZaloUpload).where(col(ZaloUpload.media) == media, col(ZaloUpload.token) == token)
    )


def content(session: Session, media: str) -> bytes | None:
    """The bytes behind a media key ("sha256:<hex>"); None when no stored file has it."""
    receipt = session.exec(
        select(ReceiptFile.content).where(ReceiptFile.media == media).limit(1)
    ).first()
    if receipt is not None:
        return receipt
    return session.exec(select(StoredFile.content).where(StoredFile.media == media)).first()
