"""Whose chat is it: the clerk as `store.chats` knows them, and how a chat stands for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from console.access import Act
from console.chats.words import hour
from console.frame import person
from notify.reply_window import remaining
from settings import Settings
from store import chat_queue, followers
from store.chats import BY_CITIZEN, BY_SYSTEM, Desk
from store.tables import ChatRequest

#: Why a chat was opened, as lists say it.
REASONS = {
    "asked": "xin gặp cán bộ",
    "feedback": "gửi phản ánh",
    "staff": "cán bộ nhắn trước",
    "zalo": "trả lời trong Zalo OA",
}


@dataclass(frozen=True)
class Standing:
    """How a chat stands for who looks at it.

    ``kind``: "waiting", "mine", "other", "zalo" (somebody answers in Zalo's own tool), "closed".
    """

    kind: str
    words: str
    bot_silent: bool


def desk() -> Desk:
    """The signed-in person at their desk."""
    return Desk(person().id, person().agencies(Act.chat))


def quiet(settings: Settings) -> timedelta:
    """How long the bot keeps silent after the last word of a person."""
    return timedelta(minutes=settings.human_return_minutes)


def standing(session: Session, request: ChatRequest, now: datetime) -> Standing:
    """Who has the chat, in words that say what can be done next."""
    follower = followers.get(session, request.uid)
    until = follower.human_until if follower else None
    silent = until is not None and until > now
    back = (
        f" Trợ lý tự động trả lời lại sau {remaining(until, now)} im lặng."
        if (silent and until)
        else " Trợ lý tự động đang trả lời công dân."
    )
    if request.closed_at is not None:
        by = {BY_CITIZEN: "công dân", BY_SYSTEM: "hệ thống, không còn ai nhắn"}
        who = by.get(request.closed_by) or (
            chat_queue.names(session, [request.closed_by]).get(request.closed_by)
            or request.closed_by
        )
        return Standing(
            "closed", f"Đã giao lại trợ lý lúc {hour(request.closed_at, now)} ({who}).", silent
        )
    if request.claimed_by_id == person().id:
        return Standing("mine", "Bạn đang trả lời." + back, silent)
    if request.claimed_by_id is not None:
        name = chat_queue.name_of(session, request.claimed_by_id)
        return Standing("other", f"{name} đang trả lời." + back, silent)
    if request.last_staff_at is not None:
        return Standing("zalo", "Có người đang trả lời trong Zalo OA." + back, silent)
    waited = remaining(now, request.opened_at)
    return Standing("waiting", f"Đang chờ cán bộ {waited}, chưa ai nhận." + back, silent)
