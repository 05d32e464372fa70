"""Pictures staff upload for citizens to see: read as pictures, drawn anew, small enough for Zalo."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

#: What Zalo takes of a picture (zalo-protocol 3.5).
LARGEST = 1024 * 1024
#: What is read at all.
UPLOAD_LIMIT = 8 * 1024 * 1024
_MOST_PIXELS = 40_000_000
_SIDE = 1600
_QUALITIES = (88, 75, 60, 45)


class NoPicture(ValueError):
    """The file cannot be used; the text says why and what to do."""


def redrawn(content: bytes) -> tuple[bytes, str]:
    """The picture without anything else that was in its file, and its ending ("png" or "jpg").

    Turned as its camera meant it, at most 1,600 pixels a side and 1 MB. `NoPicture` for what is
    no picture, has too many pixels, or is not PNG, JPEG or WebP.
    """
    if len(content) > UPLOAD_LIMIT:
        raise NoPicture("Ảnh lớn hơn 8 MB. Xin thu nhỏ ảnh rồi tải lại.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP"))
            if opened.width * opened.height > _MOST_PIXELS:
                raise NoPicture("Ảnh có quá nhiều điểm ảnh. Xin thu nhỏ ảnh rồi tải lại.")
            drawn = opened.format == "PNG"
            picture = ImageOps.exif_transpose(opened)
            picture.thumbnail((_SIDE, _SIDE))
            flat = _on_white(picture)
    except NoPicture:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning):
        raise NoPicture("Tệp này không phải ảnh PNG, JPG hoặc WebP.") from None
    if drawn and len(made := _saved(flat, "PNG", 0)) <= LARGEST:
        return made, "png"
    for quality in _QUALITIES:
        made = _saved(flat, "JPEG", quality)
        if len(made) <= LARGEST:
            return made, "jpg"
    raise NoPicture("Ảnh vẫn lớn hơn 1 MB sau khi thu nhỏ. Xin chọn ảnh khác.")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")


def _saved(picture: Image.Image, kind: str, quality: int) -> bytes:
    out = io.BytesIO()
    options = {"quality": quality} if kind == "JPEG" else {}
    picture.save(out, kind, optimize=True, **options)
    return out.getvalue()
