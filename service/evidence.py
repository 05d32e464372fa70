"""Photos and files sent while a feedback is being written, fetched before the event is handled.

Handlers never speak HTTP: what reaches them was fetched from allowed hosts, checked by its
content, and photos were drawn anew (`feedback.pictures`).
"""

from __future__ import annotations

import re

import journal
from bot.events import Attachment, NotAnEvent, UserFile, UserImage, UserMessage, parse
from bot.routing import Attached
from clock import Clock
from feedback.documents import MIMETYPES, kind_of, safe_name
from feedback.pictures import NotAPicture, safe_picture
from qr.photos import NotFetched, Photos
from qr.reading import Unreadable, read_codes
from settings import Settings
from store import conversations
from store.engine import Database
from store.tables import InboundEvent

_LOG = journal.get("evidence")
_EVENTS = ("user_send_image", "user_send_file")
#: As many as a feedback may have; Zalo sends one a message (zalo-protocol 1.7).
_MOST = 5
#: The code on an identity card: its number, the old number, name, birth date (domain 5.2).
_IDENTITY_CARD = re.compile(r"[0-9]{12}\|[0-9]{0,9}\|")


class EvidenceReader:
    """Fetches what was sent into a feedback that is being written; never raises."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._photos = Photos(settings)

    def wanted_for(self, row: InboundEvent) -> tuple[Attached, ...] | None:
        """The files of an event; None when it has none or no feedback waits for them."""
        if row.body is None or row.event_name not in _EVENTS:
            return None
        try:
            event = parse(row.body, server="ZNS" if row.zns else None)
        except NotAnEvent:
            return None
        if not isinstance(event, UserImage | UserFile) or not self._writes(event):
            return None
        return tuple(self._fetched(row, event, one) for one in event.attachments[:_MOST])

    def _writes(self, event: UserMessage) -> bool:
        with self._database.read() as session:
            flow = conversations.open_flow(session, event.user_id or "", self._clock.now())
        return flow == "feedback"

    def _fetched(self, row: InboundEvent, event: UserMessage, one: Attachment) -> Attached:
        try:
            if one.url is None:
                raise NotFetched("no address")
            if isinstance(event, UserImage):
                return self._photo(one.url)
            return self._document(one.url, one)
        except NotFetched as error:
            # The address itself could lead to the file and is not logged.
            problem, told = str(error), "too_big" if "bytes" in str(error) else "not_fetched"
        except NotAPicture as error:
            problem, told = str(error), "wrong_type"
        _LOG.info(
            "file_not_kept",
            inbound_id=row.id,
            problem=problem,
            correlation_id=row.correlation_id,
        )
        return Attached(problem=told)

    def _photo(self, address: str) -> Attached:
        settings = self._settings
        content = self._photos.fetch(address)
        made = safe_picture(content, settings.photo_max_bytes, settings.photo_max_pixels)
        if _is_identity_card(made.full, settings):
            return Attached(problem="identity")
        return Attached("photo", "", "image/jpeg", made.full, made.small)

    def _document(self, address: str, one: Attachment) -> Attached:
        most = self._settings.feedback_file_max_bytes
        if one.size is not None and one.size > most:
            return Attached(problem="too_big")
        content = self._photos.fetch(address, most)
        kind = kind_of(content)
        if not kind:
            raise NotAPicture("not a document")
        return Attached("file", safe_name(one.name or "", kind), MIMETYPES[kind], content)


def _is_identity_card(photo: bytes, settings: Settings) -> bool:
    """Whether a chip card's code is on the photo: such a photo is never kept (domain 4.5)."""
    try:
        codes = read_codes(photo, len(photo), settings.photo_max_pixels)
    except Unreadable:
        return False
    return any(_IDENTITY_CARD.match(text) for text in codes)
