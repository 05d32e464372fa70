"""Dossiers out of CSV and XLSX files with national field names as headers (contract 1).

Rows go through the same door as the API's, in lists of up to 500, each in a transaction of its
own: a file that breaks off half-way leaves whole lists behind and can simply be imported again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from crypto import Vault
from dossiers.ingest import MOST_ITEMS, Result, upsert_dossiers
from dossiers.names import fold
from dossiers.schemas import DossierIn
from dossiers.sheets import Row, SheetError, read_rows
from settings import Settings
from store.engine import Database

#: Who vouches for the tick of imported rows, and their source system when they name none.
BY = "import"
_HEADER_ROWS = 10
_FIELDS = {name.lower(): name for name in DossierIn.model_fields}
_MOBILE_WITHOUT_ZERO = 9
_IDENTITY_WITHOUT_ZERO = 11


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a row; ``row`` as the spreadsheet numbers it, 0 for the file."""

    row: int
    field: str
    problem: str

    def __str__(self) -> str:
        place = ", ".join(
            part for part in (f"row {self.row}" if self.row else "", self.field) if part
        )
        return f"{place}: {self.problem}" if place else self.problem


@dataclass
class Report:
    """What an import did, or would do."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)


@dataclass(frozen=True)
class Head:
    """The header of a file: its row, its cells, and the field each column is believed to hold."""

    row: int
    cells: tuple[str, ...]
    columns: dict[int, str]
    #: Columns nobody uses, and fields named twice.
    warnings: tuple[RowProblem, ...] = ()


@dataclass(frozen=True)
class Told:
    """What became of one row."""

    row: int
    result: Result


def import_file(
    database: Database,
    path: Path,
    *,
    dry_run: bool,
    settings: Settings,
    vault: Vault,
    now: datetime,
    announce: bool = True,
) -> Report:
    """Import a file; wrong rows are named and the others kept; repeating it changes nothing.

    ``dry_run`` checks every row and changes nothing; without ``announce`` nobody is told.
    """
    report = Report()
    try:
        head = read_head(path)
        report.warnings += head.warnings
        if "MaHoSo" not in head.columns.values():
            raise SheetError(
                "no column is named MaHoSo in the first ten rows",
                "Mười dòng đầu không có cột nào tên MaHoSo.",
            )
        for part in lists_of(path, head.row, head.columns):
            for told in import_list(
                database,
                part,
                dry_run=dry_run,
                settings=settings,
                vault=vault,
                now=now,
                announce=announce,
            ):
                result = told.result
                if result.status != "error":
                    setattr(report, result.status, getattr(report, result.status) + 1)
                report.errors += [RowProblem(told.row, e.field, e.message) for e in result.errors]
                report.warnings += [RowProblem(told.row, "", one) for one in result.warnings]
    except (SheetError, OSError) as error:
        report.errors.append(RowProblem(0, "", str(error)))
    return report


def import_list(
    database: Database,
    part: Sequence[tuple[int, Mapping[str, Any]]],
    *,
    dry_run: bool,
    settings: Settings,
    vault: Vault,
    now: datetime,
    announce: bool = True,
    by: str = BY,
) -> list[Told]:
    """One list of rows (at most 500) in a transaction of its own; what became of each, in order.

    ``by`` vouches for the tick of its rows.
    """
    results = upsert_dossiers(
        database,
        [item for _, item in part],
        source=BY,
        by=by,
        now=now,
        settings=settings,
        vault=vault,
        correlation_id=f"import-{part[0][0]}",
        dry_run=dry_run,
        announce=announce,
    )
    return [Told(row, result) for (row, _), result in zip(part, results, strict=True)]


def read_head(path: Path) -> Head:
    """The first of ten rows that has MaHoSo, else the first that has two cells; or `SheetError`."""
    spare: tuple[int, Row] | None = None
    for number, row in read_rows(path):
        names = _names(row)
        if "mahoso" in names:
            return _head(number, row, names)
        if spare is None and sum(map(bool, names)) > 1:
            spare = (number, row)
        if number >= _HEADER_ROWS:
            break
    if spare is None:
        raise SheetError(
            "no column is named MaHoSo in the first ten rows",
            "Mười dòng đầu của tệp không có dòng tiêu đề nào.",
        )
    return _head(*spare, _names(spare[1]))


def lists_of(
    path: Path, header_row: int, columns: Mapping[int, str], skip: int = 0
) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """The filled rows below the header in lists of 500, without the first ``skip`` rows."""
    rows = ((number, row) for number, row in read_rows(path) if number > header_row)
    return _lists(islice(_items(rows, columns), skip, None))


def _lists(items: Iterator[tuple[int, Any]]) -> Iterator[list[tuple[int, Any]]]:
    part: list[tuple[int, Any]] = []
    for item in items:
        part.append(item)
        if len(part) == MOST_ITEMS:
            yield part
            part = []
    if part:
        yield part


def _names(row: Row) -> list[str]:
    found = ["".join(fold(str(cell)).split()) if cell is not None else "" for cell in row]
    return [name.replace("_", "") for name in found]


def _head(number: int, row: Row, names: list[str]) -> Head:
    columns: dict[int, str] = {}
    warnings: list[RowProblem] = []
    for at, name in enumerate(names):
        known = _FIELDS.get(name)
        if known is None and name:
            warnings.append(RowProblem(number, str(row[at])[:60], "column is not used"))
        elif known in columns.values():
            warnings.append(RowProblem(number, known or "", "named twice, the first counts"))
        elif known is not None:
            columns[at] = known
    cells = tuple(str(cell)[:80] if cell is not None else "" for cell in row)
    return Head(number, cells, columns, tuple(warnings))


def _items(
    rows: Iterable[tuple[int, Row]], columns: Mapping[int, str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, row in rows:
        item = {
            name: _cell(name, row[at])
            for at, name in columns.items()
            if at < len(row) and _filled(row[at])
        }
        if item:
            yield number, item


def _filled(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _cell(name: str, cell: Any) -> Any:
    """A cell as the API would get it; spreadsheets turn dates and long numbers into others."""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return cell if isinstance(cell, bool) else str(cell)
    text = str(int(cell)) if float(cell).is_integer() else str(cell)
    # A number cell has lost the zero that phones and identity numbers begin with.
    if name == "SoDienThoai" and len(text) == _MOBILE_WITHOUT_ZERO:
        return "0" + text
    if name == "MaDoiTuong" and len(text) == _IDENTITY_WITHOUT_ZERO:
        return "0" + text
    return text
