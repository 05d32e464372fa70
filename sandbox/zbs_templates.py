"""The registry of ZBS templates: parameters, limits, prices, states (protocol 5.3)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from .errors import zbs_refused

State = Literal["ENABLE", "PENDING_REVIEW", "REJECT", "DISABLE", "DELETE"]
STATES: tuple[State, ...] = ("ENABLE", "PENDING_REVIEW", "REJECT", "DISABLE", "DELETE")
ParameterType = Literal["STRING", "NUMBER", "DATE", "PHONE", "OTP", "URL"]

_FORMATS = {
    "NUMBER": re.compile(r"[0-9][0-9.,]*"),
    "DATE": re.compile(r"(?:[0-9]{2}:[0-9]{2}(?::[0-9]{2})? )?[0-9]{2}/[0-9]{2}/[0-9]{4}(?: .*)?"),
    "PHONE": re.compile(r"\+?[0-9]{8,15}"),
    "OTP": re.compile(r"[0-9A-Za-z]{4,10}"),
    "URL": re.compile(r"https?://\S+"),
}


class Parameter(BaseModel):
    """One parameter of a template; lengths in characters."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=64)
    type: ParameterType = "STRING"
    max_length: int = Field(default=30, ge=1, le=400)
    min_length: int = Field(default=0, ge=0, le=400)
    required: bool = True


class Template(BaseModel):
    """One template; `body` holds ``<parameter>`` marks and is what the phone shows."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[0-9]{1,20}$")
    name: str = Field(max_length=60)
    title: str = Field(default="", max_length=65)
    body: str = Field(default="", max_length=1000)
    params: list[Parameter] = Field(default=[], max_length=20)
    buttons: list[dict[str, str]] = Field(default=[], max_length=2)
    status: State = "ENABLE"
    tag: Literal["OTP", "IN_TRANSACTION", "POST_TRANSACTION", "PROMOTION"] = "IN_TRANSACTION"
    quality: Literal["HIGH", "MEDIUM", "LOW", "UNDEFINED"] = "HIGH"
    price_sdt: int = Field(default=300, ge=0)
    price_uid: int = Field(default=200, ge=0)
    uid_allowed: bool = True
    daily_limit: int | None = Field(default=None, ge=0)

    def rendered(self, data: dict[str, str]) -> str:
        """The body with its parameters filled in."""
        return re.sub(r"<([a-z0-9_]+)>", lambda mark: data.get(mark[1], ""), self.body)

    def checked(self, data: Any) -> dict[str, str]:
        """The parameters as strings; -112, -1121, -1122 or -1124 when one is wrong."""
        if not isinstance(data, dict):
            raise zbs_refused(-112)
        filled: dict[str, str] = {}
        for parameter in self.params:
            value = data.get(parameter.name)
            if value is None or value == "":
                if parameter.required:
                    raise zbs_refused(-1122, parameter.name)
                continue
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise zbs_refused(-1124, parameter.name)
            filled[parameter.name] = _fits(parameter, str(value))
        return filled


def _fits(parameter: Parameter, text: str) -> str:
    if len(text) > parameter.max_length:
        raise zbs_refused(-1121, parameter.name)
    pattern = _FORMATS.get(parameter.type)
    if len(text) < parameter.min_length or (pattern and not pattern.fullmatch(text)):
        raise zbs_refused(-1124, parameter.name)
    return text


def _text(name: str, limit: int, required: bool = True) -> Parameter:
    return Parameter(name=name, max_length=limit, required=required)


def _standard() -> list[Template]:
    code, applicant = _text("ma_ho_so", 30), _text("chu_ho_so", 30)
    procedure, state = _text("ten_thu_tuc", 200), _text("trang_thai", 30)
    date = _text("ngay", 20)
    return [
        Template(
            id="300001",
            name="Cập nhật trạng thái hồ sơ",
            title="Hồ sơ có cập nhật mới",
            body="Hồ sơ <ma_ho_so> (<ten_thu_tuc>) của <chu_ho_so> có trạng thái: <trang_thai>."
            " Thời điểm: <ngay>. <noi_dung>",
            params=[code, procedure, applicant, state, date, _text("noi_dung", 200, False)],
        ),
        Template(
            id="300002",
            name="Yêu cầu người nộp hồ sơ thực hiện",
            title="Hồ sơ cần ông/bà thực hiện",
            body="Hồ sơ <ma_ho_so> (<ten_thu_tuc>): <trang_thai>. Nội dung: <noi_dung>."
            " Hạn: <ngay>.",
            params=[
                code,
                procedure,
                state,
                _text("noi_dung", 200),
                _text("ngay", 20, False),
                _text("chu_ho_so", 30, False),
            ],
        ),
        Template(
            id="300003",
            name="Mã xác thực liên kết số điện thoại",
            title="Mã xác thực",
            body="Mã xác thực của ông/bà là <otp>. Mã có hiệu lực trong 5 phút."
            " Không cung cấp mã này cho bất kỳ ai.",
            params=[Parameter(name="otp", type="OTP", max_length=10)],
            tag="OTP",
            uid_allowed=False,
        ),
        Template(
            id="300009",
            name="Mẫu đang chờ duyệt",
            title="Mẫu đang chờ duyệt",
            body="Hồ sơ <ma_ho_so>.",
            params=[code],
            status="PENDING_REVIEW",
        ),
    ]


class TemplateRegistry:
    """Templates by id; starts with ours or with those of a JSON file."""

    def __init__(self, source: Path | None = None) -> None:
        self._source = source
        self._by_id: dict[str, Template] = {}
        self.clear()

    def clear(self) -> None:
        """Back to the templates of the start."""
        start = _standard()
        if self._source:
            start = TypeAdapter(list[Template]).validate_python(
                json.loads(self._source.read_text("utf-8"))
            )
        self._by_id = {template.id: template for template in start}

    def all(self) -> list[Template]:
        """Every template."""
        return list(self._by_id.values())

    def put(self, template: Template) -> None:
        """Add or replace one."""
        self._by_id[template.id] = template

    def get(self, template_id: Any) -> Template:
        """The template; -109 when there is none."""
        found = self._by_id.get(str(template_id)) if isinstance(template_id, str | int) else None
        if found is None or found.status == "DELETE":
            raise zbs_refused(-109)
        return found

    def usable(self, template_id: Any) -> Template:
        """The template if it may be sent; -131 when it is not approved."""
        template = self.get(template_id)
        if template.status != "ENABLE":
            raise zbs_refused(-131)
        return template
