"""Khóa API: which systems push dossiers to us, with what scopes, and when they last did."""

from __future__ import annotations

from typing import Annotated

from flask import Response, request, url_for
from pydantic import BaseModel, Field, field_validator

from console.access import Act
from console.auditing import declare
from console.forms import Long, Text, read_form
from console.frame import Answer, Console
from store import api_keys
from store.tables import ApiKey

declare("api_key.created", "Tạo khóa API", "scopes", "sources")
declare("api_key.rolled", "Thay khóa API")
declare("api_key.revoked", "Thu hồi khóa API")
declare("api_key.limited", "Đổi phạm vi khóa API", "scopes", "sources")

SCOPES = {
    "dossiers:write": "Gửi hồ sơ",
    "events:write": "Gửi tiến trình",
    "dossiers:read": "Đọc hồ sơ, lấy phiếu và biểu mẫu",
    "receipts:write": "Gửi phiếu tiếp nhận",
    "broadcasts:write": "Gửi bản nháp thông báo",
    "broadcasts:read": "Đọc trạng thái thông báo",
}
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{1,59}$"
_MOST_SOURCES = 20


class Limits(BaseModel):
    """What a key may do, and for which systems."""

    scopes: list[str] = Field(default_factory=list, max_length=10)
    sources: Long = ""

    @field_validator("scopes")
    @classmethod
    def _some(cls, value: list[str]) -> list[str]:
        known = [scope for scope in SCOPES if scope in value]
        if not known:
            raise ValueError("Xin chọn ít nhất một quyền.")
        return known

    @field_validator("sources")
    @classmethod
    def _few(cls, value: str) -> str:
        named = [line.strip() for line in value.splitlines() if line.strip()]
        if len(named) > _MOST_SOURCES or any(len(one) > 120 for one in named):
            raise ValueError(f"Nhiều nhất {_MOST_SOURCES} hệ thống, mỗi dòng một tên.")
        return "\n".join(dict.fromkeys(named))

    @property
    def named(self) -> list[str]:
        """The source systems, one a line."""
        return self.sources.splitlines()


class NewKey(Limits):
    """A key to make."""

    name: Annotated[Text, Field(pattern=_NAME)]

    @field_validator("name", mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return value[:200] if isinstance(value, str) else value


def add(console: Console) -> None:
    """Add the pages."""
    console.nav("Khóa API", "api_key_list", Act.api_keys, "Hệ thống")

    @console.page("/khoa-api", may=Act.api_keys)
    def api_key_list() -> Answer:
        with console.database.read() as session:
            rows = api_keys.everything(session)
        return console.show("api_keys/list.html", rows=rows, scopes=SCOPES)

    @console.page("/khoa-api/moi", may=Act.api_keys, methods=["GET", "POST"], confirm=True)
    def api_key_new() -> Answer:
        if request.method == "GET":
            return _form(console, None, list(SCOPES), "")
        form, errors = read_form(NewKey)
        if form is None:
            return _again(console, None, errors)
        with console.database.write() as session:
            taken = api_keys.by_name(session, form.name) is not None
            if not taken:
                scopes = " ".join(form.scopes)
                key = api_keys.create(session, form.name, scopes, console.clock.now(), form.named)
                console.audit(
                    session,
                    "api_key.created",
                    "api_key",
                    form.name,
                    scopes=scopes,
                    sources=", ".join(form.named),
                )
        if taken:
            return _again(
                console, None, {"name": "Đã có khóa mang tên này; thay khóa đó hoặc chọn tên khác."}
            )
        return console.show("api_keys/shown.html", name=form.name, key=key, new=True)

    @console.page("/khoa-api/<int:key_id>", may=Act.api_keys, methods=["GET", "POST"], confirm=True)
    def api_key(key_id: int) -> Answer:
        with console.database.read() as session:
            row = api_keys.get(session, key_id)
        if row is None:
            return console.missing()
        if request.method == "GET":
            return _form(console, row, row.scopes.split(), "\n".join(row.sources))
        form, errors = read_form(Limits)
        if form is None:
            return _again(console, row, errors)
        with console.database.write() as session:
            scopes = " ".join(form.scopes)
            api_keys.limit(session, key_id, scopes, form.named)
            console.audit(
                session,
                "api_key.limited",
                "api_key",
                row.name,
                scopes=scopes,
                sources=", ".join(form.named),
            )
        return console.redirect(url_for("console.api_key_list"), f"Đã lưu khóa {row.name}.")

    @console.page("/khoa-api/<int:key_id>/thay", may=Act.api_keys, methods=["POST"], confirm=True)
    def api_key_roll(key_id: int) -> Answer:
        with console.database.write() as session:
            row, key = api_keys.get(session, key_id), api_keys.roll(session, key_id)
            if row is None or key is None:
                return console.missing()
            console.audit(session, "api_key.rolled", "api_key", row.name)
        return console.show("api_keys/shown.html", name=row.name, key=key, new=False)

    @console.page(
        "/khoa-api/<int:key_id>/thu-hoi", may=Act.api_keys, methods=["POST"], confirm=True
    )
    def api_key_revoke(key_id: int) -> Answer:
        with console.database.write() as session:
            row = api_keys.get(session, key_id)
            if row is None:
                return console.missing()
            if api_keys.revoke(session, row.name, console.clock.now()):
                console.audit(session, "api_key.revoked", "api_key", row.name)
        return console.redirect(
            url_for("console.api_key_list"),
            f"Đã thu hồi khóa {row.name}; từ giờ nó bị từ chối.",
        )


def _again(console: Console, row: ApiKey | None, errors: dict[str, str]) -> Response:
    given = request.form
    return _form(console, row, given.getlist("scopes"), given.get("sources", "")[:5000], errors)


def _form(
    console: Console,
    row: ApiKey | None,
    chosen: list[str],
    sources: str,
    errors: dict[str, str] | None = None,
) -> Response:
    return console.show(
        "api_keys/form.html",
        status=422 if errors else 200,
        row=row,
        scopes=SCOPES,
        chosen=chosen,
        sources=sources,
        errors=errors or {},
    )
