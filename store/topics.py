"""Which topics followers chose, and tags the OA gave them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy import select as core_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from store.tables import FollowerTag, TopicChoice


def chosen(session: Session, uid: str) -> dict[str, bool]:
    """The follower's own words about topics."""
    rows = session.execute(
        core_select(col(TopicChoice.topic), col(TopicChoice.wanted)).where(
            col(TopicChoice.uid) == uid
        )
    )
    return {str(topic): bool(wanted) for topic, wanted in rows}


def choose(session: Session, uid: str, topic: str, wanted: bool, now: datetime) -> None:
    """Keep what a follower says about a topic."""
    insert = (
        sqlite.insert(TopicChoice)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(TopicChoice)
    )
    session.connection().execute(
        insert.values(uid=uid, topic=topic, wanted=wanted, at=now).on_conflict_do_update(
            index_elements=["uid", "topic"], set_={"wanted": wanted, "at": now}
        )
    )


def tag(session: Session, name: str, uids: Iterable[str]) -> None:
    """These followers have the tag."""
    insert = (
        sqlite.insert(FollowerTag)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(FollowerTag)
    )
    for uid in sorted(set(uids)):
        session.connection().execute(insert.values(tag=name, uid=uid).on_conflict_do_nothing())


def untag(session: Session, name: str, uids: Iterable[str] | None = None) -> None:
    """These followers, or nobody any more, have the tag."""
    gone = delete(FollowerTag).where(col(FollowerTag.tag) == name)
    if uids is not None:
        gone = gone.where(col(FollowerTag.uid).in_(sorted(set(uids))))
    session.connection().execute(gone)


def tags(session: Session) -> list[str]:
    """Every tag somebody has."""
    rows = session.scalars(core_select(col(FollowerTag.tag)).distinct().order_by(FollowerTag.tag))
    return [str(name) for name in rows]
