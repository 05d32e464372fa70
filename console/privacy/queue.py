"""The queue of requests, the ones running out first, and taking one in at the counter."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask import Response, request, url_for
from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from console.access import Act
from console.auditing import declare
from console.forms import MaybeInt, Text, Word, read_form, read_query
from console.frame import Answer, Console, person
from dossiers.codes import canonical_code
from dossiers.phones import Phone, read_phone
from dossiers.times import read_time
from privacy.clocks import days_left, due_of, next_due
from privacy.requests import KINDS, SOURCES, STATES, open_request
from store import lookups
from store import privacy as store

declare("privacy.listed", "Xem danh sách yêu cầu dữ liệu cá nhân", "ended")
declare("privacy.opened", "Ghi yêu cầu dữ liệu cá nhân", "kind")

#: How the counter may have made sure who asks; never the number itself.
CHECKS = {
    "": "Chưa xác minh",
    "can_cuoc": "Căn cước tại quầy",
    "vneid": "VNeID tại quầy",
    "uy_quyen": "Giấy ủy quyền và căn cước",
    "goi_lai": "Gọi lại số điện thoại đã đăng ký",
    "zalo": "Chính tài khoản Zalo đã nhắn",
}
_PAGE = 50


class Listed(BaseModel):
    """Which requests to show."""

    da_xong: bool = False
    truoc: MaybeInt = None
    ma: Word = ""


def _moment(value: object) -> object:
    return read_time(value) if isinstance(value, str) and value.strip() else None


class CounterRequest(BaseModel):
    """A request as the counter takes it down."""

    kind: Literal["see", "correct", "delete", "withdraw"]
    phone: Annotated[Text, Field(max_length=40)] = ""
    dossier_code: Annotated[Text, Field(max_length=100)] = ""
    name: Annotated[Text, Field(max_length=200)] = ""
    details: Annotated[Text, Field(max_length=1000)] = ""
    identity_check: Literal["", "can_cuoc", "vneid", "uy_quyen", "goi_lai"] = ""
    received_at: Annotated[datetime | None, BeforeValidator(_moment)] = None

    @field_validator("phone")
    @classmethod
    def _mobile(cls, value: str) -> str:
        if not value:
            return ""
        read = read_phone(value)
        if not isinstance(read, Phone):
            raise ValueError("Xin nhập một số di động Việt Nam.")
        return read.e164

    @field_validator("dossier_code")
    @classmethod
    def _canonical(cls, value: str) -> str:
        if not value:
            return ""
        found = canonical_code(value, legacy=True)
        if found is None:
            raise ValueError("Không đúng dạng mã hồ sơ, ví dụ 000.00.04.H60-230215-0028.")
        return found

    @model_validator(mode="after")
    def _somebody(self) -> CounterRequest:
        if not self.phone and not self.dossier_code:
            raise ValueError("Xin nhập số điện thoại hoặc mã hồ sơ của người yêu cầu.")
        return self


def add(console: Console) -> None:
    """Add the queue and the counter's form."""
    console.nav(
        "Quyền riêng tư",
        "privacy_queue",
        Act.privacy,
        "Hệ thống",
        badge=lambda session, _: store.count_waiting(session),
    )

    @console.page("/quyen-rieng-tu", may=Act.privacy)
    def privacy_queue() -> Answer:
        wanted, now = read_query(Listed), console.clock.now()
        with console.database.read() as session:
            if wanted.ma:
                found = store.by_code(session, wanted.ma.upper())
                rows = [found] if found else []
            elif wanted.da_xong:
                rows = list(store.ended(session, before=wanted.truoc or 0, limit=_PAGE + 1))
            else:
                rows = sorted(store.waiting(session), key=lambda row: (next_due(row), row.id))
            late = store.count_late(session, now)
        ended = wanted.da_xong and not wanted.ma
        more = rows[_PAGE - 1].id if ended and len(rows) > _PAGE else None
        console.looked("privacy.listed", ended=wanted.da_xong)
        return console.show(
            "privacy/queue.html",
            rows=rows[:_PAGE] if ended else rows,
            more=more,
            wanted=wanted,
            late=late,
            kinds=KINDS,
            states=STATES,
            sources=SOURCES,
            due_of=due_of,
            next_due=next_due,
            days_left=days_left,
            now=now,
        )

    @console.page("/quyen-rieng-tu/moi", may=Act.privacy, methods=["GET", "POST"])
    def privacy_new() -> Answer:
        if request.method == "GET":
            return _form(console)
        form, errors = read_form(CounterRequest)
        if form is None:
            if "_" in errors:
                errors["phone"] = errors.pop("_")
            return _form(console, errors)
        now = console.clock.now()
        if form.received_at and form.received_at > now:
            return _form(console, {"received_at": "Thời điểm nhận không thể ở tương lai."})
        with console.database.write() as session:
            phone = form.phone
            if form.dossier_code:
                dossier = lookups.by_code(session, form.dossier_code)
                if dossier is None:
                    return _form(console, {"dossier_code": "Không có hồ sơ này."})
                phone = phone or dossier.phone
            row = open_request(
                session,
                kind=form.kind,
                source="counter",
                now=now,
                calendar=console.calendar,
                settings=console.settings,
                by=person().username,
                phone=phone,
                name=form.name,
                dossier_code=form.dossier_code,
                details=form.details,
                identity_check=form.identity_check,
                received_at=form.received_at,
            )
            console.audit(session, "privacy.opened", "privacy", row.code, kind=form.kind)
        return console.redirect(
            url_for("console.privacy_request", request_id=row.id),
            f"Đã ghi. Đưa cho người yêu cầu mã {row.code}.",
        )


def _form(console: Console, errors: dict[str, str] | None = None) -> Response:
    return console.show(
        "privacy/new.html",
        status=422 if errors else 200,
        kinds=list(KINDS.items()),
        checks=[(key, words) for key, words in CHECKS.items() if key != "zalo"],
        errors=errors or {},
    )
