"""What became of a message whose call was never answered: asked of Zalo before it goes again.

An announcement must reach everybody once. Zalo keeps the chat (zalo-protocol 3.8): what stands
there arrived, and what does not stand there was never taken.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.client import ZaloClient
from bot.outcomes import CallFailed, ChatLine
from bot.queries import CHAT_LIMIT
from bot.text import clean
from store.delivery import text_digest
from store.sending import Claimed

#: Why a row waits with an unknown fate.
REASON = "uncertain"
#: Our clock and Zalo's may differ by so much.
_SKEW = timedelta(minutes=2)
#: What the chat is not documented to show.
_UNSEEN = frozenset({"template", "file"})
#: After so long no further page of the chat is begun.
_LOOK_SECONDS = 10.0
#: How the chat calls what we call an image.
_PICTURES = ("photo", "image")


@dataclass(frozen=True, slots=True)
class Fate:
    """``known`` False: Zalo could not be asked, or its answer proves nothing."""

    known: bool
    arrived: bool = False
    message_id: str = ""
    at: datetime | None = None
    #: False: no call was left, or Zalo did not answer; later it may.
    asked: bool = True


def fate(client: ZaloClient, row: Claimed, slot: Callable[[], bool]) -> Fate:
    """Look for the message in the chat; ``slot`` takes a call of the permitted rate."""
    named = {str(one) for one in row.body.get("echoes") or ()}
    return look(client, row.uid, named, row.created_at, slot)


def look(
    client: ZaloClient,
    uid: str,
    named: Collection[str],
    since: datetime,
    slot: Callable[[], bool],
    *,
    pages: int = 1,
    same: Callable[[str], str] = str,
) -> Fate:
    """Look for something that would show as one of ``named``, sent after ``since``.

    ``pages``: how many pages of the chat are read at most. ``same`` takes out of a text what
    differs though it is the same message; digests of such texts may stand in ``named``.
    """
    looks = set(named) - _UNSEEN
    if not uid or not looks:
        return Fate(known=False)
    ends = time.monotonic() + _LOOK_SECONDS
    for page in range(pages):
        if page and time.monotonic() > ends:
            # The lease of the message runs meanwhile.
            return Fate(known=False, asked=False)
        if not slot():
            return Fate(known=False, asked=False)
        try:
            lines = client.conversation(uid, page * CHAT_LIMIT, CHAT_LIMIT)
        except CallFailed:
            return Fate(known=False, asked=False)
        newer = [line for line in lines if line.at is not None and line.at >= since - _SKEW]
        for line in newer:
            if line.from_oa and not looks.isdisjoint((_looks_like(line), _shape(line, same))):
                return Fate(True, True, line.message_id or "", line.at)
        if len(newer) < CHAT_LIMIT:
            # A template may not stand there at all.
            return Fate(known=not set(named) & _UNSEEN)
    # Pages full of newer lines may hide it behind them.
    return Fate(known=False)


def _shape(line: ChatLine, same: Callable[[str], str]) -> str:
    return text_digest(same(clean(line.text))) if line.text else ""


def _looks_like(line: ChatLine) -> str:
    if line.kind in _PICTURES:
        return "image"
    return text_digest(clean(line.text)) if line.text else ""
