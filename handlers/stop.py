"""Dừng / bật nhận tin: withdrawing and giving consent to notices (domain 4.5)."""

from __future__ import annotations

from bot.messages import Text
from bot.phrasing import bare
from bot.routing import Context, Incoming, Reply, Route
from dossiers.names import fold
from handlers.menu import button, menu_button
from handlers.topics import topics_button
from store import consents
from wording import typed

_SENTENCE_LIMIT = 120
_INSIDE = tuple(fold(words) for words in typed("typed.stop_inside"))
_ASKING = tuple(fold(words) for words in typed("typed.asking_how"))


def says_stop(incoming: Incoming, context: Context) -> bool:
    """Whether a sentence asks to stop, unless it asks how, or is the text of a feedback."""
    folded = incoming.folded
    if context.conversation.flow == "feedback" or len(folded) > _SENTENCE_LIMIT:
        return False
    return any(words in folded for words in _INSIDE) and not any(
        words in folded for words in _ASKING
    )


def stop(incoming: Incoming, context: Context) -> Reply | None:
    """No more notices; asked at send time, so what is queued already stays unsent too.

    Inside a filing guide a bare "dừng" is about the guide, which says how to stop the rest.
    """
    if context.conversation.flow == "guide" and " " not in bare(incoming.text):
        return None
    words = context.words
    key = "notify.stopped" if context.follower.notify else "notify.already_stopped"
    _set(context, notify=False)
    buttons = (button(words, "start", "#bat"), menu_button(words))
    return Reply.of(Text(words(key), buttons))


def start(incoming: Incoming, context: Context) -> Reply:
    """Notices again, for every phone that is linked."""
    words = context.words
    key = "notify.already_started" if context.follower.notify else "notify.started"
    _set(context, notify=True)
    buttons = (
        button(words, "link", "#lienket"),
        button(words, "stop", "#dung"),
        topics_button(context),
        menu_button(words),
    )
    return Reply.of(Text(words(key), buttons))


def _set(context: Context, *, notify: bool) -> None:
    if context.follower.notify == notify:
        return
    context.follower.notify = notify
    consents.record(
        context.session,
        kind="notify",
        action="given" if notify else "withdrawn",
        version=context.settings.consent_version,
        now=context.now,
        uid=context.uid,
    )


ROUTES = (
    Route(
        "stop",
        stop,
        "Dừng nhận tin",
        payloads=("#dung",),
        words=typed("typed.stop"),
        when=says_stop,
        rank=1,
    ),
    Route(
        "start",
        start,
        "Bật nhận tin",
        payloads=("#bat",),
        words=typed("typed.start"),
        rank=1,
    ),
)
