"""The OA's articles and the tokens under which they are being made (protocol 3.10)."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from typing import Any

from .clock import VirtualClock
from .errors import ZaloError, refused
from .switches import Switches


@dataclass
class Article:
    """One article; `fields` as `article_shapes` reads them, times in virtual milliseconds."""

    id: str
    fields: dict[str, Any]
    made_ms: int
    changed_ms: int
    ready_ms: int

    @property
    def hidden(self) -> bool:
        """Whether its status keeps it out of sight."""
        return bool(self.fields["status"] == "hide")

    @property
    def cover(self) -> str:
        """Address of the cover picture; empty when the cover is a video."""
        return str(self.fields["cover"].get("photo_url", ""))

    def view(self) -> dict[str, Any]:
        """The article as the control API shows it."""
        return {"id": self.id, "time": self.made_ms, "changed": self.changed_ms, **self.fields}


class ArticleBook:
    """Articles by id, tokens by name; the world's lock is held by the callers."""

    def __init__(self, clock: VirtualClock, switches: Switches) -> None:
        self._clock, self._switches = clock, switches
        self._by_id: dict[str, Article] = {}
        self._tokens: dict[str, tuple[str, int]] = {}
        self._month: Counter[str] = Counter()

    def create(self, fields: dict[str, Any]) -> str:
        """Start to make an article; the token to ask by. -223 when the month's number is used."""
        month, most = f"{self._clock.local():%Y-%m}", self._switches.article_monthly_quota
        if most is not None and self._month[month] >= most:
            # The number is documented, its words are not: -223 usually means another thing.
            raise ZaloError(-223, "Article quota reached")
        self._month[month] += 1
        now = self._clock.now_ms()
        article = Article(secrets.token_hex(10), fields, now, now, self._ready_ms())
        self._by_id[article.id] = article
        return self._token(article, article.ready_ms)

    def update(self, article: Article, fields: dict[str, Any]) -> str:
        """Change an article at once; the token is processed like that of a new one."""
        article.fields, article.changed_ms = fields, self._clock.now_ms()
        return self._token(article, self._ready_ms())

    def verified(self, token: Any) -> Article:
        """What became of `token`; -201 when unknown, -214 while it is being processed."""
        article_id, ready_ms = self._tokens.get(token if isinstance(token, str) else "", ("", 0))
        article = self._by_id.get(article_id)
        if article is None:
            raise refused(-201, "token")
        if self._clock.now_ms() < ready_ms:
            raise refused(-214)
        return article

    def get(self, article_id: Any, field: str = "id") -> Article:
        """The article, once it is processed; -201 naming `field` when there is none."""
        article = self._by_id.get(article_id) if isinstance(article_id, str) else None
        if article is None or self._clock.now_ms() < article.ready_ms:
            raise refused(-201, field)
        return article

    def remove(self, article: Article) -> None:
        """Take it away; what is being broadcast already goes on."""
        del self._by_id[article.id]

    def ready(self) -> list[Article]:
        """Processed articles, newest first."""
        now = self._clock.now_ms()
        return [a for a in reversed(self._by_id.values()) if a.ready_ms <= now]

    def clear(self) -> None:
        """Forget everything."""
        self._by_id.clear()
        self._tokens.clear()
        self._month.clear()

    def _ready_ms(self) -> int:
        return self._clock.now_ms() + self._switches.article_processing_seconds * 1000

    def _token(self, article: Article, ready_ms: int) -> str:
        token = secrets.token_urlsafe(60)
        self._tokens[token] = (article.id, ready_ms)
        return token
