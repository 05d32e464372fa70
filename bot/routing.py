"""What a handler gets and gives, and how it says which messages it answers.

A handler is a plain function ``(incoming, context) -> Reply | None``. It reads and writes through
``context.session`` (one transaction with its replies and the event's "handled" mark) and never
speaks HTTP. ``None`` means "not mine after all": the router asks the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlmodel import Session

from bot.events import Event
from bot.messages import Message
from crypto import Vault
from settings import Settings
from store.tables import Conversation, Follower

if TYPE_CHECKING:
    from dossiers.workdays import Calendar
    from wording import Words

#: The menu's six things in the order of their numbers: "1" is "#tracuu".
MENU = ("#tracuu", "#hosocuatoi", "#thutuc", "#phananh", "#tintuc", "#hotro")


@dataclass(frozen=True)
class Attached:
    """A photo or file of a message, fetched and made safe before the message is handled.

    ``problem`` says why there are no bytes: "not_fetched", "too_big", "wrong_type", "identity".
    """

    #: "photo" (``content`` and ``small`` are JPEG of our own making) or "file".
    kind: str = ""
    name: str = ""
    mimetype: str = ""
    content: bytes = field(default=b"", repr=False)
    small: bytes = field(default=b"", repr=False)
    problem: str = ""


@dataclass(frozen=True)
class Incoming:
    """One thing a citizen did, as the router saw it.

    ``text`` is what they typed, NFC and trimmed ("" when there is none); ``folded`` the same
    without diacritics, lower case (domain 7); ``payload`` the command of a button or OA menu item
    ("#tracuu") and ``argument`` what follows it ("#hoso 123" -> "123"). Nothing in Zalo marks a
    button press, so a typed "#tracuu" is the same (protocol 1.8).
    """

    event: Event
    text: str = ""
    folded: str = ""
    payload: str = ""
    argument: str = ""
    #: What the codes on a photo say; None when there is no photo or it could not be fetched.
    scanned: tuple[str, ...] | None = None
    #: What was sent into a feedback that is being written; None when nothing was fetched for one.
    attached: tuple[Attached, ...] | None = None


@dataclass(frozen=True)
class Outgoing:
    """A message for somebody other than the one who wrote (staff, a phone by ZBS)."""

    kind: str
    message: Message
    uid: str = ""
    phone: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    #: Dropped, not sent late, after this.
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Reply:
    """What the bot answers, in order; ``also`` goes to others. Empty is a deliberate silence."""

    messages: tuple[Message, ...] = ()
    also: tuple[Outgoing, ...] = ()
    #: The answer says that nothing was found for what was meant.
    lost: bool = False

    @classmethod
    def of(cls, *messages: Message | Iterable[Message]) -> Reply:
        """A reply from messages and lists of messages."""
        flat: list[Message] = []
        for message in messages:
            if isinstance(message, Iterable):
                flat.extend(message)
            else:
                flat.append(message)
        return cls(tuple(flat))


@dataclass
class Context:
    """Everything a handler may need; it asks for no more."""

    session: Session
    now: datetime
    settings: Settings
    vault: Vault
    words: Words
    calendar: Calendar
    follower: Follower
    conversation: Conversation
    correlation_id: str

    @property
    def uid(self) -> str:
        """The citizen's UID."""
        return self.follower.uid

    def expect(self, flow: str, step: str, **data: object) -> None:
        """Remember that the next message answers this question (until the flow expires)."""
        self.conversation.flow = flow
        self.conversation.step = step
        self.conversation.data = dict(data)

    def done(self) -> None:
        """Nothing is being waited for any more."""
        self.expect("", "")


Handler = Callable[[Incoming, Context], Reply | None]
Matcher = Callable[[Incoming, Context], bool]


@dataclass(frozen=True)
class Route:
    """Which messages a handler answers. Any of the given ways suffices.

    Order of asking: ``events``, then ``payloads``, then the open ``flow``, then ``when`` and
    ``words`` by ``rank`` (lower first).
    """

    name: str
    handler: Handler
    #: One English line for ``python app.py routes``.
    summary: str
    events: tuple[type[Event], ...] = ()
    #: "#tracuu"; compared without case.
    payloads: tuple[str, ...] = ()
    #: Folded whole messages: "tra cuu ho so", "1".
    words: tuple[str, ...] = ()
    #: The conversation flow it continues.
    flow: str = ""
    when: Matcher | None = None
    rank: int = 50
