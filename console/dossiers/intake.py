"""Taking in a dossier at the counter: one page, under a minute, then the receipt."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Literal

from flask import Response, request, url_for
from pydantic import BaseModel, Field
from sqlmodel import Session

from clock import VIETNAM
from console.access import Act
from console.auditing import declare
from console.dossiers.typing import due_text, limit_text, matching, record_of
from console.forms import Line, MaybeInt, Text, Tick, Word, read_form
from console.frame import Answer, Console, person
from dossiers.issuing import NoCode
from dossiers.reception import (
    KINDS,
    RESULT_FORMS,
    NewDossier,
    NotTaken,
    identity_problem,
    phone_words,
    promised,
    receive,
)
from procedures.records import ProcedureRecord
from procedures.search import Entry
from store import agency_tree, dossier_pages
from store.dossier_codes import agencies_of
from store.tables import Agency, Dossier
from wording import Words

declare("dossier.received", "Tiếp nhận hồ sơ", "zalo")
declare("dossier.slip_viewed", "Xem trang in giấy tiếp nhận")

_KEY = r"^[A-Za-z0-9_-]{16,40}$"
_FAR = timedelta(days=3660)


class Filled(BaseModel):
    """The form as the clerk filled it in."""

    key: Annotated[str, Field(pattern=_KEY)]
    act: Literal["luu", "tim"] = "luu"
    agency: MaybeInt = Field(default=None, ge=1, lt=2**62)
    procedure: Word = ""
    procedure_words: Word = ""
    owner: Annotated[Text, Field(max_length=300)] = ""
    kind: Literal["citizen", "organisation", "household"] = "citizen"
    identity: Annotated[Text, Field(max_length=60)] = ""
    phone: Annotated[Text, Field(max_length=60)] = ""
    zalo: Tick = False
    promised: Annotated[str, Field(max_length=20)] = ""
    result_form: Literal["truc_tiep", "buu_chinh", "truc_tuyen"] = "truc_tiep"
    receipt_number: Word = ""
    summary: Line = ""


def add(console: Console) -> None:
    """Add the form and the page after it."""

    @console.page("/ho-so/moi", may=Act.take_in, methods=["GET", "POST"])
    def dossier_new() -> Answer:
        if request.method == "GET":
            blank = Filled(
                key=secrets.token_urlsafe(16), procedure=request.args.get("thu-tuc", "")[:200]
            )
            return _form(console, blank, {})
        form, errors = read_form(Filled)
        if form is None:
            kept = {
                k: v
                for k, v in request.form.items()
                if k not in errors and k in Filled.model_fields
            }
            kept["key"] = kept.get("key") or secrets.token_urlsafe(16)
            return _form(console, Filled.model_validate(kept), errors)
        if form.act == "tim":
            return _form(console, form, {}, searched=True)
        return _save(console, form)

    @console.page("/ho-so/<int:dossier_id>/da-tiep-nhan", may=Act.take_in)
    def dossier_received(dossier_id: int) -> Answer:
        with console.database.read() as session:
            row = dossier_pages.seen_by(session, dossier_id, person().units(Act.take_in))
            reached = bool(row and row.phone) and bool(
                row and dossier_pages.phone_standing(session, row.phone) == "linked"
            )
        if row is None:
            return console.missing()
        console.looked("dossier.slip_viewed", "dossier", row.code)
        words = Words("vi", console.settings)
        return console.show("dossiers/received.html", row=row, words=words, reached=reached)


def _save(console: Console, form: Filled) -> Answer:
    now, who = console.clock.now(), person()
    with console.database.read() as session:
        record = record_of(session, form.procedure)
        agency = _agency(session, form)
    due, errors = _checked(console, form, record, agency, now)
    if errors or agency is None:
        return _form(console, form, errors)
    new = NewDossier(
        key=form.key,
        unit_code=agency.code,
        agency_name=agency.name,
        owner=form.owner,
        kind=form.kind,
        procedure_code=(record.code or "") if record else "",
        procedure_name=record.name if record else "",
        field_name=record.field if record else "",
        identity=form.identity,
        phone=phone_words(form.phone).e164,
        zalo=form.zalo,
        promised_at=due,
        result_form=form.result_form,
        summary=form.summary,
        receipt_number=form.receipt_number,
    )
    try:
        with console.database.write(wake=True) as session:
            row, fresh = receive(
                session,
                new,
                by=who.username,
                officer=who.name,
                now=now,
                settings=console.settings,
                vault=console.vault,
            )
            if fresh:
                console.audit(session, "dossier.received", "dossier", row.code, zalo=form.zalo)
    except NoCode as error:
        return _form(console, form, {"agency": str(error)})
    except NotTaken as error:
        return _form(console, form, {"_": " ".join(error.problems)})
    return console.redirect(
        url_for("console.dossier_received", dossier_id=row.id), f"Đã tiếp nhận hồ sơ {row.code}."
    )


def _checked(
    console: Console,
    form: Filled,
    record: ProcedureRecord | None,
    agency: Agency | None,
    now: datetime,
) -> tuple[datetime | None, dict[str, str]]:
    """The promised date, and a sentence for every field that cannot be taken."""
    errors: dict[str, str] = {}
    if agency is None:
        errors["agency"] = "Xin chọn cơ quan tiếp nhận."
    if record is None:
        errors["procedure_words"] = "Xin gõ tên thủ tục rồi chọn một dòng trong danh sách."
    if len(form.owner) < 2:
        errors["owner"] = "Xin ghi họ tên hoặc tên tổ chức của chủ hồ sơ."
    if problem := identity_problem(form.identity, form.kind):
        errors["identity"] = problem
    if form.phone and not (told := phone_words(form.phone)).e164:
        errors["phone"] = told.words
    if form.zalo and not form.phone:
        errors["phone"] = "Đăng ký nhận qua Zalo thì cần số điện thoại di động."
    due: datetime | None = None
    if form.promised:
        due = _moment(form.promised)
        if due is None or not now < due < now + _FAR:
            errors["promised"] = "Ngày hẹn trả phải là một thời điểm sau bây giờ."
    elif record is not None:
        due = promised(record, console.calendar, now)
    return due, errors


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)
    except ValueError:
        return None


def _agencies(session: Session) -> list[Agency]:
    return agencies_of(session, person().units(Act.take_in))


def _agency(session: Session, form: Filled) -> Agency | None:
    theirs = _agencies(session)
    if form.agency is None:
        return theirs[0] if len(theirs) == 1 else None
    return next((one for one in theirs if one.id == form.agency), None)


def _form(
    console: Console, form: Filled, errors: dict[str, str], *, searched: bool = False
) -> Response:
    words = Words("vi", console.settings)
    found: list[Entry] = []
    with console.database.read() as session:
        theirs = {one.id for one in _agencies(session)}
        agencies = [(c.id, c.label) for c in agency_tree.choices(session) if c.id in theirs]
        record = record_of(session, form.procedure)
        if searched or (record is None and form.procedure_words):
            found = matching(session, form.procedure_words)
    return console.show(
        "dossiers/new.html",
        status=422 if errors else 200,
        form=form,
        errors=errors,
        agencies=agencies,
        record=record,
        found=found,
        searched=searched,
        kinds=list(KINDS.items()),
        result_forms=list(RESULT_FORMS.items()),
        due=form.promised or (due_text(console, record) if record else ""),
        limit=limit_text(record, words) if record else "",
        tick_words=words("counter.tick"),
        consent=words("counter.consent", version=console.settings.consent_version),
    )


def name_of(row: Dossier) -> str:
    """The file name part of a dossier's papers: ASCII, without slashes."""
    return row.code.replace("/", "-")
