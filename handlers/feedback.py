"""Phản ánh kiến nghị: a guided conversation that ends in a code (domain 4.6).

Khiếu nại and tố cáo have a procedure of their own and are directed there without a code (Nghị định
20/2008); who did not mean one can go on.
"""

from __future__ import annotations

from bot.messages import Text
from bot.routing import Context, Incoming, Reply, Route
from dossiers.names import fold
from handlers import feedback_answers, feedback_follow
from handlers.feedback_draft import FLOW, REVIEW, STEPS, Draft, draft_of
from handlers.feedback_questions import COMMAND, ask, go_on, question
from handlers.feedback_send import mine_button, send
from handlers.menu import button, menu_button
from store.tables.feedback import FEEDBACK_KINDS
from wording import typed

_STARTS = tuple(fold(words) for words in typed("typed.feedback_starts"))
_ENOUGH_TO_TAKE = 30


def is_feedback(incoming: Incoming, context: Context) -> bool:
    """Whether a sentence opens with a feedback verb and goes on to say something."""
    long_enough = len(incoming.folded) >= _ENOUGH_TO_TAKE
    return long_enough and incoming.folded.startswith(_STARTS)


def start(incoming: Incoming, context: Context) -> Reply:
    """Begin, with the text when the message already holds it; or go on with an open draft."""
    draft = draft_of(context)
    if draft is not None and draft.begun:
        step = context.conversation.step
        return ask(context, draft, step, context.words("feedback.resumed"))
    fresh = Draft()
    if not incoming.payload and len(incoming.folded) >= _ENOUGH_TO_TAKE:
        return feedback_answers.add_text(context, fresh, incoming.text, "kind")
    return ask(context, fresh, "kind")


def command(incoming: Incoming, context: Context) -> Reply | None:
    """``#phananh [WHAT]``: a button of the conversation; bare, or in words, its beginning."""
    what, _, value = incoming.argument.partition(" ")
    match what:
        case "":
            return start(incoming, context)
        case "moi":
            feedback_answers.forget_files(context)
            return ask(context, Draft(), "kind")
        case "thoi":
            return feedback_answers.cancel(context)
        case "xem" | "them" | "cuatoi" | "xong":
            return feedback_follow.command(what, value, context)
    draft = draft_of(context)
    if draft is None:
        return _gone(context)
    return act(context, draft, what, value)


def act(context: Context, draft: Draft, what: str, value: str = "") -> Reply:
    """One choice of an open draft, pressed or typed as a number."""
    step = context.conversation.step
    match what:
        case "loai" if value in FEEDBACK_KINDS:
            draft.kind = value
            draft.answered("kind")
            return go_on(context, draft)
        case "tiep":
            return feedback_answers.next_from(context, draft, step)
        case "lui":
            return back(context, draft)
        case "van":
            return feedback_answers.not_a_complaint(context, draft)
        case "xoaanh":
            feedback_answers.forget_files(context)
            draft.files = []
            return ask(context, draft, "files")
        case "hs" | "tenzalo" | "sdt":
            return feedback_answers.chosen(context, draft, what, value)
        case "sua" if value in STEPS:
            draft.editing, draft.rewrite = True, value == "text"
            return ask(context, draft, value)
        case "sua":
            return ask(context, draft, "edit")
        case "gui":
            return send(context, draft)
    return ask(context, draft, step)


def back(context: Context, draft: Draft) -> Reply:
    """One step back; from the first one the menu takes over (`handlers.menu.show`)."""
    if draft.editing or context.conversation.step == "edit":
        draft.editing = draft.rewrite = False
        return ask(context, draft, REVIEW)
    if not draft.done:
        return ask(context, draft, "kind")
    step = draft.done.pop()
    if step == "kind":
        draft.kind = ""
    return ask(context, draft, step)


def go_on_with(incoming: Incoming, context: Context) -> Reply | None:
    """Whatever comes while a feedback is written or followed up; None leaves it to others."""
    draft = draft_of(context)
    if draft is None:
        return feedback_follow.in_flow(incoming, context)
    if incoming.payload:
        return None
    picked = feedback_answers.picked(incoming, question(context, draft, context.conversation.step))
    if picked:
        what, _, value = picked.partition(" ")
        return (
            feedback_answers.cancel(context) if what == "thoi" else act(context, draft, what, value)
        )
    if feedback_answers.wants_back(incoming):
        return back(context, draft)
    return feedback_answers.answer(incoming, context, draft)


def complaint(incoming: Incoming, context: Context) -> Reply:
    """Direct khiếu nại and tố cáo to the citizen-reception office, with a way to go on."""
    words = context.words
    asked = ask(context, Draft(pending=incoming.text), "complaint")
    more = (button(words, "human", "#gapcanbo"), menu_button(words))
    first = asked.messages[0]
    if isinstance(first, Text):
        return Reply.of(Text(first.text, (*first.buttons, *more)))
    return asked


def _gone(context: Context) -> Reply:
    words = context.words
    buttons = (
        button(words, "feedback", COMMAND),
        mine_button(words),
        menu_button(words),
    )
    return Reply.of(Text(words("feedback.draft_gone"), buttons))


ROUTES = (
    Route(
        "feedback_code",
        feedback_follow.by_code,
        "A feedback's code, typed any way: how it stands",
        when=feedback_follow.names_code,
        rank=12,
    ),
    Route(
        "feedback_rating",
        feedback_follow.rate,
        "Stars for a closed feedback",
        payloads=("#danhgia",),
    ),
    Route(
        "feedback_mine",
        feedback_follow.mine,
        "The citizen's own feedback, newest first",
        words=typed("typed.feedback_mine"),
        rank=13,
    ),
    Route(
        "feedback",
        command,
        "Phản ánh kiến nghị",
        payloads=(COMMAND,),
        words=typed("typed.feedback"),
        when=is_feedback,
        rank=15,
    ),
    Route("feedback_text", go_on_with, "The next step of a feedback", flow=FLOW),
    Route(
        "complaint",
        complaint,
        "Khiếu nại, tố cáo go to the reception office",
        when=feedback_answers.is_complaint,
        rank=16,
    ),
)
