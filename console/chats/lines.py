"""A conversation as staff read it, composed each time from events and messages as stored.

No text is kept a second time: what retention or the citizen's own wish removed is gone here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.events import Event, NotAnEvent, UserMessage, parse
from console.chats import buttons, words
from console.chats.words import Fate, Said
from settings import Settings
from store import broadcasts, chat_lines, chat_queue, followers
from store.chat_lines import EventRow, Page
from store.tables import Outbox

PAGE = 40
#: So many newest messages of ours may still change their fate on a page.
_FATES = 25
#: How long after its own number a row may still appear (`chat_lines.events_after`).
_LATE = timedelta(seconds=60)


@dataclass(frozen=True)
class Place:
    """A place in both streams: ids of an event and of a message."""

    event: int
    message: int


@dataclass(frozen=True)
class Line:
    """One line of the chat.

    ``side``: "citizen", "bot", "staff", "zalo" (staff in Zalo's own tool), or "note".
    ``at`` orders the lines and is our own clock; ``shown_at`` is when it was written.
    """

    key: str
    at: datetime
    shown_at: datetime
    side: str
    who: str
    said: Said = field(default_factory=Said)
    fate: Fate | None = None


@dataclass(frozen=True)
class View:
    """Lines, oldest first; where older ones go on (None: there are none); where to look next."""

    lines: Sequence[Line]
    older: Place | None
    top: Place


def before(
    session: Session, uid: str, place: Place | None, now: datetime, settings: Settings
) -> View:
    """A page of the conversation that ends before ``place`` (None: the newest)."""
    events = chat_lines.events_before(session, uid, place.event if place else None, PAGE)
    messages = chat_lines.messages_before(session, uid, place.message if place else None, PAGE)
    # What one stream has not read yet may lie between lines of the other: those wait.
    cut = max((page.since for page in (events, messages) if page.since), default=None)
    kept_events = [row for row in events.rows if cut is None or row.received_at >= cut]
    kept = [row for row in messages.rows if cut is None or row.created_at >= cut]
    older = None
    if cut is not None:
        event_id = _next(events, [row.id for row in kept_events], place.event if place else None)
        message_id = _next(messages, [row.id for row in kept], place.message if place else None)
        older = Place(event_id, message_id)
    lines = _lines(session, uid, kept_events, kept, now, settings)
    return View(lines, older, Place(events.top, messages.top))


def after(session: Session, uid: str, place: Place, now: datetime, settings: Settings) -> View:
    """What is new since ``place``; the reader drops what it has already (`Line.key`)."""
    since = now - _LATE
    events = chat_lines.events_after(session, uid, place.event, since)
    messages = chat_lines.messages_after(session, uid, place.message, since)
    lines = _lines(session, uid, events.rows, messages.rows, now, settings)
    return View(lines, None, Place(events.top, messages.top))


def _next(page: Page, kept: Sequence[int], was: int | None) -> int:
    """Below which id a stream goes on; 1 when it has ended, for ids start there."""
    if len(kept) == len(page.rows):
        return page.next or 1
    if kept:
        return min(kept)
    return was if was is not None else page.top + 1


def fates(session: Session, uid: str, now: datetime) -> dict[str, Fate]:
    """Where the newest messages stand now, by the keys of their lines."""
    newest = chat_lines.messages_before(session, uid, None, _FATES)
    return {f"m{row.id}": words.fate(row, now) for row in newest.rows}


def _lines(
    session: Session,
    uid: str,
    events: Sequence[EventRow],
    messages: Sequence[Outbox],
    now: datetime,
    settings: Settings,
) -> list[Line]:
    follower = followers.get(session, uid)
    name = (follower.display_name if follower else "") or "Công dân"
    pressed = buttons.known((row.body for row in messages), settings)
    read = [(row, event) for row in events if (event := _parsed(row)) is not None]
    quotes = [e.quote_msg_id for _, e in read if isinstance(e, UserMessage) and e.quote_msg_id]
    quoted = chat_lines.by_zalo_ids(session, uid, quotes)
    mine = [*messages, *quoted.values()]
    announced = broadcasts.several(session, (row.broadcast_id for row in mine))
    pressed |= words.presses(messages, announced)
    writers = chat_queue.names(session, {str(row.facts.get("by", "")) for row in messages})
    found = list(_emptied(events))
    for row, event in read:
        spoken = words.of_event(event, pressed, quoted, name, announced)
        if spoken is not None:
            shown = min(row.sent_at or row.received_at, row.received_at)
            line = Line(f"e{row.id}", row.received_at, shown, spoken.side, spoken.who, spoken.said)
            found.append(line)
    for message in messages:
        spoken = words.of_message(message, writers, announced)
        at = message.created_at
        made = Line(f"m{message.id}", at, message.sent_at or at, spoken.side, spoken.who)
        found.append(replace(made, said=spoken.said, fate=words.fate(message, now)))
    return sorted(found, key=_order)


def _order(line: Line) -> tuple[datetime, bool, int]:
    # A reply is made in the transaction of what it answers, at the same moment.
    return line.at, line.key.startswith("m"), int(line.key[1:])


def _emptied(events: Sequence[EventRow]) -> list[Line]:
    """One note for all messages whose contents were removed."""
    gone = [row for row in events if row.body is None and row.name.startswith("user_send_")]
    if not gone:
        return []
    text = f"{len(gone)} tin của công dân đã xóa nội dung theo thời hạn lưu."
    newest = gone[0]
    return [Line(f"e{newest.id}", newest.received_at, newest.received_at, "note", "", Said(text))]


def _parsed(row: EventRow) -> Event | None:
    if row.body is None:
        return None
    try:
        return parse(row.body, server="ZNS" if row.zns else None)
    except NotAnEvent:
        return None
