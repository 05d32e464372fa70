"""The permitted rate: shared, learned, and safe at the edges of a minute."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import Api
from bot.outcomes import Rate
from clock import FixedClock
from notify.rate import RateLimit
from notify.skew import Skew
from settings import Settings
from store.engine import Database

#: The middle of a minute: far from its edges.
MIDDLE = datetime(2026, 11, 18, 3, 0, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MIDDLE)


def limited(settings: Settings, oa: int, app: int = 4000) -> Settings:
    return settings.model_copy(update={"zalo_rate_per_minute": oa, "zalo_app_rate_per_minute": app})


def taken(limit: RateLimit, *, oa: bool = True) -> int:
    count = 0
    while limit.take(oa=oa):
        count += 1
    return count


def exact(limit: RateLimit, clock: FixedClock) -> None:
    """Let it know Zalo's clock to a few milliseconds, without a word about limits."""
    for step in range(100):
        asked = clock.now() + timedelta(milliseconds=10 * step)
        date = asked.replace(microsecond=0)
        limit.learn(Api.oa, Rate(server_time=date), asked, asked + timedelta(milliseconds=1))


def test_a_minute_has_exactly_as_many_slots_as_the_oa_may_use(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    limit = RateLimit(db, limited(settings, 100), clock)
    assert taken(limit) == 100
    assert limit.free_at() > clock.now()
    clock.set(limit.free_at())
    assert taken(limit) == 100


def test_template_sends_count_for_the_app_only(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    limit = RateLimit(db, limited(settings, 10, 25), clock)
    assert taken(limit) == 10
    assert taken(limit, oa=False) == 15
    assert limit.free_at(oa=False) > clock.now()


def test_two_machines_share_one_limit(
    db: Database, database_url: str, settings: Settings, clock: FixedClock
) -> None:
    other = Database(database_url, pool_size=8)
    limits = [RateLimit(base, limited(settings, 200), clock) for base in (db, other)]
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda which=which: counts.append(taken(which)))  # type: ignore[misc]
        for which in limits * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.dispose()
    assert sum(counts) == 200


def test_a_grant_counts_only_once_it_is_committed(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    limit = RateLimit(db, limited(settings, 10), clock)
    with pytest.raises(ZeroDivisionError), db.write() as session:
        limit.grant(session, 6, 6)
        raise ZeroDivisionError
    with db.write() as session:
        slots = limit.grant(session, 8, 8)
    limit.add(slots)
    assert (slots.oa, slots.app) == (8, 8)
    with db.write() as session:
        # Eight are in memory already: only two more are to be had.
        assert limit.grant(session, 20, 20).oa == 10


def test_a_refusal_closes_the_minute_for_every_machine(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    limit, other = (RateLimit(db, limited(settings, 100), clock) for _ in range(2))
    assert limit.take()
    limit.refused(Api.oa, None)
    assert not limit.take()
    assert not other.take()
    assert other.take(oa=False)
    clock.set(max(limit.free_at(), other.free_at()))
    assert limit.take() and other.take()


def test_a_lower_limit_in_the_headers_is_adopted_and_a_higher_one_is_not(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    limit = RateLimit(db, limited(settings, 100), clock)
    limit.learn(Api.oa, Rate(2000, 1999), clock.now(), clock.now())
    assert taken(limit) == 100
    limit.learn(Api.oa, Rate(40, 39), clock.now(), clock.now())
    clock.advance(seconds=60)
    limit.learn(Api.oa, Rate(40, 39), clock.now(), clock.now())
    assert taken(limit) == 40


def test_calls_of_others_that_the_headers_tell_of_are_counted(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    limit = RateLimit(db, limited(settings, 100), clock)
    assert limit.take()
    # Somebody else, OA Manager for example, used 70 of this minute.
    limit.learn(Api.oa, Rate(100, 29), clock.now(), clock.now())
    assert taken(limit) == 29


def test_near_the_edge_a_call_takes_a_slot_of_both_minutes(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    limit = RateLimit(db, limited(settings, 50), clock)
    exact(limit, clock)
    clock.set(datetime(2026, 11, 18, 3, 0, 59, 900_000, tzinfo=UTC))
    assert [limit.take() for _ in range(10)] == [True] * 10
    clock.set(datetime(2026, 11, 18, 3, 1, 10, tzinfo=UTC))
    # Ten of the new minute may already have been used by those that travelled over its edge.
    assert taken(limit) == 40


def test_a_full_minute_before_keeps_the_first_moment_of_the_next_one_quiet(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    limit = RateLimit(db, limited(settings, 20), clock)
    assert taken(limit) == 20
    # Our clock may be half a second ahead of Zalo's, where the old minute still runs.
    clock.set(datetime(2026, 11, 18, 3, 1, 0, 100_000, tzinfo=UTC))
    assert not limit.take()
    assert limit.free_at() < clock.now() + timedelta(seconds=1)
    clock.set(limit.free_at())
    assert limit.take()


def test_zalos_clock_decides_which_minute_it_is(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    limit = RateLimit(db, limited(settings, 20), clock)
    for step in range(100):
        asked = clock.now() + timedelta(milliseconds=10 * step)
        date = (asked + timedelta(seconds=20)).replace(microsecond=0)
        limit.learn(Api.oa, Rate(server_time=date), asked, asked)
    assert taken(limit) == 20
    # Ours says 03:00:41, Zalo's 03:01:01: a new minute there.
    clock.set(datetime(2026, 11, 18, 3, 0, 41, tzinfo=UTC))
    assert taken(limit) == 20


def test_the_skew_narrows_with_every_answer_and_survives_a_clock_that_is_set() -> None:
    skew = Skew()
    base = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
    true = timedelta(seconds=3.21)
    for step in range(50):
        asked = base + timedelta(seconds=step * 1.037)
        skew.sample(asked, asked + timedelta(milliseconds=2), (asked + true).replace(microsecond=0))
    assert abs(skew.middle - true) < timedelta(seconds=0.06)
    assert skew.uncertainty < timedelta(seconds=0.06)
    later = base + timedelta(minutes=10)
    skew.sample(later, later, (later - timedelta(hours=1)).replace(microsecond=0))
    assert abs(skew.middle + timedelta(hours=1)) < timedelta(seconds=1.1)
