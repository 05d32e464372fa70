"""What staff do with a request: acknowledge, extend, correct, unlink, withdraw, end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Annotated, Literal

from flask import url_for
from pydantic import BaseModel, Field
from sqlmodel import Session

from clock import VIETNAM
from console.access import Act
from console.auditing import declare
from console.forms import Text, read_form
from console.frame import Answer, Console, person
from console.privacy.queue import CHECKS
from console.privacy.request_page import show
from dossiers.codes import canonical_code
from privacy import correcting, requests
from privacy.clocks import end_of_day
from privacy.requests import NotNow
from store import privacy as store
from store.tables import PrivacyRequest

declare("privacy.acknowledged", "Xác nhận yêu cầu dữ liệu cá nhân")
declare("privacy.extended", "Gia hạn yêu cầu dữ liệu cá nhân", "until")
declare("privacy.identified", "Ghi cách xác minh người yêu cầu", "how")
declare("privacy.corrected", "Sửa dữ liệu theo yêu cầu", "dossier", "fields")
declare("privacy.unlinked", "Hủy liên kết theo yêu cầu")
declare("privacy.withdrawn", "Rút sự đồng ý theo yêu cầu")
declare("privacy.ended", "Kết thúc yêu cầu dữ liệu cá nhân", "state")

#: What is done inside the transaction; answers the notice for the next page.
Work = Callable[[Session, PrivacyRequest], str]


class Extension(BaseModel):
    """The one extension."""

    until: date
    reason: Annotated[Text, Field(min_length=5, max_length=500)]


class Check(BaseModel):
    """How it was made sure who asks."""

    identity_check: Literal["", "can_cuoc", "vneid", "uy_quyen", "goi_lai", "zalo"]


class Correction(BaseModel):
    """Another name or phone for one dossier."""

    dossier_code: Annotated[Text, Field(min_length=1, max_length=100)]
    owner_name: Annotated[Text, Field(max_length=200)] = ""
    new_phone: Annotated[Text, Field(max_length=40)] = ""


class End(BaseModel):
    """How a request ends; the citizen reads the outcome."""

    outcome: Annotated[Text, Field(min_length=5, max_length=500)]
    result: Literal["done", "refused"] = "done"


def identified(row: PrivacyRequest) -> None:
    """Raise `NotNow` while nobody made sure who asks: data must not reach another person."""
    if not row.identity_check:
        raise NotNow("Chưa xác minh người yêu cầu: xin ghi cách xác minh trước.")


def add(console: Console) -> None:
    """Add the acts; each is a button or a small form of the request's page."""

    def act(request_id: int, work: Work, field: str = "_") -> Answer:
        """Do the work on a locked request; a refusal is shown beside ``field``."""
        with console.database.read() as session:
            before = store.get(session, request_id)
        if before is None:
            return console.missing()
        try:
            with console.database.write(wake=True) as session:
                row = store.get(session, request_id, lock=True)
                if row is None:
                    return console.missing()
                notice = work(session, row)
        except NotNow as refused:
            return show(console, before, {field: str(refused)})
        return console.redirect(url_for("console.privacy_request", request_id=request_id), notice)

    def wrong(request_id: int, errors: dict[str, str]) -> Answer:
        with console.database.read() as session:
            row = store.get(session, request_id)
        return show(console, row, errors) if row else console.missing()

    @console.page("/quyen-rieng-tu/<int:request_id>/xac-nhan", may=Act.privacy, methods=["POST"])
    def privacy_acknowledge(request_id: int) -> Answer:
        def work(session: Session, row: PrivacyRequest) -> str:
            requests.acknowledge(session, row, console.settings, console.clock.now())
            console.audit(session, "privacy.acknowledged", "privacy", row.code)
            return "Đã xác nhận."

        return act(request_id, work)

    @console.page("/quyen-rieng-tu/<int:request_id>/gia-han", may=Act.privacy, methods=["POST"])
    def privacy_extend(request_id: int) -> Answer:
        form, errors = read_form(Extension)
        if form is None:
            return wrong(request_id, errors)
        until = end_of_day(_noon(form.until))

        def work(session: Session, row: PrivacyRequest) -> str:
            now = console.clock.now()
            requests.extend(session, row, until, form.reason, console.settings, now)
            day = form.until.isoformat()
            console.audit(session, "privacy.extended", "privacy", row.code, until=day)
            return "Đã gia hạn."

        return act(request_id, work, "until")

    @console.page("/quyen-rieng-tu/<int:request_id>/xac-minh", may=Act.privacy, methods=["POST"])
    def privacy_identify(request_id: int) -> Answer:
        form, errors = read_form(Check)
        if form is None:
            return wrong(request_id, errors)

        def work(session: Session, row: PrivacyRequest) -> str:
            if form.identity_check == "zalo" and not row.uid:
                raise NotNow("Yêu cầu này không đến từ Zalo.")
            row.identity_check = form.identity_check
            store.touch(session, row, console.clock.now())
            how = CHECKS[form.identity_check]
            console.audit(session, "privacy.identified", "privacy", row.code, how=how)
            return "Đã ghi cách xác minh."

        return act(request_id, work, "identity_check")

    @console.page(
        "/quyen-rieng-tu/<int:request_id>/sua", may=Act.privacy, methods=["POST"], confirm=True
    )
    def privacy_correct(request_id: int) -> Answer:
        form, errors = read_form(Correction)
        code = canonical_code(form.dossier_code, legacy=True) if form else None
        if form is None or code is None:
            return wrong(request_id, errors or {"dossier_code": "Không đúng dạng mã hồ sơ."})

        def work(session: Session, row: PrivacyRequest) -> str:
            identified(row)
            changed = correcting.correct_dossier(
                session, row, code, form.owner_name, form.new_phone, console.clock.now()
            )
            fields = " ".join(changed)
            console.audit(
                session, "privacy.corrected", "privacy", row.code, dossier=code, fields=fields
            )
            return f"Đã sửa hồ sơ {code}. Nhớ sửa cả ở phần mềm một cửa, nếu hồ sơ từ đó gửi sang."

        return act(request_id, work, "dossier_code")

    @console.page(
        "/quyen-rieng-tu/<int:request_id>/huy-lien-ket/<int:link_id>",
        may=Act.privacy,
        methods=["POST"],
        confirm=True,
    )
    def privacy_unlink(request_id: int, link_id: int) -> Answer:
        def work(session: Session, row: PrivacyRequest) -> str:
            identified(row)
            version, by = console.settings.consent_version, person().username
            if not correcting.unlink(session, row, link_id, version, console.clock.now(), by):
                raise NotNow("Liên kết này không còn, hoặc không thuộc yêu cầu này.")
            console.audit(session, "privacy.unlinked", "privacy", row.code)
            return "Đã hủy liên kết."

        return act(request_id, work)

    @console.page(
        "/quyen-rieng-tu/<int:request_id>/rut-dong-y",
        may=Act.privacy,
        methods=["POST"],
        confirm=True,
    )
    def privacy_withdraw(request_id: int) -> Answer:
        def work(session: Session, row: PrivacyRequest) -> str:
            identified(row)
            now, by = console.clock.now(), person().username
            version = console.settings.consent_version
            outcome = correcting.withdraw(session, row, version, now, by)
            requests.finish(
                session, row, outcome=outcome, by=by, settings=console.settings, now=now
            )
            console.audit(session, "privacy.withdrawn", "privacy", row.code)
            return outcome

        return act(request_id, work)

    @console.page("/quyen-rieng-tu/<int:request_id>/ket-thuc", may=Act.privacy, methods=["POST"])
    def privacy_end(request_id: int) -> Answer:
        form, errors = read_form(End)
        if form is None:
            return wrong(request_id, errors)

        def work(session: Session, row: PrivacyRequest) -> str:
            requests.finish(
                session,
                row,
                outcome=form.outcome,
                by=person().username,
                settings=console.settings,
                now=console.clock.now(),
                done=form.result == "done",
            )
            console.audit(session, "privacy.ended", "privacy", row.code, state=row.state)
            return "Đã kết thúc; dữ liệu của người yêu cầu trong phiếu này đã được xóa."

        return act(request_id, work, "outcome")


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), VIETNAM)
