"""Accepting a broadcast: the order of checks, then the queue of the reviewers (protocol 3.4)."""

from __future__ import annotations

from typing import Any

from . import broadcast_life
from .article_book import Article
from .articles import link
from .broadcasts import Broadcast
from .errors import refused
from .targets import read_target
from .world import World

MOST_ARTICLES = 5


def accept(world: World, asked: Any, message: Any) -> dict[str, Any]:
    """The `data` of an accepted broadcast; it reaches nobody before its review is over.

    Refuses in this order: shape (-201, -210, -233), kind of OA (-235), night (-234), articles
    (-201), the package's number of the month (the code of the switch).
    """
    target = read_target(asked)
    ids = _article_ids(message)
    switches = world.switches
    if not switches.broadcast_allowed:
        raise refused(-235)
    if world.clock.night():
        raise refused(-234)
    articles = [_usable(world, article_id) for article_id in ids]
    if world.broadcasts.month_remain <= 0:
        raise refused(switches.broadcast_quota_code)
    now = world.clock.now_ms()
    broadcast = Broadcast(
        id=world.message_id(),
        article_ids=[article.id for article in articles],
        asked_target=asked,
        target=target,
        text="\n".join(article.fields["title"] for article in articles),
        content=_content(world, articles),
        made_ms=now,
        due_ms=now + switches.broadcast_review_seconds * 1000,
        titles=[article.fields["title"] for article in articles],
    )
    world.broadcasts.add(broadcast)
    broadcast_life.start_review(world, broadcast)
    return {"message_id": broadcast.id, "sent_time": str(now)}


def _article_ids(message: Any) -> list[Any]:
    attachment = message.get("attachment") if isinstance(message, dict) else None
    if not isinstance(attachment, dict):
        raise refused(-201, "attachment")
    payload = attachment.get("payload")
    if attachment.get("type") != "template" or not isinstance(payload, dict):
        raise refused(-201, "payload")
    if payload.get("template_type") != "media":
        raise refused(-233)
    elements = payload.get("elements")
    if not isinstance(elements, list) or not elements:
        raise refused(-201, "elements")
    if len(elements) > MOST_ARTICLES:
        raise refused(-210)
    if any(not isinstance(element, dict) for element in elements):
        raise refused(-201, "elements")
    if any(element.get("media_type") != "article" for element in elements):
        raise refused(-233)
    return [element.get("attachment_id") for element in elements]


def _usable(world: World, article_id: Any) -> Article:
    article = world.articles.get(article_id, "attachment_id")
    if article.hidden and world.switches.broadcast_hidden_refused:
        raise refused(-201, "attachment_id")
    return article


def _content(world: World, articles: list[Article]) -> dict[str, Any]:
    elements = [
        {
            "title": article.fields["title"],
            "subtitle": article.fields["description"],
            "image_url": article.cover,
            "url": link(world, article),
        }
        for article in articles
    ]
    first = elements[0]
    return {
        "title": first["title"],
        "cover": first["image_url"],
        "link": first["url"],
        "elements": elements,
    }
