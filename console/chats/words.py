"""Events and messages in the words staff read: what was said, what hangs on it, what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.events import (
    Attachment,
    ChatNow,
    Event,
    Follow,
    OaSent,
    Reaction,
    ResponseButton,
    SubmitInfo,
    Unfollow,
    UserBusinessCard,
    UserLocation,
    UserMessage,
)
from bot.messages import File, Image, Query, Text
from clock import VIETNAM
from console.chats import buttons
from notify.broadcasts.said import part_of
from notify.reply_window import STAFF_REPLY
from notify.staff import sentence
from store.tables import Broadcast, Outbox

BOT = "Trợ lý tự động"
#: Files a citizen sent that are handed on as a download; programs are not among them.
DOWNLOADS = frozenset({"pdf", "doc", "docx", "xls", "xlsx", "jpg", "jpeg", "png", "amr", "txt"})
_NOTES: tuple[tuple[type[Event], str], ...] = (
    (Follow, "Công dân đã quan tâm OA."),
    (Unfollow, "Công dân đã bỏ quan tâm OA."),
    (ChatNow, "Công dân mở cuộc trò chuyện."),
    (SubmitInfo, "Công dân đã gửi biểu mẫu thông tin liên hệ."),
    (Reaction, "Công dân bày tỏ cảm xúc với một tin."),
)
_LANES = {
    "reply": BOT,
    "status": "Thông báo hồ sơ",
    "reminder": "Nhắc việc tự động",
    "broadcast": "Tin truyền thông",
}
_KINDS = {
    "broadcast": "Thông báo chung",
    "broadcast_more": "Ảnh/tệp của thông báo",
    "broadcast_test": "Gửi thử thông báo",
}
#: Announcements by id, whose messages hold no text of their own.
Announcements = Mapping[int, Broadcast]
_SENT = {"seen": "Đã xem", "delivered": "Đã nhận", "sent": "Đã gửi"}
_EXCERPT = 80


@dataclass(frozen=True)
class Piece:
    """Something attached: ``kind`` is "photo", "file" or "words"; ``at`` its place in the event."""

    kind: str
    words: str
    at: int = 0


@dataclass(frozen=True)
class Said:
    """What a line says; ``pressed`` when it was a button."""

    text: str = ""
    pressed: bool = False
    quote: str = ""
    pieces: tuple[Piece, ...] = ()
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fate:
    """Where a message of ours stands; ``wrong`` when a person should look at it."""

    words: str
    wrong: bool = False


@dataclass(frozen=True)
class Spoken:
    """Who said what: ``side`` as in `console.chats.lines.Line`."""

    side: str
    who: str
    said: Said = field(default_factory=Said)


def of_event(
    event: Event,
    pressed: Mapping[str, str],
    quoted: Mapping[str, Outbox],
    name: str,
    announced: Announcements,
) -> Spoken | None:
    """An event as a line; None for the echo of a message of ours, which stands there already.

    ``pressed`` are the words of buttons by payload, ``quoted`` our messages by Zalo's id,
    ``name`` what the citizen is called, ``announced`` the announcements ours belong to.
    """
    for kind, words in _NOTES:
        if isinstance(event, kind):
            by_oa = isinstance(event, Reaction) and event.by_oa
            return None if by_oa else Spoken("note", "", Said(words))
    if isinstance(event, OaSent):
        if not event.admin_id:
            return None
        who = f"Cán bộ trong Zalo OA (…{event.admin_id[-4:]})"
        return Spoken("zalo", who, Said(event.text or "", pieces=_pieces(event.attachments)))
    if isinstance(event, ResponseButton):
        return Spoken("citizen", name, Said(event.text or "", pressed=True))
    if not isinstance(event, UserMessage):
        return None
    text = event.text or ""
    words_of_button = pressed.get(text.strip())
    original = quoted.get(event.quote_msg_id or "")
    return Spoken(
        "citizen",
        name,
        Said(
            text=words_of_button or text,
            pressed=words_of_button is not None,
            quote=_excerpt(original, announced) if original else "",
            pieces=_of_message(event),
        ),
    )


def _of_message(event: UserMessage) -> tuple[Piece, ...]:
    if isinstance(event, UserLocation) and event.latitude is not None:
        return (Piece("words", f"Vị trí: {event.latitude:.6f}, {event.longitude:.6f}"),)
    if isinstance(event, UserBusinessCard):
        return (Piece("words", "Danh thiếp (số điện thoại xem trong Zalo OA)"),)
    return _pieces(event.attachments)


def _pieces(attachments: tuple[Attachment, ...]) -> tuple[Piece, ...]:
    return tuple(_piece(one, at) for at, one in enumerate(attachments))


def _piece(one: Attachment, at: int) -> Piece:
    kind = (one.kind or "").lower()
    if kind in ("image", "gif") and one.url:
        return Piece("photo", "Ảnh", at)
    if kind == "file":
        size = f", {_size(one.size)}" if one.size else ""
        able = one.url and extension(one) in DOWNLOADS
        return Piece("file" if able else "words", f"Tệp: {one.name or 'không tên'}{size}", at)
    if kind == "audio" and one.url:
        return Piece("file", "Tin thoại", at)
    if kind == "location" and one.latitude is not None and one.longitude is not None:
        return Piece("words", f"Vị trí: {one.latitude:.6f}, {one.longitude:.6f}")
    if kind == "link":
        # Not a link to press: anybody may send an address to anywhere.
        return Piece("words", f"Liên kết: {one.url or one.description or ''}"[:500])
    return Piece("words", {"sticker": "Nhãn dán", "video": "Đoạn phim"}.get(kind, "Tin đính kèm"))


def extension(one: Attachment) -> str:
    """The kind of a file in small letters, from what Zalo says or the name's end."""
    said_kind = (one.extension or "").lower()
    if said_kind:
        return said_kind
    if (one.kind or "").lower() == "audio":
        return "amr"
    return (one.name or "").rpartition(".")[2].lower()


def _size(number: int) -> str:
    if number >= 1024 * 1024:
        return f"{number / (1024 * 1024):.1f} MB".replace(".", ",")
    return f"{max(1, number // 1024)} KB"


def of_message(row: Outbox, writers: Mapping[str, str], announced: Announcements) -> Spoken:
    """A message of ours as a line; ``writers`` are full names by username."""
    by = str(row.facts.get("by", ""))
    if row.kind == STAFF_REPLY:
        return Spoken("staff", writers.get(by, by) or "Cán bộ", _body(row, announced))
    way = " (tin ZBS)" if row.channel.startswith("zbs") else ""
    return Spoken("bot", _called(row) + way, _body(row, announced))


def _called(row: Outbox) -> str:
    return _KINDS.get(row.kind) or _LANES.get(row.lane, BOT)


def _body(row: Outbox, announced: Announcements) -> Said:
    if row.kind == "otp":
        return Said("(Mã xác thực một lần, không hiển thị)")
    body = row.body
    about = announced.get(row.broadcast_id or 0)
    # What retention or the citizen's own wish emptied stays empty, though the text still exists.
    if about is not None and "part" in body:
        return _announced(about, row)
    kind, text = body.get("kind"), str(body.get("text") or "")
    # Receipts and pictures of the bot stand elsewhere; what staff sent is kept for the chat.
    own = row.kind == STAFF_REPLY
    if kind == "text":
        return Said(text, buttons=buttons.titles(body))
    if kind == "image":
        return Said(text, pieces=(Piece("photo" if own else "words", "Ảnh"),))
    if kind == "file":
        return Said(pieces=(Piece("file" if own else "words", f"Tệp: {body.get('name', '')}"),))
    if kind == "ask_info":
        return Said(f"{body.get('title', '')}\n{body.get('subtitle', '')}".strip())
    if kind == "template" or row.facts:
        return Said("(Tin theo mẫu ZBS)")
    return Said("(Nội dung đã xóa theo thời hạn lưu)")


def presses(rows: Iterable[Outbox], announced: Announcements) -> dict[str, str]:
    """Words by payload of the buttons under announcements, whose rows do not hold them."""
    found: dict[str, str] = {}
    for row in rows:
        about = announced.get(row.broadcast_id or 0)
        said = part_of(about, row) if about is not None and "part" in row.body else None
        if isinstance(said, Text):
            found |= {one.payload: one.title for one in said.buttons if isinstance(one, Query)}
    return found


def _announced(about: Broadcast, row: Outbox) -> Said:
    said, title = part_of(about, row), f"Thông báo: {about.title}"
    if isinstance(said, Text):
        return Said(f"{title}\n{said.text}", buttons=tuple(one.title for one in said.buttons))
    if isinstance(said, Image):
        text = f"{title}\n{said.text}" if said.text else title
        return Said(text, pieces=(Piece("words", "Ảnh"),))
    if isinstance(said, File):
        return Said(title, pieces=(Piece("words", f"Tệp: {said.name}"),))
    return Said(f"{title}\n(Tin theo mẫu ZBS)")


def _excerpt(row: Outbox, announced: Announcements) -> str:
    text = _body(row, announced).text.replace("\n", " ")
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1].rstrip() + "…"


def fate(row: Outbox, now: datetime) -> Fate:
    """Where a message stands, in as few words as that takes."""
    if row.state in _SENT:
        at = {"seen": row.seen_at, "delivered": row.delivered_at}.get(row.state) or row.sent_at
        return Fate(f"{_SENT[row.state]} {hour(at, now)}" if at else _SENT[row.state])
    if row.state in ("queued", "leased") and not row.reason:
        return Fate("Đang gửi…")
    wrong = row.state in ("dropped", "parked")
    words = sentence(row.state, row.reason, row.channel)
    return Fate(f"Không gửi được: {words}" if wrong else words, wrong)


def hour(at: datetime, now: datetime) -> str:
    """ "10:42" today, "17/11/2026 10:42" on another day, on Vietnamese clocks."""
    local, today = at.astimezone(VIETNAM), now.astimezone(VIETNAM).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%d/%m/%Y %H:%M}"
