"""When an announcement stops itself: too many failures, or too many people it drives away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from settings import Settings

#: Fewer messages than this prove nothing.
LEAST = 30
#: So many people are told first; the others once it is known how that went.
FIRST = 50


def proven(figures: Mapping[str, Any]) -> bool:
    """Whether enough of the first messages came to an end."""
    return int(figures.get("ended", 0)) + int(figures.get("ruled_out", 0)) >= LEAST


def verdict(figures: Mapping[str, Any], settings: Settings) -> str:
    """Why it must stop, in staff's words; "" when it may go on.

    What had already happened when somebody chose to go on (``excused``) does not count again.
    """
    excused: Mapping[str, Any] = figures.get("excused") or {}

    def since(name: str) -> int:
        return int(figures.get(name, 0)) - int(excused.get(name, 0))

    ended = since("ended")
    if ended < LEAST:
        return ""
    failed = since("failed") * 100 / ended
    if failed >= settings.broadcast_stop_failed_percent:
        return (
            f"Tự dừng: {failed:.0f} % tin gần đây không gửi được. Xem lý do ở bảng dưới, sửa rồi "
            "bấm Gửi tiếp."
        )
    left = since("left_by_it") * 100 / ended
    if left >= settings.broadcast_stop_left_percent:
        return (
            f"Tự dừng: {left:.1f} % người nhận đã dừng nhận tin hoặc bỏ quan tâm. Xem lại nội "
            "dung và đối tượng trước khi gửi tiếp."
        )
    return ""
