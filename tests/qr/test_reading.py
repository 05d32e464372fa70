"""Photos: codes are found as people hold phones; hostile files cost nothing."""

from __future__ import annotations

import contextlib
import io
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from qr import codes
from qr.photos import NotFetched, Photos, allowed
from qr.reading import Unreadable, read_codes
from settings import Settings
from tests.qr.shots import jpeg, png

LINK = "https://zalo.tinh-mau.gov.vn/h/mau-token-0123456789abcd"
BYTES, PIXELS = 8_000_000, 40_000_000


def photo(side: int = 500) -> Image.Image:
    """A code lying on a grey table."""
    code = Image.open(io.BytesIO(codes.picture(LINK, "png", side))).convert("RGB")
    table = Image.new("RGB", (code.width * 2, code.height * 2), (150, 148, 140))
    table.paste(code, (code.width // 2, code.height // 2))
    return table


@pytest.mark.parametrize("angle", [0, 7, 45, 90, 137, 180, 271])
def test_a_code_is_read_however_the_phone_is_turned(angle: int) -> None:
    turned = photo().rotate(angle, expand=True, fillcolor=(150, 148, 140))
    assert read_codes(jpeg(turned), BYTES, PIXELS) == (LINK,)


def test_a_skewed_blurred_and_badly_compressed_photo_is_read() -> None:
    shot = photo()
    w, h = shot.size
    tilt = (1, 0.12, -20, 0.05, 1, -10, 0.00012, 0.00006)
    skewed = shot.transform((w, h), Image.Transform.PERSPECTIVE, tilt, fillcolor=(150, 148, 140))
    blurred = skewed.filter(ImageFilter.GaussianBlur(2.2))
    assert read_codes(jpeg(blurred, quality=25), BYTES, PIXELS) == (LINK,)


def test_a_tiny_and_a_huge_photo_are_read() -> None:
    assert read_codes(jpeg(photo().resize((260, 260)), 80), BYTES, PIXELS) == (LINK,)
    assert read_codes(jpeg(photo().resize((6000, 6000)), 30), BYTES, PIXELS) == (LINK,)


def test_several_codes_on_one_photo_are_all_read() -> None:
    both = Image.new("RGB", (1300, 700), "white")
    for at, text in enumerate(("000.00.04.H60-230215-0028", LINK)):
        both.paste(Image.open(io.BytesIO(codes.picture(text, "png", 500))), (60 + at * 640, 60))
    assert set(read_codes(png(both), BYTES, PIXELS)) == {"000.00.04.H60-230215-0028", LINK}


def test_a_transparent_picture_of_a_code_is_read() -> None:
    code = Image.open(io.BytesIO(codes.picture(LINK))).convert("L")
    clear = Image.new("RGBA", code.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=code.point(lambda value: 255 - value))
    assert read_codes(png(clear), BYTES, PIXELS) == (LINK,)


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_our_own_pictures_of_codes_are_read(kind) -> None:
    assert read_codes(codes.picture(LINK, kind), BYTES, PIXELS) == (LINK,)


def test_a_code_is_never_without_its_quiet_zone_and_holds_only_so_much() -> None:
    made = Image.open(io.BytesIO(codes.picture("x"))).convert("L")
    edge = made.crop((0, 0, made.width, made.width // 12))
    assert edge.getextrema() == (255, 255)
    with pytest.raises(ValueError, match="1,200"):
        codes.picture("x" * 1201)
    assert codes.picture(LINK, "svg").startswith(b"<?xml")


def test_a_photo_without_a_code_is_just_that() -> None:
    assert read_codes(jpeg(Image.new("RGB", (800, 600), "green")), BYTES, PIXELS) == ()


def bomb(side: int) -> bytes:
    """A PNG of a few kilobytes that unpacks to side times side pixels."""
    raw = zlib.compress(b"\0" * ((side // 8 + 1) * 64), 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", raw) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"%PDF-1.4",
        b"GIF89a" + b"\0" * 100,
        bomb(30_000),
        bomb(200_000),
        codes.picture(LINK)[:200],
        b"\xff\xd8\xff\xe0" + b"\0" * 500,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_what_is_no_small_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_codes(content, BYTES, PIXELS)


def test_too_many_bytes_are_not_even_opened() -> None:
    with pytest.raises(Unreadable, match="bytes"):
        read_codes(codes.picture(LINK), 100, PIXELS)


@examples(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.integers(0, 400))
def test_broken_pictures_never_raise_anything_else(noise: bytes, at: int) -> None:
    whole = bytearray(jpeg(photo(120)))
    whole[at : at + len(noise)] = noise
    with contextlib.suppress(Unreadable):
        read_codes(bytes(whole), BYTES, PIXELS)


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://f1.photo.talk.zdn.vn/1/x.jpg", True),
        ("https://brcast-msg-photo.zadn.vn/x.jpg", True),
        ("https://F1.PHOTO.TALK.ZDN.VN/x.jpg", True),
        ("http://f1.photo.talk.zdn.vn/x.jpg", False),
        ("https://zdn.vn.evil.example/x.jpg", False),
        ("https://evilzdn.vn/x.jpg", False),
        ("https://f1.zdn.vn@evil.example/x.jpg", False),
        ("https://evil.example/?.zdn.vn", False),
        ("https://f1.zdn.vn:8443/x.jpg", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1]/x", False),
        ("https://2130706433/x", False),
        ("file:///etc/passwd", False),
        ("https://f1.zdn.vn\\@evil.example/", False),
        ("//f1.zdn.vn/x", False),
        ("https://", False),
        ("https://f1.zdn.vn:99999/x", False),
    ],
)
def test_only_zalos_hosts_are_asked(settings: Settings, address: str, fine: bool) -> None:
    assert allowed(address, settings.photo_hosts) is fine


class Shelf(BaseHTTPRequestHandler):
    """Answers as hosts do that mean no good."""

    def do_GET(self) -> None:
        if self.path == "/photo":
            self._send(200, codes.picture(LINK))
        elif self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.2:9/inside")
            self.end_headers()
        elif self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
        elif self.path == "/large":
            self._send(200, b"x" * 3_000_000)
        elif self.path == "/drip":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(200):
                    self.wfile.write(b"x" * 70_000)
                    self.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                pass
        else:
            self._send(404, b"gone")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def shelf() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def fetch(settings: Settings, shelf: str, path: str) -> bytes:
    own = {"photo_hosts": (shelf,), "photo_max_bytes": 2_000_000, "photo_seconds": 0.5}
    return Photos(settings.model_copy(update=own)).fetch(f"http://{shelf}{path}")


def test_a_photo_of_an_allowed_host_is_fetched(settings: Settings, shelf: str) -> None:
    assert read_codes(fetch(settings, shelf, "/photo"), BYTES, PIXELS) == (LINK,)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/away", "not allowed"),
        ("/round", "redirects"),
        ("/large", "bytes"),
        ("/drip", "bytes|slow"),
        ("/none", "404"),
    ],
)
def test_what_leads_away_swells_or_drips_is_given_up(
    settings: Settings, shelf: str, path: str, problem: str
) -> None:
    with pytest.raises(NotFetched, match=problem):
        fetch(settings, shelf, path)


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_a_small_file_of_many_pixels_is_refused_where_it_would_fill_the_memory(kind: str) -> None:
    saved = io.BytesIO()
    Image.new("RGBA", (4200, 4200)).save(
        saved, kind, **({"lossless": True} if kind == "WEBP" else {})
    )
    assert len(saved.getvalue()) < 200_000
    with pytest.raises(Unreadable, match="pixels"):
        read_codes(saved.getvalue(), BYTES, PIXELS)


def test_a_host_that_drips_is_given_up_in_time(settings: Settings) -> None:
    class Drip(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(400):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    host = f"127.0.0.1:{server.server_address[1]}"
    own = settings.model_copy(update={"photo_hosts": (host,), "photo_seconds": 0.4})
    began = time.monotonic()
    with pytest.raises(NotFetched, match=r"slow|Timeout"):
        Photos(own).fetch(f"http://{host}/photo")
    # Twenty seconds of dripping are never waited for; no finer promise about the clock.
    assert time.monotonic() - began < 15
    server.shutdown()
