"""How far the sending is: the same numbers for the page and for the script that renews it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clock import VIETNAM
from console.broadcasts.outcomes import ended_words
from console.broadcasts.words import STATES, lasting
from console.charts import number
from settings import Settings
from store.tables import Broadcast, BroadcastState

_S = BroadcastState
#: While it is in one of these the page renews itself.
MOVING = (_S.scheduled, _S.preparing, _S.sending)
NUMBERS = {
    "sent": "Đã gửi",
    "delivered": "Đã tới điện thoại",
    "seen": "Đã xem",
    "failed": "Không gửi được",
    "ruled_out": "Không được phép gửi",
    "waiting": "Đang chờ gửi",
    "left": "Chưa tới lượt",
}


@dataclass(frozen=True)
class Progress:
    """Numbers of people; ``done`` of ``total`` need nothing more."""

    state: str
    words: str
    done: int
    total: int
    numbers: Mapping[str, int]
    failed: Sequence[tuple[str, int]]
    ruled_out: Sequence[tuple[str, int]]
    time: str
    said: str

    @property
    def shown(self) -> dict[str, str]:
        """The numbers as people read them."""
        return {name: number(value) for name, value in self.numbers.items()}


def progress_of(row: Broadcast, settings: Settings, now: datetime) -> Progress:
    """From the figures on the row: looking costs nothing, however many are told."""
    told = {name: int(row.figures.get(name, 0)) for name in NUMBERS}
    told["left"] = max(0, row.total - row.fed)
    done = told["sent"] + told["failed"] + told["ruled_out"]
    words = STATES[BroadcastState(row.state)]
    if row.state == _S.preparing:
        said = f"{words}: đã có {number(row.total)} người."
    else:
        said = f"{words}: xong {number(done)} trên {number(row.total)} người."
    return Progress(
        state=row.state,
        words=words,
        done=min(done, row.total),
        total=row.total,
        numbers=told,
        failed=by_reason(row.figures.get("failed_by")),
        ruled_out=by_reason(row.figures.get("ruled_out_by")),
        time=_time(row, told["waiting"] + told["left"], settings, now),
        said=said,
    )


def by_reason(counted: Any) -> list[tuple[str, int]]:
    """Reasons in words with how many, the most first."""
    rows = [(ended_words(name), int(count)) for name, count in dict(counted or {}).items()]
    return sorted(rows, key=lambda one: -one[1])


def _time(row: Broadcast, remaining: int, settings: Settings, now: datetime) -> str:
    if row.state == _S.scheduled:
        due = row.start_at is not None and row.start_at <= now
        return "Bắt đầu trong giây lát." if due else ""
    if row.state == _S.preparing:
        return "Đang lập danh sách người nhận; gửi ngay sau đó."
    if row.state != _S.sending:
        return ""
    first, last = settings.broadcast_from, settings.broadcast_to
    if not row.urgent and not first <= now.astimezone(VIETNAM).time() < last:
        return f"Ngoài giờ gửi ({first:%H:%M} đến {last:%H:%M}): gửi tiếp lúc {first:%H:%M}."
    speed = float(row.figures.get("per_minute") or 0)
    if not remaining:
        return "Đang chờ kết quả của những tin cuối."
    if speed < 1:
        return "Đang đo tốc độ gửi."
    left = lasting(int(remaining * 60 / speed))
    return f"Còn {left} với tốc độ hiện nay ({number(round(speed))} người mỗi phút)."
