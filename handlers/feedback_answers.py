"""Reading the answers to a feedback's questions, in whatever order a citizen gives them."""

from __future__ import annotations

from bot.events import UserLocation
from bot.messages import Text, shorten
from bot.phrasing import Phrases, bare, number
from bot.routing import Context, Incoming, Reply
from dossiers.codes import find_codes
from dossiers.names import fold
from dossiers.phones import Phone, read_phone
from feedback.filing import NAME_LIMIT, PLACE_LIMIT, TEXT_LIMIT
from handlers import feedback_evidence as evidence
from handlers import understanding
from handlers.feedback_draft import MOST_FILES, SHORTEST, Draft
from handlers.feedback_questions import Question, ask, go_on, linked_phones
from handlers.feedback_send import send
from handlers.menu import menu_button
from store import feedback_files
from wording import typed

_COMPLAINT = tuple(fold(words) for words in typed("typed.complaint"))
_NEXT = Phrases(typed("typed.feedback_next"))
_SKIP = Phrases(typed("typed.feedback_skip"))
_SEND = Phrases(typed("typed.feedback_send"))
_EDIT = Phrases(typed("typed.feedback_edit"))
_BACK = Phrases(typed("typed.feedback_back"))
_CANCEL = Phrases(typed("typed.cancel"))
#: Longer than any place is written: it is a further part of the story.
_LONG_PLACE = 160


def is_complaint(incoming: Incoming, context: Context) -> bool:
    """Whether khiếu nại or tố cáo is spoken of."""
    return _complains(incoming.text)


def _complains(text: str) -> bool:
    folded = fold(text)
    return any(word in folded for word in _COMPLAINT)


def wants_back(incoming: Incoming) -> bool:
    """Whether the step before is asked for."""
    return _BACK.match(incoming.text)


def picked(incoming: Incoming, asked: Question) -> str:
    """What a typed number, or the words of a choice, stand for; "" when neither was typed."""
    if not incoming.text:
        return ""
    chosen = number(incoming.text)
    if chosen is not None and 1 <= chosen <= len(asked.choices):
        return asked.choices[chosen - 1][1]
    said = bare(incoming.text)
    return next((to for words, to in asked.choices if bare(words) == said), "")


def answer(incoming: Incoming, context: Context, draft: Draft) -> Reply | None:
    """The answer to the open step; None when it is plainly about something else."""
    step = context.conversation.step
    if evidence.is_file(incoming):
        return _file(incoming, context, draft, step)
    event = incoming.event
    if isinstance(event, UserLocation) and evidence.is_place(incoming):
        draft.latitude, draft.longitude = event.latitude, event.longitude
        kept = context.words("feedback.place_point")
        if step == "place":
            draft.answered(step)
            return go_on(context, draft, kept)
        return ask(context, draft, step, kept)
    if evidence.is_other(incoming):
        return ask(context, draft, step, context.words("feedback.file_other"))
    if not incoming.text:
        return None
    return _words(incoming, context, draft, step)


def _words(incoming: Incoming, context: Context, draft: Draft, step: str) -> Reply | None:
    text = incoming.text
    if step == "complaint" and not draft.begun:
        return None
    nothing = step == "kind" and not draft.text
    if _SKIP.match(text) and not nothing and step not in ("review", "edit", "complaint"):
        return next_from(context, draft, step)
    if _CANCEL.match(text):
        return cancel(context)
    if _NEXT.match(text) and not nothing:
        return next_from(context, draft, step)
    match step:
        case "kind" if nothing and is_a_question(incoming, context):
            return None
        case "kind" if len(text) < SHORTEST:
            return ask(context, draft, step, context.words("feedback.short"))
        case "place" if len(text) <= _LONG_PLACE and not _complains(text):
            draft.place = shorten(text, PLACE_LIMIT)
            draft.answered(step)
            return go_on(context, draft)
        case "dossier":
            return _dossier_code(context, draft, text)
        case "name":
            return _name(context, draft, text)
        case "phone":
            return _phone(context, draft, text)
        case "review" if _SEND.match(text):
            return send(context, draft)
        case "review" | "edit" if _EDIT.match(text):
            return ask(context, draft, "edit")
    return add_text(context, draft, text, step)


def is_a_question(incoming: Incoming, context: Context) -> bool:
    """Whether somebody who has written nothing yet asks for something else entirely."""
    read = understanding.of(incoming, context)
    asked = read.question
    names = asked is not None and asked.clear and asked.strong and not asked.guessed
    return read.intent == "lookup_code" or (read.intent == "procedure_detail" and names)


def add_text(context: Context, draft: Draft, text: str, step: str) -> Reply:
    """One more part of the story, whichever step it came in; then that step again."""
    if _complains(text) and not draft.cleared:
        draft.pending = text
        return ask(context, draft, "complaint")
    if step == "complaint":
        step = "text" if draft.kind else "kind"
    if draft.rewrite:
        draft.text, draft.rewrite = "", False
    whole = f"{draft.text}\n{text}" if draft.text else text
    if len(whole) > TEXT_LIMIT:
        full = context.words("feedback.full", most=TEXT_LIMIT)
        return ask(context, draft, step, full)
    draft.text = whole
    if not draft.dossier:
        codes = [one.code for one in find_codes(text) if one.valid]
        draft.dossier = codes[0] if codes else ""
    if step == "kind" and draft.enough:
        # Whoever begins with the whole story is not asked for it again.
        draft.answered("text")
    noted = "" if step in ("kind", "text") else context.words("feedback.more", count=len(whole))
    return ask(context, draft, step, noted)


def next_from(context: Context, draft: Draft, step: str) -> Reply:
    """Leave a step as it is and go on; the text must be enough to be understood."""
    if step == "text" and not draft.enough:
        return ask(context, draft, step)
    if step in ("kind", "complaint"):
        return ask(context, draft, step)
    if draft.editing and step in ("place", "dossier", "name", "phone"):
        # Skipping what is being changed means taking it away.
        _clear(draft, step)
    draft.answered(step)
    return go_on(context, draft)


def _clear(draft: Draft, step: str) -> None:
    setattr(draft, step, "")
    if step == "place":
        draft.latitude = draft.longitude = None


def not_a_complaint(context: Context, draft: Draft) -> Reply:
    """Its writer says that the text is neither khiếu nại nor tố cáo: it is taken."""
    text, draft.pending, draft.cleared = draft.pending, "", True
    if not text:
        return go_on(context, draft)
    return add_text(context, draft, text, "text" if draft.kind else "kind")


def chosen(context: Context, draft: Draft, what: str, value: str) -> Reply:
    """An offered dossier, the name on Zalo, or a linked phone."""
    step = {"hs": "dossier", "tenzalo": "name", "sdt": "phone"}[what]
    if what == "hs":
        return _dossier_code(context, draft, value)
    if what == "tenzalo":
        draft.name = shorten(context.follower.display_name or "-", NAME_LIMIT).strip("-")
    else:
        phones = linked_phones(context)
        at = int(value) if value.isdecimal() and len(value) < 3 else 0
        if not 1 <= at <= len(phones):
            return ask(context, draft, step)
        draft.phone = phones[at - 1].e164
    draft.answered(step)
    return go_on(context, draft)


def _dossier_code(context: Context, draft: Draft, text: str) -> Reply:
    codes = [one.code for one in find_codes(text) if one.valid]
    if not codes:
        return ask(context, draft, "dossier", context.words("feedback.dossier_bad"))
    draft.dossier = codes[0]
    draft.answered("dossier")
    return go_on(context, draft)


def _name(context: Context, draft: Draft, text: str) -> Reply:
    if len(text) > NAME_LIMIT or "\n" in text:
        return ask(context, draft, "name", context.words("feedback.name_bad"))
    draft.name = text
    draft.answered("name")
    return go_on(context, draft)


def _phone(context: Context, draft: Draft, text: str) -> Reply:
    phone = read_phone(text)
    if not isinstance(phone, Phone):
        return ask(context, draft, "phone", context.words("feedback.phone_bad"))
    draft.phone = phone.e164
    draft.answered("phone")
    return go_on(context, draft)


def _file(incoming: Incoming, context: Context, draft: Draft, step: str) -> Reply:
    taken, problem = evidence.receive(incoming, context, len(draft.files))
    draft.files = [*draft.files, *taken]
    if incoming.text:
        if _complains(incoming.text) and not draft.cleared:
            draft.pending = incoming.text
            return ask(context, draft, "complaint")
        whole = f"{draft.text}\n{incoming.text}".strip()
        draft.text = whole if len(whole) <= TEXT_LIMIT else draft.text
    # At its own step the question itself says how many there are.
    counts = bool(taken) and step != "files"
    kept = context.words("feedback.file_kept", count=len(draft.files), most=MOST_FILES)
    said = [kept] if counts else []
    if problem:
        said.append(evidence.said(context, problem))
    return ask(context, draft, step, "\n".join(said))


def forget_files(context: Context) -> None:
    """Delete what was sent for a feedback that is not sent."""
    feedback_files.drop_drafts(context.session, context.uid)


def cancel(context: Context) -> Reply:
    """Nothing is sent and nothing of it is kept."""
    forget_files(context)
    context.done()
    words = context.words
    return Reply.of(Text(words("feedback.cancelled"), (menu_button(words),)))
