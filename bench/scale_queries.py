"""What is asked of a database at any size: every hot statement, by the product's own functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from bench import dossier_rows as rows
from bench.dossier_rows import NOW, UNITS
from bench.history_rows import MESSAGES, uid, zalo_id
from store import (
    chat_lines,
    delivery,
    health,
    inbound,
    lookups,
    recipients,
    retention,
    sending,
)
from store.dossier_search import Criteria, count, search
from store.dossier_walks import Order, Place
from store.tables import State

_DAY = timedelta(days=1)
_CLAIMED = 16


@dataclass(frozen=True)
class Drawn:
    """Whom a question is about: one dossier, and everything that follows from it."""

    n: int
    wanted: int

    @property
    def code(self) -> str:
        """Its code."""
        return rows.code(self.n, self.wanted)

    @property
    def person(self) -> int:
        """Whose it is."""
        return rows.person(self.n, self.wanted)

    @property
    def uid(self) -> str:
        """Their Zalo id."""
        return uid(self.person)

    @property
    def phone(self) -> str:
        """Their phone."""
        return rows.phone(self.person)

    @property
    def own(self) -> tuple[str, frozenset[str]]:
        """What the citizen's own list is asked with."""
        return self.uid, frozenset({self.phone})


Ask = Callable[[Session, Drawn], object]


def _list(criteria: Callable[[Drawn], Criteria], order: Order = Order.newest) -> Ask:
    return lambda s, d: search(s, criteria(d), scope=None, order=order).rows


def _deep(session: Session, drawn: Drawn) -> object:
    return search(session, Criteria(), scope=None, after=Place(drawn.wanted // 2)).rows


def _one_unit(session: Session, drawn: Drawn) -> object:
    unit = frozenset(UNITS[drawn.n % 12 : drawn.n % 12 + 1])
    return search(session, Criteria(), scope=unit).rows


def _history(session: Session, drawn: Drawn) -> object:
    return recipients.histories(session, [drawn.n])


#: Reads: asked again and again with other numbers.
READS: dict[str, Ask] = {
    "dossier by code": lambda s, d: lookups.by_code(s, d.code),
    "dossier by phone": _list(lambda d: Criteria(phone=d.phone)),
    "dossier by receipt token": lambda s, d: lookups.by_token(s, rows.token(d.n)),
    "dossier by identity": _list(lambda d: Criteria(identity_hash=rows.identity(d.n))),
    "a citizen's dossiers": lambda s, d: lookups.own(s, *d.own, limit=6),
    "a citizen's dossiers, counted": lambda s, d: lookups.own_count(s, *d.own),
    "history of a dossier": lambda s, d: lookups.events_of(s, d.n),
    "history, as it is folded": _history,
    "list: first page": _list(lambda d: Criteria()),
    "list: a state": _list(lambda d: Criteria(states=(State.refused,))),
    "list: a unit": _one_unit,
    "list: overdue": _list(
        lambda d: Criteria(promised=(None, NOW), running_only=True), Order.promised
    ),
    "list: from the middle": _deep,
    "list: a whole name": _list(lambda d: Criteria(words=tuple(rows.folded(d.n)))),
    "list: a common word": _list(lambda d: Criteria(words=("nguyen",))),
    "count: a state": lambda s, d: count(s, Criteria(states=(State.refused,)), scope=None),
    "a chat's page": lambda s, d: chat_lines.events_before(s, d.uid, None, 40),
    "a chat's messages": lambda s, d: chat_lines.messages_before(s, d.uid, None, 40),
    "is an event waiting": lambda s, d: inbound.anything(s, NOW),
    "is a message due": lambda s, d: sending.look(s, NOW),
    "metrics: messages due": lambda s, d: health.outbox_due(s, NOW),
    "metrics: messages by state": lambda s, d: health.outbox_states(s),
    "metrics: oldest event": lambda s, d: health.oldest_queued_event(s),
    "metrics: followers and dossiers": lambda s, d: health.sizes(s),
}

#: Writes, each in a transaction that is kept; ``owner`` frees what it claimed afterwards.
WRITES: dict[str, Ask] = {
    "claim of messages": lambda s, d: sending.claim(s, "bench", NOW, _CLAIMED, 60),
    "claim of events": lambda s, d: inbound.claim(s, "bench", NOW, _CLAIMED, 60),
    "a receipt by Zalo's id": lambda s, d: delivery.learn(
        s, zalo_id(d.n * MESSAGES - 5), delivery.News(seen_at=NOW), NOW
    ),
    "retention: messages emptied": lambda s, d: retention.empty_messages(s, NOW - 365 * _DAY, 20),
    "retention: events emptied": lambda s, d: retention.empty_events(s, NOW - 30 * _DAY, 2),
}


def free(session: Session) -> None:
    """Give back what the claims took, so that the next finds as much."""
    sending.hand_back(session, "bench")
    inbound.hand_back(session, "bench")
