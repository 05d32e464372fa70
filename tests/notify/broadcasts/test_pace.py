"""Announcements leave room in every minute, and threads, for those who wait."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import pairwise

import pytest

from clock import FixedClock
from notify.lanes import Lanes
from notify.pace import allowed_by_now, paced_limit
from notify.rate import RateLimit
from settings import Settings
from store.engine import Database
from store.sending import Claimed
from store.tables import Lane


@pytest.mark.parametrize(
    ("limit", "percent", "expected"),
    [(2000, 2, 1960), (100, 2, 96), (10, 2, 8), (1, 2, 1), (2000, 0, 1996), (100, 50, 50)],
)
def test_a_part_of_every_minute_is_left(limit: int, percent: int, expected: int) -> None:
    assert paced_limit(limit, percent) == expected


def test_the_minute_is_spent_evenly() -> None:
    allowed = [allowed_by_now(2000, 2, second) for second in range(61)]
    assert allowed == sorted(allowed) and allowed[-1] == 1960
    steps = [b - a for a, b in pairwise(allowed)]
    assert max(steps) <= 34, "never more than a second's share at once"


@pytest.mark.parametrize("limit", [100, 2000])
def test_at_every_second_of_a_busy_minute_somebody_who_waits_finds_a_call(
    db: Database, settings: Settings, clock: FixedClock, limit: int
) -> None:
    limited = settings.model_copy(
        update={"zalo_rate_per_minute": limit, "zalo_app_rate_per_minute": limit}
    )
    rate, other = RateLimit(db, limited, clock), RateLimit(db, limited, clock)
    spent = 0
    for _ in range(59):
        clock.advance(seconds=1)
        # The announcement takes all it may at this moment.
        with db.write() as session:
            slots = rate.grant(session, limit, limit, paced=True)
        rate.add(slots)
        while rate._pool and min(rate._pool.values()) > 0 and rate._use(True):
            spent += 1
        # In the same moment somebody gets a reply from another process.
        assert other.take()
    assert spent + 59 >= limit * 0.9


def test_all_but_the_reserve_is_used_in_a_minute(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    limited = settings.model_copy(
        update={"zalo_rate_per_minute": 2000, "zalo_app_rate_per_minute": 4000}
    )
    rate = RateLimit(db, limited, clock)
    granted = 0
    clock.set(clock.now() + timedelta(seconds=1))
    for _ in range(116):
        clock.set(clock.now() + timedelta(milliseconds=500))
        with db.write() as session:
            slots = rate.grant(session, granted + 100, granted + 100, paced=True)
        rate.add(slots)
        granted = slots.oa
    assert 1900 <= granted <= 1960


def _row(number: int, lane: Lane) -> Claimed:
    nothing = dict.fromkeys(Claimed.__dataclass_fields__)
    wanted = {**nothing, "id": number, "lane": lane.value, "order_key": f"{number}"}
    return Claimed(**wanted)  # type: ignore[arg-type]


def test_slow_answers_to_an_announcement_never_hold_all_threads(clock: FixedClock) -> None:
    lanes = Lanes(broadcast_threads=2)
    lanes.put([_row(n, Lane.broadcast) for n in range(4)], clock.now(), clock.now())
    held = [lanes.take(), lanes.take()]
    taken: list[str] = []
    third = threading.Thread(target=lambda: taken.append((lanes.take() or held[0]).rows[0].lane))  # type: ignore[union-attr]
    third.start()
    lanes.put([_row(9, Lane.status)], clock.now(), clock.now())
    third.join(timeout=10)
    assert taken == ["status"]
    lanes.done(held[0])  # type: ignore[arg-type]
    again = lanes.take()
    assert again is not None and again.rows[0].lane == "broadcast"
    assert len(lanes.close()) == 1


def test_what_one_transaction_reserved_for_replies_is_not_reserved_again_beside_them(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    limited = settings.model_copy(
        update={"zalo_rate_per_minute": 100, "zalo_app_rate_per_minute": 100}
    )
    clock.advance(seconds=30)
    rate = RateLimit(db, limited, clock)
    with db.write() as session:
        replies = rate.grant(session, 10, 10)
        taken = dict(replies.taken)
        # Two messages of an announcement go together with the ten replies.
        both = rate.grant(session, 12, 12, paced=True, beside=replies)
    assert both.oa == 12
    for key, count in taken.items():
        assert count + both.taken.get(key, 0) <= 12 + 2, "ten, two, and the few fetched in advance"
