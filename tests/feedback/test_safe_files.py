"""Photos are drawn anew, documents told by their content; hostile ones are refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from feedback.documents import kind_of, safe_name
from feedback.pictures import NotAPicture, safe_picture
from tests.feedback_samples import PDF, docx, jpeg, png

BYTES, PIXELS = 8 * 1024 * 1024, 40_000_000


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def test_nothing_of_the_original_but_its_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Máy ảnh mẫu"
    exif[0x8825] = {1: "N", 2: (21.0, 49.0, 25.0), 3: "E", 4: (105.0, 13.0, 5.0)}
    secret = b"toa-do-bi-mat"
    content = jpeg(exif=exif.tobytes(), comment=secret, icc_profile=b"\0" * 128 + secret) + secret
    made = safe_picture(content, BYTES, PIXELS)
    for kept in (made.full, made.small):
        assert secret not in kept
        assert b"Exif" not in kept
        picture = opened(kept)
        assert picture.format == "JPEG"
        assert not picture.getexif()
        assert not {"exif", "comment", "icc_profile"} & set(picture.info)


def test_a_photo_held_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    made = safe_picture(jpeg((640, 480), exif=exif.tobytes()), BYTES, PIXELS)
    assert opened(made.full).size == (480, 640)


@pytest.mark.parametrize("size", [(4000, 3000), (1000, 5000), (100, 80)])
def test_sizes_are_bounded_and_small_ones_stay(size: tuple[int, int]) -> None:
    made = safe_picture(jpeg(size), BYTES, PIXELS)
    assert max(opened(made.full).size) == min(max(size), 1600)
    assert max(opened(made.small).size) == min(max(size), 320)


def test_a_transparent_png_stands_on_white() -> None:
    made = opened(safe_picture(png(), BYTES, PIXELS).full)
    assert made.mode == "RGB"
    red, green, _ = made.getpixel((30, 30))  # type: ignore[misc]
    assert red > green > 100


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + b"\0" * 100,
        PDF,
        b"MZ" + b"\0" * 500,
        bomb(60_000, 60_000),
        bomb(5_000, 5_000),
        jpeg()[:200],
        b"\xff\xd8\xff\xe0" + b"\0" * 400,
        jpeg((4, 4)),
    ],
    ids=["empty", "svg", "gif", "pdf", "program", "bomb", "large png", "cut", "noise", "dot"],
)
def test_what_is_no_sound_photo_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        safe_picture(content, BYTES, PIXELS)


def test_too_many_bytes_are_refused_before_anything_is_unpacked() -> None:
    with pytest.raises(NotAPicture, match="too many bytes"):
        safe_picture(jpeg() + b"\0" * 2000, 2000, PIXELS)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (docx(), "docx"),
        (OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "doc"),
        (OLE + b"\0" * 600 + "Workbook".encode("utf-16-le"), ""),
        (docx("word/vbaProject.bin"), ""),
        (docx()[:60], ""),
        (b"PK\x03\x04" + b"\0" * 100, ""),
        (b"\n\n" + PDF, ""),
        (b"<html><script>", ""),
        (jpeg(), ""),
        (b"", ""),
    ],
    ids=[
        "pdf",
        "docx",
        "doc",
        "workbook",
        "macros",
        "cut short",
        "empty zip",
        "late pdf",
        "page",
        "picture",
        "nothing",
    ],  # spelt out: bytes of a zip carry the time and would name the test anew in each process
)
def test_documents_are_told_by_their_content(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("đơn kiến nghị.pdf", "đơn kiến nghị.pdf"),
        ("../../etc/passwd", "etc passwd.pdf"),
        ('a"; filename="b.exe', "a filename b.exe.pdf"),
        ("don.pdf.exe", "don.pdf.exe.pdf"),
        ("", "tep.pdf"),
        ("\r\nSet-Cookie: x", "Set-Cookie x.pdf"),
        ("a" * 300, "a" * 80 + ".pdf"),
    ],
)
def test_names_of_files_can_trip_nothing(name: str, safe: str) -> None:
    assert safe_name(name, "pdf") == safe
