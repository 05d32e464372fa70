"""Tin tức: where the province publishes."""

from __future__ import annotations

from bot.messages import OpenUrl, Text
from bot.routing import Context, Incoming, Reply, Route
from handlers.menu import menu_button
from wording import typed


def news(incoming: Incoming, context: Context) -> Reply:
    """The news page of the settings, else the portal."""
    words, settings = context.words, context.settings
    if settings.news_url:
        opens = OpenUrl(words("button.open_news"), settings.news_url)
        return Reply.of(Text(words("news.site"), (opens, menu_button(words))))
    opens = OpenUrl(words("button.open_portal"), settings.portal_url)
    return Reply.of(Text(words("news.portal"), (opens, menu_button(words))))


ROUTES = (Route("news", news, "Tin tức", payloads=("#tintuc",), words=typed("typed.news")),)
