"""Filing guides as staff edit them: the shipped file, their own version, and what is wrong with it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dossiers.complaints import complaints
from procedures.guides import Guide, file_of, is_key
from settings import Settings

#: The most parts and steps a form shows at once.
MOST_PARTS, MOST_STEPS = 20, 30


def shipped(settings: Settings, key: str, language: str) -> dict[str, Any]:
    """The guide of the file in this very language, as written; {} when there is no such file."""
    path = file_of(Path(settings.guides_folder), key, language)
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def shipped_keys(settings: Settings) -> list[str]:
    """The guides there are files of."""
    folder = Path(settings.guides_folder)
    names = {path.name.split(".")[0] for path in folder.glob("*.toml")}
    return sorted(name for name in names if is_key(name))


def checked(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The guide to store, without empty members, or what is wrong: "part.0.steps.1.text" -> why."""
    try:
        guide = Guide.model_validate(body)
    except ValidationError as error:
        return {}, complaints(error)
    if guide.url and not guide.url.startswith(("https://", "http://")):
        return {}, {"url": "Địa chỉ phải bắt đầu bằng https://."}
    kept = guide.model_dump(mode="json", exclude={"key"}, exclude_none=True)
    return kept, {}


def usable(body: dict[str, Any]) -> bool:
    """Whether a stored guide can be shown by this release."""
    return not checked(body)[1]
