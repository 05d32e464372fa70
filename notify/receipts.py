"""Learning from Zalo what became of our messages (design, "Learn"; protocol 1.9, 8.6 to 8.8)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.events import Event, OaSent, Received, Seen, ZbsReceived
from bot.text import clean
from store import delivery
from store.delivery import News


def learn(session: Session, event: Event, now: datetime) -> int:
    """Take in an echo or receipt within the caller's transaction; answers how many rows moved.

    Other events are left alone. Rows only move forward: a delivery told after the seen receipt
    fills in its time and nothing else. What a person wrote in OA Chat is no message of ours.
    """
    if isinstance(event, OaSent):
        if event.admin_id or not event.msg_id:
            return 0
        content = delivery.text_digest(clean(event.text)) if event.text else event.kind
        news = News(sent_at=event.at or now, uid=event.user_id or "", content=content)
        return int(delivery.learn(session, event.msg_id, news, now))
    if isinstance(event, ZbsReceived):
        return int(_zbs(session, event, now))
    if isinstance(event, Received):
        news = News(delivered_at=event.delivered_at or event.at or now, uid=event.user_id or "")
        return _each(session, event.msg_ids, news, now)
    if isinstance(event, Seen):
        return _each(session, event.msg_ids, News(seen_at=event.at or now), now)
    return 0


def _each(session: Session, ids: tuple[str, ...], news: News, now: datetime) -> int:
    # Sorted: two events about the same messages must lock their rows in the same order.
    return sum(delivery.learn(session, one, news, now) for one in sorted(set(ids)))


def _zbs(session: Session, event: ZbsReceived, now: datetime) -> bool:
    if not event.msg_id:
        return False
    news = News(
        delivered_at=event.delivered_at or event.at or now,
        uid=event.user_id or "",
        tracking_id=(event.tracking_id or "")[:48],
    )
    return delivery.learn(session, event.msg_id, news, now)
