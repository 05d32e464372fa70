"""What a measurement gives: one row for the table, the logbook and the documentation."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
}


@dataclass(frozen=True)
class Row:
    """One measured thing.

    ``line`` is the line of the design's table of speeds ("-": none of them), ``numbers`` names
    each number with its unit (``p99_ms``), ``bar`` says what they must hold ("p99_ms < 30").
    """

    line: str
    what: str
    database: str = ""
    numbers: Mapping[str, float | str] = field(default_factory=dict)
    ratio: float | None = None
    bar: str = ""

    def told(self) -> str:
        """The numbers as the table prints them."""
        shown = [f"{name}={plain(value)}" for name, value in self.numbers.items()]
        return "  ".join([*shown, *([f"ratio={self.ratio:.2f}"] if self.ratio is not None else [])])

    def holds(self) -> bool:
        """Whether every part of the bar is kept; True where there is none."""
        known = {**self.numbers, **({} if self.ratio is None else {"ratio": self.ratio})}
        for part in filter(None, self.bar.split(", ")):
            name, sign, value = part.split(" ")
            # What was not measured does not keep a promise.
            if name not in known or not _COMPARED[sign](float(known[name]), float(value)):
                return False
        return True


@dataclass(frozen=True)
class Options:
    """What the command line asked of the measurements."""

    dossiers: int = 1_000_000
    databases: tuple[str, ...] = ("sqlite", "postgresql")
    hour: bool = False
    jobs: int = 5_000


def plain(value: float | str) -> str:
    """A number with as many digits as mean something: 1,234 or 12.3 or 0.82."""
    if isinstance(value, str):
        return value
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"


def percentiles(seconds: list[float], *shares: float) -> dict[str, float]:
    """``{"p50_ms": ..., "p99_ms": ...}`` of times in seconds; 1.0 is called ``max_ms``."""
    ordered = sorted(seconds)
    return {
        "max_ms" if share >= 1 else f"p{share * 100:.0f}_ms": 1000
        * ordered[min(len(ordered) - 1, int(len(ordered) * share))]
        for share in shares
        if ordered
    }
