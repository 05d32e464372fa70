"""Forms read with Pydantic: bounded, cleaned, and each wrong field named in Vietnamese."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from flask import request
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from werkzeug.datastructures import MultiDict

from bot.text import clean

Item = TypeVar("Item", bound=BaseModel)

_MESSAGES = {
    "missing": "Xin điền ô này.",
    "string_too_short": "Xin điền ô này (ít nhất {min_length} ký tự).",
    "string_too_long": "Dài nhất {max_length} ký tự.",
    "string_pattern_mismatch": "Không đúng dạng yêu cầu.",
    "int_parsing": "Phải là số nguyên.",
    "float_parsing": "Phải là số.",
    "greater_than_equal": "Phải từ {ge} trở lên.",
    "less_than_equal": "Không quá {le}.",
    "greater_than": "Phải lớn hơn {gt}.",
    "less_than": "Phải nhỏ hơn {lt}.",
    "literal_error": "Xin chọn một mục trong danh sách.",
    "enum": "Xin chọn một mục trong danh sách.",
    "date_from_datetime_parsing": "Ngày không đúng, xin ghi ngày/tháng/năm.",
    "date_parsing": "Ngày không đúng, xin ghi ngày/tháng/năm.",
    "too_long": "Nhiều nhất {max_length} mục.",
}


def tidy(value: Any) -> Any:
    """Text in NFC without control characters, trimmed; anything else as it is."""
    return clean(value).strip() if isinstance(value, str) else value


def _nothing(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


#: Text of a form, cleaned; bound it with ``Field``.
Text = Annotated[str, BeforeValidator(tidy)]
Word = Annotated[str, BeforeValidator(tidy), Field(max_length=200)]
Line = Annotated[str, BeforeValidator(tidy), Field(max_length=1000)]
Long = Annotated[str, BeforeValidator(tidy), Field(max_length=20_000)]
#: A checkbox: absent is false.
Tick = Annotated[bool, BeforeValidator(lambda value: bool(value) and value not in ("0", "false"))]
MaybeInt = Annotated[Annotated[int, Field(le=2**63 - 1)] | None, BeforeValidator(_nothing)]


def read_form(
    model: type[Item], source: MultiDict[str, str] | None = None
) -> tuple[Item | None, dict[str, str]]:
    """The form as a model, or a sentence per wrong field (by the field's name).

    Fields typed as lists take every value of that name. Unknown fields are ignored.
    """
    given = request.form if source is None else source
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        if _is_list(field.annotation):
            values[key] = given.getlist(key)
        elif key in given:
            values[key] = given[key]
    try:
        return model.model_validate(values), {}
    except ValidationError as error:
        return None, errors_of(error)


def read_query(model: type[Item]) -> Item:
    """The query string as a model; a wrong value falls back to its default, never an error."""
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        if _is_list(field.annotation):
            values[key] = request.args.getlist(key)
        elif key in request.args:
            values[key] = request.args[key]
    while True:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            wrong = {str(one["loc"][0]) for one in error.errors()}
            if not wrong & set(values):
                raise
            values = {name: value for name, value in values.items() if name not in wrong}


def errors_of(error: ValidationError) -> dict[str, str]:
    """One Vietnamese sentence a field, the first problem of each."""
    found: dict[str, str] = {}
    for one in error.errors():
        place = ".".join(str(part) for part in one["loc"]) or "_"
        found.setdefault(place, _sentence(one))
    return found


def _sentence(one: Any) -> str:
    kind, context = one["type"], one.get("ctx") or {}
    if kind in ("too_short", "too_long") and isinstance(one.get("input"), str):
        # A bound behind a validator of ours counts letters, though it is named like one of lists.
        kind = f"string_{kind}"
    if kind == "value_error" and "error" in context:
        return str(context["error"])
    text = _MESSAGES.get(kind)
    if kind == "string_too_short" and context.get("min_length") == 1:
        return "Xin điền ô này."
    return text.format(**context) if text else "Giá trị không dùng được."


def _is_list(annotation: Any) -> bool:
    text = str(annotation)
    return text.startswith(("list", "typing.List", "tuple", "frozenset"))
