"""The lines of a report: a number, how it reads, what it means and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.charts import number
from console.figures import percent

UNKNOWN = "Không tính được ở hệ thống này"


@dataclass(frozen=True)
class Line:
    """One number: as people read it, as a spreadsheet wants it, what it means, where it is from."""

    name: str
    shown: str
    value: float | int | None
    meaning: str
    source: str


@dataclass(frozen=True)
class Group:
    """Numbers under one heading; ``note`` says what is missing and why."""

    title: str
    lines: Sequence[Line]
    note: str = ""


def counted(name: str, value: int, meaning: str, source: str, unit: str = "") -> Line:
    """A line with a whole number."""
    return Line(name, f"{number(value)} {unit}".strip(), value, meaning, source)


def shared(name: str, part: int, whole: int, meaning: str, source: str) -> Line:
    """A line with a share in percent, and what it is a share of."""
    value = percent(part, whole)
    shown = "–" if value is None else f"{number(value)} % ({number(part)}/{number(whole)})"
    return Line(name, shown, value, meaning, source)
