"""QR pictures: error correction M, a quiet zone of four modules, PNG, JPG or SVG.

A code of at most 79 characters is version 5 (37 modules): at 25 mm a module is 0.55 mm, which
cheap cameras read with a tenth of it damaged (libraries 4).
"""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import Literal

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage

Kind = Literal["png", "jpg", "svg"]
MIMETYPES: dict[str, str] = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}
#: Modules of white the standard (ISO/IEC 18004) wants around a code.
QUIET = 4
_LONGEST = 1200


def matrix(text: str) -> list[list[bool]]:
    """The modules of a code without its quiet zone; True is dark."""
    return [list(row) for row in _made(text, 0).get_matrix()]


@lru_cache(maxsize=256)
def picture(text: str, kind: Kind = "png", side: int = 740) -> bytes:
    """A picture of the code, at least ``side`` pixels wide and high where pixels count."""
    if kind == "svg":
        drawn = io.BytesIO()
        _made(text, QUIET).make_image(image_factory=SvgPathImage).save(drawn)
        return drawn.getvalue()
    code = _made(text, QUIET)
    code.box_size = max(1, -(-side // (code.modules_count + 2 * QUIET)))
    image: Image.Image = code.make_image().get_image().convert("L")
    saved = io.BytesIO()
    if kind == "jpg":
        image.save(saved, "JPEG", quality=92)
    else:
        image.convert("1").save(saved, "PNG", optimize=True)
    return saved.getvalue()


def data_address(text: str) -> str:
    """The code as a ``data:`` address for a page; never kept, for what it holds may be secret."""
    made = picture.__wrapped__(text, "png", 300)
    return "data:image/png;base64," + base64.b64encode(made).decode()


def _made(text: str, border: int) -> qrcode.QRCode[qrcode.image.base.BaseImage]:
    if not 0 < len(text) <= _LONGEST:
        raise ValueError("a code holds 1 to 1,200 characters")
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=border)
    code.add_data(text)
    code.make(fit=True)
    return code
