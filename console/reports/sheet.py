"""A report as a spreadsheet: numbers stay numbers, words are never run as formulas."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from console.reports.reading import Report
from console.tables import Cell, harmless

if TYPE_CHECKING:
    from openpyxl import Workbook

MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx(report: Report) -> bytes:
    """Three sheets: the numbers with their meaning, day by day, unit by unit."""
    # Read with the first report only: it takes several megabytes of every process.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _numbers(book, report)
    days: list[list[Cell]] = [[f"{day:%d/%m/%Y}", *row] for day, row in report.day_rows]
    _table(book, "Theo ngày", report.day_header, days)
    units: list[list[Cell]] = [[name, *row] for name, row in report.unit_rows]
    _table(book, "Theo đơn vị", report.unit_header, units)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _numbers(book: Workbook, report: Report) -> None:
    sheet = book.create_sheet("Chỉ số")
    for letter, width in zip("ABCDE", (44, 14, 24, 60, 44), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_bold(sheet, report.title)])
    sheet.append([harmless(f"{report.province}. {report.unit or 'Toàn tỉnh'}")])
    sheet.append([harmless("Lập lúc"), harmless(report.made_at)])
    for group in report.groups:
        sheet.append([])
        sheet.append([_bold(sheet, group.title)])
        if group.lines:
            heads = ("Chỉ số", "Số", "Đọc là", "Cách tính", "Nguồn")
            sheet.append([_bold(sheet, one) for one in heads])
        for line in group.lines:
            value = "" if line.value is None else line.value
            texts = [_wrapped(sheet, text) for text in (line.meaning, line.source)]
            sheet.append([_wrapped(sheet, line.name), value, harmless(line.shown), *texts])
        if group.note:
            sheet.append([_wrapped(sheet, group.note)])


def _table(
    book: Workbook, title: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> None:
    sheet = book.create_sheet(title)
    sheet.column_dimensions["A"].width = 44 if title == "Theo đơn vị" else 14
    sheet.freeze_panes = "B2"
    sheet.append([_bold(sheet, name) for name in header])
    for row in rows:
        sheet.append([harmless(cell) for cell in row])


def _bold(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet, value=harmless(text))
    cell.font = Font(bold=True)
    return cell


def _wrapped(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    cell = WriteOnlyCell(sheet, value=harmless(text))
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell
