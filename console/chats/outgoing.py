"""Files staff send: told by their content, photos drawn anew, within Zalo's limits (protocol 3.5)."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from feedback.documents import MIMETYPES, kind_of, safe_name
from feedback.pictures import NotAPicture, safe_picture
from settings import Settings

MEGABYTE = 1024 * 1024
FILE_LIMIT = 5 * MEGABYTE
PHOTO_LIMIT = MEGABYTE
#: A photo of a phone may come larger: it is made to fit.
_PHOTO_TAKEN = 5 * MEGABYTE
_SMALLER = ((1280, 75), (1024, 65), (800, 55))


class Refused(Exception):
    """The file is not sent; the text says why and what to do."""


@dataclass(frozen=True)
class Upload:
    """A file that is safe to keep and to send."""

    content: bytes
    mimetype: str
    name: str
    is_photo: bool


def checked(name: str, content: bytes, settings: Settings) -> Upload:
    """The file as it may be sent; `Refused` for any other kind, or one that is too large."""
    if not content:
        raise Refused("Tệp rỗng. Xin chọn tệp khác.")
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return Upload(_photo(content, settings), "image/jpeg", "anh.jpg", True)
    if len(content) > FILE_LIMIT:
        raise Refused("Tệp lớn hơn 5 MB, Zalo không nhận. Xin chia nhỏ hoặc nén tệp.")
    kind = kind_of(content)
    if not kind:
        raise Refused("Chỉ gửi được PDF, DOC, DOCX (đến 5 MB) và ảnh JPG, PNG.")
    return Upload(content, MIMETYPES[kind], safe_name(name, kind), False)


def _photo(content: bytes, settings: Settings) -> bytes:
    if len(content) > _PHOTO_TAKEN:
        raise Refused("Ảnh lớn hơn 5 MB. Xin chụp lại ở cỡ nhỏ hơn.")
    try:
        made = safe_picture(content, _PHOTO_TAKEN, settings.photo_max_pixels).full
    except NotAPicture:
        raise Refused("Không đọc được ảnh này. Xin lưu lại thành JPG hoặc PNG.") from None
    for side, quality in _SMALLER:
        if len(made) <= PHOTO_LIMIT:
            return made
        made = _shrunk(made, side, quality)
    return made


def _shrunk(made: bytes, side: int, quality: int) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(made), formats=("JPEG",)) as picture:
        picture.thumbnail((side, side))
        picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
