"""Agencies as staff type and import them: read strictly, wrong fields named in their words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from sqlmodel import Session

from bot.text import clean
from dossiers.imports import Report, RowProblem
from dossiers.names import fold
from dossiers.sheets import Row, SheetError, read_rows
from dossiers.units import canonical_unit
from store import agencies as store
from store.engine import Database
from store.tables import Agency

_HEADER_ROWS = 10
_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
#: What the tree refused, in the staff's words.
REFUSALS = {
    "gone": "cơ quan này không còn trong danh sách; tải lại trang",
    "code_taken": "đã có cơ quan khác mang mã này",
    "code_in_use": "đã có hồ sơ mang mã này nên không đổi được: lập cơ quan mới, rồi ghi cơ quan "
    'này "được thay bởi" cơ quan mới',
    "parent_unknown": "không có cơ quan cấp trên này",
    "successor_unknown": "không có cơ quan thay thế này",
    "parent_cycle": "cơ quan không thể trực thuộc chính mình hoặc đơn vị bên dưới mình",
    "successor_cycle": "các cơ quan không thể thay thế lẫn nhau theo vòng",
}


def _words(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean(str(value)[:5000])


def _unit(value: Any) -> Any:
    found = canonical_unit(str(value or ""))
    if found is None:
        raise ValueError("không đúng dạng mã định danh, ví dụ 000.00.04.H60 hoặc H60.04")
    return found


def _day(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    text = str(value).strip()
    if not text:
        return None
    found = _DAY.fullmatch(text)
    try:
        read = (
            date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text)
        )
    except ValueError:
        raise ValueError("không đúng dạng ngày, ví dụ 01/07/2025") from None
    if not 1945 <= read.year <= 2200:
        raise ValueError("năm phải từ 1945 đến 2200")
    return read


Day = Annotated[date | None, BeforeValidator(_day)]
Reference = Annotated[
    int | None, BeforeValidator(lambda v: int(v) if str(v or "").isdecimal() else None)
]


class AgencyIn(BaseModel):
    """One agency as a person fills it in."""

    model_config = ConfigDict(extra="ignore")

    code: Annotated[str, BeforeValidator(_unit)]
    name: Annotated[str, BeforeValidator(_words), Field(min_length=2, max_length=300)]
    parent_id: Reference = None
    successor_id: Reference = None
    valid_from: Day = None
    valid_to: Day = None
    code_pattern: Annotated[str, BeforeValidator(_words), Field(max_length=120)] = ""
    phone: Annotated[str, BeforeValidator(_words), Field(max_length=60)] = ""
    address: Annotated[str, BeforeValidator(_words), Field(max_length=300)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> AgencyIn:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("ngày hết hiệu lực phải sau ngày bắt đầu")
        return self

    def columns(self) -> dict[str, Any]:
        """The columns of `store.tables.Agency`."""
        return {**self.model_dump(), "name_folded": fold(self.name)}


def problems(error: ValidationError) -> dict[str, str]:
    """One sentence a wrong field; the order of dates counts as "valid_to"."""
    found: dict[str, str] = {}
    for wrong in error.errors(include_url=False, include_input=False):
        context = wrong.get("ctx") or {}
        field = str(wrong["loc"][0]) if wrong["loc"] else "valid_to"
        words = {
            "missing": "bắt buộc",
            "too_short": "bắt buộc",
            "too_long": f"dài quá {context.get('max_length')} ký tự",
        }
        found.setdefault(field, words.get(wrong["type"], str(context.get("error") or wrong["msg"])))
    return found


def save(
    session: Session, agency_id: int | None, item: AgencyIn, now: datetime
) -> tuple[Agency | None, dict[str, str]]:
    """Make or change an agency; the row, or what the tree refuses by field."""
    try:
        row, _ = store.put(session, agency_id, item.columns(), now)
    except store.Refused as refused:
        return None, {refused.field or "code": REFUSALS[refused.reason]}
    return row, {}


#: Headers of the import's own format, folded without spaces, and the field each stands for.
COLUMNS = {
    "madinhdanh": "code",
    "ten": "name",
    "macaptren": "parent",
    "mathaythe": "successor",
    "tungay": "valid_from",
    "denngay": "valid_to",
    "maumahoso": "code_pattern",
    "dienthoai": "phone",
    "diachi": "address",
}
HEADINGS = {
    "code": "MaDinhDanh",
    "name": "Ten",
    "parent": "MaCapTren",
    "successor": "MaThayThe",
    "valid_from": "TuNgay",
    "valid_to": "DenNgay",
    "code_pattern": "MauMaHoSo",
    "phone": "DienThoai",
    "address": "DiaChi",
}
_REFERENCES = ("parent", "successor")


@dataclass(frozen=True)
class _Read:
    row: int
    item: AgencyIn
    #: Which columns the file has at all: others are left as they are.
    columns: frozenset[str]
    #: "parent" and "successor" -> the canonical code there, "" for none.
    codes: Mapping[str, str]


class _DryRun(Exception):
    """Rolls a dry run back."""


def import_file(database: Database, path: Path, *, now: datetime, dry_run: bool = False) -> Report:
    """Import a CSV or XLSX file of agencies (docs/operating.md); repeating it changes nothing.

    Wrong rows are named and the others kept; columns the file does not have stay as they are.
    The order of rows does not matter: a parent may stand behind its children.
    """
    report = Report()
    try:
        with database.write() as session:
            _import(session, path, report, now)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    except SheetError as error:
        report.errors.append(RowProblem(0, "", error.told))
    except OSError as error:
        report.errors.append(RowProblem(0, "", str(error)))
    return report


def _import(session: Session, path: Path, report: Report, now: datetime) -> None:
    rows = read_rows(path)
    columns = _header(rows)
    read = list(_items(rows, columns, report))
    known = {agency.code: agency.id for agency in store.everything(session)}
    fates: dict[int, str] = {}
    for one in read:
        values = one.item.columns()
        plain = {
            name: value
            for name, value in values.items()
            if name in one.columns or name == "name_folded"
        }
        try:
            agency, fates[one.row] = store.put(session, known.get(one.item.code), plain, now)
        except store.Refused as refused:
            report.errors.append(_refused(one.row, refused))
            continue
        known[agency.code] = agency.id
    # References last: by now every agency of the file exists.
    for one in read:
        if one.row in fates:
            _refer(session, one, known, fates, report, now)
    for fate in fates.values():
        setattr(report, fate, getattr(report, fate) + 1)


def _refer(
    session: Session,
    one: _Read,
    known: Mapping[str, int | None],
    fates: dict[int, str],
    report: Report,
    now: datetime,
) -> None:
    for field, code in one.codes.items():
        if code and code not in known:
            report.errors.append(
                RowProblem(one.row, HEADINGS[field], f"{REFUSALS[f'{field}_unknown']}: {code}")
            )
            continue
        try:
            target = known[code] if code else None
            _, fate = store.put(session, known[one.item.code], {f"{field}_id": target}, now)
        except store.Refused as refused:
            report.errors.append(_refused(one.row, refused))
            continue
        if fate == "updated" and fates[one.row] == "unchanged":
            fates[one.row] = "updated"


def _refused(row: int, refused: store.Refused) -> RowProblem:
    field = refused.field.removesuffix("_id")
    return RowProblem(row, HEADINGS.get(field, ""), REFUSALS[refused.reason])


def _header(rows: Iterator[tuple[int, Row]]) -> dict[int, str]:
    for number, row in rows:
        names = [re.sub(r"[\s_]", "", fold(str(cell or ""))) for cell in row]
        if "madinhdanh" in names:
            return {at: COLUMNS[name] for at, name in enumerate(names) if name in COLUMNS}
        if number >= _HEADER_ROWS:
            break
    raise SheetError(
        "no column is named MaDinhDanh in the first ten rows",
        "Mười dòng đầu không có cột MaDinhDanh.",
    )


def _items(
    rows: Iterator[tuple[int, Row]], columns: Mapping[int, str], report: Report
) -> Iterator[_Read]:
    seen: set[str] = set()
    for number, row in rows:
        cells = {name: row[at] for at, name in columns.items() if at < len(row)}
        if not any(str(cell or "").strip() for cell in cells.values()):
            continue
        codes: dict[str, str] = {}
        wrong: dict[str, str] = {}
        for field in _REFERENCES:
            if field in columns.values():
                text = str(cells.get(field) or "").strip()
                codes[field] = canonical_unit(text) or ""
                if text and not codes[field]:
                    wrong[field] = "không đúng dạng mã định danh"
        try:
            item = AgencyIn.model_validate(cells)
        except ValidationError as error:
            wrong |= problems(error)
        if not wrong and item.code in seen:
            wrong["code"] = "mã đã có ở một dòng trên"
        if wrong:
            report.errors += [RowProblem(number, HEADINGS[f], why) for f, why in wrong.items()]
            continue
        seen.add(item.code)
        yield _Read(number, item, frozenset(columns.values()), codes)
