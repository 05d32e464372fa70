"""What the citizen pressed: a button comes back as its payload alone (zalo-protocol 1.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from handlers.menu import ITEMS
from settings import Settings
from wording import Words

#: Buttons of the menu and of most answers, which may be older than the page shows.
_ALWAYS = (
    *ITEMS,
    ("menu", "#menu"),
    ("bot", "#trolai"),
    ("human", "#gapcanbo"),
    ("link", "#lienket"),
    ("stop", "#dung"),
    ("start", "#bat"),
    ("english", "#english"),
    ("vietnamese", "#tiengviet"),
)


def known(bodies: Iterable[Mapping[str, Any]], settings: Settings) -> dict[str, str]:
    """Words by payload: the usual buttons, and those under the messages with these bodies."""
    words = Words("vi", settings)
    found = {payload: words(f"button.{key}") for key, payload in _ALWAYS}
    for body in bodies:
        for button in _listed(body.get("buttons")):
            payload, title = button.get("payload"), button.get("title")
            if button.get("kind") == "query" and payload and title:
                found[str(payload)] = str(title)
    return found


def titles(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The words on the buttons under a message."""
    return tuple(str(one["title"]) for one in _listed(body.get("buttons")) if one.get("title"))


def _listed(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
