"""Mẫu câu: reasons, answers and canned replies that staff use again."""

from __future__ import annotations

from typing import Annotated

from flask import Response, request, url_for
from pydantic import BaseModel, Field, field_validator

from console.access import Act
from console.auditing import declare
from console.forms import MaybeInt, Text, read_form
from console.frame import Answer, Console, person
from store import agency_tree
from store import saved_texts as store
from store.tables import SavedText
from store.tables.desk import TEXT_PURPOSES

declare("text.saved", "Lưu mẫu câu", "purpose")
declare("text.removed", "Xóa mẫu câu", "purpose")

PURPOSE_WORDS = {
    "supplement": "Yêu cầu bổ sung",
    "refusal": "Từ chối, trả lại",
    "stop": "Dừng giải quyết",
    "payment": "Yêu cầu nộp phí",
    "apology": "Xin lỗi trễ hẹn",
    "chat": "Trả lời trò chuyện",
    "feedback": "Trả lời phản ánh",
}
#: Whoever does the work keeps its texts.
_ACTS = {"chat": Act.chat, "feedback": Act.handle_feedback}


class Edited(BaseModel):
    """One text."""

    purpose: Annotated[str, Field(max_length=20)]
    title: Annotated[Text, Field(min_length=2, max_length=100)]
    text: Annotated[Text, Field(min_length=2, max_length=3000)]
    agency: MaybeInt = Field(default=None, ge=1, lt=2**62)

    @field_validator("purpose")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in TEXT_PURPOSES:
            raise ValueError("Xin chọn một mục trong danh sách.")
        return value


def add(console: Console) -> None:
    """Add the list and the form."""
    console.nav("Mẫu câu", "saved_text_list", Act.chat, "Nội dung")

    @console.page("/mau-cau", may=Act.chat)
    def saved_text_list() -> Answer:
        purposes = _purposes()
        chosen = request.args.get("muc", "")
        chosen = chosen if chosen in purposes else next(iter(purposes))
        reach = person().agencies(_act(chosen))
        with console.database.read() as session:
            rows = store.texts_for(session, chosen, reach)
            names = agency_tree.labels(session)
        return console.show(
            "saved_texts/list.html",
            rows=rows,
            purposes=purposes,
            chosen=chosen,
            names=names,
            mine=lambda row: reach is None or row.agency_id in reach,
        )

    @console.page("/mau-cau/moi", may=Act.chat, methods=["GET", "POST"])
    def saved_text_new() -> Answer:
        return _edit(console, None)

    @console.page("/mau-cau/<int:text_id>", may=Act.chat, methods=["GET", "POST"])
    def saved_text_edit(text_id: int) -> Answer:
        with console.database.read() as session:
            row = session.get(SavedText, text_id)
            reach = person().agencies(_act(row.purpose)) if row else frozenset()
            row = store.get(session, text_id, reach)
        if row is None or row.purpose not in _purposes():
            return console.missing()
        return _edit(console, row)

    @console.page("/mau-cau/<int:text_id>/xoa", may=Act.chat, methods=["POST"])
    def saved_text_remove(text_id: int) -> Answer:
        with console.database.write() as session:
            row = session.get(SavedText, text_id)
            if row is None or row.purpose not in _purposes():
                return console.missing()
            gone = store.remove(session, text_id, person().agencies(_act(row.purpose)))
            if gone is None:
                return console.missing()
            console.audit(session, "text.removed", "text", str(text_id), purpose=gone.purpose)
        return console.redirect(
            url_for("console.saved_text_list", muc=gone.purpose), "Đã xóa mẫu câu."
        )


def _act(purpose: str) -> Act:
    return _ACTS.get(purpose, Act.move_dossiers)


def _purposes() -> dict[str, str]:
    return {key: words for key, words in PURPOSE_WORDS.items() if person().may(_act(key))}


def _edit(console: Console, row: SavedText | None) -> Answer:
    if request.method == "GET":
        return _form(console, row, {})
    form, errors = read_form(Edited)
    if form is None:
        return _form(console, row, errors)
    if form.purpose not in _purposes():
        return _form(console, row, {"purpose": "Vai trò của bạn không dùng mẫu câu này."})
    who, now = person(), console.clock.now()
    with console.database.write() as session:
        saved = store.save(
            session,
            purpose=form.purpose,
            title=form.title,
            text=form.text,
            agency_id=form.agency,
            by=who.username,
            now=now,
            agency_ids=who.agencies(_act(form.purpose)),
            text_id=row.id if row else None,
        )
        if saved is not None:
            console.audit(session, "text.saved", "text", str(saved.id), purpose=form.purpose)
    if saved is None:
        return _form(console, row, {"agency": "Xin chọn cơ quan trong phạm vi của bạn."})
    return console.redirect(url_for("console.saved_text_list", muc=form.purpose), "Đã lưu mẫu câu.")


def _form(console: Console, row: SavedText | None, errors: dict[str, str]) -> Response:
    purposes = _purposes()
    given = request.form if request.method == "POST" else None
    reaches = [person().agencies(_act(key)) for key in purposes]
    with console.database.read() as session:
        agencies = [
            (one.id, one.label)
            for one in agency_tree.choices(session)
            if any(reach is None or one.id in reach for reach in reaches)
        ]
    values = {
        "purpose": row.purpose if row else request.args.get("muc", ""),
        "title": row.title if row else "",
        "text": row.text if row else "",
        "agency": (row.agency_id or "") if row else "",
    }
    if given is not None:
        values = {name: given.get(name, "") for name in values}
    return console.show(
        "saved_texts/form.html",
        status=422 if errors else 200,
        row=row,
        values=values,
        errors=errors,
        purposes=list(purposes.items()),
        agencies=agencies,
        everywhere=any(reach is None for reach in reaches),
    )
