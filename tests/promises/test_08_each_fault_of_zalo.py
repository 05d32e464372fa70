"""8. Each provider fault: timeout before and after acceptance, reset, 500, 502 with HTML, slow drip,
broken JSON, `-32` storm: the right end, nothing lost, nothing in the log but facts.

Each known code: `test_08_each_known_code.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clock import FixedClock
from sandbox.server import running
from settings import Settings
from store.engine import Database
from store.tables import Lane
from tests.notify.outgoing import draft, followers, queue, rows, sending, until, waiting
from tests.notify.test_sender import SEND, Zalo, settled
from tests.promises.logs import discreet
from tests.promises.sizes import size

ACCEPTED_FIRST = ("timeout_after", "slow_drip", "broken_json")
REFUSED_FIRST = ("timeout_before", "reset", "http_500", "http_502")
LANES = (Lane.reply, Lane.status, Lane.reminder)


@pytest.fixture
def zalo() -> Iterator[Zalo]:
    with running(rate_oa=100_000) as sandbox:
        yield Zalo(sandbox)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "zalo_rate_per_minute": 100_000,
            "zalo_app_rate_per_minute": 100_000,
            "sender_threads": 4,
            "uncertain_pause_seconds": 60,
            "zbs_night_rule": False,
        }
    )


@pytest.mark.parametrize("kind", ACCEPTED_FIRST + REFUSED_FIRST)
def test_without_a_clear_answer_it_is_uncertain_and_goes_once_more(
    db: Database,
    zalo: Zalo,
    settings: Settings,
    clock: FixedClock,
    capfd: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    uids = {lane: zalo.person(lane.value) for lane in LANES}
    followers(db, list(uids.values()), clock.now())
    drafts = [draft(lane.value, clock.now(), uid=uids[lane], lane=lane) for lane in LANES]
    queue(db, drafts, clock.now())
    zalo.fault(kind, seconds=5, times=len(LANES))
    with discreet(capfd, *uids.values(), "tin status", "test-access"):
        with sending(db, zalo.url, settings, clock, read_timeout=0.3):
            until(lambda: settled(db) and all(row.reason for row in rows(db).values()))
        found = rows(db)
        assert {row.state for row in found.values()} == {"uncertain"}
        waits = {name: (row.due_at - clock.now()).seconds for name, row in found.items()}
        # Somebody waits for a reply; nobody for the others.
        assert waits == {"reply": 10, "status": 60, "reminder": 60}
        zalo.control("DELETE", "faults")
        clock.advance(seconds=61)
        with sending(db, zalo.url, settings, clock):
            until(lambda: waiting(db) == 0)
    assert {row.state for row in rows(db).values()} == {"sent"}
    times = 2 if kind in ACCEPTED_FIRST else 1
    assert all(len(zalo.texts(uid)) == times for uid in uids.values())


def test_no_connection_at_all_is_no_end_and_the_queue_waits(
    db: Database,
    zalo: Zalo,
    settings: Settings,
    clock: FixedClock,
    capfd: pytest.CaptureFixture[str],
) -> None:
    uid = zalo.person()
    followers(db, [uid], clock.now())
    queue(db, [draft(str(n), clock.now(), uid=uid) for n in range(3)], clock.now())
    with discreet(capfd, uid):
        for _ in range(3):
            first = rows(db)["0"]
            clock.set(first.due_at)
            with sending(db, "http://127.0.0.1:9", settings, clock):
                until(lambda before=first.due_at: rows(db)["0"].due_at > before)  # type: ignore[misc]
            assert rows(db)["0"].state == "queued"
        clock.set(rows(db)["0"].due_at)
        with sending(db, zalo.url, settings, clock):
            until(lambda: waiting(db) == 0)
    assert zalo.texts(uid) == ["tin 0", "tin 1", "tin 2"]


def test_a_storm_of_refusals_for_the_rate_holds_all_and_loses_none(
    db: Database,
    zalo: Zalo,
    settings: Settings,
    clock: FixedClock,
    capfd: pytest.CaptureFixture[str],
) -> None:
    count = size(60, 1000)
    uids = zalo.control("POST", "people/bulk", count=count, interacted_hours_ago=1)["ids"]
    followers(db, uids, clock.now())
    queue(db, [draft(f"m{n}", clock.now(), uid=uid) for n, uid in enumerate(uids)], clock.now())
    zalo.fault("rate_storm")
    clock.advance(seconds=20)  # Within a minute, not at its edge.
    in_step(zalo, clock)
    with discreet(capfd, *uids[:20]):
        for minute in range(1, 4):
            asked = len(zalo.calls(SEND))
            with sending(db, zalo.url, settings, clock):
                # The rows still say "rate" of the minute before: a new refusal is waited for.
                until(lambda before=asked: len(zalo.calls(SEND)) > before and settled(db))  # type: ignore[misc]
            stormed = len(zalo.calls(SEND)) - asked
            # Whoever was in the air; the first refusal closed the minute for everybody else.
            assert 0 < stormed <= settings.sender_threads + 1, (minute, stormed)
            found = rows(db).values()
            assert {(row.state, row.attempts) for row in found} == {("queued", 0)}
            # The next minute, by Zalo's clock and ours.
            clock.advance(seconds=60)
            assert all(row.due_at <= clock.now() for row in found)
            in_step(zalo, clock)
        zalo.control("DELETE", "faults")
        with sending(db, zalo.url, settings, clock):
            until(lambda: waiting(db) == 0, 60)
    assert {row.state for row in rows(db).values()} == {"sent"}
    assert zalo.control("GET", "people/tally")["any"] == {"0": 0, "1": count, "2+": 0}


def in_step(zalo: Zalo, clock: FixedClock) -> None:
    """Zalo's clock, by which its minutes are counted, shows the same as ours."""
    zalo.control("POST", "clock", set=clock.now().isoformat(), freeze=True)
