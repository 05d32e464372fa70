"""Picture, file and ZBS template of a draft: taken from the form, made safe, shown again."""

from __future__ import annotations

from flask import request

from bot.outcomes import CallFailed
from console.access import Act
from console.broadcasts.drafts import seen
from console.broadcasts.reading import draft_content
from console.frame import Answer, Console
from console.news.covers import NoCover, cover_of
from content import zbs
from feedback.documents import MIMETYPES, kind_of, safe_name
from notify.broadcasts.checks import PROMOTION_WORDS, promotional
from notify.broadcasts.content import ZbsChoice
from store import stored_files

#: What Zalo takes as a file (zalo-protocol 3.5).
FILE_BYTES = 5 * 1024 * 1024
#: A form with a picture as a camera makes it, and a file.
ACCEPTS = 20 * 1024 * 1024


class NotTaken(Exception):
    """The file or template is not used; the text says why and what to do."""


def add(console: Console) -> None:
    """Add the addresses under which the console shows picture and file."""

    @console.page("/thong-bao/<int:broadcast_id>/anh.jpg", may=Act.view_broadcasts)
    def broadcast_picture(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = seen(session, broadcast_id)
            media = draft_content(row).picture if row else ""
            stored = stored_files.get(session, media) if media else None
        if stored is None:
            return console.missing()
        return console.download(stored.content, "anh.jpg", "image/jpeg", inline=True)

    @console.page("/thong-bao/<int:broadcast_id>/tep", may=Act.view_broadcasts)
    def broadcast_file(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = seen(session, broadcast_id)
            file = draft_content(row).file if row else None
            stored = stored_files.get(session, file.media) if file and file.media else None
        if stored is None or file is None:
            return console.missing()
        ending = file.name.rpartition(".")[2]
        return console.download(stored.content, f"tep-{broadcast_id}.{ending}", stored.mimetype)


def sent_picture(console: Console) -> bytes | None:
    """The picture of the form as a JPEG Zalo takes; None without one; `NotTaken` for others."""
    sent = request.files.get("picture")
    if sent is None or not sent.filename:
        return None
    try:
        return cover_of(sent.stream.read(console.settings.photo_max_bytes + 1), console.settings)
    except NoCover as refused:
        raise NotTaken(str(refused).replace("Ảnh bìa", "Ảnh")) from None


def sent_file() -> tuple[bytes, str, str] | None:
    """(content, name, type) of the form's PDF, DOC or DOCX, told by content; `NotTaken` else."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    content = sent.stream.read(FILE_BYTES + 1)
    if len(content) > FILE_BYTES:
        raise NotTaken("Tệp lớn hơn 5 MB, Zalo không nhận. Xin chia nhỏ hoặc nén tệp.")
    kind = kind_of(content)
    if not kind:
        raise NotTaken("Chỉ gửi được tệp PDF, DOC, DOCX có nội dung.")
    return content, safe_name(sent.filename, kind), MIMETYPES[kind]


def chosen_template(console: Console, template_id: str, before: ZbsChoice) -> ZbsChoice:
    """A template as Zalo describes it now; values filled in before stay. `NotTaken` with why not."""
    if not template_id:
        raise NotTaken("Chọn một mẫu trong danh sách.")
    try:
        told = console.zalo.template_info(template_id)
    except CallFailed:
        raise NotTaken(
            "Chưa hỏi được Zalo về mẫu này. Các phần khác vẫn soạn được; xin thử lại sau."
        ) from None
    if promotional(told.tag or ""):
        raise NotTaken(PROMOTION_WORDS)
    if told.status != "ENABLE":
        state = zbs.STATES.get(told.status or "", "ở trạng thái không rõ")
        raise NotTaken(f"Mẫu này {state}: Zalo sẽ không gửi. Xin chọn mẫu khác.")
    phone = told.price_phone or told.price
    return ZbsChoice(
        template_id=told.template_id[:50],
        name=(told.name or "")[:200],
        params={one.name: before.params.get(one.name, "") for one in told.parameters},
        limits={one.name: one.max_length for one in told.parameters if one.max_length},
        tag=(told.tag or "")[:50],
        uid_price=None if told.price_uid is None else round(told.price_uid),
        phone_price=None if phone is None else round(phone),
    )
