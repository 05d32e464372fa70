"""A helpful answer to everything nobody else answers: never silence."""

from __future__ import annotations

from bot.events import (
    UserAudio,
    UserFile,
    UserGif,
    UserImage,
    UserLink,
    UserLocation,
    UserSticker,
    UserVideo,
)
from bot.messages import Text
from bot.routing import Context, Incoming, Reply, Route
from handlers.menu import button, main_menu, menu_button
from wording import typed

_BY_KIND = (
    (UserSticker, "sticker"),
    (UserGif, "sticker"),
    (UserImage, "image"),
    (UserAudio, "audio"),
    (UserVideo, "video"),
    (UserFile, "file"),
    (UserLocation, "location"),
    (UserLink, "link"),
)
_WAYS = (
    ("lookup", "#tracuu"),
    ("mine", "#hosocuatoi"),
    ("procedures", "#thutuc"),
    ("human", "#gapcanbo"),
    ("menu", "#menu"),
)


def thanks(incoming: Incoming, context: Context) -> Reply:
    """Thanks get thanks, not a list of everything."""
    return Reply.of(Text(context.words("fallback.thanks"), (menu_button(context.words),)))


def abuse(incoming: Incoming, context: Context) -> Reply:
    """Stay calm, offer a person, never quote it back (domain 7)."""
    words = context.words
    buttons = (button(words, "human", "#gapcanbo"), menu_button(words))
    return Reply.of(Text(words("fallback.abuse"), buttons))


def fallback(incoming: Incoming, context: Context) -> Reply:
    """What fits the kind of message, and what can be done instead."""
    words = context.words
    kind = next((key for of, key in _BY_KIND if isinstance(incoming.event, of)), "text")
    if kind == "sticker":
        return Reply.of(Text(words("fallback.sticker")), main_menu(words))
    if kind == "text" and context.conversation.flow:
        out = (menu_button(words), button(words, "human", "#gapcanbo"))
        return Reply.of(Text(words("fallback.flow_text"), out))
    buttons = tuple(button(words, *way) for way in _WAYS)
    return Reply.of(Text(words(f"fallback.{kind}"), buttons))


ROUTES = (
    Route("thanks", thanks, "Thanks", words=typed("typed.thanks"), rank=60),
    Route("abuse", abuse, "Abuse is met calmly", words=typed("typed.abuse"), rank=60),
    Route("fallback", fallback, "Everything nobody else answers", rank=99),
)
