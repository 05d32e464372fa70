"""Reading an article: the fields and limits of protocol 3.10, or -201 with the field's name."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from .errors import refused

TITLE_LIMIT, AUTHOR_LIMIT, DESCRIPTION_LIMIT = 150, 50, 300
ADDRESS_LIMIT = 2000
SHOWN = ("show", "hide")


def read_article(given: dict[str, Any]) -> dict[str, Any]:
    """The members of a normal article with their defaults; unknown members fall away.

    Only `status` and `comment` have documented defaults, so the rest of the core is required.
    """
    if given.get("type") != "normal":
        # A video article needs a converted upload, which the sandbox has no address for.
        raise refused(-201, "type")
    article: dict[str, Any] = {
        "type": "normal",
        "title": filled(given.get("title"), "title", TITLE_LIMIT),
        "author": filled(given.get("author"), "author", AUTHOR_LIMIT),
        "cover": _cover(given.get("cover")),
        "description": filled(given.get("description"), "description", DESCRIPTION_LIMIT),
        "body": _body(given.get("body")),
        "status": _one_of(given.get("status", "hide"), "status", SHOWN),
        "comment": _one_of(given.get("comment", "show"), "comment", SHOWN),
        "related_medias": _related(given.get("related_medias") or []),
        "tracking_link": "",
    }
    if given.get("tracking_link"):
        article["tracking_link"] = _web(given["tracking_link"], "tracking_link")
    return article


def filled(value: Any, name: str, limit: int) -> str:
    """`value` when it is a text of 1 to `limit` characters; else -201 naming it."""
    if not isinstance(value, str) or not value.strip() or len(value) > limit:
        raise refused(-201, name)
    return value


def _cover(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise refused(-201, "cover")
    kind = _one_of(value.get("cover_type"), "cover.cover_type", ("photo", "video"))
    cover = {"cover_type": kind}
    if kind == "photo":
        cover["photo_url"] = _web(value.get("photo_url"), "cover.photo_url")
    else:
        cover["video_id"] = filled(value.get("video_id"), "cover.video_id", ADDRESS_LIMIT)
    cover["status"] = _one_of(value.get("status", "show"), "cover.status", SHOWN)
    return cover


def _body(value: Any) -> list[dict[str, str]]:
    if not isinstance(value, list) or not value:
        raise refused(-201, "body")
    return [_item(item, f"body[{position}]") for position, item in enumerate(value)]


def _item(value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise refused(-201, name)
    kind = _one_of(value.get("type"), f"{name}.type", ("text", "image", "video", "product"))
    if kind == "text":
        return {"type": kind, "content": filled(value.get("content"), f"{name}.content", 100_000)}
    if kind == "product":
        return {"type": kind, "id": filled(value.get("id"), f"{name}.id", 100)}
    if kind == "image":
        item = {"type": kind, "url": _web(value.get("url"), f"{name}.url")}
        if value.get("caption"):
            item["caption"] = filled(value["caption"], f"{name}.caption", ADDRESS_LIMIT)
        return item
    if value.get("video_id"):
        item = {"type": kind, "video_id": filled(value["video_id"], f"{name}.video_id", 200)}
    else:
        item = {"type": kind, "url": _web(value.get("url"), f"{name}.url")}
    if value.get("thumb"):
        item["thumb"] = _web(value["thumb"], f"{name}.thumb")
    return item


def _related(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise refused(-201, "related_medias")
    return [filled(item, "related_medias", 100) for item in value]


def _one_of(value: Any, name: str, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise refused(-201, name)
    return value


def _web(value: Any, name: str) -> str:
    text = filled(value, name, ADDRESS_LIMIT)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise refused(-201, name) from None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise refused(-201, name)
    return text
