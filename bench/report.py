"""``python -m bench.report``: the newest full run as the table of docs/performance.md.

What a run that was broken off did not reach stands there from the run before it. What a full run
leaves out (the peers where they are not installed, the great scale) follows from its own newest
run. ``--write`` puts the table between the two marks in the document.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.logbook import FULL, PATH, WHOLE, Entry, read
from bench.rows import plain
from settings import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
_KINDS = ("sqlite", "postgresql")
_HEAD = ("line", "what", "bar", "SQLite", "PostgreSQL")


def newest(entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The newest of everything in full runs, and the newest of whatever they did not measure.

    What is older than the last full run that ended is left out: nobody measures it any more.
    """
    full: list[Entry] = []
    apart: list[Entry] = []
    for entry in entries:
        (full if entry.run.startswith(FULL + " ") else apart).append(entry)
    ended = max((entry.run for entry in full if entry.row.what == WHOLE), default="")
    measured = {_named(entry): entry for entry in full if entry.run >= ended}
    besides = {_named(entry): entry for entry in apart if _named(entry) not in measured}
    return list(measured.values()), list(besides.values())


def render(entries: Iterable[Entry]) -> str:
    """The markdown: where and when, then one row for each thing measured, misses in bold."""
    measured, besides = newest(entries)
    parts = []
    for told, some in (("Full run", measured), ("Measured apart", besides)):
        if some:
            parts += [_where(told, some), "", *_table(some), ""]
    return "\n".join(parts).strip() + "\n"


def write(text: str, document: Path = DOCUMENT) -> None:
    """Replace what stands between the marks; ``ValueError`` where they are missing."""
    before, begin, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document.name} needs the marks {BEGIN} and {END}")
    document.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def _named(entry: Entry) -> tuple[str, str, str]:
    return (entry.row.line, entry.row.what, entry.row.database)


def _where(told: str, entries: Sequence[Entry]) -> str:
    days = sorted({entry.date[:10] for entry in entries})
    commits = dict.fromkeys(e.commit + (" with changes" if e.dirty else "") for e in entries)
    machines = "; ".join(dict.fromkeys(entry.machine for entry in entries))
    span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"{told}, {span}, commit {', '.join(commits)}; {machines}."


def _table(entries: Sequence[Entry]) -> list[str]:
    lines = [f"| {' | '.join(_HEAD)} |", "|" + " --- |" * len(_HEAD)]
    cells: dict[tuple[str, str], dict[str, Entry]] = {}
    for entry in entries:
        cells.setdefault((entry.row.line, entry.row.what), {})[entry.row.database] = entry
    for (line, what), by_kind in cells.items():
        bar = next(iter(by_kind.values())).row.bar or "-"
        # What needs no database stands once, in the first column.
        ours = [by_kind.get(kind) for kind in _KINDS]
        if "" in by_kind:
            ours[0] = by_kind[""]
        shown = [_cell(entry) for entry in ours]
        lines.append(f"| {line} | {what} | {bar} | {' | '.join(shown)} |")
    return lines


def _cell(entry: Entry | None) -> str:
    if entry is None:
        return ""
    row = entry.row
    told = [f"{name} {plain(value)}" for name, value in row.numbers.items()]
    if row.ratio is not None:
        told.insert(0, f"ratio {row.ratio:.2f}")
    text = ", ".join(told)
    return text if row.holds() else f"**{text}**"


def main() -> None:
    """Print the table; with ``--write`` put it into the document."""
    text = render(read(PATH))
    if "--write" in sys.argv[1:]:
        write(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
