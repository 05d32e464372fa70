"""What became of the messages an answer was sent in."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from store.tables import Outbox


def of_messages(session: Session, keys: Collection[str]) -> Sequence[Outbox]:
    """The rows with these keys, in the order they were queued."""
    if not keys:
        return []
    return session.exec(
        select(Outbox).where(col(Outbox.dedupe_key).in_(keys)).order_by(col(Outbox.id)).limit(100)
    ).all()
