"""What Pydantic finds wrong, as a sentence staff can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

_SAID = {
    "missing": "Cần điền ô này.",
    "string_too_short": "Cần điền ô này.",
    "string_too_long": "Dài quá {max_length} ký tự.",
    "too_long": "Nhiều quá {max_length} dòng.",
    "too_short": "Cần ít nhất {min_length} dòng.",
    "int_parsing": "Phải là số nguyên.",
    "int_from_float": "Phải là số nguyên.",
    "int_type": "Phải là số nguyên.",
    "float_parsing": "Phải là số.",
    "bool_parsing": "Chỉ nhận có hoặc không.",
    "greater_than_equal": "Nhỏ nhất là {ge}.",
    "greater_than": "Phải lớn hơn {gt}.",
    "less_than_equal": "Lớn nhất là {le}.",
    "less_than": "Phải nhỏ hơn {lt}.",
    "literal_error": "Không có lựa chọn này.",
    "date_parsing": "Ngày phải có thật, ghi ngày/tháng/năm.",
    "date_from_datetime_parsing": "Ngày phải có thật, ghi ngày/tháng/năm.",
    "string_type": "Phải là chữ.",
    "string_pattern_mismatch": "Không đúng cách ghi.",
    "extra_forbidden": "Không có mục này.",
}


def complaint(error: Mapping[str, Any]) -> str:
    """One entry of ``ValidationError.errors()`` in Vietnamese."""
    kind, context = str(error.get("type", "")), error.get("ctx") or {}
    said = _SAID.get(kind)
    if said is None:
        return str(error.get("msg", "")).removeprefix("Value error, ") or "Không dùng được."
    try:
        return said.format(**context)
    except (KeyError, IndexError):
        return "Không dùng được."


def complaints(error: ValidationError) -> dict[str, str]:
    """A sentence for each wrong place ("part.0.steps.1.text"), the first of each.

    A list that lost its wrong items is not said to be too short as well.
    """
    found: dict[str, str] = {}
    errors = error.errors(include_url=False)
    places = [".".join(str(part) for part in one["loc"]) for one in errors]
    for place, one in zip(places, errors, strict=True):
        lost = one["type"] == "too_short" and any(p.startswith(f"{place}.") for p in places)
        if not lost:
            found.setdefault(place, complaint(one))
    return found
