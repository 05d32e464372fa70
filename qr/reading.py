"""Codes in photos: bounded before anything is unpacked, then read by a real decoder.

The picture is never stored: what is not a code in it is forgotten with the bytes (domain 4.5,
images of identity papers are sensitive). Limits and decoder: libraries 4.
"""

from __future__ import annotations

import io
import threading
import warnings

import zxingcpp
from PIL import Image, UnidentifiedImageError

_FORMATS = ("JPEG", "PNG", "WEBP")
#: Enough for a code anywhere on a photo, small enough for a cheap machine.
_SIDE = 2000
_MOST_CODES = 24
_LONGEST = 4000
#: Pixels of a PNG or WEBP: a photo of a phone from a chat has fewer.
_WHOLE = 12_500_000
#: One picture at a time: two of 40 megapixels would not fit a small server.
_ONE = threading.Semaphore(1)


class Unreadable(Exception):
    """The bytes are no picture we open: another format, broken, or beyond a limit."""


def read_codes(content: bytes, most_bytes: int, most_pixels: int) -> tuple[str, ...]:
    """The texts of all QR and bar codes on a picture, each once; () when there is none.

    Rotated, skewed, blurred, inverted and several codes are read. `Unreadable` for anything that
    is not a JPEG, PNG or WEBP within the limits.
    """
    if len(content) > most_bytes:
        raise Unreadable("too many bytes")
    with _ONE:
        found = _decoded(_opened(content, most_pixels))
    return tuple(dict.fromkeys(text[:_LONGEST] for text in found if text.strip()))


def _opened(content: bytes, most_pixels: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=_FORMATS)
            pixels = picture.size[0] * picture.size[1]
            # Only JPEG can be unpacked small; the others stand in memory whole, four bytes each.
            most = most_pixels if picture.format == "JPEG" else min(most_pixels, _WHOLE)
            if pixels > most or min(picture.size) < 8:
                raise Unreadable("too many or too few pixels")
            picture.draft("L", (_SIDE, _SIDE))
            picture.load()
    except Unreadable:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unreadable("not a picture") from None
    except Exception as error:  # decoders of broken files raise whatever they meet
        raise Unreadable(type(error).__name__) from None
    # Small first: colours and transparency of the whole would take four times the memory.
    picture.thumbnail((_SIDE, _SIDE))
    return _flattened(picture)


def _flattened(picture: Image.Image) -> Image.Image:
    """Grey on white: a code with a transparent background would be black on black."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture.convert("RGBA"))
    return picture.convert("L")


def _decoded(grey: Image.Image) -> list[str]:
    found = _scan(grey)
    if not found and max(grey.size) < 1000:
        # A thumbnail of a receipt: modules of one or two pixels are read better enlarged.
        bigger = grey.resize((grey.size[0] * 2, grey.size[1] * 2), Image.Resampling.LANCZOS)
        found = _scan(bigger)
    return found


def _scan(grey: Image.Image) -> list[str]:
    results = zxingcpp.read_barcodes(grey, try_rotate=True, try_downscale=True, try_invert=True)
    return [result.text for result in results[:_MOST_CODES] if result.valid]
