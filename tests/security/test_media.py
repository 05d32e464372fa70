"""Files and addresses from outside: nothing leads inside, swells, or is more than it says."""

from __future__ import annotations

import io
import socket
import struct
import threading
import zipfile
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from openpyxl import Workbook
from PIL import Image

from bot import outside
from content.pictures import NoPicture, redrawn
from dossiers.sheets import SheetError, read_rows
from feedback.documents import kind_of, safe_name
from feedback.pictures import NotAPicture, safe_picture
from notify.feeds import NotFetched as FeedNotFetched
from notify.feeds import fetch
from qr.photos import NotFetched, Photos
from qr.reading import Unreadable, read_codes
from settings import Settings

BYTES, PIXELS = 8 * 1024 * 1024, 40_000_000


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
     "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
     "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::7f00:1", "64:ff9b::a00:1",
     "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:7f00:1::", "fe80::1", "fe80::1%eth0", "fc00::1",
     "fec0::1", "fd00:ec2::254", "ff02::1"],
)  # fmt: skip
def test_an_address_of_the_inside_is_none_however_it_is_written(address: str) -> None:
    assert not outside.public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.113.131.1", "2400:cb00::1", "::ffff:8.8.8.8"])
def test_addresses_of_the_open_internet_are_asked(address: str) -> None:
    assert outside.public(address)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "localhost", "[::1]", "[::ffff:7f00:1]",
     "[::ffff:169.254.169.254]", "169.254.169.254", "localhost.", "017700000001"],
)  # fmt: skip
def test_no_spelling_of_this_machine_is_fetched(
    host: str, settings: Settings, reached: list[str]
) -> None:
    with pytest.raises(FeedNotFetched):
        fetch(f"http://{host}/rss", seconds=5)
    hosts = {"photo_hosts": (".zdn.vn", "localhost", "localhost.")}
    with pytest.raises(NotFetched):
        Photos(settings.model_copy(update=hosts)).fetch(f"https://{host}/x.jpg")
    assert reached == []


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses a connection was tried to; none is made."""
    tried: list[str] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(outside.socket, "create_connection", connect)
    return tried


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the name server answers, one address after another."""
    answers: list[str] = []

    def look_up(host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    monkeypatch.setattr(outside.socket, "getaddrinfo", look_up)
    return answers


def test_a_listed_photo_host_whose_name_leads_inside_is_not_asked(
    settings: Settings, named: list[str], reached: list[str]
) -> None:
    named += ["169.254.169.254"]
    with pytest.raises(NotFetched, match="internal"):
        Photos(settings).fetch("https://f1.photo.talk.zdn.vn/1/x.jpg")
    assert reached == []


def test_a_photo_is_fetched_from_the_address_that_was_checked(
    settings: Settings, named: list[str], reached: list[str]
) -> None:
    # The second look-up, which would lead inside, is never made.
    named += ["203.113.131.1", "127.0.0.1"]
    with pytest.raises(NotFetched):
        Photos(settings).fetch("https://f1.photo.talk.zdn.vn/1/x.jpg")
    assert reached == ["203.113.131.1"]


def test_a_host_named_with_its_port_may_lie_inside_a_bare_name_may_not(
    settings: Settings, named: list[str], reached: list[str]
) -> None:
    named += ["10.0.0.5", "10.0.0.5"]
    own = settings.model_copy(update={"photo_hosts": ("kho-anh.tinh:8080", "kho-anh.tinh")})
    with pytest.raises(NotFetched):
        Photos(own).fetch("http://kho-anh.tinh:8080/x.jpg")
    assert reached == ["10.0.0.5"]
    with pytest.raises(NotFetched, match="internal"):
        Photos(own).fetch("https://kho-anh.tinh/x.jpg")


class Cut(BaseHTTPRequestHandler):
    """A host that announces more than it sends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"%PDF-1.4")

    def log_message(self, *_: object) -> None:
        """Quiet."""


def test_half_a_file_is_none(settings: Settings) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Cut)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    place = f"127.0.0.1:{server.server_port}"
    try:
        with pytest.raises(NotFetched, match="IncompleteRead"):
            own = settings.model_copy(update={"photo_hosts": (place,)})
            Photos(own).fetch(f"http://{place}/a.pdf")
    finally:
        server.shutdown()
        server.server_close()


class Moved(BaseHTTPRequestHandler):
    """A host whose pages have moved to nonsense, or inside."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", unquote(self.path[1:]))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.mark.parametrize(
    "target",
    ["http://[::1", "http://a.example:99999/", "//", "file:///etc/passwd", "gopher://127.0.0.1/",
     "http://169.254.169.254/latest/meta-data/", "http://user:x@127.0.0.1/", "http://[fe80::1]/",
     "data:image/png,x"],
)  # fmt: skip
def test_a_redirect_inside_or_to_nonsense_is_left(target: str, settings: Settings) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Moved)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    host = f"127.0.0.1:{server.server_address[1]}"
    address = f"http://{host}/{quote(target, safe='')}"
    try:
        with pytest.raises(NotFetched):
            Photos(settings.model_copy(update={"photo_hosts": (host, ".zdn.vn")})).fetch(address)
        with pytest.raises(FeedNotFetched):
            fetch(address, internal=True)
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("address", ["http://[", "", "http://", "ftp://a.example/", "http://a b/"])
def test_an_address_staff_mistyped_is_said_and_nothing_more(address: str) -> None:
    with pytest.raises(FeedNotFetched):
        fetch(address, seconds=2)


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bombs() -> dict[str, bytes]:
    """Pictures that are none, or would fill the memory."""
    sound = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(sound, "PNG")
    gif = io.BytesIO()
    Image.new("RGB", (40, 40)).save(gif, "GIF")
    return {
        "huge": huge_png(60_000, 60_000),
        "large": huge_png(6000, 6000),
        "zero": huge_png(0, 0),
        "cut": sound.getvalue()[:60],
        "gif": gif.getvalue(),
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "html": b"<html><script>alert(1)</script></html>",
        "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run",
        "empty": b"",
    }


@pytest.mark.parametrize("name", sorted(bombs()))
def test_bombs_and_other_formats_are_refused_wherever_pictures_are_taken(name: str) -> None:
    content = bombs()[name]
    with pytest.raises(NoPicture):
        redrawn(content)
    with pytest.raises(NotAPicture):
        safe_picture(content, BYTES, PIXELS)
    with pytest.raises(Unreadable):
        read_codes(content, BYTES, PIXELS)


def test_what_hides_in_or_behind_a_picture_does_not_survive() -> None:
    payload = b"<script>alert(1)</script><?php system($_GET[0]); ?>PK\x03\x04"
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = payload.decode("latin-1")
    Image.new("RGB", (200, 200), "red").save(made, "JPEG", exif=exif, comment=payload)
    polyglot = made.getvalue() + payload
    drawn, _ = redrawn(polyglot)
    safe = safe_picture(polyglot, BYTES, PIXELS)
    for kept in (drawn, safe.full, safe.small):
        assert b"script" not in kept
        assert b"php" not in kept
        assert kept[:2] in (b"\xff\xd8", b"\x89P")


def packed(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("..", "."), content)
    return made.getvalue()


def test_documents_are_told_by_content_and_macros_refused() -> None:
    word = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}
    assert kind_of(packed(**word)) == "docx"
    assert kind_of(packed(**word, **{"word/vbaProject.bin": b"x"})) == ""
    assert kind_of(packed(**{"xl/workbook.xml": b"x"})) == ""
    for content in (b"MZ\x90\0", b"\x7fELF", b"<html>", b"#!/bin/sh", b"PK\x03\x04" + b"x" * 90):
        assert kind_of(content) == ""
    # What begins like a page and like a PDF too is only ever served as a download.
    assert kind_of(b"<script>%PDF-1.7") == ""
    assert safe_name("../../etc/passwd\r\nX: 1<script>.pdf.exe", "pdf").endswith(".pdf")
    assert not set(safe_name('a"\\/<>|;\r\n\0\u202egpj.exe', "pdf")) & set('"\\/<>|;\r\n\0\u202e')


def workbook(path: Path, sheet: bytes) -> Path:
    """A workbook whose first sheet is the given XML."""
    made = io.BytesIO()
    book = Workbook()
    book.active.append(["MaHoSo"])
    book.save(made)
    with (
        zipfile.ZipFile(made) as whole,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in whole.namelist():
            content = sheet if name == "xl/worksheets/sheet1.xml" else whole.read(name)
            out.writestr(name, content)
    return path


SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%b</worksheet>'
)


def test_a_workbook_that_swells_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", SHEET % (b"<c/>" * 5_000_000))
    assert path.stat().st_size < 200_000
    with pytest.raises(SheetError, match="unpacks"):
        list(read_rows(path))


def test_entities_in_a_workbook_are_not_expanded(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + SHEET % (
        b'<sheetData><row><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData>'
    )
    outside_file = bomb.replace(b'"&a;&a;&a;"', b'SYSTEM "file:///etc/passwd"')
    for number, content in enumerate((bomb, outside_file)):
        with pytest.raises(SheetError):
            list(read_rows(workbook(tmp_path / f"{number}.xlsx", content)))
