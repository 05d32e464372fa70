"""Gặp cán bộ: the chat goes to a person, the bot steps back and returns after a silence."""

from __future__ import annotations

from datetime import timedelta

from bot.messages import Text
from bot.routing import Context, Incoming, Outgoing, Reply, Route
from dossiers.names import fold
from dossiers.times import show
from handlers.menu import button
from store import chats
from store.alarms import open_alarm
from wording import Words, typed

_SENTENCE_LIMIT = 120
_INSIDE = tuple(fold(words) for words in typed("typed.human_inside"))


def wants_person(incoming: Incoming, context: Context) -> bool:
    """Whether a sentence asks for a person; not while a feedback is being written."""
    if context.conversation.flow == "feedback" or len(incoming.folded) > _SENTENCE_LIMIT:
        return False
    return any(words in incoming.folded for words in _INSIDE)


def human(incoming: Incoming, context: Context) -> Reply:
    """Say when a person answers, tell staff, and keep quiet."""
    words = context.words
    waiting = context.follower.human_until is not None
    context.done()
    also = hand_over(context, "human_wanted", "human")
    if waiting:
        text = words("human.waiting")
    elif context.calendar.is_open(context.now):
        text = words("human.open")
    else:
        text = words("human.closed", opens_at=opening(context))
    buttons = (button(words, "bot", "#trolai"),)
    parts = Text(f"{text}\n{words('human.urgent')}", buttons)
    return Reply((parts,), () if waiting else also)


def opening(context: Context) -> str:
    """When the office opens next, as citizens read it."""
    return show(context.calendar.next_open(context.now))


def hand_over(context: Context, alarm: str, key: str) -> tuple[Outgoing, ...]:
    """Give the chat to a person, open its request and tell staff; never what the citizen wrote.

    ``alarm`` is the kind of the alarm, ``key`` the part of the catalogue with its ``alarm`` text.
    Answers the messages for the staff members of the settings.
    """
    follower, settings = context.follower, context.settings
    follower.human_requested_at = follower.human_requested_at or context.now
    reason = "feedback" if alarm == "feedback" else "asked"
    chats.ask(context.session, follower, reason, context.now)
    until = context.now + timedelta(minutes=settings.human_return_minutes)
    follower.human_until = max(until, follower.human_until or until)
    text = Words("vi", settings)(f"{key}.alarm", at=show(context.now))
    open_alarm(context.session, alarm, context.uid, text, context.now)
    return tuple(
        Outgoing(kind="staff", message=Text(text), uid=uid)
        for uid in settings.staff_uids
        if uid != context.uid
    )


ROUTES = (
    Route(
        "human",
        human,
        "Hand the chat to a person",
        payloads=("#gapcanbo",),
        words=typed("typed.human"),
        when=wants_person,
        rank=2,
    ),
)
