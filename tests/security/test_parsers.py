"""Every reader of something from outside, in one table: whatever comes, only its declared errors.

`make nightly` looks for new examples, twenty times as many (``HYPOTHESIS_PROFILE=search``).
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from openpyxl import Workbook
from PIL import Image

from bot.events import NotAnEvent, dedupe_key, parse
from bot.members import NotJson, read_object
from bot.messages import from_json, split
from bot.signature import verify
from content.pictures import NoPicture, redrawn
from dossiers.codes import canonical_code, find_codes, without_codes
from dossiers.days_off import read_rows as read_days
from dossiers.identity import find_identities, read_identity, without_identities
from dossiers.imports import lists_of, read_head
from dossiers.names import fold, mask_name, same_name
from dossiers.office_hours import OfficeHours
from dossiers.phones import find_phones, read_phone
from dossiers.receipts import read_payload
from dossiers.sheets import SheetError, read_rows
from dossiers.times import read_time
from feedback.codes import find_code, is_only_code
from feedback.documents import kind_of, safe_name
from feedback.masking import masked
from feedback.pictures import NotAPicture, safe_picture
from notify.feed_items import NotAFeed, plain, read_feed
from procedures.portal_list import PortalListError, read_portal_list
from qr.photos import allowed
from qr.reading import Unreadable, read_codes
from tests.conftest import MORNING

BYTES, PIXELS = 2_000_000, 40_000_000


@dataclass(frozen=True)
class Parser:
    """A reader, what it may raise, and samples it understands, from which examples are bent."""

    read: Callable[[Any], object]
    samples: tuple[Any, ...]
    errors: tuple[type[Exception], ...] = ()
    #: One in so many examples: those that unpack pictures and workbooks.
    seldom: int = 1


def _event(name: str, **more: object) -> bytes:
    body = {
        "event_name": name,
        "app_id": "1",
        "timestamp": "1795000000000",
        "sender": {"id": "888"},
        "recipient": {"id": "410"},
        "message": {"msg_id": "m", "text": "tra cứu 000.00.04.H60-230215-0028"},
    }
    return json.dumps({**body, **more}).encode()


def _sheet() -> bytes:
    book = Workbook()
    book.active.append(["MaHoSo", "ChuHoSo", "NgayTiepNhan", "Mã số", "Tên"])
    book.active.append(["000.00.04.H60-230215-0028", "Nguyễn Thị Mẫu", "15/02/2023", "1.0", "x"])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (60, 60), "red").save(made, "PNG")
    return made.getvalue()


def _docx() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    return made.getvalue()


def _file(read: Callable[[Path], object], name: str) -> Callable[[bytes], object]:
    """A reader of files as a reader of bytes."""

    def of_bytes(content: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            return read(path)

    return of_bytes


def _rows(path: Path) -> object:
    return [row for _, row in zip(range(50), read_rows(path), strict=False)]


def _import(path: Path) -> object:
    head = read_head(path)
    return list(lists_of(path, head.row, head.columns))


CODES = ("000.00.04.H60-230215-0028", "H60.04-261118-0001", "tra cuu hs 230215/0028 H60")
PHONES = ("0900 000 001", "+84 900.000.001", "sđt 0900000001 nhé")
CSV = ("MaHoSo,ChuHoSo,NgayTiepNhan\n000.00.04.H60-230215-0028,Nguyễn Thị Mẫu,15/02/2023\n",)
CSV_BYTES = (
    CSV[0].encode(),
    CSV[0].encode("utf-16"),
    CSV[0].replace(",", ";").encode("cp1258", "ignore"),
)
FEEDS = (
    b"<rss><channel><item><title>x</title><link>https://a.example/1</link>"
    b"<pubDate>Mon, 16 Nov 2026 08:00:00 +0700</pubDate></item></channel></rss>",
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>x</title><id>1</id></entry></feed>',
)
SIGNED = "mac=" + "0" * 64

TEXTS: dict[str, Parser] = {
    "dossier codes": Parser(find_codes, CODES),
    "one dossier code": Parser(lambda text: canonical_code(text, legacy=True), CODES),
    "codes taken out": Parser(without_codes, CODES),
    "receipt QR": Parser(
        read_payload,
        ('{"MaHoSo":"000.00.04.H60-230215-0028","SGT":"008090123456"}',
         "https://dvc.example/?MHS=000.00.04.H60-230215-0028&SGT=008090123456",
         "008090123456|201234567|Nguyễn Văn Mẫu|01011990|Nam|Thôn Mẫu|01012021"),
    ),
    "phone": Parser(read_phone, PHONES),
    "phones": Parser(find_phones, PHONES),
    "identity": Parser(read_identity, ("008090123456", "CCCD 008 090 123456")),
    "identities": Parser(find_identities, ("số 008090123456 và 201234567",)),
    "identities taken out": Parser(without_identities, ("số 008090123456",)),
    "time": Parser(read_time, ("20230215161408", "15/02/2023 16:14", "2023-02-15T16:14:08+07:00"), (ValueError,)),
    "name folded": Parser(fold, ("Nguyễn Thị Mẫu",)),
    "name masked": Parser(mask_name, ("Nguyễn Thị Mẫu", "Công ty TNHH Mẫu")),
    "names compared": Parser(lambda text: same_name(text, "Nguyễn Thị Mẫu"), ("nguyen thi mau",)),
    "feedback code": Parser(find_code, ("PA-261118-0001", "phan anh pa261118 0001")),
    "feedback code alone": Parser(is_only_code, ("PA-261118-0001",)),
    "published text masked": Parser(masked, ("gọi 0900000001, CCCD 008090123456",)),
    "file name": Parser(lambda text: safe_name(text, "pdf"), ("đơn.pdf", "../../etc/passwd")),
    "office hours": Parser(OfficeHours.parse, ("T2-T6 07:30-11:30 13:30-17:00",), (ValueError,)),
    "days off": Parser(read_days, ("date,name,kind\n2026-09-02,Quốc khánh,statutory\n",), (ValueError,)),
    "photo address": Parser(lambda text: allowed(text, (".zdn.vn",)), ("https://f1.zdn.vn/x.jpg",)),
    "markup": Parser(plain, ("<p>Tin <b>mới</b> &amp; <script>x</script></p>",)),
    "chat text split": Parser(split, ("xin chào " * 400,)),
    "signature": Parser(
        lambda text: verify(b"{}", text, app_id="1", secrets=("s",), body_timestamp=text, header_timestamp=text),
        (SIGNED, "0" * 64),
    ),
}  # fmt: skip
BYTES_READ: dict[str, Parser] = {
    "JSON body": Parser(read_object, (_event("user_send_text"), b'{"a":[[1]]}'), (NotJson,)),
    "event": Parser(
        lambda body: dedupe_key(parse(body), body),
        tuple(_event(n) for n in ("user_send_text", "follow", "user_send_location", "user_reacted_message", "user_submit_info")),
        (NotAnEvent,),
    ),
    "event of templates": Parser(
        lambda body: parse(body, server="ZNS"), (_event("user_received_message"),), (NotAnEvent,)
    ),
    "RSS and Atom": Parser(lambda body: read_feed(body, "https://a.example/rss", MORNING), FEEDS, (NotAFeed,)),
    "CSV": Parser(_file(_rows, "a.csv"), CSV_BYTES, (SheetError,)),
    "workbook": Parser(_file(_rows, "a.xlsx"), (_sheet(),), (SheetError,), seldom=4),
    "dossiers from CSV": Parser(_file(_import, "a.csv"), CSV_BYTES, (SheetError,)),
    "dossiers from a workbook": Parser(_file(_import, "a.xlsx"), (_sheet(),), (SheetError,), seldom=4),
    "the portal's list": Parser(_file(read_portal_list, "a.xlsx"), (_sheet(),), (PortalListError,), seldom=4),
    "document": Parser(kind_of, (b"%PDF-1.7", _docx(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")),
    "photo for codes": Parser(lambda body: read_codes(body, BYTES, PIXELS), (_picture(),), (Unreadable,), seldom=4),
    "photo kept": Parser(lambda body: safe_picture(body, BYTES, PIXELS), (_picture(),), (NotAPicture,), seldom=4),
    "picture of staff": Parser(redrawn, (_picture(),), (NoPicture,), seldom=4),
}  # fmt: skip
_SEPARATORS = "\x00\u202e\u200b\ud83d\r\n\t ;,|/\\%&=+-@{}[]\"'<>٣１Ⅷ"


def bent_text(samples: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Any text, and samples with pieces doubled, cut out or replaced."""
    noise = st.text(max_size=40) | st.text(alphabet=_SEPARATORS + "0123456789Hh.-đĐ", max_size=40)

    def bend(parts: tuple[str, int, int, str]) -> str:
        sample, first, last, put = parts
        low, high = sorted((first % (len(sample) + 1), last % (len(sample) + 1)))
        return sample[:low] + put + sample[high:]

    whole = st.integers(0, 10_000)
    return st.text(max_size=300) | st.tuples(st.sampled_from(samples), whole, whole, noise).map(
        bend
    )


def bent_bytes(samples: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Any bytes, and samples with pieces cut out or replaced."""

    def bend(parts: tuple[bytes, int, int, bytes]) -> bytes:
        sample, first, length, put = parts
        low = first % (len(sample) + 1)
        return sample[:low] + put + sample[low + length :]

    kept = st.tuples(
        st.sampled_from(samples),
        st.integers(0, 100_000),
        st.integers(0, 60),
        st.binary(max_size=40),
    )
    return st.binary(max_size=300) | kept.map(bend)


def _tried(parser: Parser, strategy: st.SearchStrategy[Any]) -> None:
    """Run the reader over examples; anything but its declared errors fails."""
    count = max(20, examples().max_examples // parser.seldom)

    @examples(max_examples=count, suppress_health_check=list(HealthCheck), database=None)
    @given(strategy)
    def attempt(value: Any) -> None:
        with contextlib.suppress(*parser.errors):
            parser.read(value)

    for sample in parser.samples:
        parser.read(sample)
    attempt()


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_reader_of_text_raises_only_what_it_declares(name: str) -> None:
    _tried(TEXTS[name], bent_text(TEXTS[name].samples))


@pytest.mark.parametrize("name", sorted(BYTES_READ))
def test_a_reader_of_bytes_raises_only_what_it_declares(name: str) -> None:
    _tried(BYTES_READ[name], bent_bytes(BYTES_READ[name].samples))


STORED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["kind", "text", "buttons", "title", "url", "elements"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def test_a_stored_message_that_fits_nothing_is_a_value_error() -> None:
    @examples(database=None)
    @given(
        st.dictionaries(st.sampled_from(["kind", "text", "buttons", "media"]), STORED, max_size=4)
    )
    def attempt(stored: dict[str, Any]) -> None:
        with contextlib.suppress(ValueError):
            from_json(stored)

    attempt()
