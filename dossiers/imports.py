"""Dossiers out of CSV and XLSX files with national field names as headers (contract 1).

Rows go through the same door as the API's, in lists of up to 500, each in a transaction of its
own: a file that breaks off half-way leaves whole lists behind and can simply be imported again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from crypto import Vault
from dossiers.ingest import MOST_ITEMS, upsert_dossiers
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
        rows = read_rows(path)
        columns = _header(rows, report)
        items = _items(rows, columns, report)
        for part in _lists(items):
            results = upsert_dossiers(
                database,
                [item for _, item in part],
                source=BY,
                by=BY,
                now=now,
                settings=settings,
                vault=vault,
                correlation_id=f"import-{part[0][0]}",
                dry_run=dry_run,
                announce=announce,
            )
            for (row, _), result in zip(part, results, strict=True):
                if result.status != "error":
                    setattr(report, result.status, getattr(report, result.status) + 1)
                report.errors += [RowProblem(row, e.field, e.message) for e in result.errors]
                report.warnings += [RowProblem(row, "", warning) for warning in result.warnings]
    except (SheetError, OSError) as error:
        report.errors.append(RowProblem(0, "", str(error)))
    return report


def _lists(items: Iterator[tuple[int, Any]]) -> Iterator[list[tuple[int, Any]]]:
    part: list[tuple[int, Any]] = []
    for item in items:
        part.append(item)
        if len(part) == MOST_ITEMS:
            yield part
            part = []
    if part:
        yield part


def _header(rows: Iterator[tuple[int, Row]], report: Report) -> Mapping[int, str]:
    """Which column holds which field; the header is the first of ten rows that has MaHoSo."""
    for number, row in rows:
        names = ["".join(fold(str(cell)).split()) if cell is not None else "" for cell in row]
        if "mahoso" in (name.replace("_", "") for name in names):
            return _columns(number, row, names, report)
        if number >= _HEADER_ROWS:
            break
    raise SheetError("no column is named MaHoSo in the first ten rows")


def _columns(number: int, row: Row, names: list[str], report: Report) -> Mapping[int, str]:
    columns: dict[int, str] = {}
    for at, name in enumerate(names):
        known = _FIELDS.get(name.replace("_", ""))
        if known is None and name:
            report.warnings.append(RowProblem(number, str(row[at])[:60], "column is not used"))
        elif known in columns.values():
            report.warnings.append(RowProblem(number, known or "", "named twice, the first counts"))
        elif known is not None:
            columns[at] = known
    return columns


def _items(
    rows: Iterator[tuple[int, Row]], columns: Mapping[int, str], report: Report
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
