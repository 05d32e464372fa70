"""Promise 12: receipts out of order, twice, early or late move a message forward, never back.

After every single word about it a message stands at the furthest stage told so far, and no time
that was written once is written again.
"""

from __future__ import annotations

import random

import pytest
from sqlmodel import select

from bot.events import Event
from clock import FixedClock
from store import delivery
from store.engine import Database
from store.results import finish
from store.sending import Result
from store.tables import EarlyReceipt, Outbox, OutboxState
from tests.notify.test_receipts import echo, put, received, row_of, seen, tell
from tests.promises.sizes import size

_STAGES = ("queued", "leased", "uncertain", "sent", "delivered", "seen")
_TIMES = ("sent_at", "delivered_at", "seen_at")


def words(chance: random.Random, message_id: str) -> list[Event]:
    """What Zalo says of one message, repeated and shuffled."""
    said: list[Event] = [echo(msg_id=message_id), received(message_id), seen(message_id)]
    said += [chance.choice(said) for _ in range(chance.randint(0, 5))]
    chance.shuffle(said)
    return said


def forward(before: Outbox, after: Outbox) -> bool:
    """Whether the row went on or stood still, and kept every time it had."""
    kept = all(
        getattr(before, name) is None or getattr(before, name) == getattr(after, name)
        for name in ("delivered_at", "seen_at")
    )
    return kept and _STAGES.index(after.state) >= _STAGES.index(before.state)


@pytest.mark.parametrize("seed", range(size(4, 60)))
def test_in_whatever_order_zalo_speaks_a_message_only_goes_forward(
    db: Database, clock: FixedClock, seed: int
) -> None:
    chance = random.Random(seed)
    for number in range(5):
        key = f"m{number}"
        row = put(db, clock, key, state="leased", zalo_message_id="", lease_owner="w")
        steps: list[Event | None] = [*words(chance, key)]
        # The answer of the call itself comes at any moment among them.
        steps.insert(chance.randint(0, len(steps)), None)
        before = row_of(db, row)
        for step in steps:
            if step is None:
                answered(db, clock, row, key)
            else:
                tell(db, clock, step)
            after = row_of(db, row)
            assert forward(before, after), f"seed {seed}: {before.state} to {after.state}"
            before = after
            clock.advance(seconds=1)
        with db.write() as session:
            delivery.reconcile(session)
        ended = row_of(db, row)
        assert ended.state == OutboxState.seen and all(getattr(ended, name) for name in _TIMES)
    with db.read() as session:
        left = session.exec(select(EarlyReceipt.delivered_at, EarlyReceipt.seen_at)).all()
    assert all(receipt == (None, None) for receipt in left)


def answered(db: Database, clock: FixedClock, row: int, message_id: str) -> None:
    """The sender writes that Zalo took it."""
    now = clock.now()
    with db.write() as session:
        sent = Result(
            row, OutboxState.sent, now, attempts=1, zalo_message_id=message_id, sent_at=now
        )
        finish(session, "w", [sent])


@pytest.mark.parametrize("event", [echo(), received("m1")])
def test_after_seen_nothing_moves_any_more(db: Database, clock: FixedClock, event: Event) -> None:
    row = put(db, clock)
    tell(db, clock, received("m1"), seen("m1"))
    before = row_of(db, row)
    for _ in range(3):
        clock.advance(minutes=1)
        tell(db, clock, event)
    assert row_of(db, row).model_dump() == before.model_dump()
