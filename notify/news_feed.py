"""The quarter-hourly look at the portal's news feed (settings NEWS_RSS_*)."""

from __future__ import annotations

from datetime import datetime

import journal
from notify import alarms
from notify.feed_items import NotAFeed, read_feed
from notify.feeds import NotFetched, fetch
from settings import Settings
from store import news
from store.engine import Database

_ALARM = "news_feed"
_LOG = journal.get("news")


def fetch_news(database: Database, settings: Settings, now: datetime) -> int:
    """Take in what is new; answers how many items. Nothing without NEWS_RSS_URL.

    A feed that cannot be read leaves everything as it is and raises an alarm that says why, which
    the next good fetch closes.
    """
    address = settings.news_rss_url.strip()
    if not address:
        return 0
    problem: str | None = None
    try:
        content = fetch(address, internal=settings.news_rss_internal)
        items = read_feed(content, address, now)
    except (NotFetched, NotAFeed) as error:
        problem, items = str(error), []
        _LOG.warning("feed_not_read", problem=problem)
    with database.write() as session:
        added = news.take_in(session, items, publish=settings.news_rss_publish, now=now)
        text = f"Không lấy được tin từ nguồn NEWS_RSS_URL: {problem}." if problem else None
        alarms.watch(session, _ALARM, "", text, now)
    return added
