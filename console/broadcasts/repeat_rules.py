"""Which announcements may come back, and their rule in words."""

from __future__ import annotations

from datetime import datetime

from dossiers.workdays import Calendar
from notify.broadcasts.audience import Audience
from notify.broadcasts.content import digest
from notify.broadcasts.repeating import Rule, next_time
from store.tables import Broadcast, BroadcastState

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_SHOWN = 3


def why_not(row: Broadcast) -> str:
    """Why an announcement cannot come back, in staff's words; "" when it can."""
    if row.state in (BroadcastState.draft, BroadcastState.waiting, BroadcastState.cancelled):
        return "Chỉ thông báo đã duyệt mới lặp lại được."
    if row.approved_hash != digest(row):
        return "Nội dung không còn là bản đã duyệt nên không lặp lại được."
    if row.urgent:
        return "Tin khẩn không lặp lại: mỗi lần phải có lý do và người duyệt."
    if row.expires_at is not None:
        return "Thông báo có thời hạn hết giá trị nên không lặp lại được."
    if row.again_of is not None:
        return "Bản gửi lại không lặp lại được. Mở thông báo gốc."
    if Audience.model_validate(row.audience).listed:
        return "Thông báo gửi theo danh sách tải lên không lặp lại được: danh sách sẽ cũ đi."
    if row.repeat_id is not None:
        return "Thông báo này do một thông báo lặp lại tạo ra. Sửa ở thông báo gốc."
    return ""


def rule_words(rule: Rule) -> str:
    """ "Hằng tháng, ngày cuối tháng, lúc 08:00; ..."."""
    if rule.every == "week":
        said = f"Hằng tuần, {WEEKDAYS[rule.weekday]}"
    elif rule.day:
        said = f"Hằng tháng, ngày {rule.day}"
    else:
        said = "Hằng tháng, ngày cuối tháng"
    moved = "; rơi vào ngày nghỉ thì gửi ngày làm việc trước đó" if rule.workday else ""
    return f"{said}, lúc {rule.at:%H:%M}{moved}"


def coming(rule: Rule, now: datetime, calendar: Calendar) -> list[datetime]:
    """The next three moments of a rule."""
    found: list[datetime] = []
    at = now
    for _ in range(_SHOWN):
        at = next_time(rule, at, calendar)
        found.append(at)
    return found
