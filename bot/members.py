"""Tolerant reading of JSON that others wrote: every member may be missing, null or of a wrong type.

Numbers are kept as they were printed, so ids beyond 2^53 survive (zalo-protocol 0.5, 8.2), and a
record of what was read tells which members nobody knew.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from bot.text import clean

MAX_DEPTH = 32
ID_LIMIT = 200
TEXT_LIMIT = 10_000
URL_LIMIT = 2048
LIST_LIMIT = 1000
UNKNOWN_LIMIT = 50

#: Made once: `json.loads` with these arguments would make one for every body.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=lambda _: None)
_PRINTABLE_NAME = re.compile(r"[A-Za-z0-9_\-]{1,64}", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


class NotJson(ValueError):
    """The bytes are not one JSON object of reasonable depth in UTF-8."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`, its numbers as the strings that were printed.

    Raises NotJson for anything else, and for objects nested deeper than 32 levels.
    """
    try:
        read = _DECODER.decode(body.decode().removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise NotJson("not JSON in UTF-8") from error
    if not isinstance(read, dict):
        raise NotJson("not a JSON object")
    if _is_deep(read):
        raise NotJson("nested too deep")
    return read


def moment(value: object) -> datetime | None:
    """A time in UTC from epoch milliseconds, as string or number, or None.

    13 digits are milliseconds; the 10 to 12 digits seen on official pages are read as the leading
    digits of the same number (zalo-protocol 0.5).
    """
    printed = scalar(value)
    if printed is None:
        return None
    if "." in printed or "e" in printed.lower():
        try:
            printed = str(int(float(printed)))
        except (ValueError, OverflowError):
            return None
    if not _DIGITS.fullmatch(printed) or not 10 <= len(printed) <= 13:
        return None
    return datetime.fromtimestamp(int(printed.ljust(13, "0")) / 1000, tz=UTC)


def scalar(value: object, limit: int = ID_LIMIT) -> str | None:
    """A string or number as one clean line of at most `limit` characters; else None."""
    # Nearly every id and name is such a word; cleaning it would change nothing.
    if type(value) is str and len(value) <= limit and value.isascii() and value.isalnum():
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return " ".join(clean(str(value)[: limit * 4]).split())[:limit] or None


class Members:
    """A JSON object that remembers which of its members were asked for.

    Without ``account`` it remembers nothing, which is half the work.
    """

    __slots__ = ("_known", "_path", "value")

    def __init__(
        self, value: object, path: str = "", known: set[str] | None = None, account: bool = True
    ) -> None:
        self.value: dict[str, Any] = value if isinstance(value, dict) else {}
        self._path = path
        self._known = set() if known is None and account else known

    def raw(self, name: str) -> Any:
        """The member `name` as it is, None when absent; counts as known from now on."""
        if self._known is not None:
            self._known.add(self._path + name)
        return self.value.get(name)

    def child(self, name: str) -> "Members":
        """The object `name`; an empty one when it is absent or something else."""
        if self._known is None:
            return Members(self.value.get(name), account=False)
        return Members(self.raw(name), f"{self._path}{name}.", self._known)

    def children(self, name: str, limit: int) -> list["Members"]:
        """The objects of the list `name` (a single object counts as a list of one)."""
        found = self.raw(name)
        listed = found if isinstance(found, list) else [found]
        path = f"{self._path}{name}."
        return [
            Members(item, path, self._known, self._known is not None)
            for item in listed[:limit]
            if isinstance(item, dict)
        ]

    def id(self, *names: str) -> str | None:
        """The first of `names` that holds an id: a string, or a number as printed."""
        if len(names) == 1:
            return scalar(self.raw(names[0]))
        return next((i for i in [scalar(self.raw(name)) for name in names] if i), None)

    def text(self, *names: str, limit: int = TEXT_LIMIT) -> str | None:
        """The first of `names` with words in it, cleaned, line breaks kept."""
        for value in [self.raw(name) for name in names]:
            if isinstance(value, str) and (words := clean(value[: limit * 2])[:limit].strip()):
                return words
        return None

    def url(self, name: str) -> str | None:
        """An http(s) address of at most 2,048 characters, else None."""
        found = scalar(self.raw(name), URL_LIMIT + 1)
        if found is None or len(found) > URL_LIMIT or " " in found:
            return None
        return found if found.lower().startswith(("https://", "http://")) else None

    def integer(self, name: str) -> int | None:
        """A whole number of at most 15 digits from a number or string, else None."""
        found = scalar(self.raw(name)) or ""
        digits = found.removeprefix("-")
        return int(found) if _DIGITS.fullmatch(digits) and len(digits) <= 15 else None

    def integer_of(self, *names: str) -> int | None:
        """The first of `names` that holds a whole number."""
        return next((n for n in [self.integer(name) for name in names] if n is not None), None)

    def moment(self, name: str) -> datetime | None:
        """A time from epoch milliseconds, else None."""
        return moment(self.raw(name))

    def ids(self, name: str, limit: int = LIST_LIMIT) -> tuple[str, ...]:
        """The ids in the list `name` (or the single one), each once, in order."""
        found = self.raw(name)
        listed = found if isinstance(found, list) else [found]
        return tuple(dict.fromkeys(i for item in listed[:limit] if (i := scalar(item))))

    def unknown(self) -> tuple[str, ...]:
        """Dotted names of members never asked for, at most 50; odd names become "?"."""
        found: dict[str, None] = {}
        if self._known is None:
            return ()
        opened = {name.rpartition(".")[0] for name in self._known}
        _collect(self.value, self._path, self._known, opened, found)
        return tuple(found)[:UNKNOWN_LIMIT]


def _collect(
    value: dict[str, Any], path: str, known: set[str], opened: set[str], found: dict[str, None]
) -> None:
    for name, member in value.items():
        if path + name not in known:
            found[path + (name if _PRINTABLE_NAME.fullmatch(name) else "?")] = None
        elif path + name in opened:
            inner = member if isinstance(member, list) else [member]
            for item in inner[:LIST_LIMIT]:
                if isinstance(item, dict):
                    _collect(item, f"{path}{name}.", known, opened, found)


def _is_deep(root: object) -> bool:
    level: list[object] = [root]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        if not below:
            return False
        level = below
    return True
