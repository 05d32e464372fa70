"""How things go: today, this month, the last two weeks; only the person's own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from console import figures
from console.access import Act
from console.charts import Chart, Series, bars, lines, stacked
from console.figures import Figures
from console.person import Person
from settings import Settings
from store import allowances, asked
from store.tables import AskedSentence

CHANNELS = {
    "consultation": "Tin Tư vấn",
    "zbs_uid": "ZBS theo tài khoản Zalo",
    "zbs_phone": "ZBS theo số điện thoại",
}
_TWO_WEEKS = 14
_TOP = 5
_STANDS = ("received", "finished", "on_time", "late", "running", "near", "overdue", "supplement")
_MESSAGES = ("sent", "delivered", "seen", "dropped", "cost")


@dataclass(frozen=True)
class Shown:
    """Everything the page shows below what waits."""

    day: date
    month_first: date
    #: When today was last counted; None: not yet.
    counted_at: datetime | None
    age_minutes: int
    today: Figures
    month: Figures
    #: Only the units of the person; then what has no unit is left out.
    limited: bool
    charts: Sequence[Chart]
    median: str
    slowest: str
    package_left: int
    package: int
    top: Sequence[AskedSentence]
    unknown: Sequence[AskedSentence]

    @property
    def on_time(self) -> float | None:
        """The month's share of dossiers finished on time among those with a promised date."""
        kept = self.month["on_time"]
        return figures.percent(kept, kept + self.month["late"])


def read(session: Session, known: Person, settings: Settings, now: datetime) -> Shown | None:
    """The numbers for this person; None for somebody without a role."""
    if not known.may(Act.view_reports):
        return None
    units = known.units(Act.view_reports)
    day = figures.today(now)
    first = day.replace(day=1)
    counted = figures.counted_at(session, day)
    channels = [f"{subject}:{name}" for subject in ("sent", "cost") for name in CHANNELS]
    whole = ["followers:gained", "followers:lost", "chats", "asked:lookups", "asked:questions"]
    month_subjects = [*_STANDS[:4], *_MESSAGES]
    everywhere = units is None
    if everywhere:
        month_subjects += [*channels, *whole]
    today_subjects = [*_STANDS, *_MESSAGES, *(whole if everywhere else ())]
    month = figures.sums(session, month_subjects, first, day, units)
    today = figures.sums(session, today_subjects, day, day, units)
    days = figures.days_to(day, _TWO_WEEKS)
    phone = figures.by_day(session, ["phone:median", "phone:p90", "phone:slowest"], [day])
    measured = bool(figures.sums(session, ["phone:count"], day, day)["phone:count"])
    return Shown(
        day=day,
        month_first=first,
        counted_at=counted,
        age_minutes=int((now - counted).total_seconds() // 60) if counted else 0,
        today=today,
        month=month,
        limited=not everywhere,
        charts=_charts(session, days, units, month),
        median=figures.seconds(phone["phone:median"][0]) if measured else "–",
        slowest=figures.seconds(phone["phone:slowest"][0]) if measured else "–",
        package_left=allowances.left(session, now, settings.consultation_allowance),
        package=settings.consultation_allowance,
        top=asked.page(session, understood=True, limit=_TOP),
        unknown=asked.page(session, understood=False, limit=_TOP),
    )


def _charts(
    session: Session, days: Sequence[date], units: figures.Units, month: Figures
) -> list[Chart]:
    labels = [f"{day:%d/%m}" for day in days]
    subjects = ["received", "on_time", "late", "finished", "sent", "delivered", "seen"]
    found = figures.by_day(session, subjects, days, units)
    undated = [
        None if whole is None else whole - (kept or 0) - (missed or 0)
        for whole, kept, missed in zip(
            found["finished"], found["on_time"], found["late"], strict=True
        )
    ]
    drawn = [
        stacked(
            "Hồ sơ giải quyết xong mỗi ngày",
            labels,
            [
                Series("Đúng hẹn", found["on_time"]),
                Series("Trễ hẹn", found["late"]),
                Series("Không có ngày hẹn", undated),
            ],
            unit="hồ sơ",
        ),
        lines("Hồ sơ tiếp nhận mỗi ngày", labels, [Series("Tiếp nhận", found["received"])]),
        lines(
            "Tin gửi mỗi ngày",
            labels,
            [
                Series("Đã gửi", found["sent"]),
                Series("Tới điện thoại", found["delivered"]),
                Series("Đã xem", found["seen"]),
            ],
            unit="tin",
        ),
    ]
    if units is None:
        drawn += _whole(session, days, labels, month)
    return drawn


def _whole(
    session: Session, days: Sequence[date], labels: Sequence[str], month: Figures
) -> list[Chart]:
    names = ("phone:median", "phone:p90", "phone:count", "followers:gained", "followers:lost")
    found = figures.by_day(session, names, days)
    # A day without news has no time to the phone, not a time of nought.
    measured = [bool(count) for count in found["phone:count"]]

    def timed(name: str) -> list[int | None]:
        return [v if known else None for v, known in zip(found[name], measured, strict=True)]

    return [
        bars(
            "Tin gửi theo kênh, tháng này",
            list(CHANNELS.values()),
            [month[f"sent:{name}"] for name in CHANNELS],
            unit="tin",
        ),
        lines(
            "Từ lúc hồ sơ đổi trạng thái đến điện thoại",
            labels,
            [
                Series("Trung vị", timed("phone:median")),
                Series("90 % nhanh hơn", timed("phone:p90")),
            ],
            unit="giây",
        ),
        lines(
            "Người quan tâm OA",
            labels,
            [Series("Thêm", found["followers:gained"]), Series("Bỏ", found["followers:lost"])],
            unit="người",
        ),
    ]
