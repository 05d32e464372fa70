"""What we can say to a citizen: typed messages that check Zalo's limits when they are made.

Limits: zalo-protocol 3.2 (messages), 3.3 (buttons), 5.2 and 5.3 (templates). Every text is NFC,
without control characters and without `[@id]` mentions once the object exists.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.buttons import (
    TITLE_LIMIT,
    URL_LIMIT,
    Button,
    OpenPhone,
    OpenSms,
    OpenUrl,
    Query,
    checked,
    checked_url,
)
from bot.text import clean, pieces, shorten, units

__all__ = [
    "AskInfo",
    "Button",
    "Element",
    "File",
    "Image",
    "Listing",
    "Message",
    "OpenPhone",
    "OpenSms",
    "OpenUrl",
    "Query",
    "Template",
    "Text",
    "clean",
    "from_json",
    "shorten",
    "split",
    "to_json",
    "with_upload",
]

TEXT_LIMIT = 2000
BUTTON_LIMIT = 5
ELEMENT_LIMIT = 5
SUBTITLE_LIMIT = 500
PARAMETER_LIMIT = 200
TRACKING_LIMIT = 48
# Zalo prints no limit for file names and ids of its own; this keeps a row in the outbox small.
NAME_LIMIT = 200

_PARAMETER = re.compile(r"[A-Za-z0-9_.\-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Text:
    """A consultation text of at most 2,000 characters with up to 5 buttons; may quote a message."""

    text: str
    buttons: tuple[Button, ...] = ()
    quote: str | None = None

    def __post_init__(self) -> None:
        checked(self, "text", TEXT_LIMIT)
        object.__setattr__(self, "buttons", tuple(self.buttons))
        if len(self.buttons) > BUTTON_LIMIT:
            raise ValueError(f"Text.buttons has {len(self.buttons)}, the limit is {BUTTON_LIMIT}")
        if not all(isinstance(button, Button) for button in self.buttons):
            raise ValueError("Text.buttons must hold buttons")
        if self.quote is not None:
            checked(self, "quote", NAME_LIMIT)


@dataclass(frozen=True, slots=True)
class Image:
    """A picture with an optional caption, from exactly one of three sources.

    `url` is public; `attachment_id` was uploaded before (7 days of life); `media` is the key of a
    file of ours that the sender uploads first.
    """

    text: str = ""
    url: str | None = None
    attachment_id: str | None = None
    media: str | None = None

    def __post_init__(self) -> None:
        checked(self, "text", TEXT_LIMIT, empty=True)
        given = [n for n in ("url", "attachment_id", "media") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError("Image needs exactly one of url, attachment_id and media")
        if self.url is not None:
            checked_url(self, "url")
        else:
            checked(self, given[0], NAME_LIMIT if self.media else URL_LIMIT)


@dataclass(frozen=True, slots=True)
class File:
    """A PDF, DOC or DOCX of ours; the sender uploads `media` and fills in `token` (7 days)."""

    media: str
    name: str
    token: str | None = None

    def __post_init__(self) -> None:
        checked(self, "media", NAME_LIMIT)
        checked(self, "name", NAME_LIMIT)
        if not self.name.lower().endswith((".pdf", ".doc", ".docx")):
            raise ValueError("File.name must end with .pdf, .doc or .docx")
        if self.token is not None:
            # A token is opaque and may be long; it is only ever handed back.
            checked(self, "token", URL_LIMIT)


@dataclass(frozen=True, slots=True)
class AskInfo:
    """The form that asks for name, phone and address (`request_user_info`)."""

    title: str
    subtitle: str
    image_url: str

    def __post_init__(self) -> None:
        checked(self, "title", TITLE_LIMIT)
        checked(self, "subtitle", SUBTITLE_LIMIT)
        checked_url(self, "image_url")


@dataclass(frozen=True, slots=True)
class Element:
    """One row of a `Listing`: opens ``url`` when it is pressed."""

    title: str
    url: str
    subtitle: str = ""
    image_url: str | None = None

    def __post_init__(self) -> None:
        checked(self, "title", TITLE_LIMIT)
        checked_url(self, "url")
        checked(self, "subtitle", SUBTITLE_LIMIT, empty=True)
        if self.image_url is not None:
            checked_url(self, "image_url")


@dataclass(frozen=True, slots=True)
class Listing:
    """Up to 5 rows with pictures (the list template of 3.2, not shown in today's documents)."""

    elements: tuple[Element, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "elements", tuple(self.elements))
        if not 0 < len(self.elements) <= ELEMENT_LIMIT:
            raise ValueError(f"Listing.elements must be 1 to {ELEMENT_LIMIT}")
        if not all(isinstance(element, Element) for element in self.elements):
            raise ValueError("Listing.elements must hold elements")


@dataclass(frozen=True, slots=True)
class Template:
    """A ZBS template message, sent by UID (3.4) or by phone (5.2).

    All values are strings of at most 200 characters, the largest parameter type of 5.3; the
    template itself may allow less. `tracking_id` comes back in receipts of phone sends.
    """

    template_id: str
    data: Mapping[str, str] = field(hash=False)
    tracking_id: str

    def __post_init__(self) -> None:
        checked(self, "template_id", NAME_LIMIT)
        checked(self, "tracking_id", TRACKING_LIMIT)
        cleaned: dict[str, str] = {}
        for key, value in dict(self.data).items():
            if not isinstance(key, str) or not _PARAMETER.fullmatch(key):
                raise ValueError("Template.data has a parameter name that is not a plain word")
            if not isinstance(value, str):
                raise ValueError(f"Template.data[{key}] must be text")
            cleaned[key] = clean(value)
            if units(cleaned[key]) > PARAMETER_LIMIT:
                raise ValueError(f"Template.data[{key}] is over the limit of {PARAMETER_LIMIT}")
        object.__setattr__(self, "data", cleaned)


Message = Text | Image | File | AskInfo | Listing | Template

_MESSAGES: dict[str, type[Any]] = {
    "text": Text,
    "image": Image,
    "file": File,
    "ask_info": AskInfo,
    "list": Listing,
    "template": Template,
}
_BUTTONS: dict[str, type[Any]] = {
    "open_url": OpenUrl,
    "query": Query,
    "open_phone": OpenPhone,
    "open_sms": OpenSms,
}
_ELEMENTS: dict[str, type[Any]] = {"element": Element}
_KINDS = {made: kind for kind, made in (_MESSAGES | _BUTTONS | _ELEMENTS).items()}


def to_json(message: Message) -> dict[str, Any]:
    """The storage form of `message` for the outbox; `from_json` reads it back as an equal one."""
    stored = _stored(message)
    if isinstance(message, Text):
        stored["buttons"] = [_stored(button) for button in message.buttons]
    if isinstance(message, Listing):
        stored["elements"] = [_stored(element) for element in message.elements]
    if isinstance(message, Template):
        stored["data"] = dict(message.data)
    return stored


def from_json(stored: Mapping[str, Any]) -> Message:
    """The message that `to_json` stored. ValueError names what does not fit."""
    members = dict(stored)
    if members.get("kind") == "text":
        buttons = members.get("buttons") or ()
        members["buttons"] = tuple(_made(button, _BUTTONS) for button in buttons)
    if members.get("kind") == "list":
        elements = members.get("elements") or ()
        members["elements"] = tuple(_made(element, _ELEMENTS) for element in elements)
    message: Message = _made(members, _MESSAGES)
    return message


def split(text: str, buttons: Sequence[Button] = ()) -> list[Text]:
    """`text` as messages within the limit, the buttons on the last one.

    Cut at a paragraph, line or sentence, else between words. More than 5 buttons go on in further
    messages whose text is "…". Nothing to say and no buttons gives no message.
    """
    parts = pieces(text, TEXT_LIMIT)
    if not parts and buttons:
        parts = ["…"]
    messages = [Text(part) for part in parts[:-1]]
    if parts:
        messages.append(Text(parts[-1], tuple(buttons[:BUTTON_LIMIT])))
    for start in range(BUTTON_LIMIT, len(buttons), BUTTON_LIMIT):
        messages.append(Text("…", tuple(buttons[start : start + BUTTON_LIMIT])))
    return messages


def with_upload(message: Image | File, uploaded_id: str) -> Image | File:
    """`message` with the id its file got at Zalo: `attachment_id` of images, `token` of files."""
    if isinstance(message, Image):
        return replace(message, media=None, url=None, attachment_id=uploaded_id)
    return replace(message, token=uploaded_id)


def _stored(thing: Message | Button | Element) -> dict[str, Any]:
    members = {name: getattr(thing, name) for name in type(thing).__dataclass_fields__}
    return {"kind": _KINDS[type(thing)], **{k: v for k, v in members.items() if v is not None}}


def _made(stored: object, kinds: Mapping[str, type[Any]]) -> Any:
    if not isinstance(stored, Mapping):
        raise ValueError("a stored message or button must be an object")
    members = dict(stored)
    made = kinds.get(str(members.pop("kind", None)))
    if made is None:
        raise ValueError("a stored message or button has an unknown kind")
    try:
        return made(**members)
    except TypeError as error:
        raise ValueError(f"a stored {made.__name__} has wrong members") from error
