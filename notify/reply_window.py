"""How long staff may still answer a citizen in the chat, and what it costs.

The rule itself is `notify.policy`, asked as the sender will ask it; this only puts its answer
into words before anything is typed (zalo-protocol 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from clock import VIETNAM
from dossiers.times import show
from notify.policy import (
    FREE_WINDOW,
    PAID_WINDOW,
    Decision,
    Facts,
    Hold,
    Quotas,
    RecipientFacts,
    Send,
    decide,
)
from notify.staff import SENTENCES
from settings import Settings
from store import allowances
from store.tables import Follower, Lane

#: The kind of every message a member of staff writes in the chat.
STAFF_REPLY = "staff_reply"


@dataclass(frozen=True)
class Window:
    """What an answer written now would meet.

    ``until`` is when this state ends, None when nothing is known; ``cost`` in VND.
    """

    open: bool
    free: bool
    until: datetime | None
    cost: int
    words: str


def window(session: Session, follower: Follower, now: datetime, settings: Settings) -> Window:
    """The window for one citizen at this moment."""
    if follower.withdrawn_at is not None:
        words = "Công dân đã yêu cầu xóa dữ liệu cá nhân. Không nhắn được cho đến khi họ nhắn lại."
        spoke = follower.last_interaction_at
        if spoke is None or spoke <= follower.withdrawn_at:
            return Window(False, False, None, 0, words)
    left = allowances.left(session, now, settings.consultation_allowance)
    quotas = Quotas(consultation_left=left)
    message = Facts(lane=Lane.reply, kind=STAFF_REPLY, created_at=now)
    decision = decide(message, _recipient(follower), now, settings, quotas)
    found = _window(decision, follower, now, left)
    if found.open and follower.unreachable:
        # A reply is tried all the same: Zalo's word may be old.
        told = SENTENCES.get(follower.unreachable, SENTENCES["unreachable"])
        return replace(found, words=f"{found.words} Lưu ý: {told}")
    return found


def _recipient(follower: Follower) -> RecipientFacts:
    return RecipientFacts(
        uid=follower.uid,
        followed=follower.followed,
        followed_at=follower.followed_at,
        unfollowed_at=follower.unfollowed_at,
        last_interaction_at=follower.last_interaction_at,
        welcome_sent=follower.welcome_sent,
        notify=follower.notify,
        unreachable=follower.unreachable,
        withdrawn=follower.withdrawn_at is not None,
    )


def _window(decision: Decision, follower: Follower, now: datetime, left: int) -> Window:
    spoke = follower.last_interaction_at
    if isinstance(decision, Hold):
        words = (
            f"Đã hết lượt tin của gói OA. Gửi lại được từ {show(decision.until)}, hoặc khi công "
            "dân nhắn."
        )
        return Window(False, False, decision.until, 0, words)
    if not isinstance(decision, Send):
        reason = SENTENCES["no_channel"]
        if spoke is not None and now - spoke >= PAID_WINDOW:
            reason = (
                f"Không gửi được nữa: công dân nhắn lần cuối {show(spoke)}, đã quá 7 ngày. "
                "Chỉ trả lời được khi công dân nhắn lại."
            )
        elif spoke is None:
            reason = "Không gửi được: công dân chưa từng nhắn OA."
        return Window(False, False, None, 0, reason)
    if decision.welcome:
        return Window(True, True, None, 0, "Tin chào mừng, miễn phí (công dân chưa nhắn OA).")
    if decision.cost == 0 and not decision.allowance:
        until = (spoke or now) + FREE_WINDOW
        words = f"Trả lời miễn phí đến {show(until)} (còn {remaining(until, now)})."
        return Window(True, True, until, 0, words)
    until = (spoke or now) + PAID_WINDOW
    rest = f"Gửi được đến {show(until)} (còn {remaining(until, now)})."
    if decision.allowance:
        words = f"Đã quá 48 giờ: mỗi tin dùng 1 lượt của gói OA (còn {left} lượt). {rest}"
        return Window(True, False, until, 0, words)
    price = f"{decision.cost:,}".replace(",", ".")
    words = f"Đã quá 48 giờ và hết lượt của gói OA: mỗi tin {price} đ. {rest}"
    return Window(True, False, until, decision.cost, words)


def remaining(until: datetime, now: datetime) -> str:
    """ "2 ngày 3 giờ", "5 giờ 20 phút", "40 phút": never more than two units."""
    minutes = max(0, int((until - now).total_seconds()) // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} ngày {hours} giờ" if hours else f"{days} ngày"
    if hours:
        return f"{hours} giờ {minutes % 60} phút" if minutes % 60 else f"{hours} giờ"
    return f"{minutes} phút" if minutes else "chưa đầy một phút"


def midnight(now: datetime) -> datetime:
    """When today began in Vietnam."""
    return now.astimezone(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
