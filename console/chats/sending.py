"""Answering: a text or a file, through the outbox, once however often the button is pressed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated

from flask import request, url_for
from pydantic import BaseModel, Field
from sqlmodel import Session

from bot.messages import File, Image, Message, to_json
from bot.messages import Text as TextMessage
from bot.text import units
from console.access import Act
from console.auditing import declare
from console.chats.desk import desk, quiet
from console.chats.outgoing import FILE_LIMIT, MEGABYTE, Refused, Upload, checked
from console.chats.pages import TEXT_LIMIT, chat_page
from console.forms import Text, read_form
from console.frame import Answer, Console, person
from notify import reply_window
from notify.reply_window import STAFF_REPLY
from store import chat_queue, chats, followers, stored_files
from store.outbox import Draft, enqueue
from store.tables import Lane

declare("chat.answered", "Trả lời công dân trong trò chuyện", "kind")

_BY_OTHER = "{who} đang trả lời công dân này. Xin nhắn họ chuyển cuộc trò chuyện cho bạn."

#: A file as large as Zalo takes, with room to be told that one is larger.
_FORM_BYTES = FILE_LIMIT + MEGABYTE


class Answered(BaseModel):
    """The text, and the form's own key: the same form sent twice is one message."""

    text: Annotated[Text, Field(min_length=1, max_length=20_000)]
    key: Annotated[Text, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


class Keyed(BaseModel):
    """The key of a form with a file."""

    key: Annotated[Text, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


@dataclass(frozen=True)
class Outcome:
    """What came of it; ``problem`` says why nothing was sent."""

    problem: str = ""
    status: int = 200


def add(console: Console) -> None:
    """Add the two ways to answer."""

    @console.page("/tro-chuyen/<int:chat_id>/gui", may=Act.chat, methods=["POST"])
    def chat_send(chat_id: int) -> Answer:
        form, errors = read_form(Answered)
        if form is None:
            problem = errors.get("text") or "Xin tải lại trang rồi gửi lại."
            return _answer(console, chat_id, Outcome(problem, 422))
        if units(form.text) > TEXT_LIMIT:
            problem = f"Tin dài {units(form.text)} ký tự, Zalo cho nhiều nhất {TEXT_LIMIT}."
            return _answer(console, chat_id, Outcome(problem, 422))
        message = TextMessage(form.text)
        digest = hashlib.sha256(form.text.encode()).hexdigest()[:16]
        return _answer(console, chat_id, _send(console, chat_id, message, f"{form.key}:{digest}"))

    @console.page(
        "/tro-chuyen/<int:chat_id>/gui-tep", may=Act.chat, methods=["POST"], accepts=_FORM_BYTES
    )
    def chat_send_file(chat_id: int) -> Answer:
        form, _ = read_form(Keyed)
        sent = request.files.get("file")
        if form is None or sent is None or not sent.filename:
            return _answer(console, chat_id, Outcome("Xin chọn một tệp để gửi.", 422), "file")
        try:
            upload = checked(sent.filename, sent.stream.read(), console.settings)
        except Refused as refused:
            return _answer(console, chat_id, Outcome(str(refused), 422), "file")
        media = f"sha256:{hashlib.sha256(upload.content).hexdigest()}"
        message: Message = (
            Image(media=media) if upload.is_photo else File(media=media, name=upload.name)
        )
        key = f"{form.key}:{media[7:23]}"
        return _answer(console, chat_id, _send(console, chat_id, message, key, upload), "file")


def _send(
    console: Console, chat_id: int, message: Message, key: str, upload: Upload | None = None
) -> Outcome:
    """Queue an answer; a chat nobody has is taken by answering it."""
    here, now, settings = desk(), console.clock.now(), console.settings
    with console.database.write(wake=True) as session:
        row = chats.get(session, chat_id, here)
        if row is None:
            return Outcome("Không tìm thấy cuộc trò chuyện này.", 404)
        if not chats.claim(session, chat_id, here, now, quiet(settings)):
            return _not_theirs(session, row.claimed_by_id if row.closed_at is None else None)
        follower = followers.lock(session, row.uid, now)
        window = reply_window.window(session, follower, now, settings)
        if not window.open:
            return Outcome(window.words, 409)
        if upload is not None:
            stored_files.keep(session, upload.content, upload.mimetype, now)
        draft = Draft(
            dedupe_key=f"staff:{here.account_id}:{key}",
            lane=Lane.reply,
            kind=STAFF_REPLY,
            body=to_json(message),
            correlation_id=f"chat-{chat_id}",
            due_at=now,
            uid=row.uid,
            facts={"by": person().username},
        )
        if enqueue(session, [draft], now):
            chats.staff_wrote(session, row.uid, now, quiet(settings))
            kind = "text" if upload is None else "photo" if upload.is_photo else "file"
            console.audit(session, "chat.answered", "chat", str(chat_id), kind=kind)
    return Outcome()


def _not_theirs(session: Session, holder: int | None) -> Outcome:
    if holder is None:
        return Outcome("Cuộc trò chuyện đã kết thúc. Bấm Nhắn lại để mở cuộc mới.", 409)
    return Outcome(_BY_OTHER.format(who=chat_queue.name_of(session, holder)), 409)


def _answer(console: Console, chat_id: int, outcome: Outcome, field: str = "text") -> Answer:
    """For the page's script a small answer, for a plain form the page again."""
    if "application/json" in request.headers.get("Accept", ""):
        return console.json({"problem": outcome.problem}, outcome.status)
    if outcome.problem:
        typed = request.form.get("text", "")[:20_000]
        errors = {field: outcome.problem}
        return chat_page(console, chat_id, text=typed, errors=errors, status=outcome.status)
    return console.redirect(url_for("console.chat", chat_id=chat_id) + "#cuoi")
