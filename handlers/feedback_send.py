"""Sending a feedback: its code, what to expect, and the alert to staff without what it says."""

from __future__ import annotations

from datetime import timedelta

from bot.messages import Query, Text
from bot.routing import Context, Outgoing, Reply
from dossiers.times import show
from feedback import filing
from handlers.feedback_draft import Draft
from handlers.feedback_questions import COMMAND, ask
from handlers.menu import menu_button
from store import throttles
from store.tables import Feedback
from wording import Words

_DAY = timedelta(days=1)


def send(context: Context, draft: Draft) -> Reply:
    """Store it and answer with the code; what is missing is asked for instead."""
    if not draft.kind or not draft.enough:
        return ask(context, draft, "text" if draft.kind else "kind")
    words, settings = context.words, context.settings
    used = throttles.add(context.session, f"feedback:{context.uid}", context.now, _DAY)
    if used > settings.feedback_per_day:
        context.done()
        text = words("feedback.too_many", most=settings.feedback_per_day)
        return Reply.of(Text(text, (mine_button(words), menu_button(words))))
    report = filing.Report(
        kind=draft.kind,
        text=draft.text,
        place=draft.place,
        latitude=draft.latitude,
        longitude=draft.longitude,
        dossier_code=draft.dossier,
        name=draft.name,
        phone=draft.phone,
    )
    row = filing.file(
        context.session,
        report,
        context.now,
        settings,
        context.calendar,
        uid=context.uid,
        file_ids=draft.files,
    )
    context.done()
    text = words("feedback.sent", code=row.code, **due(row))
    buttons = (
        Query(words("feedback.button.add"), f"{COMMAND} them {row.code}"),
        mine_button(words),
        menu_button(words),
    )
    return Reply((Text(text, buttons),), to_staff(context, "feedback.alarm", row))


def due(row: Feedback) -> dict[str, str]:
    """Both targets of a feedback as citizens read them."""
    return {
        "accept": show(row.accept_due_at) if row.accept_due_at else "",
        "answer": show(row.answer_due_at) if row.answer_due_at else "",
    }


def to_staff(context: Context, key: str, row: Feedback) -> tuple[Outgoing, ...]:
    """The messages that tell staff of the settings to look; never what a citizen wrote."""
    text = Words("vi", context.settings)(key, code=row.code, at=show(context.now))
    return tuple(
        Outgoing(kind="staff", message=Text(text), uid=uid)
        for uid in context.settings.staff_uids
        if uid != context.uid
    )


def mine_button(words: Words) -> Query:
    """The way to everything one has sent."""
    return Query(words("feedback.button.mine"), f"{COMMAND} cuatoi")
