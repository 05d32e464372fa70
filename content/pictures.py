"""Pictures staff upload for citizens to see: read as pictures, drawn anew, small enough for Zalo."""

from __future__ import annotations

import io
import threading
import warnings

from PIL import Image, ImageOps

#: What Zalo takes of a picture (zalo-protocol 3.5).
LARGEST = 1024 * 1024
#: What is read at all.
UPLOAD_LIMIT = 8 * 1024 * 1024
_MOST_PIXELS = 40_000_000
#: Pixels of a PNG or WebP, which can only be unpacked whole.
_WHOLE = 12_500_000
#: One at a time: two of 40 megapixels would not fit a small server.
_ONE = threading.Semaphore(1)
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
    with _ONE:
        return _drawn(content)


def _drawn(content: bytes) -> tuple[bytes, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP"))
            most = _MOST_PIXELS if opened.format == "JPEG" else _WHOLE
            if opened.width * opened.height > most:
                raise NoPicture("Ảnh có quá nhiều điểm ảnh. Xin thu nhỏ ảnh rồi tải lại.")
            drawn = opened.format == "PNG"
            opened.draft("RGB", (_SIDE, _SIDE))
            picture = ImageOps.exif_transpose(opened)
            picture.thumbnail((_SIDE, _SIDE))
            flat = _on_white(picture)
    except NoPicture:
        raise
    except Exception:  # decoders of broken files raise whatever they meet
        raise NoPicture("Tệp này không phải ảnh PNG, JPG hoặc WebP.") from None
    if drawn and len(made := _saved(flat, "PNG", 0)) <= LARGEST:
        return made, "png"
    for quality in _QUALITIES:
        made = _saved(flat, "JPEG", quality)
        if len(made) <= LARGEST:
            return made, "jpg"
    raise NoPicture("Ảnh vẫn lớn hơn 1 MB sau khi thu nhỏ. Xin chọn ảnh khác.")


def _on_white(picture: Image.Image) -> Image.Image:
    """The pixels alone: a new picture has neither comments nor other metadata to carry on."""
    clean = Image.new("RGB", picture.size, "white")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        clean.paste(seen, mask=seen.getchannel("A"))
    else:
        clean.paste(picture.convert("RGB"))
    return clean


def _saved(picture: Image.Image, kind: str, quality: int) -> bytes:
    out = io.BytesIO()
    options = {"quality": quality} if kind == "JPEG" else {}
    picture.save(out, kind, optimize=True, **options)
    return out.getvalue()
