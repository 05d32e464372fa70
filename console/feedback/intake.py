"""Feedback taken down by staff: at the counter or by telephone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from flask import request, url_for
from pydantic import BaseModel, Field, field_validator

from console.access import Act
from console.auditing import declare
from console.feedback.words import kinds
from console.forms import MaybeInt, Text, Word, read_form
from console.frame import Answer, Console, person
from dossiers.codes import canonical_code
from dossiers.phones import Phone, read_phone
from feedback import filing
from store.agency_tree import choices

declare("feedback.taken_down", "Ghi phản ánh tại quầy, qua điện thoại", "source")


class TakenDown(BaseModel):
    """What somebody said."""

    source: Literal["counter", "phone"]
    kind: Literal["service", "procedure", "public_place", "suggestion", "other"]
    text: Annotated[Text, Field(min_length=12, max_length=filing.TEXT_LIMIT)]
    place: Annotated[Text, Field(max_length=filing.PLACE_LIMIT)] = ""
    dossier: Word = ""
    name: Annotated[Text, Field(max_length=filing.NAME_LIMIT)] = ""
    phone: Word = ""
    agency: MaybeInt = Field(default=None, ge=1)

    @field_validator("phone")
    @classmethod
    def _mobile(cls, value: str) -> str:
        if not value:
            return ""
        read = read_phone(value)
        if not isinstance(read, Phone):
            raise ValueError(
                "Không đúng số di động Việt Nam; bỏ trống nếu người dân không để lại số."
            )
        return read.e164

    @field_validator("dossier")
    @classmethod
    def _code(cls, value: str) -> str:
        code = canonical_code(value) if value else ""
        if code is None:
            raise ValueError("Không đúng mã hồ sơ, ví dụ 000.00.04.H60-230215-0028.")
        return code


def add(console: Console) -> None:
    """Add the form."""

    @console.page("/phan-anh/moi", may=Act.handle_feedback, methods=["GET", "POST"])
    def feedback_new() -> Answer:
        if request.method == "GET":
            return _page(console, {})
        form, errors = read_form(TakenDown)
        reach = person().agencies(Act.handle_feedback)
        if form is not None and reach is not None and form.agency not in reach:
            form, errors = None, {"agency": "Xin chọn một cơ quan trong phạm vi của bạn."}
        if form is None:
            return _page(console, errors)
        report = filing.Report(
            kind=form.kind,
            text=form.text,
            place=form.place,
            dossier_code=form.dossier,
            name=form.name,
            phone=form.phone,
        )
        with console.database.write(wake=True) as session:
            row = filing.file(
                session,
                report,
                console.clock.now(),
                console.settings,
                console.calendar,
                source=form.source,
                by=person().username,
                agency_id=form.agency,
            )
            console.audit(session, "feedback.taken_down", "feedback", row.code, source=form.source)
        address = url_for("console.feedback_item", feedback_id=row.id)
        return console.redirect(address, f"Đã ghi. Mã để đọc cho người dân: {row.code}.")


def _page(console: Console, errors: Mapping[str, str]) -> Answer:
    reach = person().agencies(Act.handle_feedback)
    with console.database.read() as session:
        agencies = [one for one in choices(session) if reach is None or one.id in reach]
    return console.show(
        "feedback/new.html",
        status=422 if errors else 200,
        errors=errors,
        given=request.form,
        kinds=kinds(console),
        agencies=agencies,
        limited=reach is not None,
        limit=filing.TEXT_LIMIT,
    )
