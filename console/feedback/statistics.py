"""Numbers of feedback in a period, as pictures with their tables, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask import url_for
from pydantic import BaseModel

from console import charts
from console.access import Act
from console.auditing import declare
from console.charts import Chart, Series
from console.feedback.listing import Day, midnight
from console.feedback.words import SOURCES, STARS, STATES, kinds
from console.forms import read_query
from console.frame import Answer, Console, person
from dossiers.times import local_date
from store import feedback_numbers
from store.agency_tree import labels
from store.feedback_numbers import Numbers, Times

declare("feedback.numbers_exported", "Xuất số liệu phản ánh")
_DAYS = 30
#: Longer than a year the days cannot be told apart any more.
_LONGEST = 366
_AGENCIES = 15
_NOBODY = "Chưa giao cơ quan"


class Period(BaseModel):
    """From which day to which, both included."""

    tu: Day = None
    den: Day = None


@dataclass(frozen=True)
class Shown:
    """A period with its numbers."""

    start: date
    end: date
    numbers: Numbers


def add(console: Console) -> None:
    """Add the page and its CSV."""

    @console.page("/phan-anh/so-lieu", may=Act.view_feedback)
    def feedback_numbers_page() -> Answer:
        shown = _read(console)
        csv = url_for(
            "console.feedback_numbers_csv", tu=shown.start.isoformat(), den=shown.end.isoformat()
        )
        return console.show(
            "feedback/numbers.html", shown=shown, charts=_charts(console, shown),
            accept=_share(shown.numbers.accept), answer=_share(shown.numbers.answer),
            rating=_rating(shown.numbers), csv=csv, most_days=_LONGEST,
        )  # fmt: skip

    @console.page("/phan-anh/so-lieu.csv", may=Act.view_feedback)
    def feedback_numbers_csv() -> Answer:
        shown = _read(console)
        console.looked("feedback.numbers_exported")
        name = f"phan-anh-{shown.start:%Y%m%d}-{shown.end:%Y%m%d}"
        return console.csv(name, ("Nhóm", "Mục", "Số lượng"), list(_rows(console, shown)))


def _read(console: Console) -> Shown:
    asked, today = read_query(Period), local_date(console.clock.now())
    end = asked.den if midnight(asked.den) else None
    start = asked.tu if midnight(asked.tu) else None
    end = end or today
    start = start or end - timedelta(days=_DAYS - 1)
    if start > end:
        start, end = end, start
    start = max(start, end - timedelta(days=_LONGEST - 1))
    first, after = midnight(start), midnight(end, 1)
    if first is None or after is None:
        raise ValueError("a period outside the calendar")
    with console.database.read() as session:
        found = feedback_numbers.numbers(
            session, first, after, person().agencies(Act.view_feedback), console.clock.now()
        )
    return Shown(start, end, found)


def _charts(console: Console, shown: Shown) -> list[Chart]:
    found = shown.numbers
    days = [shown.start + timedelta(days=n) for n in range((shown.end - shown.start).days + 1)]
    by_week = len(days) > 62
    labels_, came, done = _over_time(days, found, 7 if by_week else 1)
    agencies = _agencies(console, found)
    words = kinds(console)
    return [
        charts.lines(
            "Phản ánh đến và được trả lời theo " + ("tuần" if by_week else "ngày"),
            labels_,
            [Series("Đến", came), Series("Được trả lời", done)],
        ),
        charts.bars(
            "Theo loại việc", list(words.values()), [found.by_kind.get(k, 0) for k in words]
        ),
        charts.bars("Theo cơ quan xử lý", [name for name, _ in agencies], [n for _, n in agencies]),
        charts.bars(
            "Theo trạng thái", list(STATES.values()), [found.by_state.get(s, 0) for s in STATES]
        ),
        charts.bars(
            "Đánh giá của người gửi", list(STARS.values()), [found.ratings.get(s, 0) for s in STARS]
        ),
    ]


def _over_time(
    days: list[date], found: Numbers, step: int
) -> tuple[list[str], list[int], list[int]]:
    starts = range(0, len(days), step)
    parts = [days[at : at + step] for at in starts]
    came = [sum(found.by_day.get(day, 0) for day in part) for part in parts]
    done = [sum(found.answered_by_day.get(day, 0) for day in part) for part in parts]
    return [f"{part[0]:%d/%m}" for part in parts], came, done


def _agencies(console: Console, found: Numbers) -> list[tuple[str, int]]:
    with console.database.read() as session:
        names = labels(session)
    listed = [
        (names.get(number or 0, _NOBODY), count)
        for number, count in sorted(found.by_agency.items(), key=lambda one: -one[1])
    ]
    rest = sum(count for _, count in listed[_AGENCIES:])
    return listed[:_AGENCIES] + ([("Các cơ quan khác", rest)] if rest else [])


def _share(times: Times) -> dict[str, str]:
    """How many of those owed were done in time, and the middle time, in words."""
    percent = f"{100 * times.in_time / times.due:.0f}%" if times.due else "–"
    return {
        "share": percent,
        "counts": f"{charts.number(times.in_time)} trên {charts.number(times.due)}",
        "median": _duration(times.median_hours),
    }


def _duration(hours: float | None) -> str:
    if hours is None:
        return "–"
    if hours < 48:
        return f"{charts.number(round(hours, 1))} giờ"
    return f"{charts.number(round(hours / 24, 1))} ngày"


def _rating(found: Numbers) -> str:
    count = sum(found.ratings.values())
    if not count:
        return "–"
    mean = sum(stars * number for stars, number in found.ratings.items()) / count
    return f"{charts.number(round(mean, 1))}/5 ({charts.number(count)} lượt)"


def _rows(console: Console, shown: Shown) -> Iterator[tuple[str, str, float]]:
    found, words = shown.numbers, kinds(console)
    yield "Tổng", "Phản ánh đến", found.total
    yield "Tổng", "Mở lại ít nhất một lần", found.reopened
    for name, times in (("tiếp nhận", found.accept), ("trả lời", found.answer)):
        yield "Mục tiêu", f"Đã {name}", times.done
        yield "Mục tiêu", f"Đã {name} đúng mục tiêu", times.in_time
        if times.median_hours is not None:
            yield "Mục tiêu", f"Trung vị thời gian {name} (giờ)", round(times.median_hours, 1)
    yield from (("Loại", words[kind], found.by_kind.get(kind, 0)) for kind in words)
    yield from (("Trạng thái", STATES[one], found.by_state.get(one, 0)) for one in STATES)
    yield from (("Nguồn", SOURCES[one], found.by_source.get(one, 0)) for one in SOURCES)
    yield from (("Cơ quan", name, count) for name, count in _agencies(console, found))
    yield from (("Đánh giá", STARS[one], found.ratings.get(one, 0)) for one in STARS)
    for day in sorted({*found.by_day, *found.answered_by_day}):
        yield "Ngày đến", f"{day:%d/%m/%Y}", found.by_day.get(day, 0)
        yield "Ngày trả lời", f"{day:%d/%m/%Y}", found.answered_by_day.get(day, 0)
