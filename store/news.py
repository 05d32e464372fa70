"""News and videos: what citizens see, what staff edit, what the portal's feed brought."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as core_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store import stored_files
from store.tables import NewsItem

#: Titles a search looks through, the newest ones.
_SEARCHED = 5000


@dataclass(frozen=True)
class Fetched:
    """One entry of a feed, already made safe (`notify.feed_items`)."""

    external_id: str
    title: str
    summary: str
    url: str
    cover_url: str
    kind: str
    published_at: datetime
    #: False: only a person may publish it.
    trusted: bool = True


def get(session: Session, item_id: int) -> NewsItem | None:
    """One item."""
    return session.get(NewsItem, item_id)


def put(
    session: Session, item_id: int | None, values: Mapping[str, Any], by: str, now: datetime
) -> NewsItem | None:
    """Make an item, or change one; None when it is gone."""
    if item_id is None:
        row = NewsItem(title="", published_at=now, created_at=now, updated_at=now)
    else:
        found = session.get(NewsItem, item_id, with_for_update=True)
        if found is None:
            return None
        row = found
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_by, row.updated_at = by, now
    session.add(row)
    session.flush()
    return row


def remove(session: Session, item_id: int) -> bool:
    """Delete an item; False when it is gone.

    A fetched one is hidden instead, or the feed would bring it again.
    """
    row = session.get(NewsItem, item_id, with_for_update=True)
    if row is None:
        return False
    if row.external_id:
        row.state = "hidden"
        session.add(row)
    else:
        session.delete(row)
    session.flush()
    return True


def shown(session: Session, now: datetime, *, limit: int, offset: int = 0) -> Sequence[NewsItem]:
    """What citizens see at a moment: pinned first, then the newest."""
    return session.exec(
        select(NewsItem)
        .where(NewsItem.state == "published", col(NewsItem.published_at) <= now)
        .order_by(
            col(NewsItem.pinned).desc(), col(NewsItem.published_at).desc(), col(NewsItem.id).desc()
        )
        .limit(limit)
        .offset(offset)
    ).all()


def is_shown(item: NewsItem, now: datetime) -> bool:
    """Whether citizens see this item at a moment."""
    return item.state == "published" and item.published_at <= now


def listing(
    session: Session,
    *,
    state: str = "",
    kind: str = "",
    after: int = 0,
    limit: int = 50,
    matches: Callable[[str], bool] | None = None,
) -> list[NewsItem]:
    """Items for staff, newest first; ``after`` is the id of the last one seen.

    ``matches`` decides by the title and summary; it is asked about the newest 5,000 only.
    """
    wanted = select(NewsItem).order_by(col(NewsItem.id).desc())
    if state:
        wanted = wanted.where(NewsItem.state == state)
    if kind:
        wanted = wanted.where(NewsItem.kind == kind)
    if after:
        wanted = wanted.where(col(NewsItem.id) < after)
    if matches is None:
        return list(session.exec(wanted.limit(limit)))
    found: list[NewsItem] = []
    for item in session.exec(wanted.limit(_SEARCHED)):
        if matches(f"{item.title} {item.summary}"):
            found.append(item)
            if len(found) == limit:
                break
    return found


def counts(session: Session) -> dict[str, int]:
    """How many items there are in each state."""
    rows = session.execute(
        core_select(col(NewsItem.state), func.count()).group_by(col(NewsItem.state))
    )
    return {str(state): int(count) for state, count in rows}


def take_in(session: Session, items: Iterable[Fetched], *, publish: bool, now: datetime) -> int:
    """Add what a feed brought and nobody saw yet; answers how many were new.

    The same entry never comes twice, whoever fetches at once; one that was changed or hidden
    here stays as it is.
    """
    rows = [
        {
            "kind": item.kind,
            "title": item.title,
            "summary": item.summary,
            "url": item.url,
            "cover_media": "",
            "cover_url": item.cover_url,
            "external_id": item.external_id,
            "state": "published" if publish and item.trusted else "draft",
            "published_at": item.published_at,
            "pinned": False,
            "changed_by": "rss",
            "created_at": now,
            "updated_at": now,
        }
        for item in items
    ]
    if not rows:
        return 0
    insert = (
        sqlite.insert(NewsItem)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(NewsItem)
    )
    added = session.connection().execute(
        insert.values(rows).on_conflict_do_nothing().returning(col(NewsItem.id))
    )
    return len(added.all())


def cover(session: Session, media: str) -> bytes | None:
    """The picture behind a key (`store.stored_files`, which forgets those no item names)."""
    row = stored_files.get(session, media) if media else None
    return row.content if row is not None else None
