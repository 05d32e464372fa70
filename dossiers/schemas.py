"""Dossiers and events as other systems send them, read strictly (contract 3, domain 3.3).

National field names, every size bounded, both date formats. A field that cannot be used names
itself; unknown fields are ignored and reported, so that a newer sender is not refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.messages import clean
from dossiers.codes import canonical_code
from dossiers.problems import FieldError
from dossiers.times import read_time

_YES = frozenset({"1", "true", "yes", "y", "x", "co", "có", "on", "t"})
_NO = frozenset({"0", "false", "no", "n", "", "khong", "không", "off", "f"})
_UNKNOWN_LIMIT = 20


def _words(value: Any) -> Any:
    """Text from text or a number; None and missing are empty."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("phải là chuỗi ký tự")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    if len(text) > 20_000:
        raise ValueError("dài quá mức cho phép")
    return clean(text)


def _code(value: Any) -> Any:
    text = _words(value)
    if not text:
        raise ValueError("thiếu mã hồ sơ")
    found = canonical_code(text, legacy=True)
    if found is None:
        raise ValueError("không đúng dạng mã hồ sơ, ví dụ 000.00.04.H60-230215-0028")
    return found


def _time(value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    return read_time(_words(value))


def _flag(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    text = str(_words(value)).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise ValueError("phải là true hoặc false")


def _national(value: Any) -> Any:
    text = str(_words(value))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 10:
        raise ValueError("phải là mã trạng thái quốc gia từ 1 đến 10")
    return int(text)


def _national_or_none(value: Any) -> Any:
    return None if value is None or value == "" else _national(value)


Short = Annotated[str, BeforeValidator(_words), Field(max_length=120)]
Line = Annotated[str, BeforeValidator(_words), Field(max_length=400)]
Name = Annotated[str, BeforeValidator(_words), Field(max_length=1000)]
Long = Annotated[str, BeforeValidator(_words), Field(max_length=4000)]
Code = Annotated[
    str,
    BeforeValidator(_code),
    Field(min_length=1, max_length=100, examples=["000.00.04.H60-230215-0028"]),
]
NationalState = Field(ge=1, le=10, description="Mã trạng thái quốc gia 1-10")
Moment = Annotated[datetime | None, BeforeValidator(_time)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class DossierIn(BaseModel):
    """A dossier as the one-stop software describes it (contract 3, "Dossier")."""

    model_config = ConfigDict(extra="ignore")

    MaHoSo: Code = Field(description="Mã hồ sơ, mọi cách viết")
    SoBienNhan: Short = ""
    MaTTHC: Short = ""
    TenTTHC: Name = ""
    TenLinhVuc: Line = ""
    ChuHoSo: Line = ""
    LoaiDoiTuong: Short = ""
    MaDoiTuong: Short = Field("", description="Số giấy tờ; chỉ lưu mã băm có khóa và 3 số cuối")
    SoDienThoai: Short = ""
    ThongBaoZalo: Flag | None = Field(None, description="Ô tích nhận thông báo qua Zalo tại quầy")
    DonViXuLy: Line = ""
    CoQuan: Line = ""
    HinhThucTra: Line = ""
    NgayNop: Moment = None
    NgayTiepNhan: Moment = None
    NgayHenTra: Moment = None
    TrangThaiHoSo: Annotated[
        Annotated[int, NationalState] | None, BeforeValidator(_national_or_none)
    ] = None
    MaDinhDanhDV: Short = ""
    TrichYeuHoSo: Long = ""
    HeThongNguon: Short = ""


class EventIn(BaseModel):
    """A progress event (contract 3, "Event"); ``NoiDungXuLy`` is required for 3, 5 and 8."""

    model_config = ConfigDict(extra="ignore")

    MaSuKien: Annotated[str, BeforeValidator(_words), Field(min_length=1, max_length=200)]
    MaHoSo: Code
    TrangThai: Annotated[int, BeforeValidator(_national), NationalState]
    BuocXuLy: Line = ""
    ThoiDiemXuLy: Annotated[datetime, BeforeValidator(_time)]
    NoiDungXuLy: Long = ""
    NguoiXuLy: Line = ""
    DonViXuLy: Line = ""
    NgayHenTra: Moment = None
    HeThongNguon: Short = ""


Item = TypeVar("Item", bound=BaseModel)


def read_item(
    model: type[Item], raw: object
) -> tuple[Item | None, tuple[FieldError, ...], tuple[str, ...]]:
    """The item, or what is wrong with each field; and warnings about unknown fields."""
    if not isinstance(raw, Mapping):
        return None, (FieldError("", "phải là một đối tượng JSON"),), ()
    unknown = [str(name)[:60] for name in raw if name not in model.model_fields]
    warnings = tuple(f"{name}: trường không dùng" for name in unknown[:_UNKNOWN_LIMIT])
    try:
        return model.model_validate(dict(raw)), (), warnings
    except ValidationError as error:
        return None, tuple(_errors(error)), warnings


def _errors(error: ValidationError) -> list[FieldError]:
    found = []
    for wrong in error.errors(include_url=False, include_input=False):
        field = str(wrong["loc"][0]) if wrong["loc"] else ""
        context = wrong.get("ctx") or {}
        message = {
            "missing": "bắt buộc",
            "string_too_long": f"dài quá {context.get('max_length')} ký tự",
            "string_too_short": "không được để trống",
            "datetime_type": "bắt buộc, dạng yyyyMMddHHmmss, YYYY-MM-DD HH:MM:SS hoặc ISO 8601",
        }.get(wrong["type"], str(context.get("error") or wrong["msg"]))
        found.append(FieldError(field, message))
    return found
