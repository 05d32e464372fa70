"""Follow, chat-now and unfollow (zalo-protocol 1.8; wording domain 8)."""

from __future__ import annotations

from bot.events import ChatNow, Follow, Unfollow
from bot.messages import Text
from bot.routing import Context, Incoming, Reply, Route
from handlers.menu import button, main_menu
from store import chats


def follow(incoming: Incoming, context: Context) -> Reply:
    """Welcome with the name if Zalo told it, then the menu; somebody known is welcomed back.

    Two messages, not more: a follower who never wrote may get only three (protocol 4.2).
    """
    context.done()
    words, follower = context.words, context.follower
    key = "welcome"
    if follower.follow_count > 1:
        key = "welcome.again" if follower.notify else "welcome.again_muted"
    name = follower.display_name
    separator = "." if key == "welcome" else "_"
    text = (
        words(f"{key}{separator}named", name=name) if name else words(f"{key}{separator}nameless")
    )
    buttons = [button(words, "link", "#lienket"), button(words, "help", "#hotro")]
    if not follower.notify:
        buttons.insert(0, button(words, "start", "#bat"))
    return Reply.of(Text(text, tuple(buttons)), main_menu(words))


def chat_now(incoming: Incoming, context: Context) -> Reply:
    """They opened the chat without a word yet: say what there is."""
    words, name = context.words, context.follower.display_name
    hello = words("welcome.chat_named", name=name) if name else words("welcome.chat_nameless")
    return Reply.of(Text(hello), main_menu(words))


def unfollow(incoming: Incoming, context: Context) -> Reply:
    """Nothing is said to somebody who left; `Follower.followed` stops everything proactive."""
    context.done()
    context.follower.human_until = context.follower.human_requested_at = None
    chats.close(context.session, context.uid, chats.BY_CITIZEN, context.now)
    return Reply()


ROUTES = (
    Route("follow", follow, "Welcome with the menu", events=(Follow,)),
    Route("unfollow", unfollow, "Stop everything proactive", events=(Unfollow,)),
    Route("chat_now", chat_now, "Greet who opened the chat", events=(ChatNow,)),
)
