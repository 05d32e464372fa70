"""Hỗ trợ: what the bot can do, office hours, hotline, counter, and the way to a person."""

from __future__ import annotations

import re

from bot.messages import Button, OpenPhone, Text
from bot.routing import Context, Incoming, Reply, Route
from dossiers.names import fold
from handlers.menu import button, menu_button
from wording import Words, typed

_NATIONAL = re.compile(r"0(\d{8,10})")
_SENTENCE_LIMIT = 120
_INSIDE = tuple(fold(words) for words in typed("typed.help_inside"))


def asks_hours_or_place(incoming: Incoming, context: Context) -> bool:
    """Whether a sentence asks when or where the office is open."""
    short = len(incoming.folded) <= _SENTENCE_LIMIT
    return short and any(words in incoming.folded for words in _INSIDE)


def dial(words: Words, hotline: str) -> tuple[Button, ...]:
    """A button that dials the hotline; none for short numbers, which have no 84 form."""
    found = _NATIONAL.fullmatch(re.sub(r"[\s.\-()]", "", hotline))
    return (OpenPhone(words("button.hotline"), "84" + found[1]),) if found else ()


def help_(incoming: Incoming, context: Context) -> Reply:
    """How to use this, in two messages because Zalo allows five buttons each."""
    words = context.words
    first: tuple[Button, ...] = (
        button(words, "human", "#gapcanbo"),
        *dial(words, context.settings.hotline),
        button(words, "feedback", "#phananh"),
        menu_button(words),
    )
    notices = ("stop", "#dung") if context.follower.notify else ("start", "#bat")
    other = ("vietnamese", "#tiengviet") if words.language == "en" else ("english", "#english")
    second = (("link", "#lienket"), notices, other, ("erase", "#xoadulieu"))
    more = Text(words("help.more"), tuple(button(words, *item) for item in second))
    return Reply.of(Text(words("help.text"), first), more)


ROUTES = (
    Route(
        "help",
        help_,
        "Hỗ trợ",
        payloads=("#hotro",),
        words=typed("typed.help"),
        when=asks_hours_or_place,
        rank=60,
    ),
)
