"""What the bot waits for in each chat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from store.tables import Conversation


def lock(session: Session, uid: str, now: datetime) -> Conversation:
    """The chat's row held until the transaction ends, made when there is none.

    Lock the follower first: everybody does, so nobody waits in a circle.
    """
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(Conversation) if dialect == "sqlite" else postgresql.insert(Conversation)
    fresh = Conversation(uid=uid, updated_at=now).model_dump()
    session.connection().execute(insert.values(fresh).on_conflict_do_nothing())
    return session.exec(select(Conversation).where(Conversation.uid == uid).with_for_update()).one()


def open_flow(session: Session, uid: str, now: datetime) -> str:
    """What the bot waits for in a chat right now; "" for nothing, or when it waited too long."""
    chat = session.get(Conversation, uid) if uid else None
    if chat is None or (chat.expires_at is not None and chat.expires_at < now):
        return ""
    return chat.flow


def lock_if_free(session: Session, uid: str) -> Conversation | None:
    """The chat's row locked; None when there is none or somebody is writing in it right now.

    For those who hold other rows already and must not wait for a chat (they would wait in a circle).
    """
    return session.exec(
        select(Conversation).where(Conversation.uid == uid).with_for_update(skip_locked=True)
    ).first()
