"""How far an article has got, each step leased so that two workers never take it at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, select

from store.tables import BroadcastArticle


def take(
    session: Session, broadcast_id: int, now: datetime, lease: timedelta
) -> BroadcastArticle | None:
    """The article if its next step is due, leased until ``now + lease``; made when new."""
    wanted = select(BroadcastArticle).where(BroadcastArticle.broadcast_id == broadcast_id)
    row = session.exec(wanted.with_for_update(skip_locked=True)).first()
    if row is None:
        if session.get(BroadcastArticle, broadcast_id) is not None:
            return None
        row = BroadcastArticle(broadcast_id=broadcast_id, next_at=now, updated_at=now)
    if row.next_at > now:
        return None
    row.next_at, row.updated_at = now + lease, now
    session.add(row)
    return row


def get(session: Session, broadcast_id: int) -> BroadcastArticle | None:
    """The article of an announcement, to look at."""
    return session.get(BroadcastArticle, broadcast_id)


def lock(session: Session, broadcast_id: int) -> BroadcastArticle | None:
    """The article, to change."""
    wanted = select(BroadcastArticle).where(BroadcastArticle.broadcast_id == broadcast_id)
    return session.exec(wanted.with_for_update().execution_options(populate_existing=True)).first()
