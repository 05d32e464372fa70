"""`talk`: a citizen in the chat, through the real handling on a real database.

It writes webhook bodies as Zalo does (protocol 1.6), stores them as the webhook does, handles them
and answers with what stands in the outbox afterwards.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from bot.facts import Profile
from bot.handling import Handled, Handling
from bot.messages import AskInfo, Message, Query, Text, from_json
from bot.routing import Attached
from clock import FixedClock
from crypto import Vault
from dossiers.workdays import Calendar
from handlers import ROUTES, asked
from settings import Settings
from store.engine import Database
from store.tables import Conversation, Follower, InboundEvent, Outbox

CITIZEN = "7000000000000000001"
_COUNTER = itertools.count(1)


class Talk:
    """One OA and its citizens; ``uid`` is who speaks unless a call says otherwise."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        vault: Vault,
        clock: FixedClock,
        calendar: Calendar,
    ) -> None:
        self.db, self.settings, self.vault, self.clock = db, settings, vault, clock
        self.calendar = calendar
        self.uid = CITIZEN
        #: The messages of the last answer, what became of the event, and its row's id.
        self.messages: list[Message] = []
        self.handled: Handled | None = None
        self.event_id = 0

    def __call__(self, text: str, *, uid: str = "") -> list[str]:
        """The citizen types ``text`` or presses the button with that payload."""
        return self.event("user_send_text", uid=uid, message={"text": text})

    def event(
        self,
        name: str,
        *,
        uid: str = "",
        at: datetime | None = None,
        profile: Profile | None = None,
        **members: Any,
    ) -> list[str]:
        """Something happens at Zalo; answers the texts the bot replies, in order."""
        self.event_id = self.store(self.body(name, uid=uid, at=at, **members))
        return self.handle(self.event_id, profile)

    def body(
        self, name: str, *, uid: str = "", at: datetime | None = None, **members: Any
    ) -> dict[str, Any]:
        """A webhook body as Zalo words it."""
        uid, number = uid or self.uid, next(_COUNTER)
        stamp = int((at or self.clock.now()).timestamp() * 1000)
        user, oa = {"id": uid}, {"id": self.settings.zalo_oa_id}
        body: dict[str, Any] = {
            "app_id": self.settings.zalo_app_id,
            "event_name": name,
            "timestamp": str(stamp),
        }
        if name in ("follow", "unfollow"):
            body |= {"oa_id": oa["id"], "follower": user, "source": "oa_profile"}
        elif name.startswith("oa_") or name in ("user_received_message", "user_seen_message"):
            body |= {"sender": oa, "recipient": user}
        else:
            body |= {"sender": user, "recipient": oa}
        if "message" in members:
            members["message"] = {"msg_id": f"m{number}", **members["message"]}
        sender = {**body.get("sender", {}), **members.pop("sender", {})}
        return {**body, **({"sender": sender} if sender else {}), **members}

    def store(self, body: dict[str, Any] | bytes, *, zns: bool = False) -> int:
        """Store a body as the webhook does; answers the row's id."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        parsed = body if isinstance(body, dict) else {}
        number = next(_COUNTER)
        row = InboundEvent(
            dedupe_key=f"key-{number}",
            event_name=str(parsed.get("event_name", "?")),
            subject=self.uid,
            body=raw,
            zns=zns,
            correlation_id=f"c{number}",
            received_at=self.clock.now(),
        )
        with self.db.write() as session:
            session.add(row)
            session.flush()
            assert row.id is not None
            return row.id

    def photo(self, *codes: str, caption: str = "", read: bool = True) -> list[str]:
        """The citizen sends a photo with these codes on it; ``read`` False: it could not be had."""
        picture = {"type": "image", "payload": {"url": "https://f1.photo.talk.zdn.vn/1/x.jpg"}}
        message = {"attachments": [picture], **({"text": caption} if caption else {})}
        self.event_id = self.store(self.body("user_send_image", message=message))
        return self.handle(self.event_id, scanned=codes if read else None)

    def file(self, *sent: Attached, caption: str = "", document: bool = False) -> list[str]:
        """The citizen sends these into a feedback, as they were fetched for it."""
        kind = "file" if document else "image"
        one = {"type": kind, "payload": {"url": "https://f1.photo.talk.zdn.vn/1/x.jpg"}}
        message = {"attachments": [one] * len(sent), **({"text": caption} if caption else {})}
        self.event_id = self.store(self.body(f"user_send_{kind}", message=message))
        return self.handle(self.event_id, attached=sent)

    def place(self, latitude: str = "21.8236", longitude: str = "105.2180") -> list[str]:
        """The citizen shares a place."""
        point = {"coordinates": {"latitude": latitude, "longitude": longitude}}
        message = {"attachments": [{"type": "location", "payload": point}]}
        return self.event("user_send_location", message=message)

    def handle(
        self,
        event_id: int,
        profile: Profile | None = None,
        scanned: tuple[str, ...] | None = None,
        attached: tuple[Attached, ...] | None = None,
    ) -> list[str]:
        """Handle a stored event; answers the texts it queued for whoever wrote it."""
        handling = Handling(
            self.db, self.settings, self.vault, self.calendar, self.clock, ROUTES, asked.note
        )
        self.handled = handling.run(event_id, profile, scanned=scanned, attached=attached)
        rows = [row for row in self.outbox() if row.dedupe_key.startswith(f"in:{event_id}:")]
        own = [row for row in rows if ":also:" not in row.dedupe_key]
        self.messages = [from_json(row.body) for row in own if row.body]
        return [_text(message) for message in self.messages]

    def outbox(self) -> Sequence[Outbox]:
        """Everything queued so far, oldest first."""
        with self.db.read() as session:
            return session.exec(select(Outbox).order_by(col(Outbox.id))).all()

    def also(self) -> list[Outbox]:
        """What the last event queued for others."""
        prefix = f"in:{self.event_id}:also:"
        return [row for row in self.outbox() if row.dedupe_key.startswith(prefix)]

    @property
    def payloads(self) -> list[str]:
        """The payloads of the last answer's buttons."""
        return [
            button.payload
            for message in self.messages
            if isinstance(message, Text)
            for button in message.buttons
            if isinstance(button, Query)
        ]

    def follower(self, uid: str = "") -> Follower:
        """The follower's row."""
        with self.db.read() as session:
            return session.get_one(Follower, uid or self.uid)

    def conversation(self, uid: str = "") -> Conversation:
        """The chat's row."""
        with self.db.read() as session:
            return session.get_one(Conversation, uid or self.uid)


def _text(message: Message) -> str:
    if isinstance(message, AskInfo):
        return f"{message.title}\n{message.subtitle}"
    return getattr(message, "text", "") or getattr(message, "name", "")


@pytest.fixture
def calendar(settings: Settings) -> Calendar:
    """The working days of the shipped holiday file."""
    return Calendar.from_settings(settings)


@pytest.fixture
def talk(
    db: Database, settings: Settings, vault: Vault, clock: FixedClock, calendar: Calendar
) -> Talk:
    """A citizen who writes to the OA."""
    return Talk(db, settings, vault, clock, calendar)


@pytest.fixture
def talk_with(
    db: Database, settings: Settings, vault: Vault, clock: FixedClock
) -> Callable[..., Talk]:
    """A citizen at an OA with other settings: ``talk_with(staff_uids=("1",))``."""

    def make(**changed: object) -> Talk:
        other = settings.model_copy(update=changed)
        return Talk(db, other, vault, clock, Calendar.from_settings(other))

    return make
