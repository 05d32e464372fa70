"""Bytes that citizens or staff sent, kept once under the digest of their content."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import String, cast, delete, exists, func, or_
from sqlalchemy import select as core_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from store.tables import (
    Broadcast,
    BroadcastPiece,
    ContentVersion,
    FeedbackFile,
    NewsItem,
    StoredFile,
)


def keep(session: Session, content: bytes, mimetype: str, now: datetime) -> str:
    """Keep bytes; answers their media key "sha256:<hex>", the same for the same bytes.

    Kept again, they count as new: `drop_unused` goes by the last time.
    """
    media = f"sha256:{hashlib.sha256(content).hexdigest()}"
    insert = (
        sqlite.insert(StoredFile)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(StoredFile)
    )
    session.connection().execute(
        insert.values(
            media=media, content=content, mimetype=mimetype, size=len(content), created_at=now
        ).on_conflict_do_update(index_elements=["media"], set_={"created_at": now})
    )
    return media


def get(session: Session, media: str) -> StoredFile | None:
    """The bytes behind a media key, with their type."""
    return session.get(StoredFile, media)


def drop_unused(session: Session, before: datetime, limit: int) -> int:
    """Forget files kept before a moment that nothing needs any more: those sent in a chat.

    Feedback, news, every version of a filing guide, announcements and their templates keep theirs.
    """
    needed = or_(
        exists().where(
            or_(
                col(FeedbackFile.media) == col(StoredFile.media),
                col(FeedbackFile.small_media) == col(StoredFile.media),
            )
        ),
        exists().where(col(NewsItem.cover_media) == col(StoredFile.media)),
        # A guide names a picture by the digest in its key (`procedures.guides.picture_media`).
        exists().where(
            col(ContentVersion.kind) == "guide",
            cast(col(ContentVersion.body), String).contains(func.substr(col(StoredFile.media), 8)),
        ),
        # An announcement may wait for its day, or come back, long after its picture was kept.
        exists().where(cast(col(Broadcast.content), String).contains(col(StoredFile.media))),
        exists().where(cast(col(BroadcastPiece.body), String).contains(col(StoredFile.media))),
    )
    chosen = (
        core_select(col(StoredFile.media))
        .where(col(StoredFile.created_at) < before, ~needed)
        .order_by(col(StoredFile.created_at))
        .limit(limit)
    )
    done = session.connection().execute(delete(StoredFile).where(col(StoredFile.media).in_(chosen)))
    return done.rowcount
