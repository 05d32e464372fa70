"""The article addresses: made asynchronously, then listed, changed, removed (protocol 3.10)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from .article_book import Article
from .article_shapes import read_article
from .errors import refused
from .gate import Gate, json_body, query_values, whole_number
from .world import World


def routes(world: World) -> Blueprint:
    """``/v2.0/article/*``, upload of videos left out."""
    rooms = Blueprint("articles", __name__)
    gate = Gate(world)

    @rooms.post("/v2.0/article/create")
    @gate("oa")
    def create() -> dict[str, str]:
        token = world.articles.create(read_article(json_body()))
        world.ring("article")
        return {"token": token}

    @rooms.post("/v2.0/article/verify")
    @gate("oa")
    def verify() -> dict[str, str]:
        return {"id": world.articles.verified(json_body().get("token")).id}

    @rooms.post("/v2.0/article/update")
    @gate("oa")
    def update() -> dict[str, str]:
        body = json_body()
        article = world.articles.get(body.pop("id", None))
        token = world.articles.update(article, read_article({**article.fields, **body}))
        world.ring("article", article.id)
        return {"token": token}

    @rooms.post("/v2.0/article/remove")
    @gate("oa")
    def remove() -> dict[str, str]:
        article = world.articles.get(json_body().get("id"))
        world.articles.remove(article)
        world.ring("article", article.id)
        return {"id": article.id}

    @rooms.get("/v2.0/article/getslice")
    @gate("oa")
    def listing() -> dict[str, Any]:
        asked = query_values()
        kind = asked.get("type", "normal")
        if kind not in ("normal", "video"):
            raise refused(-201, "type")
        offset = whole_number(asked, "offset", 0, 10**6, 0)
        limit = whole_number(asked, "limit", 1, 50, 10)
        found = [a for a in world.articles.ready() if a.fields["type"] == kind]
        page = found[offset : offset + limit]
        return {"total": len(found), "medias": [_line(world, article) for article in page]}

    @rooms.get("/v2.0/article/getdetail")
    @gate("oa")
    def detail() -> dict[str, Any]:
        article = world.articles.get(query_values().get("id"))
        return {"id": article.id, **article.fields, "link_view": link(world, article)}

    return rooms


def link(world: World, article: Article) -> str:
    """Where the article can be read: a page of the sandbox."""
    return f"{world.config.url}/article/{article.id}"


def _line(world: World, article: Article) -> dict[str, Any]:
    # The protocol names the call, not the members of its lines; these are a likely few.
    return {
        "id": article.id,
        "type": article.fields["type"],
        "title": article.fields["title"],
        "status": article.fields["status"],
        "create_date": article.made_ms,
        "update_date": article.changed_ms,
        "total_view": 0,
        "total_share": 0,
        "thumb": article.cover,
        "link_view": link(world, article),
    }
