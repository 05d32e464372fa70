"""What the chat would answer to somebody who never wrote before, without leaving a trace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bot.event_types import UserText
from bot.messages import Message, OpenUrl, Query, Text
from bot.router import LAST, Router, read
from bot.routing import Context, Reply, Route
from crypto import Vault
from dossiers.workdays import Calendar
from handlers import understanding
from handlers.understanding import Understanding
from procedures.search import index_of
from settings import Settings
from store import conversations, followers
from store.engine import Database
from wording import Words

#: No citizen has it: Zalo's ids are numbers.
STRANGER = "trial"


@dataclass(frozen=True)
class Trial:
    """How a sentence is read now and what is answered."""

    understanding: Understanding
    texts: tuple[str, ...]
    buttons: tuple[str, ...]
    understood: bool


class _Undone(Exception):
    """Rolls the transaction back; carries what was learned in it."""

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self.trial = trial


def route(
    session: Session,
    router: Router,
    text: str,
    uid: str,
    *,
    settings: Settings,
    vault: Vault,
    calendar: Calendar,
    now: datetime,
) -> tuple[Route, Reply] | None:
    """Which route answers ``text`` and what; its effects stand in the caller's transaction."""
    event = UserText(name="user_send_text", user_id=uid, at=now, text=text)
    follower = followers.lock(session, uid, now)
    context = Context(
        session=session,
        now=now,
        settings=settings,
        vault=vault,
        words=Words(follower.language, settings),
        calendar=calendar,
        follower=follower,
        conversation=conversations.lock(session, uid, now),
        correlation_id="",
    )
    return router.route(read(event), context)


def answer(
    database: Database,
    routes: Iterable[Route],
    text: str,
    *,
    settings: Settings,
    vault: Vault,
    calendar: Calendar,
    now: datetime,
) -> Trial:
    """Read and answer ``text`` with the catalogue as it is; everything is rolled back."""
    # Before the transaction: a process that reads its first sentence builds index and model for it.
    with database.read() as session:
        read_ = understanding.understand(text, index_of(session))
    try:
        with database.write() as session:
            found = route(
                session,
                Router(routes),
                text,
                STRANGER,
                settings=settings,
                vault=vault,
                calendar=calendar,
                now=now,
            )
            raise _Undone(_told(read_, found))
    except _Undone as done:
        return done.trial


def said(message: Message) -> str:
    """The text of a message; "" for what has none."""
    return message.text if isinstance(message, Text) else ""


def _told(read_: Understanding, found: tuple[Route, Reply] | None) -> Trial:
    if found is None:
        return Trial(read_, (), (), False)
    by, reply = found
    texts = tuple(text for text in map(said, reply.messages) if text)
    buttons = tuple(
        button.title
        for message in reply.messages
        if isinstance(message, Text)
        for button in message.buttons
        if isinstance(button, Query | OpenUrl)
    )
    return Trial(read_, texts, buttons, by.name != LAST and not reply.lost)
