"""What is done to a feedback with one press: accept, assign, forward, note, close, reopen, merge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from flask import url_for
from pydantic import BaseModel, Field
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.feedback.words import desk, theirs
from console.forms import Text, read_form
from console.frame import Answer, Console, person
from feedback.codes import find_code
from feedback.desk import Desk, Refused
from store import feedback as store
from store import feedback_inbox
from store.agency_tree import labels
from store.tables import Feedback

declare("feedback.accepted", "Tiếp nhận phản ánh")
declare("feedback.assigned", "Giao phản ánh", "to")
declare("feedback.forwarded", "Chuyển phản ánh cho cơ quan", "agency")
declare("feedback.noted", "Ghi chú nội bộ vào phản ánh")
declare("feedback.closed", "Đóng phản ánh", "answered")
declare("feedback.reopened", "Mở lại phản ánh")
declare("feedback.merged", "Gộp phản ánh", "into")

Form = TypeVar("Form", bound=BaseModel)
_Number = Annotated[int, Field(ge=1, le=10**15)]
_Reason = Annotated[Text, Field(max_length=1000)]
#: What an act did: the audit's details and the sentence shown afterwards.
_Done = tuple[dict[str, object], str]


class Assigned(BaseModel):
    """Who gets it."""

    to: _Number


class Forwarded(BaseModel):
    """Which agency gets it, and what it should know."""

    agency: _Number
    note: _Reason = ""


class Noted(BaseModel):
    """A note among staff."""

    text: Annotated[Text, Field(min_length=2, max_length=4000)]


class Reasoned(BaseModel):
    """Why, where that is needed."""

    reason: _Reason = ""


class Merged(BaseModel):
    """The code of the main feedback."""

    code: Annotated[Text, Field(min_length=5, max_length=40)]


class _Wrong(Exception):
    """The form cannot be used; the text says why."""


def _form(model: type[Form]) -> Form:
    form, errors = read_form(model)
    if form is None:
        raise _Wrong(next(iter(errors.values())))
    return form


def _lock(session: Session, feedback_id: int, code: str) -> None:
    """Lock two in the order of their ids, or two people who merge crosswise would wait for ever."""
    other = store.by_code(session, code) if code else None
    if other is not None:
        for number in sorted({feedback_id, other.id or 0}):
            store.get(session, number, lock=True)


def add(console: Console) -> None:
    """Add the acts; each is one small form on the page of the feedback."""

    def act(
        feedback_id: int,
        action: str,
        do: Callable[[Session, Desk, Feedback], _Done],
        code: str = "",
    ) -> Answer:
        back = url_for("console.feedback_item", feedback_id=feedback_id)
        try:
            with console.database.write(wake=True) as session:
                if theirs(session, feedback_id, Act.handle_feedback) is None:
                    return console.missing()
                _lock(session, feedback_id, code)
                row = store.get(session, feedback_id, lock=True)
                if row is None:
                    return console.missing()
                details, sentence = do(session, desk(console, session, console.clock.now()), row)
                still = theirs(session, feedback_id, Act.view_feedback) is not None
                console.audit(session, action, "feedback", row.code, **details)
        except (Refused, _Wrong) as error:
            return console.refuse(str(error), back=back)
        return console.redirect(back if still else url_for("console.feedback_list"), sentence)

    @console.page(
        "/phan-anh/<int:feedback_id>/tiep-nhan", may=Act.handle_feedback, methods=["POST"]
    )
    def feedback_accept(feedback_id: int) -> Answer:
        def do(session: Session, desk: Desk, row: Feedback) -> _Done:
            desk.accept(row)
            if row.assignee_id is None:
                desk.assign(row, person().id, person().name)
            return {}, f"Đã tiếp nhận {row.code}."

        return act(feedback_id, "feedback.accepted", do)

    @console.page("/phan-anh/<int:feedback_id>/giao", may=Act.handle_feedback, methods=["POST"])
    def feedback_assign(feedback_id: int) -> Answer:
        def do(session: Session, desk: Desk, row: Feedback) -> _Done:
            to = _form(Assigned).to
            people = dict(feedback_inbox.handlers(session, row.agency_id))
            if to not in people:
                raise _Wrong("Người này không xử lý phản ánh của cơ quan đó.")
            desk.assign(row, to, people[to])
            return {"to": to}, f"Đã giao {row.code} cho {people[to]}."

        return act(feedback_id, "feedback.assigned", do)

    @console.page("/phan-anh/<int:feedback_id>/chuyen", may=Act.handle_feedback, methods=["POST"])
    def feedback_forward(feedback_id: int) -> Answer:
        def do(session: Session, desk: Desk, row: Feedback) -> _Done:
            form = _form(Forwarded)
            names = labels(session)
            if form.agency not in names:
                raise _Wrong("Xin chọn một cơ quan trong danh sách.")
            desk.forward(row, form.agency, names[form.agency], form.note)
            return {"agency": form.agency}, f"Đã chuyển {row.code} cho {names[form.agency]}."

        return act(feedback_id, "feedback.forwarded", do)

    @console.page("/phan-anh/<int:feedback_id>/ghi-chu", may=Act.handle_feedback, methods=["POST"])
    def feedback_note(feedback_id: int) -> Answer:
        def do(session: Session, desk: Desk, row: Feedback) -> _Done:
            desk.note(row, _form(Noted).text)
            return {}, "Đã ghi chú. Người gửi không nhìn thấy ghi chú này."

        return act(feedback_id, "feedback.noted", do)

    @console.page("/phan-anh/<int:feedback_id>/dong", may=Act.handle_feedback, methods=["POST"])
    def feedback_close(feedback_id: int) -> Answer:
        def do(session: Session, desk: Desk, row: Feedback) -> _Done:
            answered = row.state == "answered"
            desk.close(row, _form(Reasoned).reason)
            asked = " Người gửi được mời đánh giá." if answered else ""
            return {"answered": answered}, f"Đã đóng {row.code}.{asked}"

        return act(feedback_id, "feedback.closed", do)

    @console.page("/phan-anh/<int:feedback_id>/mo-lai", may=Act.handle_feedback, methods=["POST"])
    def feedback_reopen(feedback_id: int) -> Answer:
        def do(session: Session, desk: Desk, row: Feedback) -> _Done:
            desk.reopen(row, _form(Reasoned).reason)
            return {}, f"Đã mở lại {row.code}."

        return act(feedback_id, "feedback.reopened", do)

    @console.page("/phan-anh/<int:feedback_id>/gop", may=Act.handle_feedback, methods=["POST"])
    def feedback_merge(feedback_id: int) -> Answer:
        form, _ = read_form(Merged)
        code = find_code(form.code) if form else None

        def do(session: Session, desk: Desk, row: Feedback) -> _Done:
            main = store.by_code(session, code or "")
            if main is None or theirs(session, main.id or 0, Act.handle_feedback) is None:
                raise _Wrong("Không có phản ánh mã này trong phạm vi của bạn.")
            desk.merge(row, main)
            return {"into": main.code}, f"Đã gộp {row.code} vào {main.code}."

        return act(feedback_id, "feedback.merged", do, code or "")
