"""Tin tức: the newest items staff published, else where the province publishes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages import Button, Element, Listing, OpenUrl, Text, shorten
from bot.messages import Message as AnyMessage
from bot.routing import Context, Incoming, Reply, Route
from clock import VIETNAM
from handlers.menu import button, menu_button
from store import news as store
from store.tables import NewsItem
from wording import typed

_SHOWN = 5
_MOST_BUTTONS = 5
_LAST_PAGE = 200
_TITLE = 60


def news(incoming: Incoming, context: Context) -> Reply:
    """``#tintuc [page]``: five items with a button each; without any, the page or the portal."""
    page = _page(incoming.argument)
    items = _items(context, page)
    if not items and page > 1:
        page, items = 1, _items(context, 1)
    if not items:
        return _elsewhere(context)
    shown, more = items[:_SHOWN], len(items) > _SHOWN
    words = context.words
    after: list[Button] = [button(words, "next_page", f"#tintuc {page + 1}")] if more else []
    if context.settings.news_url:
        after.append(OpenUrl(words("button.open_news"), context.settings.news_url))
    after.append(menu_button(words))
    if context.settings.news_as_list and all(item.url for item in shown):
        listed: tuple[AnyMessage, ...] = (_listing(context, shown),)
        return Reply.of(Text(words("news.title")), listed, Text(words("news.after"), tuple(after)))
    return Reply.of(_text(context, shown, after))


def _page(argument: str) -> int:
    found = int(argument) if argument.isdecimal() and len(argument) < 6 else 1
    return min(max(found, 1), _LAST_PAGE)


def _items(context: Context, page: int) -> Sequence[NewsItem]:
    """The items of a page and one more, which says that there is a next one."""
    offset = (page - 1) * _SHOWN
    return store.shown(context.session, context.now, limit=_SHOWN + 1, offset=offset)


def _text(context: Context, items: Sequence[NewsItem], after: list[Button]) -> list[Text]:
    words = context.words
    lines, opens = [words("news.title")], []
    for number, item in enumerate(items, 1):
        title = words("news.video", title=item.title) if item.kind == "video" else item.title
        lines.append(words("news.line", number=number, title=title, date=_date(item)))
        if item.url:
            opens.append(OpenUrl(shorten(f"{number}. {item.title}", _TITLE), item.url))
    text = "\n".join(lines)
    if len(opens) + len(after) <= _MOST_BUTTONS:
        return [Text(text, (*opens, *after))]
    return [Text(text, tuple(opens)), Text(words("news.after"), tuple(after))]


def _listing(context: Context, items: Sequence[NewsItem]) -> Listing:
    """The same as Zalo's list; covers only here, and only where citizens may fetch them."""
    return Listing(
        tuple(
            Element(
                shorten(item.title, 100),
                item.url,
                shorten(f"{_date(item)} · {item.summary}".rstrip(" ·"), 500),
                _cover(context, item),
            )
            for item in items
        )
    )


def _cover(context: Context, item: NewsItem) -> str | None:
    if item.cover_media:
        return f"{context.settings.public_url}/tin/{item.id}.jpg"
    return item.cover_url or None


def _date(item: NewsItem) -> str:
    return f"{item.published_at.astimezone(VIETNAM):%d/%m/%Y}"


def _elsewhere(context: Context) -> Reply:
    """The news page of the settings, else the portal."""
    words, settings = context.words, context.settings
    if settings.news_url:
        opens = OpenUrl(words("button.open_news"), settings.news_url)
        return Reply.of(Text(words("news.site"), (opens, menu_button(words))))
    opens = OpenUrl(words("button.open_portal"), settings.portal_url)
    return Reply.of(Text(words("news.portal"), (opens, menu_button(words))))


ROUTES = (Route("news", news, "Tin tức", payloads=("#tintuc",), words=typed("typed.news")),)
