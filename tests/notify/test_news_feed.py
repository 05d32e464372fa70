"""The portal's feed: read in every dialect, and harmless whatever it holds or does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlmodel import col, select

from clock import FixedClock
from notify.feed_items import MOST_ITEMS, NotAFeed, plain, read_feed
from notify.feeds import NotFetched, fetch
from notify.news_feed import fetch_news
from settings import Settings
from store import news
from store.engine import Database
from store.tables import Alarm, NewsItem
from tests.conftest import MORNING

AT = "https://tinh-mau.example/rss"

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Cổng tin</title>
<item><title>Lịch nghỉ &lt;b&gt;lễ&lt;/b&gt; 2/9 &amp;amp; thông báo</title>
<link>https://tinh-mau.example/tin/1</link><guid>tin-1</guid>
<pubDate>Mon, 16 Nov 2026 08:00:00 +0700</pubDate>
<description><![CDATA[<p>Trung tâm <script>alert(1)</script>nghỉ&nbsp;ngày 2/9.</p>]]></description>
<enclosure url="https://tinh-mau.example/a.jpg" type="image/jpeg" length="1"/></item>
<item><title>Video hướng dẫn</title><link>https://www.youtube.com/watch?v=1</link></item>
<item><title>Không có ngày</title><link>/tin/3</link><media:thumbnail url="http://x.example/b.jpg"/>
</item></channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry>
<title type="html">Tin &lt;i&gt;Atom&lt;/i&gt;</title><id>urn:1</id>
<link rel="self" href="https://tinh-mau.example/self"/>
<link href="https://tinh-mau.example/tin/a"/><updated>2026-11-17T01:00:00Z</updated>
<summary>Tóm tắt</summary></entry></feed>"""


def test_rss_becomes_items_of_plain_text() -> None:
    first, video, third = read_feed(RSS.encode(), AT, MORNING)
    assert first.title == "Lịch nghỉ lễ 2/9 & thông báo"
    assert first.summary == "Trung tâm nghỉ ngày 2/9."
    assert first.url == "https://tinh-mau.example/tin/1"
    assert first.cover_url == "https://tinh-mau.example/a.jpg"
    assert first.published_at == datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
    assert (first.kind, first.trusted) == ("news", True)
    assert (video.kind, video.trusted) == ("video", False)
    assert third.url == "https://tinh-mau.example/tin/3"
    assert (third.published_at, third.cover_url) == (MORNING, "")


def test_atom_and_other_encodings_are_read() -> None:
    (entry,) = read_feed(ATOM.encode(), AT, MORNING)
    assert (entry.title, entry.url) == ("Tin Atom", "https://tinh-mau.example/tin/a")
    assert entry.published_at == datetime(2026, 11, 17, 1, 0, tzinfo=UTC)
    assert read_feed(RSS.replace("UTF-8", "UTF-16").encode("utf-16"), AT, MORNING)[0].title


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//", "https://", "http://[",
     "https://a:b@tinh-mau.example/", 'https://tinh-mau.example/"><x', "https://t.example/" + "x" * 2000]
)  # fmt: skip
def test_addresses_that_are_no_pages_are_left_out_and_not_trusted(link: str) -> None:
    escaped = link.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    feed = f"<rss><channel><item><title>x</title><link>{escaped}</link></item></channel></rss>"
    (item,) = read_feed(feed.encode(), AT, MORNING)
    assert not item.url or item.url.startswith("https://tinh-mau.example/")
    assert "javascript" not in item.url
    assert '"' not in item.url


@pytest.mark.parametrize(
    "bomb",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><rss>&b;</rss>',
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&x;'
        "</title></item></channel></rss>",
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd"><rss/>',
        "<html><body>Lỗi</body></html>",
        "{}",
        "",
        "<rss><channel><item>",
        '<?xml version="1.0" encoding="no-such-thing"?><rss/>',
    ],
)
def test_bombs_foreign_entities_and_nonsense_are_refused(bomb: str) -> None:
    with pytest.raises(NotAFeed):
        read_feed(bomb.encode(), AT, MORNING)


def test_large_deep_and_endless_feeds_stay_within_their_bounds() -> None:
    started = time.monotonic()
    many = "".join(f"<item><title>t{n}</title></item>" for n in range(5000))
    assert len(read_feed(f"<rss><channel>{many}</channel></rss>".encode(), AT, MORNING)) == 50
    assert MOST_ITEMS == 50
    deep = "<b>" * 200_000 + "</b>" * 200_000
    feed = f"<rss><channel><item><title>sâu {deep}</title></item></channel></rss>"
    assert read_feed(feed.encode(), AT, MORNING)[0].title == "sâu"
    long = "x" * 1_000_000
    (item,) = read_feed(f"<feed><entry><title>{long}</title></entry></feed>".encode(), AT, MORNING)
    assert len(item.title) == 200
    assert plain("<" * 20_000) is not None
    assert plain("<a " * 10_000) is not None
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 +0000", "hôm nay", "0001-01-01", ""])
def test_dates_nobody_can_mean_count_as_now(date: str) -> None:
    feed = f"<rss><channel><item><title>x</title><pubDate>{date}</pubDate></item></channel></rss>"
    assert read_feed(feed.encode(), AT, MORNING)[0].published_at == MORNING


class Portal:
    """A portal's web server; ``body`` and ``status`` say what it answers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.body, self.status, self.location = RSS.encode(), 200, ""
        self.drip = self.header_drip = 0.0
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/rss"


@pytest.fixture
def portal() -> Iterator[Portal]:
    """A web server on this machine."""
    found: list[Portal] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site = found[0]
            site.asked.append(f"{self.headers['Host']}{self.path}")
            try:
                if site.header_drip:
                    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
                        self.wfile.write(bytes([byte]))
                        time.sleep(site.header_drip)
                self.send_response(site.status)
                if site.location:
                    self.send_header("Location", site.location)
                self.end_headers()
                step = 1 if site.drip else len(site.body) or 1
                for start in range(0, len(site.body), step):
                    self.wfile.write(site.body[start : start + step])
                    self.wfile.flush()
                    time.sleep(site.drip)
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.append(Portal(server.server_port))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield found[0]
    server.shutdown()
    server.server_close()


def test_a_feed_is_fetched_with_the_name_it_was_asked_under(portal: Portal) -> None:
    assert fetch(portal.url, internal=True) == RSS.encode()
    assert portal.asked == [f"localhost:{portal.port}/rss"]


@pytest.mark.parametrize(
    "address",
    ["http://localhost:{port}/rss", "http://127.0.0.1:{port}/rss", "http://[::1]:{port}/rss",
     "http://169.254.169.254/latest", "http://10.0.0.1/", "http://0/", "http://[::ffff:127.0.0.1]:{port}/"]
)  # fmt: skip
def test_our_own_network_is_never_called(portal: Portal, address: str) -> None:
    with pytest.raises(NotFetched):
        fetch(address.format(port=portal.port), seconds=2)
    assert portal.asked == []


@pytest.mark.parametrize(
    "address", ["ftp://tinh-mau.example/", "file:///etc/passwd", "rss", "", "http://a:b@x.example/",
                "http://x.example:99999/", "http://x.example\\@127.0.0.1/"]
)  # fmt: skip
def test_only_web_addresses_are_fetched(address: str) -> None:
    with pytest.raises(NotFetched):
        fetch(address, internal=True, seconds=2)


def test_a_redirect_stays_on_its_host(portal: Portal) -> None:
    portal.status, portal.location = 302, f"http://127.0.0.1:{portal.port}/other"
    with pytest.raises(NotFetched, match="máy chủ khác"):
        fetch(portal.url, internal=True)
    portal.location = "/rss"
    with pytest.raises(NotFetched, match="quá nhiều"):
        fetch(portal.url, internal=True)
    portal.location = "file:///etc/passwd"
    with pytest.raises(NotFetched):
        fetch(portal.url, internal=True)


def test_a_name_that_changes_its_address_cannot_lead_inside(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["93.184.216.34", "127.0.0.1"])

    def look_up(host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    reached: list[str] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        reached.append(address[0])
        raise OSError("no network in a test")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotFetched):
        fetch("http://portal.example/rss", seconds=2)
    assert reached == ["93.184.216.34"]


def test_large_slow_and_failing_answers_are_left(portal: Portal) -> None:
    portal.body = b"x" * 100_000
    with pytest.raises(NotFetched, match="quá lớn"):
        fetch(portal.url, internal=True, most_bytes=50_000)
    portal.status = 500
    with pytest.raises(NotFetched, match="500"):
        fetch(portal.url, internal=True)
    portal.status, portal.drip = 200, 0.05
    with pytest.raises(NotFetched, match="chậm"):
        fetch(portal.url, internal=True, seconds=0.5)
    portal.drip, portal.header_drip = 0, 0.05
    with pytest.raises(NotFetched, match="chậm"):
        fetch(portal.url, internal=True, seconds=0.5)


def items(db: Database) -> list[NewsItem]:
    """All items, oldest first."""
    with db.read() as session:
        return list(session.exec(select(NewsItem).order_by(col(NewsItem.id))))


def feed_settings(settings: Settings, portal: Portal, **more: object) -> Settings:
    """The settings of an office that reads this portal."""
    told = {"news_rss_url": portal.url, "news_rss_internal": True, **more}
    return settings.model_copy(update=told)


def test_new_entries_wait_as_drafts_and_come_once(
    db: Database, settings: Settings, portal: Portal, clock: FixedClock
) -> None:
    wanted = feed_settings(settings, portal)
    assert fetch_news(db, settings, clock.now()) == 0
    assert fetch_news(db, wanted, clock.now()) == 3
    assert {item.state for item in items(db)} == {"draft"}
    with db.write() as session:
        news.put(session, items(db)[0].id, {"title": "Sửa tại đây"}, "lan", clock.now())
        assert news.remove(session, items(db)[1].id or 0)
    assert fetch_news(db, wanted, clock.now()) == 0
    assert [item.state for item in items(db)] == ["draft", "hidden", "draft"]
    assert items(db)[0].title == "Sửa tại đây"


def test_entries_are_published_when_the_setting_says_so_but_never_foreign_links(
    db: Database, settings: Settings, portal: Portal, clock: FixedClock
) -> None:
    portal.body = RSS.replace("tinh-mau.example", "localhost").encode()
    assert fetch_news(db, feed_settings(settings, portal, news_rss_publish=True), clock.now()) == 3
    assert [item.state for item in items(db)] == ["published", "draft", "published"]


def test_two_workers_that_fetch_at_once_add_an_entry_once(
    db: Database, settings: Settings, portal: Portal, clock: FixedClock
) -> None:
    wanted = feed_settings(settings, portal)
    start, added = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        added.append(fetch_news(db, wanted, clock.now()))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(added) == 3
    assert len(items(db)) == 3


@contextmanager
def broken(portal: Portal, body: bytes) -> Iterator[None]:
    """The portal answers something else for a while."""
    good, portal.body = portal.body, body
    yield
    portal.body = good


def test_a_broken_feed_raises_an_alarm_that_the_next_good_one_closes(
    db: Database, settings: Settings, portal: Portal, clock: FixedClock
) -> None:
    wanted = feed_settings(settings, portal)
    with broken(portal, b"<html>bao tri</html>"):
        assert fetch_news(db, wanted, clock.now()) == 0
        assert fetch_news(db, wanted, clock.now()) == 0
    with db.read() as session:
        (alarm,) = session.exec(select(Alarm)).all()
    assert alarm.kind == "news_feed"
    assert "NEWS_RSS_URL" in alarm.text
    fetch_news(db, wanted, clock.now())
    with db.read() as session:
        (alarm,) = session.exec(select(Alarm)).all()
    assert alarm.closed_at is not None
