"""Photos and files of a chat, shown through us: nobody's browser asks Zalo's hosts for them.

A citizen's photo is fetched when it is looked at, drawn anew, and kept nowhere (domain 4.5).
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.events import Attachment, NotAnEvent, OaSent, UserMessage, parse
from console.access import Act
from console.auditing import declare
from console.chats.desk import desk
from console.chats.words import DOWNLOADS, extension
from console.frame import Answer, Console
from feedback.pictures import NotAPicture, safe_picture
from qr.photos import NotFetched, Photos
from store import chat_lines, chats, stored_files

declare("chat.photo_viewed", "Xem ảnh trong trò chuyện", "line")
declare("chat.file_fetched", "Tải tệp trong trò chuyện", "line")

_PHOTOS = ("image", "gif")


@dataclass(frozen=True)
class Sent:
    """A file of ours in a chat."""

    content: bytes
    mimetype: str
    name: str


def add(console: Console) -> None:
    """Add the addresses of photos and files."""
    photos = Photos(console.settings)

    @console.page("/tro-chuyen/<int:chat_id>/su-kien/<int:event_id>/<int:at>", may=Act.chat)
    def chat_attachment(chat_id: int, event_id: int, at: int) -> Answer:
        found = _attachment(console, chat_id, event_id, at)
        if found is None or found.url is None:
            return console.missing()
        photo = (found.kind or "").lower() in _PHOTOS
        if not photo and extension(found) not in DOWNLOADS:
            return console.missing()
        action = "chat.photo_viewed" if photo else "chat.file_fetched"
        console.looked(action, "chat", str(chat_id), line=f"e{event_id}")
        try:
            content = photos.fetch(found.url)
            if photo:
                most, pixels = len(content), console.settings.photo_max_pixels
                full = safe_picture(content, most, pixels).full
                return console.download(full, "anh.jpg", "image/jpeg", inline=True)
        except (NotFetched, NotAPicture):
            return console.missing("Không tải được: Zalo không còn giữ tệp này, hoặc tệp quá lớn.")
        name = f"tep-{event_id}.{extension(found)}"
        return console.download(content, name, "application/octet-stream")

    @console.page("/tro-chuyen/<int:chat_id>/tin/<int:message_id>", may=Act.chat)
    def chat_sent_file(chat_id: int, message_id: int) -> Answer:
        found = _sent(console, chat_id, message_id)
        if found is None:
            return console.missing()
        console.looked("chat.file_fetched", "chat", str(chat_id), line=f"m{message_id}")
        photo = found.mimetype == "image/jpeg"
        return console.download(found.content, found.name, found.mimetype, inline=photo)


def _attachment(console: Console, chat_id: int, event_id: int, at: int) -> Attachment | None:
    with console.database.read() as session:
        row = chats.get(session, chat_id, desk())
        stored = chat_lines.event(session, row.uid, event_id) if row else None
    if stored is None or stored.body is None:
        return None
    try:
        event = parse(stored.body)
    except NotAnEvent:
        return None
    if not isinstance(event, UserMessage | OaSent) or at >= len(event.attachments):
        return None
    return event.attachments[at]


def _sent(console: Console, chat_id: int, message_id: int) -> Sent | None:
    with console.database.read() as session:
        row = chats.get(session, chat_id, desk())
        message = chat_lines.message(session, row.uid, message_id) if row else None
        media = str(message.body.get("media") or "") if message else ""
        stored = stored_files.get(session, media) if media else None
    if stored is None:
        return None
    kind = stored.mimetype.rpartition("/")[2]
    ending = {"jpeg": "jpg", "pdf": "pdf", "msword": "doc"}.get(kind, "docx")
    return Sent(stored.content, stored.mimetype, f"tep-{message_id}.{ending}")
