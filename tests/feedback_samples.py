"""Photos, files and chats for tests of feedback: made here, plainly samples."""

from __future__ import annotations

import io
import zipfile

from PIL import Image

from bot.routing import Attached
from feedback.pictures import safe_picture

TEXT = "Đường vào thôn Mẫu bị sạt lở, xe máy không đi được từ hôm qua"


def jpeg(size: tuple[int, int] = (640, 480), color: str = "teal", **save: object) -> bytes:
    """A JPEG; ``save`` goes to Pillow (exif, comment, icc_profile)."""
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "JPEG", **save)  # type: ignore[arg-type]
    return out.getvalue()


def png(size: tuple[int, int] = (64, 64)) -> bytes:
    """A PNG with transparency."""
    out = io.BytesIO()
    Image.new("RGBA", size, (200, 30, 30, 128)).save(out, "PNG")
    return out.getvalue()


def docx(extra: str = "") -> bytes:
    """The smallest DOCX; ``extra`` adds an entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/document.xml", "<document/>")
        if extra:
            packed.writestr(extra, b"x")
    return out.getvalue()


PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\n%%EOF"


def photo(color: str = "teal") -> Attached:
    """A photo as it reaches a handler."""
    made = safe_picture(jpeg(color=color), 10**7, 10**8)
    return Attached("photo", "", "image/jpeg", made.full, made.small)


def document(name: str = "don.pdf") -> Attached:
    """A PDF as it reaches a handler."""
    return Attached("file", name, "application/pdf", PDF)
