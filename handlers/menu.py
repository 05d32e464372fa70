"""The menu, the way back to it from anywhere, and greetings."""

from __future__ import annotations

from bot.messages import Query, Text
from bot.phrasing import Phrases
from bot.routing import MENU, Context, Incoming, Reply, Route
from store import chats
from store.alarms import close_alarm
from wording import Words, typed

#: The menu's items in the order of their numbers, as keys of their button words.
ITEMS = tuple(zip(("lookup", "mine", "procedures", "feedback", "news", "help"), MENU, strict=True))


_STEP_BACK = Phrases(typed("typed.guide_back"))


def button(words: Words, key: str, payload: str) -> Query:
    """A button with words of the catalogue."""
    return Query(words(f"button.{key}"), payload)


def menu_button(words: Words) -> Query:
    """The way back that every answer offers."""
    return button(words, "menu", "#menu")


def main_menu(words: Words) -> Text:
    """The numbered menu with its first five items as buttons: Zalo allows five (protocol 3.3)."""
    return Text(words("menu.text"), tuple(button(words, *item) for item in ITEMS[:5]))


def menu(words: Words) -> tuple[Text, Text]:
    """The whole menu: every item has a number and a button."""
    other = ("vietnamese", "#tiengviet") if words.language == "en" else ("english", "#english")
    more = (ITEMS[5], ("human", "#gapcanbo"), other)
    return main_menu(words), Text(words("menu.more"), tuple(button(words, *item) for item in more))


def show(incoming: Incoming, context: Context) -> Reply | None:
    """Leave whatever was going on; a chat a person had goes back to the bot.

    Inside a filing guide, and inside a feedback behind its first step, "quay lại" means the step
    before and is left to them.
    """
    chat = context.conversation
    has_step_before = chat.flow == "guide" or (chat.flow == "feedback" and chat.data.get("done"))
    if has_step_before and _STEP_BACK.match(incoming.text):
        return None
    context.done()
    follower = context.follower
    if follower.human_until is None:
        return Reply.of(menu(context.words))
    follower.human_until = follower.human_requested_at = None
    close_alarm(context.session, "human_wanted", context.uid, context.now)
    chats.close(context.session, context.uid, chats.BY_CITIZEN, context.now)
    return Reply.of(Text(context.words("menu.from_human")), menu(context.words))


def back(incoming: Incoming, context: Context) -> Reply:
    """ "0": leave an open question; the menu says what else there is."""
    context.done()
    return Reply.of(menu(context.words))


def greet(incoming: Incoming, context: Context) -> Reply:
    """A greeting alone counts as asking for the menu (domain 7.1)."""
    words, name = context.words, context.follower.display_name
    hello = words("welcome.chat_named", name=name) if name else words("welcome.chat_nameless")
    return Reply.of(Text(hello), main_menu(words))


ROUTES = (
    Route(
        "menu",
        show,
        "The menu; also gives a chat back to the bot",
        payloads=("#menu", "#trolai"),
        words=typed("typed.menu"),
        rank=0,
    ),
    Route("back", back, "0: back to the menu from anywhere", words=typed("typed.zero"), rank=0),
    Route("greeting", greet, "A greeting gets the menu", words=typed("typed.greeting"), rank=60),
)
