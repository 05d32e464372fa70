"""The province's name as each language says it."""

from __future__ import annotations

_ENGLISH = {"tỉnh ": "{} province", "thành phố ": "{} city"}


def place_name(name: str, language: str) -> str:
    """ "tỉnh Tuyên Quang" as it is in Vietnamese, "Tuyên Quang province" in English."""
    if language == "en":
        for prefix, form in _ENGLISH.items():
            if name.lower().startswith(prefix):
                return form.format(name[len(prefix) :])
    return name
