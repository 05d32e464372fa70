"""``/tin/<id>.jpg``: the cover of a published news item, which Zalo fetches for its list."""

from __future__ import annotations

from flask import Blueprint, Response

from qr.pages import SHARED, Site
from store import news


def add(blueprint: Blueprint, site: Site) -> None:
    """Add the pictures; drafts and hidden items have none here."""

    @blueprint.get("/tin/<int:item_id>.jpg")
    def news_cover(item_id: int) -> Response:
        with site.database.read() as session:
            item = news.get(session, item_id) if item_id < 2**53 else None
            shown = item is not None and news.is_shown(item, site.clock.now())
            content = news.cover(session, item.cover_media) if item and shown else None
        if content is None:
            return site.missing("not_here")
        response = Response(content, mimetype="image/jpeg")
        response.headers["Cache-Control"] = SHARED
        return response
