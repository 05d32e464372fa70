"""Files: what the OA uploaded (kept 7 days) and what citizens sent (protocol 1.7, 3.5)."""

from __future__ import annotations

import hashlib
import io
import secrets
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from .clock import VirtualClock

UPLOAD_DAYS = 7
UPLOADS_PER_MONTH = 5000


@dataclass(frozen=True)
class Stored:
    """One file; `kind` is what its content is, whatever its name says."""

    id: str
    name: str
    kind: str
    mime: str
    body: bytes
    made_ms: int

    @property
    def md5(self) -> str:
        """Checksum as Zalo prints it in file events."""
        return hashlib.md5(self.body, usedforsecurity=False).hexdigest()


MIMES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def kind_of(body: bytes) -> str:
    """What the bytes are: a key of `MIMES`, or an empty string."""
    if body.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if body[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "webp"
    if b"%PDF-" in body[:1024]:
        return "pdf"
    if body.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "doc"
    return "docx" if body.startswith(b"PK\x03\x04") and _is_docx(body) else ""


class Shelf:
    """Everything stored; the world's lock is held by the callers."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._files: dict[str, Stored] = {}
        self._uploads: dict[str, Stored] = {}
        self._month: Counter[str] = Counter()

    def keep(self, name: str, body: bytes) -> Stored:
        """Store a file that a citizen sent; its id is the path it is served under."""
        kind = kind_of(body)
        mime = MIMES.get(kind, "application/octet-stream")
        stored = Stored(secrets.token_hex(12), name, kind, mime, body, self._clock.now_ms())
        self._files[stored.id] = stored
        return stored

    def upload(self, channel: Literal["image", "gif", "file"], name: str, body: bytes) -> str:
        """Store what the OA uploaded; the `attachment_id` or `token` it is called by."""
        stored = self.keep(name, body)
        self._month[f"{channel}/{self._clock.local():%Y-%m}"] += 1
        handle = secrets.token_urlsafe(90)
        self._uploads[f"{channel}/{handle}"] = stored
        return handle

    def month_full(self, channel: str) -> bool:
        """Whether the 5,000 uploads of this month are used up."""
        return self._month[f"{channel}/{self._clock.local():%Y-%m}"] >= UPLOADS_PER_MONTH

    def uploaded(self, channel: Literal["image", "gif", "file"], handle: str) -> Stored | None:
        """The upload called `handle`, None when unknown or older than seven days."""
        stored = self._uploads.get(f"{channel}/{handle}")
        if stored is None:
            return None
        age = self._clock.now_ms() - stored.made_ms
        return stored if age < UPLOAD_DAYS * 86_400_000 else None

    def get(self, file_id: str) -> Stored | None:
        """A file by its path."""
        return self._files.get(file_id)

    def clear(self) -> None:
        """Throw everything away."""
        self._files.clear()
        self._uploads.clear()
        self._month.clear()


def _is_docx(body: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return "word/document.xml" in packed.namelist()
    # NotImplementedError: what zipfile says of an archive newer than it can read.
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
