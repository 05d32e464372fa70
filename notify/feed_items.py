"""Reading RSS 2.0, RSS 1.0 and Atom into news items; everything in a feed is hostile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.text import clean, shorten
from clock import VIETNAM
from store.news import Fetched

#: Entries of one fetch; a portal's feed has 10 to 50.
MOST_ITEMS = 50
_TITLE, _SUMMARY, _URL = 200, 500, 1000
#: Characters of markup that are looked at for one text.
_MARKUP = 20_000
#: A date further ahead is a mistake: the item would stay hidden until then.
_AHEAD = timedelta(days=1)
_SILENT = frozenset({"script", "style", "iframe", "object", "template", "noscript", "svg"})
_VIDEO_HOSTS = ("youtube.com", "youtu.be", "vimeo.com")


class NotAFeed(Exception):
    """The bytes are no feed we read; the text is safe to show to staff."""


def read_feed(content: bytes, address: str, now: datetime) -> list[Fetched]:
    """The entries of a feed fetched from ``address``, in its order, each once; at most 50.

    Documents with a DOCTYPE are refused: no entity of any kind is ever expanded. Entries without
    a title are left out, addresses that are not http(s) too. An entry that links to another
    host than the feed's is not trusted: a person decides about it.
    """
    try:
        root = fromstring(content, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise NotAFeed("nguồn tin có khai báo DOCTYPE, không được chấp nhận") from None
    except (ParseError, ValueError, LookupError):
        raise NotAFeed("không phải RSS hoặc Atom hợp lệ") from None
    if _name(root) not in ("rss", "RDF", "feed"):
        raise NotAFeed("không phải RSS hoặc Atom")
    found: dict[str, Fetched] = {}
    for entry in _entries(root):
        item = _item(entry, address, now)
        if item is not None:
            found.setdefault(item.external_id, item)
        if len(found) == MOST_ITEMS:
            break
    return list(found.values())


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _entries(root: Element) -> Iterator[Element]:
    for child in root:
        if _name(child) in ("item", "entry"):
            yield child
        elif _name(child) == "channel":
            yield from (inner for inner in child if _name(inner) == "item")


def _item(entry: Element, address: str, now: datetime) -> Fetched | None:
    texts: dict[str, str] = {}
    url = cover = ""
    for child in entry:
        name = _name(child)
        said = "".join(child.itertext())[:_MARKUP]
        if name == "link" and child.get("rel", "alternate") == "alternate":
            url = url or _web(child.get("href") or said, address)
        elif name in ("enclosure", "thumbnail", "content", "link"):
            cover = cover or _picture(child, address)
        if name not in texts and said.strip():
            texts[name] = said
    title = shorten(plain(texts.get("title", "")), _TITLE)
    if not title:
        return None
    markup = texts.get("description") or texts.get("summary") or texts.get("content", "")
    guid = texts.get("guid") or texts.get("id") or url or title
    told = texts.get("pubDate") or texts.get("published") or texts.get("updated")
    host = urlsplit(url).hostname or ""
    return Fetched(
        external_id=_short_id(guid.strip(), address),
        title=title,
        summary=shorten(plain(markup), _SUMMARY),
        url=url,
        cover_url=cover,
        kind="video" if _under(host, _VIDEO_HOSTS) else "news",
        published_at=_moment(told or texts.get("date", ""), now),
        trusted=bool(url) and _under(host, (urlsplit(address).hostname or "-",)),
    )


def _short_id(guid: str, address: str) -> str:
    """The entry's own id; two feeds may number their entries alike, so the host belongs to it."""
    return hashlib.sha256(f"{urlsplit(address).hostname}\0{guid}".encode()).hexdigest()


def _under(host: str, hosts: tuple[str, ...]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in hosts)


def _web(address: str, base: str) -> str:
    """An absolute http(s) address without white space; "" for anything else."""
    try:
        found = urljoin(base, address.strip())
        parts = urlsplit(found)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.username
    except ValueError:
        return ""
    if wrong or len(found) > _URL or not found.isprintable() or any(c in found for c in ' "<>\\'):
        return ""
    return found


def _picture(element: Element, base: str) -> str:
    kind, name = element.get("type", ""), _name(element)
    address = _web(element.get("url") or element.get("href") or "", base)
    pictured = kind.startswith("image/") or (name == "thumbnail" and not kind)
    return address if pictured and address.startswith("https://") else ""


def _moment(text: str, now: datetime) -> datetime:
    """When an entry was published, Vietnam time where no zone is told; now when nobody knows."""
    text = text.strip()[:60]
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return now
    try:
        found = (found if found.tzinfo else found.replace(tzinfo=VIETNAM)).astimezone(UTC)
    except (OverflowError, ValueError):
        return now
    return now if found > now + _AHEAD or found.year < 1990 else found


class _Text(HTMLParser):
    """Markup to text: tags gone, scripts gone with what they hold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._silent += tag in _SILENT
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def plain(markup: str) -> str:
    """Markup as one line of text: no tags, no scripts, entities read, white space joined."""
    parser = _Text()
    parser.feed(markup[:_MARKUP])
    parser.close()
    return clean(" ".join("".join(parser.parts).split()))
