"""Saving something staff may change: checked against what they saw, audited, in force at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from console.auditing import declare
from console.frame import Console, person
from content.live import LiveSettings
from store import content as table
from store.content import Outdated
from store.tables import ContentVersion

declare("content.settings", "Sửa cài đặt", "old", "new")
declare("content.message", "Sửa lời nhắn", "language", "old", "new")
declare("content.guide", "Sửa hướng dẫn nộp", "language", "old", "new")

OUTDATED = (
    "Người khác vừa lưu trang này. Những gì bạn nhập vẫn còn dưới đây; xin xem lịch sử, rồi mở "
    "lại trang để sửa trên bản mới."
)
__all__ = [
    "OUTDATED",
    "Held",
    "Outdated",
    "Piece",
    "held",
    "keep",
    "keep_all",
    "number",
    "refresh",
    "seen_version",
]


@dataclass(frozen=True)
class Held:
    """The version in force and all before it, newest first; version 0 is as shipped."""

    version: int
    body: dict[str, Any]
    history: Sequence[ContentVersion]

    def at(self, number: int) -> dict[str, Any] | None:
        """What a version said; {} for version 0, None for one that never was."""
        if number == 0:
            return {}
        return next((dict(one.body) for one in self.history if one.version == number), None)


def held(console: Console, kind: str, key: str, language: str = "") -> Held:
    """What is stored of one piece of content."""
    with console.database.read() as session:
        row = table.get(session, kind, key, language)
        history = table.versions(session, kind, key, language)
    return Held(row.version, dict(row.body), history) if row else Held(0, {}, ())


def seen_version(field: str = "version") -> int:
    """The version the form was made from; -1, which nothing ever has, when it does not say."""
    return number(request.form.get(field, ""))


@dataclass(frozen=True)
class Piece:
    """One piece of content to save: over the version the person saw, ``expected``."""

    kind: str
    key: str
    body: dict[str, Any]
    expected: int
    language: str = ""


def keep(console: Console, kind: str, key: str, body: dict[str, Any], language: str = "") -> int:
    """Save a new version over the one the form was made from; `Outdated` when it is another now."""
    return keep_all(console, [Piece(kind, key, body, seen_version(), language)])[0]


def keep_all(console: Console, pieces: Sequence[Piece]) -> list[int]:
    """Save several pieces together or, when one of them is `Outdated`, none; their versions."""
    numbers = []
    with console.database.write() as session:
        for one in pieces:
            new = table.put(
                session,
                one.kind,
                one.key,
                one.body,
                by=person().username,
                now=console.clock.now(),
                expected=one.expected,
                language=one.language,
            )
            numbers.append(new)
        for one, new in zip(pieces, numbers, strict=True):
            if new == one.expected:
                continue
            details: dict[str, object] = {"old": one.expected, "new": new}
            if one.language:
                details["language"] = one.language
            console.audit(session, f"content.{one.kind}", one.kind, one.key, **details)
    refresh(console)
    return numbers


def refresh(console: Console) -> None:
    """Whoever saved sees it at once in this process; the others follow within seconds."""
    if isinstance(console.settings, LiveSettings):
        console.settings.refresh()


def number(text: str) -> int:
    """The number of a version in an address or form; -1, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
