"""A report on paper: A4, each number beside what it means, units as a table."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.pagesizes import A4

from console.charts import number
from console.reports.lines import Group
from console.reports.reading import Report
from dossiers.times import show
from qr.paper import BOLD, ITALIC, REGULAR, Sheet, mm

_SIZE, _SMALL = 9.5, 7.5
#: More units than fit a readable table stay in the spreadsheet.
_UNITS = 200


def pdf(report: Report) -> bytes:
    """The report as PDF; its text can be selected and read aloud."""
    sheet = Sheet(A4, report.title, margin=18 * mm)
    sheet.write(report.province.upper(), 9, align="center")
    sheet.write(report.title, 16, BOLD, align="center", after=2)
    sheet.write(report.unit or "Toàn tỉnh", 11, align="center", after=2)
    made = f"Lập lúc {show(report.made_at)}. Số liệu đến ngày {report.last:%d/%m/%Y}."
    sheet.write(made, _SMALL, ITALIC, align="center", after=4)
    for group in report.groups:
        _group(sheet, group)
    if report.unit_rows:
        _units(sheet, report)
    return sheet.done()


def _group(sheet: Sheet, group: Group) -> None:
    # A heading alone at the foot of a page belongs to the next one.
    sheet.need(26 * mm)
    sheet.y += 8
    sheet.write(group.title, 11, BOLD, after=1)
    sheet.rule(0.8, 2)
    name_width, value_width = sheet.width * 0.32, sheet.width * 0.22
    meaning = sheet.margin + name_width + value_width + 3 * mm
    for line in group.lines:
        columns = (
            (line.name, _SIZE, REGULAR, sheet.margin, name_width - 2 * mm, "left"),
            (line.shown, _SIZE, BOLD, sheet.margin + name_width, value_width, "right"),
            (line.meaning, _SMALL, REGULAR, meaning, sheet.width + sheet.margin - meaning, "left"),
        )
        _row(sheet, columns)
    if group.lines:
        sources = dict.fromkeys(line.source for line in group.lines)
        sheet.write(f"Nguồn: {'; '.join(sources)}.", _SMALL, ITALIC, after=1)
    if group.note:
        sheet.write(group.note, _SMALL + 1, ITALIC)


def _row(sheet: Sheet, columns: Sequence[tuple[str, float, str, float, float, str]]) -> None:
    """Texts beside each other, the row as high as its highest."""
    height = max(sheet.height(text, size, font, width) for text, size, font, _, width, _ in columns)
    sheet.need(height + 2)
    top = sheet.y
    for text, size, font, left, width, align in columns:
        sheet.y = top
        sheet.write(text, size, font, left=left, width=width, align=align)
    sheet.y = top + height + 2


def _units(sheet: Sheet, report: Report) -> None:
    sheet.need(40 * mm)
    sheet.y += 8
    sheet.write("Theo đơn vị", 11, BOLD, after=1)
    sheet.rule(0.8, 2)
    first = sheet.width * 0.34
    rest = (sheet.width - first) / (len(report.unit_header) - 1)

    def line(cells: Sequence[str], font: str) -> None:
        columns = [(cells[0], _SMALL, font, sheet.margin, first - 2 * mm, "left")]
        for at, cell in enumerate(cells[1:]):
            left = sheet.margin + first + at * rest
            columns.append((cell, _SMALL, font, left, rest - 1 * mm, "right"))
        _row(sheet, columns)

    line(report.unit_header, BOLD)
    for name, values in report.unit_rows[:_UNITS]:
        line([name, *map(number, values)], REGULAR)
    if len(report.unit_rows) > _UNITS:
        left = len(report.unit_rows) - _UNITS
        sheet.write(f"Còn {number(left)} đơn vị nữa trong tệp XLSX.", _SMALL, ITALIC)
