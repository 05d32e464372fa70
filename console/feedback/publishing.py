"""Publishing an answer: prefilled with personal data taken out, mended and looked at by a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from flask import request, url_for
from pydantic import BaseModel, Field
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.feedback.words import CHANGED, desk, kinds, theirs
from console.forms import Text, Tick, read_form
from console.frame import Answer, Console
from dossiers.phones import Phone
from feedback.desk import Refused
from feedback.masking import leftovers, masked
from store import feedback as store
from store.tables import Dossier, Feedback, Follower

declare("feedback.published", "Công khai trả lời phản ánh")
declare("feedback.unpublished", "Thôi công khai phản ánh")


class Published(BaseModel):
    """What everybody will read; ``checked`` says that a person has read it for personal data."""

    text: Annotated[Text, Field(min_length=10, max_length=4000)]
    answer: Annotated[Text, Field(min_length=10, max_length=4000)]
    version: Annotated[int, Field(ge=1)]
    checked: Tick = False
    way: Literal["xem", "dang"] = "xem"


def add(console: Console) -> None:
    """Add the page that publishes, and the way back."""

    @console.page(
        "/phan-anh/<int:feedback_id>/cong-khai",
        may=Act.publish_feedback,
        methods=["GET", "POST"],
    )
    def feedback_publish(feedback_id: int) -> Answer:
        if request.method == "GET":
            with console.database.read() as session:
                row = theirs(session, feedback_id, Act.publish_feedback)
                if row is None:
                    return console.missing()
                known = _known(session, row)
            text = row.public_text or masked(row.text, known)
            answer = row.public_answer or masked(row.answer, known)
            return _page(console, row, text, answer, {})
        form, errors = read_form(Published)
        with console.database.write() as session:
            row = theirs(session, feedback_id, Act.publish_feedback)
            if row is None:
                return console.missing()
            row = store.get(session, feedback_id, lock=True) or row
            if form is None or form.way == "xem":
                given = (request.form.get("text", "")[:4000], request.form.get("answer", "")[:4000])
                return _page(console, row, *given, errors, preview=form is not None)
            if row.version != form.version:
                errors = {"_": CHANGED}
            elif not form.checked:
                errors = {"checked": "Xin đọc lại và đánh dấu đã bỏ dữ liệu cá nhân."}
            if errors:
                return _page(console, row, form.text, form.answer, errors, preview=True)
            back = url_for("console.feedback_item", feedback_id=feedback_id)
            try:
                desk(console, session, console.clock.now()).publish(row, form.text, form.answer)
            except Refused as error:
                return console.refuse(str(error), back=back)
            console.audit(session, "feedback.published", "feedback", row.code)
        return console.redirect(back, f"Đã công khai {row.code}.")

    @console.page(
        "/phan-anh/<int:feedback_id>/thoi-cong-khai", may=Act.publish_feedback, methods=["POST"]
    )
    def feedback_unpublish(feedback_id: int) -> Answer:
        back = url_for("console.feedback_item", feedback_id=feedback_id)
        with console.database.write() as session:
            if theirs(session, feedback_id, Act.publish_feedback) is None:
                return console.missing()
            row = store.get(session, feedback_id, lock=True)
            if row is None:
                return console.missing()
            try:
                desk(console, session, console.clock.now()).unpublish(row)
            except Refused as error:
                return console.refuse(str(error), back=back)
            console.audit(session, "feedback.unpublished", "feedback", row.code)
        return console.redirect(back, f"{row.code} không còn trên trang công khai.")


def _known(session: Session, row: Feedback) -> list[str]:
    """Names and phones on file that must not stand in a published text."""
    reader = session.get(Follower, row.uid) if row.uid else None
    dossier = session.get(Dossier, row.dossier_id) if row.dossier_id else None
    found = [row.name, reader.display_name if reader else ""]
    if dossier is not None:
        found += [dossier.owner_name, dossier.code]
    if row.phone:
        found += [row.phone, Phone(row.phone).national]
    return found


def _page(
    console: Console,
    row: Feedback,
    text: str,
    answer: str,
    errors: Mapping[str, str],
    *,
    preview: bool = False,
) -> Answer:
    if not row.answer:
        back = url_for("console.feedback_item", feedback_id=row.id)
        return console.refuse("Chưa trả lời thì chưa công khai được.", back=back)
    return console.show(
        "feedback/publish.html",
        status=422 if errors else 200,
        row=row,
        kind=kinds(console)[row.kind],
        text=text,
        answer=answer,
        errors=errors,
        preview=preview,
        suspicious=leftovers(f"{text}\n{answer}"),
    )
