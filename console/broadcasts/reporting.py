"""What became of an announcement: in pictures, against what was promised, and person by person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for

from console.access import Act
from console.broadcasts import recipients
from console.broadcasts.describing import estimate_of
from console.broadcasts.outcomes import CHANNELS
from console.broadcasts.progress import by_reason
from console.broadcasts.reach import address, seen
from console.broadcasts.words import STATES, money
from console.charts import Chart, bars
from console.figures import percent, seconds
from console.frame import Answer, Console
from store import broadcast_figures
from store.tables import Broadcast, BroadcastState, Way

#: Times of so many are sorted while somebody waits for the page.
_MOST_SORTED = 50_000
_CUT = 10


def add(console: Console) -> None:
    """Add the report and the list of recipients."""
    recipients.add(console)

    @console.page("/thong-bao/<int:broadcast_id>/bao-cao", may=Act.view_broadcasts)
    def broadcast_report(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = seen(session, broadcast_id)
            if row is None:
                return console.missing()
            if row.started_at is None or row.way == Way.article:
                return console.redirect(
                    address(row.id), "Thông báo này không có báo cáo.", kind="warning"
                )
            few = int(row.figures.get("delivered", 0)) <= _MOST_SORTED
            took = broadcast_figures.times(session, broadcast_id) if few else None
        return console.show(
            "broadcasts/report.html",
            row=row,
            state=STATES[BroadcastState(row.state)],
            counted=_moment(row.figures.get("at")),
            numbers=_numbers(row),
            cost=_cost(row),
            charts=_charts(row),
            took=(seconds(took[0]), seconds(took[1])) if took else None,
            percent=percent,
            back=address(row.id),
            recipients=url_for("console.broadcast_recipients", broadcast_id=broadcast_id),
        )


def _numbers(row: Broadcast) -> dict[str, int]:
    names = ("sent", "delivered", "seen", "failed", "ruled_out", "waiting", "stopped", "unfollowed")
    found = {name: int(row.figures.get(name, 0)) for name in names}
    return found | {"total": row.total, "left": max(0, row.total - row.fed)}


def _cost(row: Broadcast) -> dict[str, str]:
    spent = int(row.figures.get("cost", 0))
    counted = estimate_of(row)
    if counted is None or row.again_of is not None:
        return {"spent": money(spent), "promised": "", "difference": ""}
    over = spent - counted.cost
    difference = "đúng như vậy"
    if over:
        difference = f"{'nhiều hơn' if over > 0 else 'ít hơn'} {money(abs(over))}"
    return {"spent": money(spent), "promised": money(counted.cost), "difference": difference}


def _charts(row: Broadcast) -> list[Chart]:
    told = _numbers(row)
    fates = {
        "Thuộc danh sách": told["total"],
        "Đã gửi tới Zalo": told["sent"],
        "Đã tới điện thoại": told["delivered"],
        "Đã xem": told["seen"],
        "Không gửi được": told["failed"],
        "Không được phép gửi": told["ruled_out"],
        "Chưa gửi": told["waiting"] + told["left"],
    }
    channels: dict[str, Any] = dict(row.figures.get("by_channel") or {})
    drawn = [
        bars("Kết quả", list(fates), list(fates.values()), unit="người"),
        bars(
            "Đã gửi theo kênh",
            [CHANNELS.get(name, name) for name in channels],
            [int(count) for count in channels.values()],
            unit="người",
        ),
    ]
    for title, name in (
        ("Vì sao không gửi được", "failed_by"),
        ("Vì sao không được phép gửi", "ruled_out_by"),
    ):
        rows = by_reason(row.figures.get(name))[:_CUT]
        if rows:
            drawn.append(bars(title, [w for w, _ in rows], [n for _, n in rows], unit="người"))
    return drawn


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
