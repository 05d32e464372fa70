"""Covers staff upload: drawn anew as a JPEG that Zalo takes (zalo-protocol 3.5: 1 MB)."""

from __future__ import annotations

import io

from PIL import Image

from feedback.pictures import NotAPicture, safe_picture
from settings import Settings

MOST_BYTES = 1024 * 1024
_QUALITIES = (75, 65, 55, 45)
_SIDE = 1280


class NoCover(Exception):
    """The file is no picture we take; the sentence says what to do."""


def cover_of(content: bytes, settings: Settings) -> bytes:
    """The picture as a JPEG of at most 1 MB without metadata; `NoCover` for anything else."""
    try:
        jpeg = safe_picture(content, settings.photo_max_bytes, settings.photo_max_pixels).full
    except NotAPicture:
        most = settings.photo_max_bytes // 1024 // 1024
        raise NoCover(
            f"Ảnh bìa phải là JPG, PNG hoặc WEBP, không quá {most} MB. Xin chọn ảnh khác."
        ) from None
    if len(jpeg) <= MOST_BYTES:
        return jpeg
    picture = Image.open(io.BytesIO(jpeg))
    picture.thumbnail((_SIDE, _SIDE))
    for quality in _QUALITIES:
        saved = io.BytesIO()
        picture.save(saved, "JPEG", quality=quality, optimize=True)
        if saved.tell() <= MOST_BYTES:
            return saved.getvalue()
    raise NoCover("Ảnh bìa có quá nhiều chi tiết để thu nhỏ. Xin chọn ảnh khác.")
