"""Files sent into a feedback are fetched for it alone, over real HTTP from allowed hosts."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import qrcode
from PIL import Image

from clock import FixedClock
from service.evidence import EvidenceReader
from settings import Settings
from store import conversations
from store.engine import Database
from store.tables import InboundEvent
from tests.feedback_samples import PDF, jpeg

UID = "7000000000000000001"


def identity_card() -> bytes:
    """A photo with the code of a chip card of nobody."""
    out = io.BytesIO()
    code = qrcode.make("001099000001|201234567|Nguyễn Văn Mẫu|01011999|Nam|Thôn Mẫu|01012021")
    code.get_image().convert("RGB").save(out, "JPEG")
    return out.getvalue()


FILES = {
    "/photo.jpg": jpeg((2400, 1800)),
    "/don.pdf": PDF,
    "/fake.pdf": b"MZ" + b"\0" * 900,
    "/large.pdf": PDF + b"\0" * 90_000,
    "/card.jpg": identity_card(),
    "/svg.jpg": b"<svg/>",
}


class Shelf(BaseHTTPRequestHandler):
    """A host of media."""

    def do_GET(self) -> None:
        content = FILES.get(self.path)
        self.send_response(200 if content is not None else 404)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: Any) -> None:
        """Silence."""


@pytest.fixture(scope="module")
def shelf() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def reader(db: Database, settings: Settings, clock: FixedClock, shelf: str) -> EvidenceReader:
    own = settings.model_copy(update={"photo_hosts": (shelf,), "feedback_file_max_bytes": 50_000})
    with db.write() as session:
        chat = conversations.lock(session, UID, clock.now())
        chat.flow, chat.step = "feedback", "text"
        chat.expires_at = clock.now() + timedelta(minutes=30)
    return EvidenceReader(db, own, clock)


def sent(address: str, kind: str = "image", **payload: Any) -> InboundEvent:
    """The event of a file."""
    body = {
        "app_id": "1", "event_name": f"user_send_{kind}", "timestamp": "1790000000000",
        "sender": {"id": UID}, "recipient": {"id": "2"},
        "message": {"msg_id": "m", "attachments": [
            {"type": kind, "payload": {"url": address, **payload}}]},
    }  # fmt: skip
    return InboundEvent(
        id=1, dedupe_key="k", event_name=str(body["event_name"]), subject=UID,
        body=json.dumps(body).encode(), correlation_id="c", received_at=None,
    )  # fmt: skip


def test_a_photo_comes_as_two_small_jpegs(reader: EvidenceReader, shelf: str) -> None:
    (one,) = reader.wanted_for(sent(f"http://{shelf}/photo.jpg")) or ()
    assert (one.kind, one.mimetype, one.problem) == ("photo", "image/jpeg", "")
    assert Image.open(io.BytesIO(one.content)).size == (1600, 1200)
    assert Image.open(io.BytesIO(one.small)).size == (320, 240)


def test_a_document_keeps_its_name_made_safe(reader: EvidenceReader, shelf: str) -> None:
    (one,) = reader.wanted_for(sent(f"http://{shelf}/don.pdf", "file", name="../đơn.PDF")) or ()
    assert (one.kind, one.name, one.content) == ("file", "đơn.pdf", PDF)


@pytest.mark.parametrize(
    ("path", "kind", "problem"),
    [
        ("/gone.jpg", "image", "not_fetched"),
        ("/svg.jpg", "image", "wrong_type"),
        ("/fake.pdf", "file", "wrong_type"),
        ("/large.pdf", "file", "too_big"),
        ("/card.jpg", "image", "identity"),
        ("/svg.jpg", "file", "wrong_type"),
    ],
)
def test_what_is_not_kept_says_why_and_has_no_bytes(
    reader: EvidenceReader, shelf: str, path: str, kind: str, problem: str
) -> None:
    (one,) = reader.wanted_for(sent(f"http://{shelf}{path}", kind)) or ()
    assert (one.problem, one.content, one.small) == (problem, b"", b"")


def test_other_hosts_are_never_asked(reader: EvidenceReader) -> None:
    for address in ("http://169.254.169.254/latest", "https://vidu.example/x.jpg", "file:///etc/x"):
        (one,) = reader.wanted_for(sent(address)) or ()
        assert one.problem == "not_fetched"


def test_a_size_told_beforehand_saves_the_call(reader: EvidenceReader, shelf: str) -> None:
    (one,) = reader.wanted_for(sent(f"http://{shelf}/don.pdf", "file", size="99999999")) or ()
    assert one.problem == "too_big"


def test_outside_a_feedback_nothing_is_fetched(
    reader: EvidenceReader, db: Database, clock: FixedClock, shelf: str
) -> None:
    event = sent(f"http://{shelf}/photo.jpg")
    clock.advance(minutes=31)
    assert reader.wanted_for(event) is None, "the conversation has expired"
    with db.write() as session:
        conversations.lock(session, UID, clock.now()).flow = "lookup"
    assert reader.wanted_for(event) is None
    event.body = None
    assert reader.wanted_for(event) is None
