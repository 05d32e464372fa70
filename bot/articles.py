"""Articles of the OA and their broadcast to followers (zalo-protocol 3.4, 3.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.errors import Api
from bot.outcomes import Uncertain
from bot.queries import Queries

ARTICLE_LIMIT = 5


@dataclass(frozen=True, slots=True)
class NewArticle:
    """What is needed to make a normal article; ``cover_url`` must be public."""

    title: str
    author: str
    description: str
    paragraphs: tuple[str, ...]
    cover_url: str
    comment: bool = False
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Targeting:
    """Zalo's own targeting; empty members mean everybody (3.4)."""

    members: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def wire(self) -> dict[str, str]:
        """Comma-separated strings, the form that carries most weight (3.4, CONFLICT; 10)."""
        return {
            name: ",".join(str(number) for number in numbers)
            for name, numbers in self.members.items()
            if numbers
        }


def create(zalo: Queries, article: NewArticle) -> str:
    """Hand in an article; answers the token to ask with (`verify`)."""
    body = {
        "type": "normal",
        "title": article.title,
        "author": article.author,
        "cover": {"cover_type": "photo", "photo_url": article.cover_url, "status": "show"},
        "description": article.description,
        "body": [{"type": "text", "content": text} for text in article.paragraphs],
        "status": "show" if article.shown else "hide",
        "comment": "show" if article.comment else "hide",
    }
    return _member(zalo.oa_post("/v2.0/article/create", body).root.id("token"), "create")


def verify(zalo: Queries, token: str) -> str:
    """The id of the article; ZaloError -214 while Zalo still works on it."""
    return _member(zalo.oa_post("/v2.0/article/verify", {"token": token}).root.id("id"), "verify")


def broadcast(zalo: Queries, article_ids: Sequence[str], target: Targeting) -> str:
    """Ask Zalo to send up to five articles to followers; answers its id, "" when it told none.

    Zalo reviews it first, for about half an hour.
    """
    if not 0 < len(article_ids) <= ARTICLE_LIMIT:
        raise ValueError(f"1 to {ARTICLE_LIMIT} articles")
    elements = [{"media_type": "article", "attachment_id": one} for one in article_ids]
    payload = {"template_type": "media", "elements": elements}
    body = {
        "recipient": {"target": target.wire()},
        "message": {"attachment": {"type": "template", "payload": payload}},
    }
    return zalo.oa_post("/v2.0/oa/message", body).root.id("message_id", "id") or ""


def _member(found: str | None, what: str) -> str:
    if not found:
        raise Uncertain(Api.oa, f"article {what} without an answer")
    return found
