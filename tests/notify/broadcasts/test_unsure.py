"""A message whose call was never answered is looked for in Zalo's chat before it goes again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from clock import FixedClock
from sandbox.server import running
from settings import Settings
from store.engine import Database
from tests.notify import outgoing
from tests.notify.broadcasts import making
from tests.notify.outgoing import until
from tests.notify.test_sender import SEND, Zalo


@pytest.fixture
def zalo(clock: FixedClock) -> Iterator[Zalo]:
    with running(rate_oa=100_000) as sandbox:
        made = Zalo(sandbox)
        made.control("POST", "clock", set=clock.now().isoformat(), freeze=True)
        yield made


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"zalo_rate_per_minute": 100_000})


def unanswered(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock, fault: str, **more: Any
) -> tuple[int, str]:
    """An announcement to one person whose call is never answered; its number and the person."""
    (uid,) = zalo.control("POST", "people/bulk", count=1, interacted_hours_ago=1)["ids"]
    outgoing.followers(db, [uid], clock.now())
    number = making.ready(db, settings, clock.now(), **more)
    zalo.fault(fault, seconds=3)
    with making.announcing(db, zalo.url, settings, clock, read_timeout=0.3):
        until(lambda: [m.state for m in making.messages(db, number)] == ["uncertain"])
    zalo.control("DELETE", "faults")
    return number, str(uid)


def after_the_pause(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock, number: int
) -> tuple[str, str]:
    """What became of it when its time came again."""
    clock.advance(seconds=settings.broadcast_echo_seconds + 1)
    with making.announcing(db, zalo.url, settings, clock):
        until(lambda: making.messages(db, number)[0].state not in ("uncertain", "leased", "queued"))
    row = making.messages(db, number)[0]
    return row.state, row.reason


def test_one_that_arrived_is_found_there_and_not_repeated(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    number, uid = unanswered(db, zalo, settings, clock, "timeout_after")
    assert len(zalo.texts(uid)) == 1
    assert after_the_pause(db, zalo, settings, clock, number) == ("sent", "")
    assert len(zalo.texts(uid)) == 1
    assert making.messages(db, number)[0].zalo_message_id


def test_one_that_never_arrived_goes_again(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    number, uid = unanswered(db, zalo, settings, clock, "timeout_before")
    assert zalo.texts(uid) == []
    assert after_the_pause(db, zalo, settings, clock, number) == ("sent", "")
    assert len(zalo.texts(uid)) == 1


def test_what_nobody_can_know_waits_for_a_person(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    settings = settings.model_copy(update={"retry_attempts": 2})
    number, uid = unanswered(db, zalo, settings, clock, "timeout_before")
    zalo.fault("http_500", path="/v2.0/oa/conversation")
    assert after_the_pause(db, zalo, settings, clock, number) == ("parked", "uncertain")
    assert zalo.texts(uid) == []
    assert [c for c in zalo.calls(SEND) if c["status"] == 200] == []


def test_a_chat_that_cannot_be_read_now_is_looked_at_again_later(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    number, uid = unanswered(db, zalo, settings, clock, "timeout_after")
    zalo.fault("http_500", path="/v2.0/oa/conversation")
    clock.advance(seconds=settings.broadcast_echo_seconds + 1)
    with making.announcing(db, zalo.url, settings, clock):
        until(lambda: making.messages(db, number)[0].attempts == 2)
        waiting = making.messages(db, number)[0]
        assert (waiting.state, waiting.reason) == ("queued", "uncertain")
        zalo.control("DELETE", "faults")
        clock.advance(seconds=600)
        until(lambda: making.messages(db, number)[0].state == "sent")
    assert len(zalo.texts(uid)) == 1


def test_a_template_that_the_chat_may_not_show_is_not_sent_again_for_nothing_being_there(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    both = making.content(zbs=making.ZBS)
    number, uid = unanswered(db, zalo, settings, clock, "timeout_before", said=both)
    assert after_the_pause(db, zalo, settings, clock, number) == ("parked", "uncertain")
    assert zalo.texts(uid) == []
