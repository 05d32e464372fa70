"""Taking a chat, putting it back, handing it on, giving it back to the bot, writing first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from flask import url_for
from pydantic import BaseModel, Field
from sqlmodel import Session

from bot.messages import Query, to_json
from bot.messages import Text as TextMessage
from console.access import MAY, Act
from console.auditing import declare
from console.chats.desk import desk, quiet
from console.forms import Text, Tick, read_form
from console.frame import Answer, Console, person
from store import chat_card, chat_queue, chats, followers
from store.outbox import Draft, enqueue
from store.tables import Lane
from wording import Words

declare("chat.claimed", "Nhận cuộc trò chuyện")
declare("chat.released", "Trả cuộc trò chuyện về hàng chờ")
declare("chat.passed", "Chuyển cuộc trò chuyện", "to")
declare("chat.handed_back", "Giao cuộc trò chuyện lại cho trợ lý", "told")
declare("chat.started", "Cán bộ mở cuộc trò chuyện")

_GONE = "Cuộc trò chuyện này bạn không còn giữ: người khác đã nhận, hoặc đã giao lại trợ lý."


class Passed(BaseModel):
    """To whom: "p:<account>", "a:<agency>" or "a:0" for the province's queue."""

    to: Annotated[Text, Field(pattern=r"^[pa]:[0-9]{1,18}$")]


class Ended(BaseModel):
    """Whether the citizen is told."""

    tell: Tick = False


class Started(BaseModel):
    """With whom to begin: the citizen's UID, from a page that shows them."""

    uid: Annotated[Text, Field(min_length=1, max_length=64)]


def add(console: Console) -> None:
    """Add the acts on a chat."""

    @console.page("/tro-chuyen/<int:chat_id>/nhan", may=Act.chat, methods=["POST"])
    def chat_claim(chat_id: int) -> Answer:
        here, silence = desk(), quiet(console.settings)
        with console.database.write() as session:
            row = chats.get(session, chat_id, here)
            if row is None:
                return console.missing()
            taken = chats.claim(session, chat_id, here, console.clock.now(), silence)
            holder = chat_queue.name_of(session, row.claimed_by_id)
            if taken:
                console.audit(session, "chat.claimed", "chat", str(chat_id))
        if taken:
            return console.redirect(_page(chat_id), "Bạn đã nhận. Trợ lý tự động im lặng.")
        who = f"{holder} đã nhận trước." if holder else "Cuộc trò chuyện này đã kết thúc."
        return console.refuse(who, back=_page(chat_id))

    @console.page("/tro-chuyen/<int:chat_id>/tra-hang-cho", may=Act.chat, methods=["POST"])
    def chat_release(chat_id: int) -> Answer:
        with console.database.write() as session:
            done = chats.release(session, chat_id, desk(), console.clock.now())
            if done:
                console.audit(session, "chat.released", "chat", str(chat_id))
        if not done:
            return console.refuse(_GONE, back=url_for("console.chat_list"))
        return console.redirect(url_for("console.chat_list"), "Đã trả về hàng chờ.")

    @console.page("/tro-chuyen/<int:chat_id>/chuyen", may=Act.chat, methods=["POST"])
    def chat_pass(chat_id: int) -> Answer:
        return _pass(console, chat_id)

    @console.page("/tro-chuyen/<int:chat_id>/giao-tro-ly", may=Act.chat, methods=["POST"])
    def chat_hand_back(chat_id: int) -> Answer:
        return _hand_back(console, chat_id)

    @console.page("/tro-chuyen/mo", may=Act.chat, methods=["POST"])
    def chat_start() -> Answer:
        return _start(console)


def _pass(console: Console, chat_id: int) -> Answer:
    form, _ = read_form(Passed)
    if form is None:
        return console.refuse("Xin chọn người hoặc cơ quan nhận.", back=_page(chat_id), status=422)
    kind, _, number = form.to.partition(":")
    now, target = console.clock.now(), int(number)
    with console.database.write() as session:
        if kind == "p":
            roles = [role.value for role in MAY[Act.chat]]
            names = dict(chat_queue.colleagues(session, roles, person().id))
        else:
            names = {0: "hàng chờ chung", **dict(chat_queue.agencies(session))}
        if target not in names:
            return console.refuse(
                "Người hoặc cơ quan này không còn nhận được.", back=_page(chat_id)
            )
        if kind == "p":
            done = chats.pass_to_person(session, chat_id, desk(), target, now)
        else:
            done = chats.pass_to_agency(session, chat_id, desk(), target or None, now)
        if done:
            console.audit(session, "chat.passed", "chat", str(chat_id), to=form.to)
    if not done:
        return console.refuse(_GONE, back=url_for("console.chat_list"))
    return console.redirect(url_for("console.chat_list"), f"Đã chuyển cho {names[target]}.")


def _hand_back(console: Console, chat_id: int) -> Answer:
    form, _ = read_form(Ended)
    tell = form is not None and form.tell
    now = console.clock.now()
    with console.database.write(wake=True) as session:
        row = chats.get(session, chat_id, desk())
        if row is None:
            return console.missing()
        if row.claimed_by_id not in (None, person().id):
            return console.refuse(_GONE, back=_page(chat_id))
        follower = followers.lock(session, row.uid, now)
        session.refresh(row)
        if row.closed_at is not None or row.claimed_by_id not in (None, person().id):
            return console.refuse(_GONE, back=_page(chat_id))
        chats.hand_back(session, row.uid, person().username, now)
        if tell:
            words = Words(follower.language, console.settings)
            text = TextMessage(words("chat.handed_back"), (Query(words("button.menu"), "#menu"),))
            enqueue(session, [_closing(chat_id, row.uid, text, now)], now)
        console.audit(session, "chat.handed_back", "chat", str(chat_id), told=tell)
    notice = "Đã giao lại trợ lý tự động" + (" và báo cho công dân." if tell else ".")
    return console.redirect(url_for("console.chat_list"), notice)


def _closing(chat_id: int, uid: str, text: TextMessage, now: datetime) -> Draft:
    return Draft(
        dedupe_key=f"chat-end:{chat_id}",
        lane=Lane.reply,
        kind="chat_ended",
        body=to_json(text),
        correlation_id=f"chat-{chat_id}",
        due_at=now,
        uid=uid,
        expires_at=now + timedelta(hours=1),
    )


def _start(console: Console) -> Answer:
    form, _ = read_form(Started)
    now = console.clock.now()
    if form is None:
        return console.missing()
    with console.database.write() as session:
        if followers.get(session, form.uid) is None or not _knows(session, form.uid):
            return console.missing()
        followers.lock(session, form.uid, now)
        row = chats.open_request(session, form.uid, "staff", now)
        fresh = row.claimed_by_id is None and row.reason == "staff" and row.opened_at == now
        if fresh:
            chats.claim(session, row.id or 0, desk(), now, quiet(console.settings))
            console.audit(session, "chat.started", "chat", str(row.id))
        elif not desk().sees(row):
            return console.refuse("Người khác đang trò chuyện với công dân này.")
        chat_id = row.id or 0
    return console.redirect(_page(chat_id))


def _knows(session: Session, uid: str) -> bool:
    """Whether the citizen is one of theirs: an account without limits knows everybody."""
    reader = person()
    if reader.agencies(Act.chat) is None:
        return True
    if chat_card.dossiers(session, uid, reader.units(Act.view_dossiers)):
        return True
    if chat_card.open_feedback(session, uid, reader.agencies(Act.view_feedback)):
        return True
    return any(desk().sees(row) for row in chats.recent_of(session, uid))


def _page(chat_id: int) -> str:
    return url_for("console.chat", chat_id=chat_id)
