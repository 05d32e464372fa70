"""The words staff read about feedback, and the parts pages share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from console.access import Act
from console.frame import Console, person
from dossiers.times import show
from feedback.desk import Desk
from feedback.targets import Clock
from store import feedback_inbox
from store.tables import Feedback
from store.tables.feedback import FEEDBACK_KINDS
from wording import Words

STATES: Mapping[str, str] = {
    "new": "Mới",
    "accepted": "Đang xử lý",
    "forwarded": "Đã chuyển cơ quan",
    "answered": "Đã trả lời",
    "closed": "Đã đóng",
    "merged": "Đã gộp",
}
SOURCES: Mapping[str, str] = {"zalo": "Zalo", "counter": "Tại quầy", "phone": "Điện thoại"}
STARS = {
    1: "1 - Rất không hài lòng",
    2: "2 - Không hài lòng",
    3: "3 - Bình thường",
    4: "4 - Hài lòng",
    5: "5 - Rất hài lòng",
}
#: What each step of the history is called.
STEPS: Mapping[str, str] = {
    "added": "Bổ sung",
    "answer": "Trả lời người gửi",
    "note": "Ghi chú nội bộ",
    "accepted": "Tiếp nhận",
    "assigned": "Giao xử lý",
    "forwarded": "Chuyển cơ quan",
    "closed": "Đóng",
    "reopened": "Mở lại",
    "merged": "Gộp",
    "rated": "Đánh giá",
    "published": "Công khai",
    "unpublished": "Thôi công khai",
}
CHANGED = "Phản ánh này vừa thay đổi (người gửi bổ sung, hoặc đồng nghiệp xử lý). Xin xem lại rồi gửi lại."


def kinds(console: Console) -> dict[str, str]:
    """The kinds in the words citizens choose from."""
    words = Words("vi", console.settings)
    return {kind: words(f"feedback.kind.{kind}") for kind in FEEDBACK_KINDS}


@dataclass(frozen=True)
class ClockWords:
    """A target in words; ``tone`` is "late", "near" or ""."""

    words: str
    tone: str


def clock_words(clock: Clock) -> ClockWords:
    """ "Mục tiêu trả lời: ...", said so that no colour is needed."""
    if clock.due_at is None:
        return ClockWords("", "")
    what = {"accept": "tiếp nhận", "answer": "trả lời"}[clock.what]
    due = show(clock.due_at)
    if clock.late:
        return ClockWords(f"Quá mục tiêu {what} (trước {due})", "late")
    if clock.near:
        return ClockWords(f"Sắp đến mục tiêu {what}: trước {due}", "near")
    return ClockWords(f"Mục tiêu {what}: trước {due}", "")


def desk(console: Console, session: Session, now: datetime) -> Desk:
    """The signed-in person at work."""
    return Desk(session, person().username, now, console.settings, console.calendar)


def theirs(session: Session, feedback_id: int, act: Act = Act.view_feedback) -> Feedback | None:
    """A feedback within the reach of the signed-in person for an act."""
    return feedback_inbox.get(session, feedback_id, person().agencies(act))
