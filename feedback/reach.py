"""Whether an answer can still reach its writer, and what became of it, in the words staff use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dossiers.times import show
from notify import staff
from notify.policy import FREE_WINDOW, PAID_WINDOW
from notify.templates import configured
from settings import Settings
from store import feedback as store
from store import feedback_fates
from store.tables import Feedback, Follower

_NOBODY = {
    "zalo": "Người gửi đã xóa dữ liệu nên không nhận được tin. Câu trả lời vẫn được lưu.",
    "counter": "Phản ánh ghi tại quầy, chưa nối với Zalo nào: xin báo kết quả bằng điện thoại hoặc văn bản.",
    "phone": "Phản ánh ghi qua điện thoại, chưa nối với Zalo nào: xin gọi lại để báo kết quả.",
}


@dataclass(frozen=True)
class Reach:
    """``good`` when a message sent now will go; ``words`` say what to expect."""

    good: bool
    words: str


def reach_of(session: Session, row: Feedback, now: datetime, settings: Settings) -> Reach:
    """What staff may expect before they answer (zalo-protocol 4.2)."""
    readers = store.readers(session, row)
    if not readers:
        return Reach(False, _NOBODY.get(row.source, _NOBODY["zalo"]))
    return _of_follower(readers[0], now, settings)


def _of_follower(reader: Follower, now: datetime, settings: Settings) -> Reach:
    spoke = reader.last_interaction_at
    by_template = configured("feedback_answer", settings) is not None
    if spoke is not None and now - spoke < FREE_WINDOW:
        until = show(spoke + FREE_WINDOW)
        return Reach(True, f"Gửi được ngay qua Zalo, miễn phí đến {until}.")
    if spoke is not None and now - spoke < PAID_WINDOW:
        until = show(spoke + PAID_WINDOW)
        return Reach(True, f"Gửi được qua Zalo đến {until}, tính vào hạn mức tin của gói OA.")
    if by_template:
        return Reach(True, "Người gửi lâu không nhắn OA: câu trả lời đi bằng mẫu tin ZBS có phí.")
    last = f" (nhắn lần cuối {show(spoke)})" if spoke else ""
    return Reach(
        False,
        f"Người gửi lâu không nhắn OA{last}, Zalo sẽ không nhận tin: câu trả lời được lưu và hiện "
        "khi họ nhắn mã phản ánh. Nên gọi điện nếu có số.",
    )


def fates(session: Session, keys: list[str]) -> list[str]:
    """One sentence a message on what became of it; [] when there was nobody to send it to."""
    sentences = []
    for fate in feedback_fates.of_messages(session, keys):
        words = staff.sentence(fate.state, fate.reason, fate.channel)
        at = fate.seen_at or fate.delivered_at or fate.sent_at
        sentences.append(f"{words} ({show(at)})" if at else words)
    return list(dict.fromkeys(sentences))
