"""Báo cáo: the numbers of a month or any days, on the page, as PDF and as a spreadsheet."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated, Any

from flask import url_for
from pydantic import BaseModel, BeforeValidator, Field

from console import figures
from console.access import Act
from console.auditing import declare
from console.forms import MaybeInt, read_query
from console.frame import Answer, Console, person
from console.person import Person
from console.reports import paper, sheet
from console.reports.reading import Report, read
from store import agencies_seen

declare("report.exported", "Xuất báo cáo", "form", "first", "last", "unit")

#: More days than this are a year's matter, and a heavy page.
MOST_DAYS = 366


def _maybe_day(value: object) -> object:
    return None if value in ("", None) else value


_Day = Annotated[date | None, BeforeValidator(_maybe_day)]


class Wanted(BaseModel):
    """A month ("2026-11"), or days from ``tu`` to ``den``; one agency with its units."""

    thang: Annotated[str, Field(pattern=r"^(20\d\d-(0[1-9]|1[0-2]))?$")] = ""
    tu: _Day = None
    den: _Day = None
    co_quan: MaybeInt = None

    def days(self, today: date) -> tuple[date, date]:
        """First and last day, none in the future, in order and at most a year apart."""
        if self.tu or self.den:
            last = min(self.den or today, today)
            first = min(self.tu or last.replace(day=1), last)
            return max(first, last - timedelta(days=MOST_DAYS - 1)), last
        year, month = map(int, self.thang.split("-")) if self.thang else (today.year, today.month)
        first = min(date(year, month, 1), today.replace(day=1))
        return first, min(first.replace(day=monthrange(first.year, first.month)[1]), today)

    def query(self) -> dict[str, Any]:
        """As it stands in an address."""
        return {name: value for name, value in self.model_dump().items() if value}


def add(console: Console) -> None:
    """Add the page and both files."""
    console.nav("Báo cáo", "report", Act.view_reports, "Số liệu")

    @console.page("/bao-cao", may=Act.view_reports)
    def report() -> Answer:
        wanted = read_query(Wanted)
        made = _made(console, wanted)
        return console.show(
            "reports/report.html",
            report=made,
            wanted=wanted,
            query=wanted.query(),
            agencies=_agencies(console, person()),
        )

    @console.page("/bao-cao.pdf", may=Act.view_reports)
    def report_pdf() -> Answer:
        made = _exported(console, "pdf")
        return console.download(paper.pdf(made), f"{made.file_name}.pdf", "application/pdf")

    @console.page("/bao-cao.xlsx", may=Act.view_reports)
    def report_xlsx() -> Answer:
        made = _exported(console, "xlsx")
        return console.download(sheet.xlsx(made), f"{made.file_name}.xlsx", sheet.MIMETYPE)

    @console.page("/bao-cao/thang", may=Act.view_reports)
    def report_month() -> Answer:
        """The month before, as its address."""
        last = figures.today(console.clock.now()).replace(day=1) - timedelta(days=1)
        return console.redirect(url_for("console.report", thang=f"{last:%Y-%m}"))


def _exported(console: Console, form: str) -> Report:
    wanted = read_query(Wanted)
    made = _made(console, wanted)
    console.looked(
        "report.exported",
        "report",
        form=form,
        first=made.first.isoformat(),
        last=made.last.isoformat(),
        unit=made.unit,
    )
    return made


def _made(console: Console, wanted: Wanted) -> Report:
    """The report for what was asked, within what the person may see."""
    known, now = person(), console.clock.now()
    first, last = wanted.days(figures.today(now))
    reach = known.agencies(Act.view_reports)
    units = known.units(Act.view_reports)
    unit = ""
    with console.database.read() as session:
        if wanted.co_quan is not None and (reach is None or wanted.co_quan in reach):
            chosen = agencies_seen.units_and_name(session, wanted.co_quan)
            if chosen is not None:
                unit, found = chosen
                units = found if units is None else found & units
        elif units is not None:
            unit = "Các đơn vị của tôi"
        return read(session, console.settings, first, last, now, unit=unit, units=units)


def _agencies(console: Console, known: Person) -> list[tuple[int, str]]:
    with console.database.read() as session:
        return agencies_seen.choices(session, known.agencies(Act.view_reports))
