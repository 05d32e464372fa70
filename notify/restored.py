"""What a restored database holds as waiting may have been sent before it was lost: asked first.

Zalo keeps the chat (zalo-protocol 3.8): a text that stands there arrived, one that does not stand
there was never taken. Of templates, files and messages by phone nobody can know: a person decides.
"""

from __future__ import annotations

import random
from datetime import datetime

from bot.client import ZaloClient
from bot.text import clean
from notify.broadcasts import unsure
from notify.policy import Channel
from notify.rate import RateLimit
from notify.results import backoff
from settings import Settings
from store import restored
from store.delivery import echoes_of, text_digest
from store.engine import Database
from store.sending import Claimed, Result
from store.tables import OutboxState
from wording import LANGUAGES, Words

#: Somebody may have written much since the backup; further back nobody looks.
_PAGES = 5


class Restored:
    """Finds out about doubted messages; thread-safe."""

    def __init__(
        self, database: Database, client: ZaloClient, settings: Settings, rate: RateLimit
    ) -> None:
        self._database = database
        self._client = client
        self._settings = settings
        self._rate = rate

    def before(self, row: Claimed, channel: Channel, now: datetime) -> Result | None:
        """What to write of a doubted message instead of sending it; None: it may go.

        ``channel`` is the one it would take now. Windows only close, so a message that may go as
        a free text now did not need a template then: only what the chat shows is looked for.
        """
        if row.reason != restored.REASON:
            return None
        looks = set(echoes_of(row.body, ""))
        if text := str(row.body.get("text") or ""):
            looks |= {text_digest(clean(text)), text_digest(self._same(clean(text)))}
        shown = all(one == "image" or one.startswith("text:") for one in looks)
        if channel is not Channel.consultation or not shown:
            looks.add("template")
        fate = unsure.look(
            self._client,
            row.uid,
            looks,
            self._since(row),
            self._rate.take,
            pages=_PAGES,
            same=self._same,
        )
        if fate.arrived:
            return Result(
                row.id,
                OutboxState.sent,
                now,
                attempts=row.attempts,
                channel=Channel.consultation.value,
                zalo_message_id=fate.message_id,
                sent_at=fate.at or now,
            )
        if fate.known:
            return None
        attempts = row.attempts + 1
        if fate.asked or attempts >= self._settings.retry_attempts:
            return Result(row.id, OutboxState.parked, now, restored.REASON, attempts)
        due = now + backoff(attempts, 300, random.random)
        return Result(row.id, OutboxState.queued, due, restored.REASON, attempts)

    def _same(self, text: str) -> str:
        """A card without its term, which counts the days from the day on which it is written."""
        terms = tuple(
            Words(language, self._settings)("card.term.left", days=0, date="").partition(":")[0]
            for language in LANGUAGES
        )
        return "\n".join(line for line in text.splitlines() if not line.startswith(terms))

    def _since(self, row: Claimed) -> datetime:
        """From when on it may have been sent: what is told again is younger than its sending."""
        with self._database.read() as session:
            last = restored.newest(session)
        return min(row.created_at, last.backup_at) if last else row.created_at
