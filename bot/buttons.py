"""The buttons under a message, checked when they are made (zalo-protocol 3.3)."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.text import clean, units

TITLE_LIMIT = 100
PAYLOAD_LIMIT = 1000
SMS_LIMIT = 160
# Zalo prints no limit for addresses; this keeps a row in the outbox small.
URL_LIMIT = 2000

_PHONE = re.compile(r"84[0-9]{4,10}", re.ASCII)


def checked(owner: object, name: str, limit: int, *, empty: bool = False) -> None:
    """Clean the text member `name` of a frozen dataclass in place and hold it to its limit.

    ValueError names the class, the member and the limit.
    """
    label = f"{type(owner).__name__}.{name}"
    value = getattr(owner, name)
    if not isinstance(value, str):
        raise ValueError(f"{label} must be text")
    value = clean(value)
    if not value and not empty:
        raise ValueError(f"{label} must not be empty")
    if units(value) > limit:
        raise ValueError(f"{label} has {units(value)} characters, the limit is {limit}")
    object.__setattr__(owner, name, value)


def checked_url(owner: object, name: str) -> None:
    """Hold the member `name` to being an http(s) address of at most 2,000 characters."""
    checked(owner, name, URL_LIMIT)
    url: str = getattr(owner, name)
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("https", "http") or not parts.netloc or re.search(r"\s", url):
        raise ValueError(f"{type(owner).__name__}.{name} must be an http(s) address")


def checked_phone(owner: object, name: str) -> None:
    """Hold the member `name` to being a phone number in 84 form."""
    if not _PHONE.fullmatch(str(getattr(owner, name))):
        raise ValueError(f"{type(owner).__name__}.{name} must be digits that start with 84")


@dataclass(frozen=True, slots=True)
class OpenUrl:
    """A button that opens a page in Zalo's browser (`oa.open.url`). Not an interaction (4.1)."""

    title: str
    url: str

    def __post_init__(self) -> None:
        checked(self, "title", TITLE_LIMIT)
        checked_url(self, "url")


@dataclass(frozen=True, slots=True)
class Query:
    """A button that comes back as a text message holding `payload`, by convention `#...`.

    `visible` shows that text in the chat (`oa.query.show`), otherwise it stays hidden.
    """

    title: str
    payload: str
    visible: bool = False

    def __post_init__(self) -> None:
        checked(self, "title", TITLE_LIMIT)
        checked(self, "payload", PAYLOAD_LIMIT)


@dataclass(frozen=True, slots=True)
class OpenPhone:
    """A button that opens the dialler with `phone_code`, digits in 84 form."""

    title: str
    phone_code: str

    def __post_init__(self) -> None:
        checked(self, "title", TITLE_LIMIT)
        checked_phone(self, "phone_code")


@dataclass(frozen=True, slots=True)
class OpenSms:
    """A button that opens the SMS composer with `content` (160 characters) to `phone_code`."""

    title: str
    phone_code: str
    content: str

    def __post_init__(self) -> None:
        checked(self, "title", TITLE_LIMIT)
        checked_phone(self, "phone_code")
        checked(self, "content", SMS_LIMIT)


Button = OpenUrl | Query | OpenPhone | OpenSms
