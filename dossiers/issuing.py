"""Codes of dossiers taken in at our own counter, by the agency's pattern (domain 1.1, 1.3).

A pattern is text with parts in braces: ``{unit}-{yymmdd}-{seq:04}``. What it makes must be a code
of the grammar, so that citizens' messages and other systems' parsers find it again.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session

from clock import VIETNAM
from dossiers.codes import canonical_code
from store import dossier_codes as store

DEFAULT_PATTERN = "{unit}-{yymmdd}-{seq:04}"
_PART = re.compile(r"\{([^{}]*)\}")
_SEQUENCE = re.compile(r"seq:0?([4-7])")
_DAYS = {"yymmdd": "%y%m%d", "yyyymmdd": "%Y%m%d"}
_MOST_LETTERS = 60
#: So many codes taken by another system in a row are no accident.
_MOST_TAKEN = 200


class PatternError(ValueError):
    """The pattern cannot make codes; the sentence says why."""


class NoCode(Exception):
    """No code can be issued; the sentence tells staff what to do."""


def check_pattern(pattern: str, unit: str, at: datetime) -> str:
    """The first code this pattern would make for a unit, as an example for whoever sets it.

    `PatternError` names what is wrong: an unknown part, no day or number, or no code of the
    grammar in domain 1.3.
    """
    if len(pattern) > _MOST_LETTERS:
        raise PatternError(f"Mẫu mã dài quá {_MOST_LETTERS} ký tự.")
    parts = _PART.findall(pattern)
    for part in parts:
        if part not in ("unit", *_DAYS) and not _SEQUENCE.fullmatch(part):
            raise PatternError(
                f"Không có phần {{{part[:20]}}}. Dùng {{unit}}, {{yymmdd}} hoặc {{yyyymmdd}}, "
                "và {seq:04} đến {seq:07}."
            )
    if sum(part in _DAYS for part in parts) != 1:
        raise PatternError("Mẫu mã cần đúng một ngày: {yymmdd} hoặc {yyyymmdd}.")
    if sum(part.startswith("seq:") for part in parts) != 1:
        raise PatternError("Mẫu mã cần đúng một số thứ tự, ví dụ {seq:04}.")
    code = _filled(pattern, unit, at, 1)
    if canonical_code(code) != code:
        raise PatternError(
            f"Mẫu này tạo mã {code}, không đúng dạng mã hồ sơ (mã đơn vị, ngày, số thứ tự, "
            "ví dụ H60.04-261129-0001)."
        )
    return code


def issue(session: Session, unit: str, at: datetime, pattern: str = "") -> str:
    """A new code for a dossier of a unit, numbered afresh each day (Vietnam) and unit.

    ``pattern`` overrides the agency's. Numbers whose code another system took are passed over.
    `NoCode` when the unit has no code, its pattern makes none, or the day's numbers are used up.
    """
    unit = unit.strip().upper()
    if not unit:
        raise NoCode("Cơ quan của ông/bà chưa có mã định danh: quản trị viên đặt ở trang Cơ quan.")
    agency = store.agency_by_unit(session, unit)
    wanted = pattern or (store.code_pattern(session, agency) if agency else "") or DEFAULT_PATTERN
    try:
        check_pattern(wanted, unit, at)
    except PatternError as error:
        raise NoCode(
            f"Chưa cấp được mã hồ sơ. {error} Quản trị viên sửa ở trang Cơ quan."
        ) from None
    scope = f"dossier:{unit}-{at.astimezone(VIETNAM):%y%m%d}"
    for _ in range(_MOST_TAKEN):
        number = store.next_number(session, scope)
        code = _filled(wanted, unit, at, number)
        if canonical_code(code) != code:
            raise NoCode("Đã dùng hết số thứ tự mã hồ sơ của hôm nay.")
        if store.code_is_free(session, code):
            return code
    raise NoCode(
        "Phần mềm khác đang cấp cùng dãy mã hồ sơ: quản trị viên đặt mẫu mã riêng ở trang Cơ quan."
    )


def _filled(pattern: str, unit: str, at: datetime, number: int) -> str:
    local = at.astimezone(VIETNAM)

    def part(found: re.Match[str]) -> str:
        name = found[1]
        if name == "unit":
            return unit
        if name in _DAYS:
            return local.strftime(_DAYS[name])
        width = _SEQUENCE.fullmatch(name)
        return f"{number:0{width[1]}}" if width else ""

    return _PART.sub(part, pattern)
