"""What a person fills in for a news item."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, Field, field_validator

from clock import VIETNAM
from console.forms import Text, Tick


def _moment(value: object) -> object:
    """A local date and time of a form as a moment; "" is None, which means now."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        found = datetime.fromisoformat(value.strip()[:25])
    except ValueError:
        raise ValueError("Ngày giờ không đúng.") from None
    if not 2000 <= found.year <= 2100:
        raise ValueError("Năm phải từ 2000 đến 2100.")
    return found.replace(tzinfo=VIETNAM).astimezone(UTC) if found.tzinfo is None else found


class NewsForm(BaseModel):
    """A news item or video."""

    kind: Literal["news", "video"] = "news"
    title: Annotated[Text, Field(min_length=3, max_length=200)]
    summary: Annotated[Text, Field(max_length=500)] = ""
    url: Annotated[Text, Field(max_length=1000)] = ""
    published_at: Annotated[datetime | None, BeforeValidator(_moment)] = None
    pinned: Tick = False
    drop_cover: Tick = False
    #: Which button was pressed.
    state: Literal["draft", "published", "hidden"] = "draft"

    @field_validator("title", "summary")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return " ".join(value.split())

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value:
            return ""
        try:
            parts = urlsplit(value)
            good = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            good = False
        if not good or not value.isprintable() or any(c in value for c in ' "<>\\'):
            raise ValueError(
                "Địa chỉ phải bắt đầu bằng https:// hoặc http:// và không có dấu cách."
            )
        return value

    def columns(self, now: datetime, before: datetime | None) -> dict[str, Any]:
        """The columns of `store.tables.NewsItem`; without a time, the one it had, else now."""
        return {
            "kind": self.kind,
            "title": self.title,
            "summary": self.summary,
            "url": self.url,
            "pinned": self.pinned,
            "state": self.state,
            "published_at": self.published_at or before or now,
        }
