"""Whether changed settings can be used: by their own types first, then by what reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from dossiers.complaints import complaints
from dossiers.office_hours import OfficeHours
from notify.templates import unusable
from procedures.guides import is_key
from settings import Settings

_LONGEST_TEXT = 500
_MOST_DAYS = 400


def with_changes(
    base: Settings, changes: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The checked values of ``changes`` and a Vietnamese sentence for each that is wrong.

    ``base`` supplies everything else, for rules that look at more than one setting.
    """
    known = {name: getattr(base, name) for name in Settings.model_fields}
    try:
        # Every field is given, so that nothing of the environment is read again.
        checked = Settings(_env_file=None, **{**known, **changes})  # type: ignore[call-arg]
    except ValidationError as error:
        found = complaints(error)
        wrong = {place.partition(".")[0]: said for place, said in reversed(found.items()) if place}
        good = {name: value for name, value in changes.items() if name not in wrong}
        if len(good) == len(changes):
            return {}, dict.fromkeys(changes, "Giá trị này không dùng được.")
        kept, more = with_changes(base, good)
        return kept, {**wrong, **more}
    values = {name: getattr(checked, name) for name in changes}
    wrong = {
        name: problem
        for name, value in values.items()
        if (problem := _problem(name, value, checked))
    }
    return {name: value for name, value in values.items() if name not in wrong}, wrong


def _problem(name: str, value: Any, settings: Settings) -> str:
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return f"Dài quá {_LONGEST_TEXT} ký tự."
    if name.endswith("_url") and value:
        return _address(value)
    if name == "portal_url":
        return "Không được để trống."
    check = _CHECKS.get(name)
    return check(value, settings) if check else ""


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    good = parts.scheme in ("https", "http") and parts.netloc and not any(map(str.isspace, value))
    return "" if good else "Địa chỉ phải bắt đầu bằng https:// và không có dấu cách."


def _hours(value: str, _: Settings) -> str:
    try:
        OfficeHours.parse(value)
    except ValueError as error:
        return str(error)
    return ""


def _days(value: Any, _: Settings) -> str:
    if len(value) > _MOST_DAYS:
        return f"Nhiều nhất {_MOST_DAYS} ngày; hãy xóa những năm đã qua."
    seen: set[object] = set()
    for day in value:
        if day.day in seen:
            return f"Ngày {day.day:%d/%m/%Y} có hai dòng."
        if not day.name.strip() or len(day.name) > 120:
            return f"Ngày {day.day:%d/%m/%Y} cần tên, không quá 120 ký tự."
        seen.add(day.day)
    return ""


def _templates(_: Any, settings: Settings) -> str:
    return "; ".join(unusable(settings))


def _filled(value: str, _: Settings) -> str:
    return "" if value.strip() else "Không được để trống."


def _guides(value: tuple[str, ...], _: Settings) -> str:
    wrong = [key for key in value if not is_key(key)]
    return f"Không có hướng dẫn tên {wrong[0][:40]!r}." if wrong else ""


def _ends(value: time, settings: Settings) -> str:
    return "" if value > settings.broadcast_from else "Giờ kết thúc phải sau giờ bắt đầu."


_CHECKS: dict[str, Callable[[Any, Settings], str]] = {
    "office_hours": _hours,
    "extra_days_off": _days,
    "zbs_templates": _templates,
    "filing_guides": _guides,
    "province_name": _filled,
    "oa_name": _filled,
    "portal_name": _filled,
    "consent_version": _filled,
    "broadcast_to": _ends,
}
