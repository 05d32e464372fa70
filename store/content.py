"""Texts, guides and groups of settings that staff changed, each with every version it ever had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import Content, ContentVersion

SETTINGS, MESSAGE, GUIDE = "settings", "message", "guide"
_HISTORY = 200


class Outdated(Exception):
    """Somebody else saved meanwhile; ``present`` is the version that stands now."""

    def __init__(self, present: int) -> None:
        super().__init__(f"version {present} stands now")
        self.present = present


#: What changes with every save: a late commit moves the sum even when its moment is an older one.
Stamp = tuple[int, int]


def stamp(session: Session) -> Stamp:
    """How many pieces of content there are and the sum of their versions: one small row."""
    count, versions = session.exec(
        select(func.count(), func.coalesce(func.sum(col(Content.version)), 0))
    ).one()
    return int(count), int(versions)


def get(session: Session, kind: str, key: str, language: str = "") -> Content | None:
    """The version in force; None when nobody ever changed it."""
    return session.get(Content, (kind, key, language))


def everything(session: Session) -> Sequence[Content]:
    """Everything in force that is not as shipped."""
    return session.exec(select(Content).where(col(Content.version) > 0)).all()


def of_kind(session: Session, kind: str) -> Sequence[Content]:
    """Everything of one kind that was ever changed, by key and language."""
    return session.exec(
        select(Content)
        .where(Content.kind == kind, col(Content.version) > 0)
        .order_by(col(Content.key), col(Content.language))
    ).all()


def put(
    session: Session,
    kind: str,
    key: str,
    body: dict[str, Any],
    *,
    by: str,
    now: datetime,
    expected: int,
    language: str = "",
) -> int:
    """Put a new version in force and keep it for ever; answers its number.

    ``expected`` is the version the person saw (0: as shipped, never changed); `Outdated` when
    another one stands by now, so that nobody overwrites what they have not read. ``{}`` means "as
    shipped". An equal body keeps its version.
    """
    insert = (
        sqlite.insert(Content)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(Content)
    )
    blank = {"body": {}, "version": 0, "changed_by": "", "updated_at": now}
    # Two people save the first version at once: the row must be there before it can be locked.
    session.connection().execute(
        insert.values(kind=kind, key=key, language=language, **blank).on_conflict_do_nothing()
    )
    row = session.get_one(
        Content, (kind, key, language), with_for_update=True, populate_existing=True
    )
    if row.version != expected:
        raise Outdated(row.version)
    if row.body == body:
        return row.version
    row.body, row.changed_by, row.version = body, by, row.version + 1
    row.updated_at = max(now, row.updated_at + timedelta(microseconds=1))
    session.add(row)
    session.add(
        ContentVersion(
            kind=kind,
            key=key,
            language=language,
            version=row.version,
            body=body,
            changed_by=by,
            created_at=row.updated_at,
        )
    )
    session.flush()
    return row.version


def versions(session: Session, kind: str, key: str, language: str = "") -> Sequence[ContentVersion]:
    """The versions of one piece, newest first, at most 200."""
    return session.exec(
        select(ContentVersion)
        .where(
            ContentVersion.kind == kind,
            ContentVersion.key == key,
            ContentVersion.language == language,
        )
        .order_by(col(ContentVersion.version).desc())
        .limit(_HISTORY)
    ).all()


def version(
    session: Session, kind: str, key: str, number: int, language: str = ""
) -> ContentVersion | None:
    """One version by its number; None when there is none."""
    return session.get(ContentVersion, (kind, key, language, number))
