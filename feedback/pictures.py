"""Photos made safe: opened within bounds, drawn anew without metadata, small enough to keep.

What is stored is our own JPEG: nothing of the file that came, neither place and owner of the
camera nor anything hidden behind the picture, survives (domain 4.5; limits: libraries 4).
"""

from __future__ import annotations

import io
import threading
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
LONG_SIDE = 1600
SMALL_SIDE = 320
_QUALITY = 82
#: Pixels of a PNG or WEBP, which can only be unpacked whole.
_WHOLE = 12_500_000
#: One at a time: two of 40 megapixels would not fit a small server.
_ONE = threading.Semaphore(1)


class NotAPicture(Exception):
    """The bytes are no photo we keep; the text is safe to log."""


@dataclass(frozen=True)
class Safe:
    """Two JPEGs: at most 1,600 and 320 pixels on the longer side."""

    full: bytes
    small: bytes


def safe_picture(content: bytes, most_bytes: int, most_pixels: int) -> Safe:
    """The photo drawn anew, upright; `NotAPicture` for anything but a sound JPEG, PNG or WEBP."""
    if len(content) > most_bytes:
        raise NotAPicture("too many bytes")
    with _ONE:
        picture = _opened(content, most_pixels)
        full = _jpeg(picture)
        picture.thumbnail((SMALL_SIDE, SMALL_SIDE))
        return Safe(full, _jpeg(picture))


def _opened(content: bytes, most_pixels: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            pixels = picture.size[0] * picture.size[1]
            most = most_pixels if picture.format == "JPEG" else min(most_pixels, _WHOLE)
            if pixels > most or min(picture.size) < 8:
                raise NotAPicture("too many or too few pixels")
            picture.draft("RGB", (LONG_SIDE, LONG_SIDE))
            picture.load()
            picture.thumbnail((LONG_SIDE, LONG_SIDE))
            return _plain(ImageOps.exif_transpose(picture))
    except NotAPicture:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPicture("not a picture") from None
    except Exception as error:  # decoders of broken files raise whatever they meet
        raise NotAPicture(type(error).__name__) from None


def _plain(picture: Image.Image) -> Image.Image:
    """The pixels alone on white: a new picture has no metadata to carry on."""
    clean = Image.new("RGB", picture.size, "white")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        clean.paste(seen, mask=seen.getchannel("A"))
    else:
        clean.paste(picture.convert("RGB"))
    return clean


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()
