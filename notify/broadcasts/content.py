"""What an announcement says: texts in both languages, picture, file, template, article.

Limits: zalo-protocol 3.2 (texts), 3.3 (buttons), 3.10 (articles), 5.3 (templates).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.buttons import Button, OpenPhone, OpenUrl, Query
from bot.messages import TEXT_LIMIT, File, Image, Message, Template, Text, clean, shorten
from bot.text import units
from notify.policy import Channel, Spend, Terms
from notify.templates import LIMITS
from store.tables import Broadcast, Way

#: Facts a text may name; the ones behind "ten" only where a dossier decides the audience.
PLACEHOLDERS = ("ten", "ma_ho_so", "thu_tuc", "ngay_hen")
FIELD = re.compile(r"\{([a-z_]{1,30})\}")
_WAYS = {
    Way.mixed: frozenset(Channel),
    Way.consultation: frozenset({Channel.consultation}),
    Way.zbs: frozenset({Channel.zbs_uid, Channel.zbs_phone}),
    Way.article: frozenset[Channel](),
}
_Media = Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]


class Press(BaseModel):
    """A button: a link, a phone number, or words sent to the bot."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["open_url", "open_phone", "query"] = "open_url"
    title: Annotated[str, Field(min_length=1, max_length=100)]
    value: Annotated[str, Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _usable(self) -> Press:
        self.button()
        return self

    def button(self) -> Button:
        """As Zalo takes it; ValueError says what is wrong with the value."""
        if self.kind == "open_url":
            return OpenUrl(self.title, self.value)
        if self.kind == "open_phone":
            return OpenPhone(self.title, self.value)
        return Query(self.title, self.value)


class Texts(BaseModel):
    """The announcement in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""
    buttons: Annotated[tuple[Press, ...], Field(max_length=5)] = ()


class Attached(BaseModel):
    """A PDF, DOC or DOCX."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    media: _Media = ""
    name: Annotated[str, Field(max_length=200)] = ""


class ZbsChoice(BaseModel):
    """An approved ZBS template, its parameters, and its prices as Zalo told them, in VND."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    template_id: Annotated[str, Field(max_length=50)] = ""
    name: Annotated[str, Field(max_length=200)] = ""
    params: dict[str, Annotated[str, Field(max_length=400)]] = {}
    #: Longest value of each parameter.
    limits: dict[str, int] = {}
    tag: Annotated[str, Field(max_length=50)] = ""
    uid_price: Annotated[int | None, Field(ge=0)] = None
    phone_price: Annotated[int | None, Field(ge=0)] = None


class Article(BaseModel):
    """An article of the OA (zalo-protocol 3.10)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str, Field(max_length=150)] = ""
    author: Annotated[str, Field(max_length=50)] = ""
    description: Annotated[str, Field(max_length=300)] = ""
    #: Paragraphs.
    body: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=5000)], ...], Field(max_length=50)
    ] = ()
    comment: bool = False


class Content(BaseModel):
    """Everything that is said; what a way does not need may be empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vi: Texts = Texts()
    en: Texts = Texts()
    #: How to stop and to choose topics, as it stood when the announcement was submitted.
    footer: dict[Literal["vi", "en"], str] = {}
    #: Media key of a JPEG.
    picture: _Media = ""
    file: Attached = Attached()
    zbs: ZbsChoice = ZbsChoice()
    article: Article = Article()
    #: What consultation messages outside the free 48 hours may use up.
    spend: Spend = Spend.allowance

    def language(self, wanted: str) -> Literal["vi", "en"]:
        """English for those who chose it and when there is an English text."""
        return "en" if wanted == "en" and self.en.text else "vi"

    def parts(self) -> tuple[str, ...]:
        """The messages one person gets, in order; "main" is the one that counts.

        A picture travels as the text's own picture when nothing else needs a message of its own:
        Zalo takes no buttons with it.
        """
        found = ["main"]
        if self.picture and (self.vi.buttons or self.en.buttons):
            found.insert(0, "picture")
        if self.file.media:
            found.append("file")
        return tuple(found)


def content_of(row: Broadcast) -> Content:
    """The stored content; ValueError when it cannot be read."""
    return Content.model_validate(row.content)


def terms_of(way: str, content: Content, *, urgent: bool = False) -> Terms:
    """Which channels the messages may take, at what price, and at which hours."""
    channels = _WAYS[Way(way)]
    if not content.zbs.template_id:
        channels &= {Channel.consultation}
    if not content.vi.text:
        channels -= {Channel.consultation}
    prices = (content.zbs.uid_price, content.zbs.phone_price)
    return Terms(channels, content.spend, *prices, urgent=urgent)


def message(content: Content, part: str, language: str, facts: Mapping[str, str]) -> Message | None:
    """The consultation message of one part for one person; None when there is none."""
    if part == "file":
        return File(content.file.media, content.file.name) if content.file.media else None
    if part == "picture":
        return Image(media=content.picture) if content.picture else None
    chosen = content.language(language)
    texts = content.en if chosen == "en" else content.vi
    if not texts.text:
        return None
    text = whole_text(content, chosen, facts)
    if content.picture and not texts.buttons and "picture" not in content.parts():
        return Image(text, media=content.picture)
    return Text(text, tuple(press.button() for press in texts.buttons))


def whole_text(content: Content, language: Literal["vi", "en"], facts: Mapping[str, str]) -> str:
    """The text with its facts and how to stop; a long fact is shortened, never the footer."""
    texts = content.en if language == "en" else content.vi
    footer = content.footer.get(language, "")
    text = clean(filled(texts.text, facts))
    room = TEXT_LIMIT - units(footer) - 2
    return f"{shorten(text, room)}\n\n{footer}" if footer else shorten(text, TEXT_LIMIT)


def template(content: Content, facts: Mapping[str, str], tracking_id: str) -> Template | None:
    """The ZBS template for one person; None without one, or when a value does not fit."""
    if not content.zbs.template_id:
        return None
    data = {
        name: shorten(
            clean(filled(value, facts)), content.zbs.limits.get(name, max(LIMITS.values()))
        )
        or "-"
        for name, value in content.zbs.params.items()
    }
    try:
        return Template(content.zbs.template_id, data, tracking_id)
    except ValueError:
        return None


def filled(text: str, facts: Mapping[str, str]) -> str:
    """The text with facts put in; what nobody knows becomes a dash."""
    return FIELD.sub(
        lambda found: facts.get(found[1], "-") if found[1] in PLACEHOLDERS else found[0], text
    )


def names_in(content: Content) -> frozenset[str]:
    """The facts its texts name."""
    said = [content.vi.text, content.en.text, *content.zbs.params.values()]
    return frozenset(name for text in said for name in FIELD.findall(text))


def digest(row: Broadcast) -> str:
    """What an approver agrees to: words, audience, way, urgency; nothing that changes later."""
    whole: dict[str, Any] = {
        "title": row.title,
        "topic": row.topic,
        "way": row.way,
        "audience": row.audience,
        "content": row.content,
        "urgent": row.urgent,
        "urgent_reason": row.urgent_reason,
        "expires_at": row.expires_at.timestamp() if row.expires_at else None,
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
