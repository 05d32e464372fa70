"""The compose form as it was typed: filled from a draft, or read back, nothing judged yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from bot.text import clean
from clock import VIETNAM
from notify.broadcasts.audience import Audience
from notify.broadcasts.content import Content, Texts
from store.tables import Broadcast

#: Buttons a message may have (zalo-protocol 3.3).
BUTTONS = 5
_LONGEST = 60_000
_MOST = 300


@dataclass
class Line:
    """One button as typed."""

    kind: str = "open_url"
    title: str = ""
    value: str = ""

    @property
    def empty(self) -> bool:
        """Whether nobody filled it in."""
        return not (self.title or self.value)


@dataclass
class Typed:
    """Every field of the page by its name; dates and numbers as text."""

    version: str = "0"
    title: str = ""
    topic: str = ""
    way: str = "mixed"
    spend: str = "allowance"
    urgent: bool = False
    urgent_reason: str = ""
    expires_at: str = ""
    agencies: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    procedures: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    promised_from: str = ""
    promised_to: str = ""
    submitted_days: str = ""
    interacted_days: str = ""
    tags: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    subscribed_only: bool = False
    listed: bool = False
    ages: list[str] = field(default_factory=list)
    gender: str = "0"
    locations: list[str] = field(default_factory=list)
    cities: str = ""
    platform: list[str] = field(default_factory=list)
    vi_text: str = ""
    en_text: str = ""
    article_title: str = ""
    article_author: str = ""
    article_description: str = ""
    article_body: str = ""
    article_comment: bool = False
    #: Buttons by language, as many rows as a message may have.
    buttons: dict[str, list[Line]] = field(default_factory=dict)
    #: Values of the ZBS template's parameters.
    params: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_form(cls, form: MultiDict[str, str]) -> Typed:
        """What the browser sent, cleaned; a field that is not there has its default."""
        found = cls()
        for one in fields(cls):
            if one.name in ("buttons", "params"):
                continue
            if isinstance(getattr(found, one.name), list):
                value: Any = [clean(part)[:_MOST] for part in form.getlist(one.name)[:_MOST]]
            elif isinstance(getattr(found, one.name), bool):
                value = bool(form.get(one.name))
            else:
                value = clean(form.get(one.name, getattr(found, one.name))[:_LONGEST])
            setattr(found, one.name, value)
        found.buttons = {language: _lines(form, language) for language in ("vi", "en")}
        found.params = {
            name.removeprefix("zbs_"): clean(value)[:400]
            for name, value in form.items()
            if name.startswith("zbs_")
        }
        return found

    @classmethod
    def of_row(cls, row: Broadcast, audience: Audience, content: Content) -> Typed:
        """A draft as the form shows it."""
        target = audience.target
        expires = row.expires_at.astimezone(VIETNAM) if row.expires_at else None
        return cls(
            version=str(row.version),
            title=row.title,
            topic=row.topic,
            way=row.way,
            spend=content.spend,
            urgent=row.urgent,
            urgent_reason=row.urgent_reason,
            expires_at=f"{expires:%Y-%m-%dT%H:%M}" if expires else "",
            agencies=[str(number) for number in audience.agencies],
            fields=list(audience.fields),
            procedures=list(audience.procedures),
            states=[state.value for state in audience.states],
            promised_from=_day(audience.promised_from),
            promised_to=_day(audience.promised_to),
            submitted_days=str(audience.submitted_days),
            interacted_days=str(audience.interacted_days or ""),
            tags=list(audience.tags),
            languages=list(audience.languages),
            subscribed_only=audience.subscribed_only,
            listed=audience.listed,
            ages=[str(number) for number in target.ages],
            gender=str(target.gender),
            locations=[str(number) for number in target.locations],
            cities=", ".join(str(number) for number in target.cities),
            platform=[str(number) for number in target.platform],
            vi_text=content.vi.text,
            en_text=content.en.text,
            article_title=content.article.title,
            article_author=content.article.author,
            article_description=content.article.description,
            article_body="\n\n".join(content.article.body),
            article_comment=content.article.comment,
            buttons={"vi": _rows(content.vi), "en": _rows(content.en)},
            params=dict(content.zbs.params),
        )


def _lines(form: Mapping[str, str], language: str) -> list[Line]:
    return [
        Line(
            clean(form.get(f"{language}_kind{at}", "open_url"))[:20],
            clean(form.get(f"{language}_title{at}", ""))[:200],
            clean(form.get(f"{language}_value{at}", ""))[:2000],
        )
        for at in range(BUTTONS)
    ]


def _rows(texts: Texts) -> list[Line]:
    found = [Line(press.kind, press.title, press.value) for press in texts.buttons]
    return [*found, *(Line() for _ in range(BUTTONS - len(found)))]


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
