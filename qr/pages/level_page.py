"""``/hieu-nang``: how well the service does, for everybody, as GOV.UK Notify tells of itself.

Reads only numbers the workers counted (`notify.service_level`) and keeps the answer for a while,
so that nobody can make it dear.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

from flask import Blueprint, Response, jsonify

from clock import VIETNAM
from console import charts
from console.charts import Chart, Series
from notify.service_level import CHANNELS, DAYS, Level, Period, read
from qr.pages import Site

#: As long as the workers' count is apart from the next.
_KEPT_SECONDS = 60.0
_CACHE = "public, max-age=60"


class _Kept:
    """The level as it was read less than a minute ago; one reader at a time."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._known: tuple[float, datetime, Level] | None = None

    def level(self) -> Level:
        now = self._site.clock.now()
        with self._lock:
            if self._known is not None:
                read_at, clock_then, level = self._known
                same = abs(now - clock_then) < timedelta(seconds=_KEPT_SECONDS)
                if same and time.monotonic() - read_at < _KEPT_SECONDS:
                    return level
            with self._site.database.read() as session:
                level = read(session, now.astimezone(VIETNAM).date())
            self._known = (time.monotonic(), now, level)
            return level


def add(blueprint: Blueprint, site: Site) -> None:
    """Add the page and the same numbers for machines."""
    kept = _Kept(site)

    @blueprint.get("/hieu-nang")
    def level_page() -> Response:
        level = kept.level()
        words = site.words()
        return site.show(
            "level.html",
            cache=_CACHE,
            words=words,
            level=level,
            days=DAYS,
            periods=(("today", level.today), ("month", level.month)),
            channels=CHANNELS,
            chart=_chart(level, words("level.chart")),
            number=charts.number,
        )

    @blueprint.get("/hieu-nang.json")
    def level_json() -> Response:
        level = kept.level()
        answer = jsonify(
            counted_at=level.counted_at.isoformat() if level.counted_at else None,
            today=_told(level.today),
            last_30_days=_told(level.month),
            days=[
                {"day": day.isoformat(), "within_10_seconds_percent": share}
                for day, share in level.days.items()
            ],
        )
        answer.headers["Cache-Control"] = _CACHE
        return answer


def _chart(level: Level, title: str) -> Chart:
    labels = [f"{day:%d/%m}" for day in level.days]
    return charts.lines(title, labels, [Series("%", list(level.days.values()))], unit="%")


def _told(period: Period) -> dict[str, object]:
    return {
        "changes": period.changes,
        "within_10_seconds": period.within,
        "within_10_seconds_percent": period.share,
        "median_seconds": period.median,
        "p95_seconds": period.p95,
        "messages": dict(period.channels),
        "feedback_answered": period.feedback,
        "feedback_on_time": period.feedback_on_time,
        "feedback_on_time_percent": period.feedback_share,
        "worker_minutes": period.minutes,
        "worker_minutes_up": period.minutes_up,
        "worker_up_percent": period.uptime,
    }
