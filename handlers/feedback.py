"""Phản ánh kiến nghị: one message is taken and handed to a person, who answers in the chat.

The text stays in the chat, where staff read it; it is copied nowhere. Khiếu nại and tố cáo have a
procedure of their own and are directed there (Nghị định 20/2008, domain 4.6).
"""

from __future__ import annotations

from bot.events import UserMessage
from bot.messages import Button, OpenUrl, Text
from bot.phrasing import Phrases, number
from bot.routing import Context, Incoming, Reply, Route
from dossiers.names import fold
from handlers.human import hand_over, opening
from handlers.menu import button, menu_button
from wording import typed

_FLOW = "feedback"
_SHORTEST = 12
_STARTS = tuple(fold(words) for words in typed("typed.feedback_starts"))
_COMPLAINT = tuple(fold(words) for words in typed("typed.complaint"))
_CANCEL = Phrases(typed("typed.cancel"))
_ENOUGH_TO_TAKE = 30


def is_complaint(incoming: Incoming, context: Context) -> bool:
    """Whether khiếu nại or tố cáo is spoken of."""
    return any(word in incoming.folded for word in _COMPLAINT)


def is_feedback(incoming: Incoming, context: Context) -> bool:
    """Whether a sentence opens with a feedback verb and goes on to say something."""
    long_enough = len(incoming.folded) >= _ENOUGH_TO_TAKE
    return long_enough and incoming.folded.startswith(_STARTS)


def ask(incoming: Incoming, context: Context) -> Reply:
    """Ask for the text, or take it when the message already holds it."""
    if not incoming.payload and is_feedback(incoming, context):
        return _take(incoming, context)
    words, settings = context.words, context.settings
    context.expect(_FLOW, "text")
    asked = ("feedback.ask", "feedback.site", "feedback.hotline")
    text = "\n".join(part for part in map(words, asked) if part)
    buttons: list[Button] = [button(words, "cancel", "#phananh thoi")]
    if settings.feedback_url:
        buttons.insert(0, OpenUrl(words("button.open_feedback"), settings.feedback_url))
    if incoming.argument == "thoi":
        return _cancel(context)
    return Reply.of(Text(text, tuple(buttons)))


def take(incoming: Incoming, context: Context) -> Reply | None:
    """The citizen's text; a number or a button is another matter."""
    if incoming.payload or number(incoming.text) is not None:
        return None
    if not incoming.text:
        is_message = isinstance(incoming.event, UserMessage)
        return Reply.of(Text(context.words("feedback.text_only"))) if is_message else None
    if _CANCEL.match(incoming.text):
        return _cancel(context)
    return _take(incoming, context)


def complaint(incoming: Incoming, context: Context) -> Reply:
    """Direct khiếu nại and tố cáo to the citizen-reception office."""
    words = context.words
    buttons = (
        button(words, "feedback", "#phananh"),
        button(words, "human", "#gapcanbo"),
        menu_button(words),
    )
    return Reply.of(Text(words("feedback.complaint"), buttons))


def _take(incoming: Incoming, context: Context) -> Reply:
    if is_complaint(incoming, context):
        context.done()
        return complaint(incoming, context)
    words = context.words
    if len(incoming.text) < _SHORTEST:
        return Reply.of(Text(words("feedback.short"), (button(words, "cancel", "#phananh thoi"),)))
    context.done()
    also = hand_over(context, "feedback", "feedback")
    if context.calendar.is_open(context.now):
        text = words("feedback.received_open")
    else:
        text = words("feedback.received_closed", opens_at=opening(context))
    message = Text(f"{text}\n{words('human.urgent')}", (button(words, "bot", "#trolai"),))
    return Reply((message,), also)


def _cancel(context: Context) -> Reply:
    context.done()
    words = context.words
    return Reply.of(Text(words("feedback.cancelled"), (menu_button(words),)))


ROUTES = (
    Route(
        "feedback",
        ask,
        "Phản ánh kiến nghị",
        payloads=("#phananh",),
        words=typed("typed.feedback"),
        when=is_feedback,
        rank=15,
    ),
    Route("feedback_text", take, "The text of a feedback", flow=_FLOW),
    Route(
        "complaint",
        complaint,
        "Khiếu nại, tố cáo go to the reception office",
        when=is_complaint,
        rank=16,
    ),
)
