"""The simulated citizens and what stands in their chat with the OA."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any, Literal

Side = Literal["user", "oa", "notice"]

#: What a broadcast can be aimed by.
TRAITS = ("age", "gender", "location", "city", "platform")

#: Where the numbers of a crowd begin: 059 and seven digits, which no sample elsewhere uses.
CROWD_PHONES = "8459"

_PHONE = re.compile(r"84[2-9][0-9]{8}", re.ASCII)


def normal_phone(text: object) -> str | None:
    """`text` as ``84...`` (protocol 5.2, 6), or None when it is no Vietnamese number."""
    if not isinstance(text, str) or len(text) > 30:
        return None
    digits = re.sub(r"[^0-9]", "", text)
    if digits.startswith("0"):
        digits = "84" + digits[1:]
    elif len(digits) == 9:
        digits = "84" + digits
    return digits if _PHONE.fullmatch(digits) else None


@dataclass(slots=True)
class ChatMessage:
    """One line of a chat. `rev` is the number of the change that touched it last."""

    id: str
    seq: int
    side: Side
    kind: str
    time_ms: int
    text: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    buttons: list[dict[str, Any]] = field(default_factory=list)
    quote_id: str = ""
    hidden: bool = False
    via: str = ""
    quota: str = ""
    admin_id: str = ""
    received_ms: int | None = None
    seen_ms: int | None = None
    reactions: dict[str, str] = field(default_factory=dict)
    rev: int = 0

    def view(self) -> dict[str, Any]:
        """The message as the control API shows it."""
        return {
            "id": self.id,
            "seq": self.seq,
            "from": self.side,
            "kind": self.kind,
            "time": self.time_ms,
            "text": self.text,
            "content": self.content,
            "buttons": self.buttons,
            "quote_id": self.quote_id,
            "hidden": self.hidden,
            "via": self.via,
            "quota": self.quota,
            "admin_id": self.admin_id,
            "received": self.received_ms,
            "seen": self.seen_ms,
            "reactions": self.reactions,
            "rev": self.rev,
        }


@dataclass(slots=True, eq=False)
class Person:
    """One citizen as this OA knows them; `id` is the UID, scoped to the OA (protocol 0.5).

    `age` in years, the other traits as a broadcast's target numbers them (protocol 3.4); None
    means that Zalo does not know.
    """

    id: str
    app_user_id: str
    name: str
    phones: list[str] = field(default_factory=list)
    has_zalo: bool = True
    follower: bool = False
    blocked: bool = False
    restricted: bool = False
    inactive: bool = False
    chatnow_pressed: bool = False
    ever_wrote: bool = False
    last_interaction_ms: int | None = None
    welcome_used: int = 0
    chat_open: bool = False
    alias: str = ""
    tags: set[str] = field(default_factory=set)
    shared_info: dict[str, str] = field(default_factory=dict)
    messages: list[ChatMessage] = field(default_factory=list)
    next_seq: int = 1
    age: int | None = None
    gender: int | None = None
    location: int | None = None
    city: int | None = None
    platform: int | None = None

    @property
    def unread(self) -> int:
        """Messages of the OA the citizen has not looked at."""
        count = 0
        for message in reversed(self.messages):
            if message.side == "oa" and message.seen_ms is None:
                count += 1
            elif message.side == "oa":
                break
        return count

    def find(self, message_id: str) -> ChatMessage | None:
        """The message with that id, searched from the newest."""
        return next((m for m in reversed(self.messages) if m.id == message_id), None)

    def view(self) -> dict[str, Any]:
        """The person as the control API shows them, without the messages."""
        visible = [m for m in self.messages if not m.hidden]
        return {
            "id": self.id,
            "user_id_by_app": self.app_user_id,
            "name": self.name,
            "phones": self.phones,
            "has_zalo": self.has_zalo,
            "follower": self.follower,
            "blocked": self.blocked,
            "restricted": self.restricted,
            "inactive": self.inactive,
            "last_interaction": self.last_interaction_ms,
            "welcome_used": self.welcome_used,
            "chat_open": self.chat_open,
            "tags": sorted(self.tags),
            "shared_info": self.shared_info,
            **{name: getattr(self, name) for name in TRAITS},
            "unread": self.unread,
            "last_seq": self.next_seq - 1,
            "last_message": visible[-1].view() if visible else None,
        }


class People:
    """Every citizen, by UID and by phone."""

    def __init__(self, oa_id: str, app_id: str) -> None:
        self._oa_id, self._app_id = oa_id, app_id
        self._by_id: dict[str, Person] = {}
        # Indexes, because a load test asks for thousands of numbers among thousands of people.
        self._by_phone: dict[str, list[Person]] = {}
        self._by_hash: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def all(self) -> list[Person]:
        """Everybody in the order in which they came."""
        return list(self._by_id.values())

    def add(self, name: str, phones: list[str], has_zalo: bool = True) -> Person:
        """A new citizen with ids that are the same in every run for the same order of coming."""
        number = len(self._by_id) + 1
        person = Person(
            id=_long_id("7", f"{self._oa_id}/{number}"),
            app_user_id=_long_id("5", f"{self._app_id}/{number}"),
            name=name,
            has_zalo=has_zalo,
        )
        self._by_id[person.id] = person
        self.set_phones(person, phones)
        return person

    def crowd(self, count: int, prefix: str) -> list[Person]:
        """`count` new citizens called `prefix` and a number, each with a phone of their own."""
        first = len(self._by_id) + 1
        return [
            self.add(f"{prefix} {number}", [f"{CROWD_PHONES}{number:07d}"])
            for number in range(first, first + count)
        ]

    def set_phones(self, person: Person, phones: list[str]) -> None:
        """Give a person these numbers (84 form) in place of the ones before."""
        for phone in person.phones:
            self._by_phone[phone].remove(person)
        person.phones = list(dict.fromkeys(phones))
        for phone in person.phones:
            self._by_phone.setdefault(phone, []).append(person)
            self._by_hash[hashlib.sha256(phone.encode()).hexdigest()] = phone

    def get(self, uid: str) -> Person | None:
        """The citizen with that UID."""
        return self._by_id.get(uid)

    def by_phone(self, phone: str) -> Person | None:
        """Who has a Zalo account on this number (84 form); None when nobody has."""
        return next((p for p in self._by_phone.get(phone, ()) if p.has_zalo), None)

    def by_phone_hash(self, digest: str) -> tuple[Person, str] | None:
        """The person and number whose SHA-256 is `digest` (protocol 5.3)."""
        phone = self._by_hash.get(digest, "")
        person = self.by_phone(phone)
        return (person, phone) if person else None

    def by_message(self, message_id: str) -> Person | None:
        """In whose chat the message stands."""
        return next((p for p in self.all() if p.find(message_id)), None)

    def clear(self) -> None:
        """Forget everybody."""
        self._by_id.clear()
        self._by_phone.clear()
        self._by_hash.clear()


def _long_id(first: str, seed: str) -> str:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    return first + f"{number % 10**18:018d}"
