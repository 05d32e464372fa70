"""PDFs drawn as a printer would, and photos of them as a cheap phone takes them."""

from __future__ import annotations

import io

import pypdfium2
from PIL import Image


def pages(pdf: bytes, dpi: int = 150) -> list[Image.Image]:
    """Every page as a picture."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            document[n].render(scale=dpi / 72).to_pil().convert("RGB") for n in range(len(document))
        ]
    finally:
        document.close()


def png(picture: Image.Image) -> bytes:
    """The bytes of a picture."""
    saved = io.BytesIO()
    picture.save(saved, "PNG")
    return saved.getvalue()


def jpeg(picture: Image.Image, quality: int = 60) -> bytes:
    """The bytes of a photo."""
    saved = io.BytesIO()
    picture.convert("RGB").save(saved, "JPEG", quality=quality)
    return saved.getvalue()
