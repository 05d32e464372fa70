"""Erasing a citizen's data: Zalo's `user_withdraw`, or asked for in words (domain 4.5)."""

from __future__ import annotations

from bot.events import Withdraw
from bot.messages import Text
from bot.phrasing import Phrases
from bot.routing import Context, Incoming, Reply, Route
from handlers.menu import button, menu_button
from privacy import erasing
from wording import typed

_FLOW = "erase"
_AGREE = Phrases(typed("typed.agree"))
_REFUSE = Phrases(typed("typed.refuse"))


def withdrawn(incoming: Incoming, context: Context) -> Reply:
    """Zalo says the consent is withdrawn: erase at once and say nothing more (protocol 4.6)."""
    _erase(context, kind="withdraw", source="zalo")
    return Reply()


def ask(incoming: Incoming, context: Context) -> Reply:
    """Say what will be erased and ask once: it cannot be taken back."""
    words = context.words
    if incoming.argument == "dongy":
        return _erased(context)
    if incoming.argument == "giu":
        return _kept(context)
    context.expect(_FLOW, "confirm")
    buttons = (
        button(words, "erase_confirm", "#xoadulieu dongy"),
        button(words, "keep", "#xoadulieu giu"),
    )
    return Reply.of(Text(words("withdraw.ask"), buttons))


def answer(incoming: Incoming, context: Context) -> Reply | None:
    """A typed yes or no to the question; anything else is another matter."""
    if _REFUSE.match(incoming.text):
        return _kept(context)
    return _erased(context) if _AGREE.match(incoming.text) else None


def _kept(context: Context) -> Reply:
    context.done()
    return Reply.of(Text(context.words("withdraw.kept"), (menu_button(context.words),)))


def _erased(context: Context) -> Reply:
    code = _erase(context, kind="delete", source="chat")
    return Reply.of(Text(context.words("withdraw.done", code=code)))


def _erase(context: Context, *, kind: str, source: str) -> str:
    """Erase, and write down under a code that it was asked and done; the code."""
    row = erasing.erased_at_once(
        context.session,
        context.uid,
        context.now,
        settings=context.settings,
        kind=kind,
        source=source,
    )
    context.done()
    context.conversation.last_answer, context.conversation.repeats = "", 0
    return row.code


ROUTES = (
    Route("withdraw", withdrawn, "Zalo's withdrawal of consent erases", events=(Withdraw,)),
    Route(
        "erase",
        ask,
        "Erase my data, after one question",
        payloads=("#xoadulieu",),
        words=typed("typed.erase"),
        rank=0,
    ),
    Route("erase_answer", answer, "Yes or no to erasing", flow=_FLOW),
)
