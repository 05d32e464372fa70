"""Working hours and days off: the year at a glance, one date looked up, both edited."""

from __future__ import annotations

import calendar as months
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, request, url_for

from clock import VIETNAM
from console.access import Act
from console.frame import Answer, Console
from console.province.groups import base_of, save, told_by
from console.versions import Held, held
from content import checks
from content.groups import BY_KEY
from dossiers.times import show
from dossiers.workdays import Calendar
from store import content as table

_GROUP = BY_KEY["lich"]
_MOST_ROWS = 400
#: Kinds of days with the words staff use.
KINDS = {
    "statutory": "Nghỉ lễ, Tết",
    "compensatory": "Nghỉ bù",
    "swapped_off": "Nghỉ hoán đổi hoặc đột xuất",
    "makeup_workday": "Làm bù (thứ Bảy, Chủ nhật)",
}
_WEEK = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_EXAMPLES = (1, 3, 5, 10, 15)


def add(console: Console) -> None:
    """Add the page of working time."""

    @console.page("/cai-dat/lich", may=Act.settings, methods=["GET", "POST"], confirm=True)
    def working_time() -> Answer:
        before = held(console, table.SETTINGS, _GROUP.key)
        if request.method == "GET":
            hours, days = console.settings.office_hours, console.settings.extra_days_off
            rows = [{"day": d.isoformat(), "name": n, "kind": k} for d, n, k in days]
            return _page(console, before, hours, rows)
        if request.form.get("do") == "reset":
            return save(console, _GROUP, {}, before)
        hours, rows = request.form.get("office_hours", "").strip(), _rows()
        act = request.form.get("do", "")
        if act == "add":
            return _page(console, before, hours, [*rows, {"day": "", "name": "", "kind": ""}])
        if act.startswith("remove:"):
            kept = [row for at, row in enumerate(rows) if f"remove:{at}" != act]
            return _page(console, before, hours, kept)
        filled = [row for row in rows if row["day"] or row["name"]]
        told = {
            "office_hours": hours,
            "extra_days_off": [(r["day"], r["name"], r["kind"] or "swapped_off") for r in filled],
        }
        values, wrong = checks.with_changes(base_of(console), told)
        if wrong:
            return _page(console, before, hours, filled, wrong)
        values["extra_days_off"] = tuple(sorted(values["extra_days_off"]))
        return save(console, _GROUP, values, before)


def _rows() -> list[dict[str, str]]:
    columns = [request.form.getlist(name)[:_MOST_ROWS] for name in ("day", "name", "kind")]
    listed = zip(*columns, strict=False)
    return [{"day": d.strip(), "name": n.strip(), "kind": k} for d, n, k in listed]


def _page(
    console: Console,
    before: Held,
    hours: str,
    rows: list[dict[str, str]],
    wrong: dict[str, str] | None = None,
) -> Response:
    today = console.clock.now().astimezone(VIETNAM).date()
    year = _year(request.args.get("nam", ""), today.year)
    asked = _date(request.args.get("ngay", ""))
    calendar = console.calendar
    return console.show(
        "province/working_time.html",
        status=422 if wrong else 200,
        hours=hours,
        rows=rows,
        kinds=KINDS,
        errors=wrong or {},
        version=before.version,
        changed=bool(before.body),
        history=told_by(_GROUP, before),
        year=year,
        week=_WEEK,
        months=[_month(calendar, year, number) for number in range(1, 13)],
        special=special(calendar, year),
        asked=asked,
        answer=look(calendar, asked) if asked else None,
        restore=url_for("console.setting_restore", key=_GROUP.key),
    )


def special(calendar: Calendar, year: int) -> list[tuple[date, str, str]]:
    """Every day of a year that is not as its weekday is: date, name, "off" or "worked"."""
    found: list[tuple[date, str, str]] = []
    day = date(year, 1, 1)
    while day.year == year:
        name = calendar.holiday(day)
        if name:
            found.append((day, name, "off"))
        elif day.weekday() >= 5 and calendar.is_workday(day):
            found.append((day, "Làm bù", "worked"))
        day += timedelta(days=1)
    return found


def look(calendar: Calendar, day: date) -> dict[str, Any]:
    """What the calendar makes of a date: open hours, and dates promised from 10:00 on it."""
    received = datetime.combine(day, time(10), VIETNAM)
    hours = calendar.open_hours(day)
    return {
        "name": calendar.holiday(day) or "",
        "works": calendar.is_workday(day),
        "weekday": _WEEK[day.weekday()],
        "hours": ", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in hours),
        "counts": show(calendar.counts_from(received)),
        "promised": [(n, show(calendar.add_workdays(received, n))) for n in _EXAMPLES],
    }


def _month(calendar: Calendar, year: int, number: int) -> list[list[tuple[int, str, str]]]:
    """Weeks of (day, mark, name): "N" off, "B" worked on a weekend, "" as usual, 0 no day."""
    weeks = []
    for week in months.Calendar().monthdatescalendar(year, number):
        cells = []
        for day in week:
            name = calendar.holiday(day) if day.month == number else None
            worked = day.weekday() >= 5 and calendar.is_workday(day)
            mark = "N" if name else "B" if worked else ""
            cells.append((day.day, mark, name or "") if day.month == number else (0, "", ""))
        weeks.append(cells)
    return weeks


def _year(text: str, this: int) -> int:
    wanted = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else this
    return min(max(wanted, this - 3), this + 3)


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
