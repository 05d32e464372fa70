"""Queued messages, followers in numbers, and a client for the tests of the sender."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from bot.client import ZaloClient
from bot.messages import Text, to_json
from bot.outcomes import TokenSource
from clock import Clock
from notify.rate import RateLimit
from notify.sender import Sender
from settings import Settings
from store.engine import Database
from store.outbox import Draft, enqueue
from store.tables import WAITING, Follower, Lane, Outbox

ACCESS, REFRESH = "test-access", "test-refresh"


class OneToken:
    """A token source whose token is simply valid."""

    def current(self) -> str:
        return ACCESS

    def renew(self, dead: str) -> str:
        return ACCESS


def client(url: str, read_timeout: float = 5, tokens: TokenSource | None = None) -> ZaloClient:
    """The product's client against a server of a test."""
    return ZaloClient(url, url, url, tokens or OneToken(), timeouts=(2, read_timeout))


def draft(name: str, now: datetime, **members: Any) -> Draft:
    """A status message named by its key."""
    wanted = {
        "dedupe_key": name,
        "lane": Lane.status,
        "kind": "status",
        "body": to_json(Text(f"tin {name}")),
        "correlation_id": f"c-{name}",
        "due_at": now,
        **members,
    }
    return Draft(**wanted)


def queue(db: Database, drafts: Sequence[Draft], now: datetime) -> None:
    """Commit drafts and wake the sender."""
    with db.write(wake=True) as session:
        enqueue(session, drafts, now)


def followers(db: Database, uids: Sequence[str], now: datetime, **members: Any) -> None:
    """Followers who wrote an hour ago."""
    wanted = {
        "followed": True,
        "followed_at": now - timedelta(days=3),
        "first_seen_at": now - timedelta(days=3),
        "last_interaction_at": now - timedelta(hours=1),
        **members,
    }
    with db.write() as session:
        session.add_all([Follower(uid=uid, **wanted) for uid in uids])


def rows(db: Database) -> dict[str, Outbox]:
    """Every message by its key."""
    with db.read() as session:
        return {row.dedupe_key: row for row in session.exec(select(Outbox)).all()}


def waiting(db: Database) -> int:
    """How many messages have not come to an end."""
    with db.read() as session:
        found = session.exec(select(Outbox.id).where(col(Outbox.state).in_(WAITING))).all()
        return len(found)


def until(true: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait for something that happens on other threads."""
    ends = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.01)
    return found


@contextmanager
def sending(
    db: Database, zalo_url: str, settings: Settings, clock: Clock, owner: str = "w1", **more: Any
) -> Iterator[Sender]:
    """A sender at work on a thread until the block ends."""
    rate = more.pop("rate", None) or RateLimit(db, settings, clock)
    zalo = client(zalo_url, more.pop("read_timeout", 5), more.pop("tokens", None))
    sender = Sender(db, zalo, settings, clock, owner=owner, rate=rate, jitter=lambda: 0.5)
    stop = threading.Event()
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    try:
        yield sender
    finally:
        stop.set()
        db.wakeups.notify()
        thread.join(timeout=30)
        assert not thread.is_alive()
