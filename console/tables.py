"""Tables that leave the house: CSV and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from dossiers.times import show

Cell = str | int | float | bool | datetime | None
#: A cell that begins so is run by spreadsheets (OWASP, CSV injection); wide signs are read as the
#: narrow ones by some.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(value: Cell) -> str | int | float:
    """A cell as people read it, which a spreadsheet never runs."""
    if isinstance(value, bool):
        return "có" if value else "không"
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = show(value) if isinstance(value, datetime) else value
    # Blanks before it are cut away when a table is read.
    runs = text.startswith(_RUNS) or text.lstrip().startswith(_RUNS)
    return f"'{text}" if runs else text


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV with a byte order mark, so that spreadsheets read Vietnamese."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([harmless(cell) for cell in header])
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return made.getvalue().encode("utf-8-sig")
