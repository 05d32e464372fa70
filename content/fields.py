"""A setting as a field of a form: its kind by its type, its value as text, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, get_args, get_origin

from content.groups import Name
from settings import Settings


@dataclass(frozen=True)
class Shown:
    """One field: ``kind`` is "flag", "number", "lines", "choice" or "text"."""

    name: Name
    kind: str
    value: str
    on: bool = False
    choices: tuple[str, ...] = ()
    lowest: object = None
    highest: object = None
    #: What the environment says, where staff say something else.
    shipped: str | None = None


def shown(name: Name, settings: Settings, base: Settings) -> Shown:
    """The field of a setting with its present value."""
    value, default = getattr(settings, name.name), getattr(base, name.name)
    annotation = Settings.model_fields[name.name].annotation
    limits: dict[str, object] = {}
    for rule in Settings.model_fields[name.name].metadata:
        limits |= {at: getattr(rule, at) for at in ("ge", "le") if hasattr(rule, at)}
    return Shown(
        name,
        _kind(annotation),
        words(value),
        on=value is True,
        choices=tuple(str(one) for one in get_args(annotation)) if _is_choice(annotation) else (),
        lowest=limits.get("ge"),
        highest=limits.get("le"),
        shipped=None if value == default else words(default),
    )


def given(name: Name, form: Mapping[str, str]) -> Any:
    """What a form says about a setting, not checked yet."""
    kind = _kind(Settings.model_fields[name.name].annotation)
    text = form.get(name.name, "")
    if kind == "flag":
        return bool(text)
    if kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    return text.strip()


def words(value: Any) -> str:
    """A value as staff read it."""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, tuple | list):
        return "\n".join(str(one) for one in value)
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


def plain(value: Any) -> Any:
    """A checked value as JSON keeps it."""
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    return value.isoformat() if isinstance(value, date | time) else value


def _kind(annotation: Any) -> str:
    if annotation is bool:
        return "flag"
    if annotation in (int, float):
        return "number"
    if _is_choice(annotation):
        return "choice"
    return "lines" if get_origin(annotation) is tuple else "text"


def _is_choice(annotation: Any) -> bool:
    return "Literal" in str(get_origin(annotation))
