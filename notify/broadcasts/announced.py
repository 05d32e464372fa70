"""The messages of an announcement at the moment they go: their text stands in one place.

An outbox row of an announcement holds only ``{"part": ..., "language": ..., "echo": ...}``.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import journal
from bot.messages import Message, Template
from notify.broadcasts import content as words
from notify.broadcasts.content import Content
from notify.policy import Terms
from settings import Settings
from store import broadcasts, echoes
from store.delivery import tracking_id
from store.engine import Database
from store.sending import Claimed

_LOG = journal.get("broadcast")
#: Texts kept in memory; more announcements than this never run at once.
_KEPT = 16


class Announced:
    """What each row of an announcement says; thread-safe."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._lock = threading.Lock()
        self._known: dict[int, tuple[Content, Terms]] = {}

    def parts(self, row: Claimed) -> tuple[Message | None, Template | None, Terms]:
        """Message, template and terms of one row; ValueError when it must not be sent.

        What was approved is what is sent: a text that is no longer the approved one stops here.
        """
        content, terms = self._text(row.broadcast_id or 0)
        part = str(row.body.get("part", ""))
        said = words.message(content, part, str(row.body.get("language", "vi")), row.facts)
        fitting = None
        if part == "main":
            fitting = words.template(content, row.facts, tracking_id(row.id))
        return said, fitting, terms

    def echo_missing(self, row: Claimed, now: datetime) -> bool:
        """Whether the silence about a message of unknown fate proves that Zalo never took it.

        It does when Zalo's events were heard since that try and no echo of it was among them. By
        phone there is no echo, so nothing is ever proven.
        """
        if not row.uid:
            return False
        with self._database.read() as session:
            # It waited this long since the try, so whatever came meanwhile came after it.
            waited = timedelta(seconds=self._settings.broadcast_echo_seconds)
            return echoes.heard_since(session, now - waited)

    def _text(self, broadcast_id: int) -> tuple[Content, Terms]:
        with self._lock:
            known = self._known.get(broadcast_id)
        if known is not None:
            return known
        with self._database.read() as session:
            row = broadcasts.get(session, broadcast_id)
        if row is None:
            raise ValueError("the announcement is gone")
        if words.digest(row) != row.approved_hash:
            _LOG.error("not_what_was_approved", broadcast_id=broadcast_id)
            raise ValueError("not what was approved")
        content = words.content_of(row)
        made = (content, words.terms_of(row.way, content, urgent=row.urgent))
        with self._lock:
            if len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[broadcast_id] = made
        return made
