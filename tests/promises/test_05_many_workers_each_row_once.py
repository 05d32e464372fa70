"""5. Two, then eight workers on 10,000 rows: each once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlmodel import col, func, select

from bot.handling import Handling
from bot.inbox import InboxLoop
from clock import SystemClock
from crypto import Vault
from handlers import ROUTES
from sandbox.server import running
from settings import Settings
from store.engine import Database
from store.tables import InboundEvent, InboundState, Outbox, OutboxState
from tests.bot.test_webhook import body_of
from tests.notify.outgoing import waiting
from tests.notify.test_sender import Zalo
from tests.promises.crowd import gather, slow, told
from tests.promises.processes import senders
from tests.promises.sizes import size, until

ROWS = size(400, 10_000)
#: Each is read, answered and committed, which costs more than handing over.
EVENTS = size(100, 10_000)
PATIENCE = size(100, 900)
#: Few threads, so that no worker takes all rows at its first look.
_FEW = {"sender_threads": 2, "lease_seconds": 3600}
#: The local Zalo lives in this process and may be slow; a call it did not answer in time would
#: rightly go once more, and that is another promise.
_UNHURRIED = {**_FEW, "read_timeout": 600}


@pytest.fixture
def zalo() -> Iterator[Zalo]:
    with running(rate_oa=1_000_000) as sandbox:
        yield Zalo(sandbox)


def holders(db: Database) -> set[str]:
    """Who holds leases at this moment."""
    with db.read() as session:
        wanted = select(Outbox.lease_owner).where(col(Outbox.state) == OutboxState.leased.value)
        return set(session.exec(wanted.distinct()).all())


@pytest.mark.timeout(size(220, 7200))
def test_each_message_is_handed_over_once_by_two_and_by_eight_workers(
    db: Database, database_url: str, zalo: Zalo
) -> None:
    owners = [f"w{number}" for number in range(8)]
    with senders(database_url, zalo.url, owners[:2], **_UNHURRIED):
        drain(db, zalo, owners[:2], "two")
        with senders(database_url, zalo.url, owners[2:], **_UNHURRIED):
            drain(db, zalo, owners, "eight")
    assert by_attempts(db) == {(OutboxState.sent.value, 1): 2 * ROWS}


def drain(db: Database, zalo: Zalo, owners: list[str], name: str) -> None:
    # Slow until every worker has begun, or the first would be through before the last looks.
    slow(zalo, 500)
    gather(db, zalo, ROWS, name)
    seen: set[str] = set()

    def all_at_it() -> bool:
        seen.update(holders(db))
        return seen == set(owners)

    until(all_at_it, PATIENCE)
    slow(zalo, 0)
    until(lambda: waiting(db) == 0, PATIENCE)
    # Twice with one attempt each would be two claims; with two, a call that was not answered.
    assert told(zalo, name) == {"0": 0, "1": ROWS, "2+": 0}, by_attempts(db)


def by_attempts(db: Database) -> dict[tuple[str, int], int]:
    """How many messages are in which state after how many attempts."""
    with db.read() as session:
        wanted = select(Outbox.state, Outbox.attempts, func.count())
        found = session.exec(wanted.group_by(Outbox.state, Outbox.attempts)).all()
    return {(str(state), attempts): count for state, attempts, count in found}


@pytest.mark.parametrize("workers", [2, 8])
@pytest.mark.timeout(size(220, 7200))
def test_each_event_is_handled_once_by_as_many(
    db: Database, database_url: str, settings: Settings, vault: Vault, workers: int
) -> None:
    clock = SystemClock()
    arrive(db, EVENTS, clock.now())
    handled: list[int] = []
    by: Counter[str] = Counter()
    stop = threading.Event()
    databases = [Database(database_url, pool_size=6) for _ in range(workers)]
    small = settings.model_copy(update={"handler_threads": 2})

    def loop(database: Database, owner: str) -> threading.Thread:
        handling = Handling(database, small, vault, None, clock, ROUTES)

        def handle(row: InboundEvent) -> str:
            handled.append(row.id or 0)
            by[owner] += 1
            return handling.handle(row)

        work = InboxLoop(database, handle, small, clock, owner)
        return threading.Thread(target=work.run, args=(stop,))

    threads = [loop(database, f"w{number}") for number, database in enumerate(databases)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: still_open(db) == 0, PATIENCE)
    finally:
        stop.set()
        for database in databases:
            database.wakeups.notify()
        for thread in threads:
            thread.join()
        for database in databases:
            database.dispose()
    assert len(handled) == len(set(handled)) == EVENTS
    assert len(by) == workers
    with db.read() as session:
        replies = session.exec(select(Outbox.correlation_id)).all()
    # However many messages one answer has, every citizen has exactly one answer.
    per_event = Counter(replies)
    assert len(per_event) == EVENTS and set(per_event.values()) == {per_event["c0"]}


def arrive(db: Database, count: int, now: datetime) -> None:
    """Stored events of so many citizens, a text each."""
    with db.write() as session:
        for number in range(count):
            body = body_of(
                sender={"id": f"73{number:017}"},
                message={"msg_id": f"m{number}", "text": "thủ tục"},
                timestamp=str(int(now.timestamp() * 1000)),
            )
            session.add(
                InboundEvent(
                    dedupe_key=f"k{number}",
                    event_name="user_send_text",
                    subject=f"73{number:017}",
                    body=body,
                    correlation_id=f"c{number}",
                    received_at=now,
                )
            )


def still_open(db: Database) -> int:
    with db.read() as session:
        done = col(InboundEvent.state) == InboundState.handled.value
        return session.exec(select(func.count()).select_from(InboundEvent).where(~done)).one()
