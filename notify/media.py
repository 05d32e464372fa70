"""Files of ours at Zalo: uploaded once, used for six of their seven days (zalo-protocol 3.5)."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.client import ZaloClient
from bot.errors import Api
from bot.messages import File, Image, with_upload
from bot.outcomes import NotSent, Uncertain, Uploaded
from clock import Clock
from notify.rate import RateLimit
from store import uploads
from store.engine import Database

#: Seven days less one: an id that expires on its way gives -100.
_LIFE = timedelta(days=6)


#: The bytes behind a media key at a moment; None when there are none.
Content = Callable[[str, datetime], bytes | None]


class FileGone(Exception):
    """No stored file has this key, or Zalo would not take it; it will never be sent."""


class NoSlot(Exception):
    """The rate allows no upload in this minute."""


class Media:
    """Turns messages that name a file of ours into ones that name Zalo's copy; thread-safe."""

    def __init__(
        self,
        database: Database,
        client: ZaloClient,
        rate: RateLimit,
        clock: Clock,
        content: Content,
    ) -> None:
        self._content = content
        self._database = database
        self._client = client
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._uploading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def ready(self, message: Image | File) -> Image | File:
        """The message with Zalo's id, uploading first when needed.

        Raises FileGone, NoSlot, or what the client raises; an upload whose outcome is unknown
        counts as not sent, for it harms nobody to upload twice.
        """
        if message.media is None:
            return message
        with self._lock:
            turn = self._uploading[message.media]
        # Two threads with the same file: the second finds what the first uploaded.
        with turn:
            with self._database.read() as session:
                found = uploads.token(session, message.media, self._clock.now())
            return with_upload(message, found or self._upload(message, message.media))

    def expired(self, message: Image | File, sent: Image | File) -> None:
        """Zalo no longer knows the id that was used: the next `ready` uploads anew."""
        used = sent.token if isinstance(sent, File) else sent.attachment_id
        if message.media is None or used is None:
            return
        with self._database.write() as session:
            uploads.forget(session, message.media, used)

    def _upload(self, message: Image | File, media: str) -> str:
        content = self._content(media, self._clock.now())
        if content is None:
            raise FileGone
        if not self._rate.take():
            raise NoSlot
        uploaded = self._call(message, content)
        with self._database.write() as session:
            kind = "image" if isinstance(message, Image) else "file"
            uploads.keep(session, media, kind, uploaded.id, self._clock.now() + _LIFE)
        return uploaded.id

    def _call(self, message: Image | File, content: bytes) -> Uploaded:
        try:
            if isinstance(message, Image):
                return self._client.upload_image(content, "image")
            return self._client.upload_file(content, message.name)
        except ValueError as error:
            raise FileGone from error
        except Uncertain as error:
            raise NotSent(Api.oa, "upload", error.http_status, error.rate) from None
