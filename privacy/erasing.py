"""Erasing with a receipt: what went, in numbers, under a code; never whose it was."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from privacy.requests import record_done
from settings import Settings
from store import followers
from store import privacy as store
from store.privacy import Kept
from store.tables import PrivacyRequest

_OVERTAKEN = "Công dân đã yêu cầu xóa toàn bộ dữ liệu trước khi yêu cầu này được giải quyết."


def erase_user(session: Session, uid: str, now: datetime, *, settings: Settings, by: str) -> str:
    """Forget a follower (`store.followers.erase`); what went in words, "" when nobody is known."""
    kept = store.kept_of_user(session, uid)
    if not followers.erase(session, uid, now, version=settings.consent_version, by=by):
        return ""
    return told(kept)


def erase_phone(session: Session, phone: str, now: datetime, *, settings: Settings, by: str) -> str:
    """Forget a phone (`store.followers.erase_phone`); what went in words, "" when nothing did."""
    kept = store.kept_of_phone(session, phone)
    gone = followers.erase_phone(session, phone, now, version=settings.consent_version, by=by)
    return told(kept) if gone or kept.anything else ""


def erased_at_once(
    session: Session,
    uid: str,
    now: datetime,
    *,
    settings: Settings,
    kind: str,
    source: str,
    by: str = "citizen",
) -> PrivacyRequest:
    """Erase because the citizen said so in the chat or to Zalo, and write it down as done."""
    outcome = erase_user(session, uid, now, settings=settings, by=by)
    close_others(session, uid, now, by)
    return record_done(
        session,
        kind=kind,
        source=source,
        outcome=outcome or "Không còn dữ liệu nào để xóa.",
        now=now,
        by=by,
    )


def close_others(session: Session, uid: str, now: datetime, by: str) -> None:
    """End what an erased follower asked before: it has no object any more and must not name them."""
    for row in store.open_requests_of(session, uid):
        store.end(session, row, state="done", outcome=_OVERTAKEN, by=by, now=now)


def told(kept: Kept) -> str:
    """What was erased, in one sentence without personal data."""
    parts = [
        ("tên hiển thị", int(kept.named)),
        ("liên kết số điện thoại", kept.links),
        ("theo dõi hồ sơ", kept.watched),
        ("số điện thoại trong hồ sơ", kept.dossiers),
        ("nội dung tin đã gửi", kept.sent),
        ("nội dung tin đã nhận", kept.received),
        ("tên, số điện thoại trong phản ánh", kept.feedback),
        ("chủ đề đã chọn", kept.topics),
        ("tên trong danh sách nhận thông báo", kept.announcements),
    ]
    listed = ", ".join(
        words if words == "tên hiển thị" else f"{words} ({_many(count)})"
        for words, count in parts
        if count
    )
    return f"Đã xóa: {listed or 'không còn gì ngoài mã tài khoản Zalo'}. Đã dừng mọi thông báo."


def _many(count: int) -> str:
    return "1.000 trở lên" if count >= store.COUNTED else str(count)
