"""What was typed as changes of a draft: everything usable is kept, each wrong field is named.

A draft is saved again and again while somebody writes, so one wrong field must not hold back the
others: it keeps the value that was stored, and the page keeps what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from clock import VIETNAM
from console.broadcasts.typed import Line, Typed
from console.broadcasts.words import LANGUAGES
from console.forms import errors_of
from dossiers.names import fold
from dossiers.phones import Phone, read_phone
from notify.broadcasts.audience import Audience, Target
from notify.broadcasts.content import Article, Content, Press, Texts, content_of
from notify.broadcasts.topics import BY_KEY
from store.tables import Broadcast, Way

Model = TypeVar("Model", bound=BaseModel)

_TITLE, _REASON = 200, 500
_OUTSIDE = "Chỉ chọn được cơ quan trong phạm vi của bạn."


def audience_of(row: Broadcast) -> Audience:
    """The stored audience; everybody when it can no longer be read."""
    try:
        return Audience.model_validate(row.audience)
    except ValidationError:
        return Audience()


def draft_content(row: Broadcast) -> Content:
    """The stored content; an empty one when it can no longer be read."""
    try:
        return content_of(row)
    except ValidationError:
        return Content()


def changes_of(
    typed: Typed, row: Broadcast, within: frozenset[int] | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The columns of the draft as typed, and a sentence for each field that was not taken.

    ``within``: ids of the agencies the account may choose; None = all.
    """
    audience, errors = _audience(typed, audience_of(row), within)
    content, wrong = _content(typed, draft_content(row))
    errors |= wrong
    changes: dict[str, Any] = {
        "title": " ".join(typed.title.split())[:_TITLE],
        "topic": typed.topic if typed.topic in BY_KEY else "",
        "way": typed.way if typed.way in list(Way) else row.way,
        "urgent": typed.urgent,
        "urgent_reason": typed.urgent_reason[:_REASON],
        "audience": audience.model_dump(mode="json"),
        "content": content.model_dump(mode="json"),
        "expires_at": row.expires_at,
    }
    changes["title_folded"] = fold(changes["title"])
    try:
        changes["expires_at"] = _moment(typed.expires_at)
    except (ValueError, OverflowError):
        errors["expires_at"] = "Ngày giờ không đúng."
    return changes, errors


def differs(row: Broadcast, changes: Mapping[str, Any]) -> bool:
    """Whether saving would change anything: an unchanged draft keeps its version."""
    return any(getattr(row, name) != value for name, value in changes.items())


def _audience(
    typed: Typed, stored: Audience, within: frozenset[int] | None
) -> tuple[Audience, dict[str, str]]:
    found, errors = taken(
        stored,
        {
            "agencies": typed.agencies,
            "fields": typed.fields,
            "procedures": typed.procedures,
            "states": typed.states,
            "promised_from": typed.promised_from or None,
            "promised_to": typed.promised_to or None,
            "submitted_days": typed.submitted_days or 365,
            "interacted_days": typed.interacted_days or None,
            "tags": typed.tags,
            "languages": typed.languages,
            "subscribed_only": typed.subscribed_only,
            "listed": typed.listed,
        },
    )
    if within is not None and not within.issuperset(found.agencies):
        errors["agencies"] = _OUTSIDE
        found = found.model_copy(update={"agencies": stored.agencies})
    if found.promised_from and found.promised_to and found.promised_to < found.promised_from:
        errors["promised_to"] = "Ngày sau phải không trước ngày đầu."
    target, wrong = taken(
        found.target,
        {
            "ages": typed.ages,
            # One of numbers, which pydantic takes from no text.
            "gender": int(typed.gender) if typed.gender in ("0", "1", "2") else typed.gender,
            "locations": typed.locations,
            "cities": [part for part in re.split(r"[,;\s]+", typed.cities) if part],
            "platform": typed.platform,
        },
    )
    return found.model_copy(update={"target": Target.model_validate(target)}), errors | wrong


def _content(typed: Typed, stored: Content) -> tuple[Content, dict[str, str]]:
    errors: dict[str, str] = {}
    sides: dict[str, Texts] = {}
    for language, before in (("vi", stored.vi), ("en", stored.en)):
        text = typed.vi_text if language == "vi" else typed.en_text
        presses, wrong = _presses(typed.buttons.get(language, []), language)
        errors |= wrong
        made, wrong = taken(before, {"text": text})
        errors |= {f"{language}_text": sentence for sentence in wrong.values()}
        sides[language] = made.model_copy(update={"buttons": presses})
    body = [part.strip() for part in re.split(r"\n\s*\n", typed.article_body) if part.strip()]
    article, wrong = taken(
        stored.article,
        {
            "title": typed.article_title,
            "author": typed.article_author,
            "description": typed.article_description,
            "body": body,
            "comment": typed.article_comment,
        },
    )
    errors |= {f"article_{name}": sentence for name, sentence in wrong.items()}
    values = {name: typed.params.get(name, value) for name, value in stored.zbs.params.items()}
    found = stored.model_copy(
        update={
            **sides,
            "article": Article.model_validate(article),
            "zbs": stored.zbs.model_copy(update={"params": values}),
            # The footer is put in when the announcement is submitted.
            "footer": {},
        }
    )
    found, wrong = taken(found, {"spend": typed.spend})
    return found, errors | wrong


def _presses(lines: list[Line], language: str) -> tuple[tuple[Press, ...], dict[str, str]]:
    found: list[Press] = []
    errors: dict[str, str] = {}
    for at, line in enumerate(lines):
        if line.empty:
            continue
        try:
            found.append(press_of(line))
        except ValueError:
            # The first field of the row, where the page leads to.
            errors[f"{language}_title{at}"] = (
                f"Nút {at + 1} ({LANGUAGES[language]}) chưa lưu: {_wrong(line)}"
            )
    return tuple(found), errors


def press_of(line: Line) -> Press:
    """A typed button; ValueError when Zalo would not take it."""
    value = _dialled(line.value) if line.kind == "open_phone" else line.value
    return Press.model_validate({"kind": line.kind, "title": line.title, "value": value})


def _dialled(typed: str) -> str:
    """A phone number as the dialler of Zalo takes it: mobiles, landlines, hotlines."""
    phone = read_phone(typed)
    if isinstance(phone, Phone):
        return phone.zalo
    digits = re.sub(r"[^0-9]", "", typed)
    if digits.startswith("84") and len(digits) > 10:
        return digits
    return f"84{digits.removeprefix('0')}"


def _wrong(line: Line) -> str:
    if not line.title:
        return "thiếu chữ trên nút."
    if len(line.title) > 100:
        return "chữ trên nút dài quá 100 ký tự."
    if not line.value:
        return "thiếu địa chỉ, số điện thoại hoặc câu gửi đi."
    if line.kind == "open_url":
        return "địa chỉ phải bắt đầu bằng https:// hoặc http:// và không có dấu cách."
    if line.kind == "open_phone":
        return "không phải số điện thoại."
    return "câu gửi đi dài quá 1.000 ký tự."


def taken(stored: Model, given: Mapping[str, Any]) -> tuple[Model, dict[str, str]]:
    """``stored`` with every given member that is valid, and a sentence for each that is not."""
    found, errors = stored, {}
    for name, value in given.items():
        try:
            found = type(stored).model_validate({**found.model_dump(), name: value})
        except ValidationError as error:
            errors[name] = next(iter(errors_of(error).values()))
    return found, errors


def _moment(typed: str) -> datetime | None:
    if not typed:
        return None
    found = datetime.fromisoformat(typed[:16])
    return found.replace(tzinfo=VIETNAM).astimezone(UTC)
