"""Pictures staff uploaded, kept once per content under the digest of their bytes."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from store.tables import StoredFile


def put(session: Session, content: bytes, mimetype: str, now: datetime) -> str:
    """Keep bytes that were checked before; answers their key "sha256:<hex>"."""
    media = f"sha256:{hashlib.sha256(content).hexdigest()}"
    insert = (
        sqlite.insert(StoredFile)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(StoredFile)
    )
    kept = {"content": content, "mimetype": mimetype, "size": len(content), "created_at": now}
    session.connection().execute(insert.values(media=media, **kept).on_conflict_do_nothing())
    return media


def get(session: Session, media: str) -> StoredFile | None:
    """The file behind a key; None when there is none."""
    return session.get(StoredFile, media)
