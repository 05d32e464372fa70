"""Answering: from a template or freely, looked at as the citizen will see it, then sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from flask import request, url_for
from pydantic import BaseModel, Field
from sqlmodel import Session

from bot.messages import Query
from bot.messages import Text as Bubble
from console.access import Act
from console.auditing import declare
from console.feedback.words import CHANGED, STATES, desk, kinds, theirs
from console.forms import Text, read_form
from console.frame import Answer, Console, person
from dossiers.times import show
from feedback import reach, telling
from feedback.desk import Refused
from store import feedback as store
from store import saved_texts
from store.agency_tree import labels
from store.tables import Feedback
from wording import Words

declare("feedback.answered", "Trả lời phản ánh", "closed", "messages")
LIMIT = 4000


class Answered(BaseModel):
    """The answer; ``version`` is the feedback as it was when the form was opened."""

    text: Annotated[Text, Field(min_length=10, max_length=LIMIT)]
    version: Annotated[int, Field(ge=1)]
    way: Literal["xem", "gui", "dong"] = "xem"


def add(console: Console) -> None:
    """Add the page of an answer."""

    @console.page(
        "/phan-anh/<int:feedback_id>/tra-loi", may=Act.handle_feedback, methods=["GET", "POST"]
    )
    def feedback_answer(feedback_id: int) -> Answer:
        if request.method == "GET":
            with console.database.read() as session:
                row = theirs(session, feedback_id, Act.handle_feedback)
                if row is None:
                    return console.missing()
                text = _template(session, row)
                return _page(console, session, row, text, {})
        form, errors = read_form(Answered)
        if form is None or form.way == "xem":
            with console.database.read() as session:
                row = theirs(session, feedback_id, Act.handle_feedback)
                if row is None:
                    return console.missing()
                text = form.text if form else request.form.get("text", "")[:LIMIT]
                return _page(console, session, row, text, errors, preview=form is not None)
        return _send(console, feedback_id, form)


def _send(console: Console, feedback_id: int, form: Answered) -> Answer:
    back = url_for("console.feedback_item", feedback_id=feedback_id)
    try:
        with console.database.write(wake=True) as session:
            if theirs(session, feedback_id, Act.handle_feedback) is None:
                return console.missing()
            row = store.get(session, feedback_id, lock=True)
            if row is None:
                return console.missing()
            if row.version != form.version:
                return _page(console, session, row, form.text, {"_": CHANGED}, preview=True)
            close = form.way == "dong"
            told = desk(console, session, console.clock.now()).answer(row, form.text, close=close)
            console.audit(
                session, "feedback.answered", "feedback", row.code, closed=close, messages=len(told)
            )
    except Refused as error:
        return console.refuse(str(error), back=back)
    if told:
        return console.redirect(back, f"Đã gửi trả lời {row.code} tới người gửi.")
    sentence = (
        f"Đã lưu trả lời {row.code}, nhưng không có tài khoản Zalo nào để gửi: xin báo người gửi "
        "bằng điện thoại hoặc văn bản."
    )
    return console.redirect(back, sentence, kind="warning")


def _page(
    console: Console,
    session: Session,
    row: Feedback,
    text: str,
    errors: Mapping[str, str],
    *,
    preview: bool = False,
) -> Answer:
    if row.state in ("closed", "merged"):
        sentence = "Phản ánh này đã kết thúc; xin mở lại trước khi trả lời."
        return console.refuse(sentence, back=url_for("console.feedback_item", feedback_id=row.id))
    return console.show(
        "feedback/answer.html",
        status=422 if errors else 200,
        row=row,
        kind=kinds(console)[row.kind],
        state=STATES[row.state],
        text=text,
        errors=errors,
        bubbles=_bubbles(console, session, row, text) if preview else [],
        texts=saved_texts.texts_for(session, "feedback", person().agencies(Act.handle_feedback)),
        chosen=request.args.get("mau", ""),
        reach=reach.reach_of(session, row, console.clock.now(), console.settings),
        merged=len(store.merged_into(session, row.id or 0)),
        limit=LIMIT,
    )


def _bubbles(
    console: Console, session: Session, row: Feedback, text: str
) -> list[tuple[str, list[str]]]:
    """The messages as the citizen will see them: words, and the buttons below."""
    readers = store.readers(session, row)
    words = Words(readers[0].language if readers else "vi", console.settings)
    agency = labels(session).get(row.agency_id or 0, "")
    made: list[Bubble] = telling.answer_messages(row, text, agency, words)
    return [
        (one.text, [button.title for button in one.buttons if isinstance(button, Query)])
        for one in made
    ]


def _template(session: Session, row: Feedback) -> str:
    """The chosen template with its blanks filled; what was answered before, or nothing."""
    wanted = request.args.get("mau", "")
    if not wanted.isdecimal() or len(wanted) > 15:
        return ""
    known = saved_texts.texts_for(session, "feedback", person().agencies(Act.handle_feedback))
    text = next((one.text for one in known if one.id == int(wanted)), "")
    name = row.name or "ông/bà"
    for blank, value in (("{ma}", row.code), ("{ten}", name), ("{ngay}", show(row.created_at))):
        text = text.replace(blank, value)
    return text[:LIMIT]
