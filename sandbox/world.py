"""All that the sandbox knows, in memory, under one lock."""

from __future__ import annotations

import secrets
from collections import Counter
from contextlib import AbstractContextManager
from typing import Any

from .article_book import ArticleBook
from .broadcasts import BroadcastBook
from .calls import CallLog
from .caps import PromotionCaps
from .changes import Changes
from .clock import VirtualClock
from .config import SandboxConfig
from .faults import FaultBook
from .people import ChatMessage, People, Person, Side
from .quotas import QuotaBook
from .rates import RateWindows
from .schedule import Schedule
from .shelf import Shelf
from .switches import Switches
from .tokens import TokenBook
from .webhooks import WebhookSender
from .zbs_templates import TemplateRegistry

#: A chat keeps this many messages; older ones fall off.
CHAT_KEEP = 2000


class World:
    """The parts of the simulated platform, wired together."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.clock = VirtualClock()
        self.switches = Switches(rate_oa=config.rate_oa, rate_app=config.rate_app)
        self.changes = Changes()
        self.people = People(config.oa_id, config.app_id)
        self.tokens = TokenBook(self.clock, self.switches)
        self.rates = RateWindows()
        self.quotas = QuotaBook(self.clock, self.switches)
        self.caps = PromotionCaps(self.clock, self.switches)
        self.articles = ArticleBook(self.clock, self.switches)
        self.broadcasts = BroadcastBook(self.clock, self.switches)
        self.shelf = Shelf(self.clock)
        self.faults = FaultBook()
        self.calls = CallLog()
        self.counters: Counter[str] = Counter()
        self.templates = TemplateRegistry(config.templates)
        self.schedule = Schedule(self.clock)
        self.webhooks = WebhookSender(self)
        self.zbs_status: dict[str, dict[str, Any]] = {}
        self._preset()

    def lock(self) -> AbstractContextManager[None]:
        """Hold the whole state still; re-entrant."""
        return self.changes.locked()

    def ring(self, kind: str, subject: str = "") -> int:
        """Tell everybody who watches that something changed."""
        return self.changes.ring(kind, subject)

    def message_id(self) -> str:
        """20 lower-case hex characters (protocol 0.5)."""
        return secrets.token_hex(10)

    def add_message(
        self, person: Person, side: Side, kind: str, text: str = "", **more: Any
    ) -> ChatMessage:
        """Put a message into a chat and wake whoever looks at it."""
        with self.lock():
            message = ChatMessage(
                id=more.pop("id", None) or self.message_id(),
                seq=person.next_seq,
                side=side,
                kind=kind,
                time_ms=self.clock.now_ms(),
                text=text,
                **more,
            )
            person.next_seq += 1
            person.messages.append(message)
            del person.messages[:-CHAT_KEEP]
            self.touch(person, message)
            return message

    def touch(self, person: Person, *messages: ChatMessage) -> None:
        """Ring for a chat whose messages changed."""
        number = self.ring("chat", person.id)
        for message in messages:
            message.rev = number

    def interact(self, person: Person) -> None:
        """The citizen did something that opens the 48 hours (protocol 4.1)."""
        with self.lock():
            person.last_interaction_ms = self.clock.now_ms()
            self.ring("person", person.id)

    def reset(self) -> None:
        """As freshly started: people, chats, tokens, quotas, faults, switches and clock."""
        with self.lock():
            fresh = Switches(rate_oa=self.config.rate_oa, rate_app=self.config.rate_app)
            for name in Switches.model_fields:
                setattr(self.switches, name, getattr(fresh, name))
            self.schedule.clear()
            self.webhooks.clear()
            self.faults.clear()
            self.people.clear()
            self.tokens.clear()
            self.quotas.clear()
            self.caps.clear()
            self.articles.clear()
            self.broadcasts.clear()
            self.shelf.clear()
            self.calls.clear()
            self.counters.clear()
            self.zbs_status.clear()
            self.templates.clear()
            self.rates.clear()
        self.clock.reset()
        self._preset()
        self.ring("reset")

    def close(self) -> None:
        """Stop threads and let waiters go."""
        self.changes.close()
        self.faults.clear()
        self.schedule.close()
        self.webhooks.close()

    def _preset(self) -> None:
        if self.config.access_token and self.config.refresh_token:
            self.tokens.preset(self.config.access_token, self.config.refresh_token)
