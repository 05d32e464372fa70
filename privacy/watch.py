"""Telling staff when a legal clock has run out, or an incident's 72 hours are nearly over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from notify import alarms
from store import privacy as store

#: So long before the end of the 72 hours staff are told.
_BEFORE = timedelta(hours=24)


def watch(session: Session, now: datetime) -> None:
    """Open an alarm while something is late, close it when nothing is."""
    late = store.count_late(session, now)
    words = (
        f"{late} yêu cầu về dữ liệu cá nhân đã quá hạn theo luật. Xin giải quyết ở trang Quyền "
        "riêng tư."
    )
    alarms.watch(session, "privacy_late", "", words if late else None, now)
    unreported = store.count_unreported(session, now + _BEFORE)
    words = (
        f"{unreported} sự cố dữ liệu cá nhân sắp hoặc đã hết hạn 72 giờ mà chưa ghi là đã báo cơ "
        "quan chuyên trách. Xin xem trang Quyền riêng tư, mục Sự cố."
    )
    alarms.watch(session, "incident_late", "", words if unreported else None, now)
