"""Bytes that citizens or staff sent, kept once under the digest of their content."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from store.tables import StoredFile


def keep(session: Session, content: bytes, mimetype: str, now: datetime) -> str:
    """Keep bytes; answers their media key "sha256:<hex>", the same for the same bytes."""
    media = f"sha256:{hashlib.sha256(content).hexdigest()}"
    insert = (
        sqlite.insert(StoredFile)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(StoredFile)
    )
    session.connection().execute(
        insert.values(
            media=media, content=content, mimetype=mimetype, size=len(content), created_at=now
        ).on_conflict_do_nothing()
    )
    return media


def get(session: Session, media: str) -> StoredFile | None:
    """The bytes behind a media key, with their type."""
    return session.get(StoredFile, media)
