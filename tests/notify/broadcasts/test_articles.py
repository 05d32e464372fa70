"""An article goes to everybody once, after Zalo's own checks and review."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from clock import FixedClock
from notify.broadcasts import moves
from notify.broadcasts.audience import Audience, Target
from notify.broadcasts.content import Content, digest
from sandbox.server import running
from service.web import build
from settings import Settings
from store import broadcast_articles, stored_files
from store.engine import Database
from store.tables import BroadcastState, Way
from tests.feedback_samples import jpeg
from tests.notify.broadcasts import making
from tests.notify.outgoing import until
from tests.notify.test_sender import Zalo

_S = BroadcastState


@pytest.fixture
def zalo() -> Iterator[Zalo]:
    with running(rate_oa=100_000) as sandbox:
        made = Zalo(sandbox)
        made.control("POST", "clock", set="2026-11-18T10:00:00+07:00")
        yield made


def article(db: Database, settings: Settings, clock: FixedClock, **target: Any) -> int:
    """An approved article told to start."""
    with db.write() as session:
        media = stored_files.keep(session, jpeg(), "image/jpeg", clock.now())
    said = Content.model_validate(
        {
            "article": {"title": "Lịch nghỉ", "description": "Nghỉ lễ", "body": ["Một", "Hai"]},
            "picture": media,
        }
    )
    number = making.draft(db, clock.now(), said, Audience(target=Target(**target)), way=Way.article)

    def approve(session: Any, row: Any) -> None:
        moves.submit(session, row, settings, "lan", clock.now())
        moves.approve(row, "quan", digest(row), clock.now())
        moves.start(row, "lan", clock.now())

    making.move(db, number, approve)
    return number


def stepped(db: Database, loop: Any, clock: FixedClock, number: int) -> None:
    """Turn the loop as time passes until nothing more happens to the article."""

    def ended() -> bool:
        loop.turn()
        clock.advance(seconds=10)
        return making.get(db, number).state in (_S.done, _S.stopped)

    until(ended)


def test_it_is_handed_in_awaited_and_sent_once(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    zalo.control("PATCH", "settings", article_processing_seconds=0)
    zalo.control("POST", "people/bulk", count=3, gender=1)
    zalo.control("POST", "people/bulk", count=2, gender=2, prefix="Bà")
    number = article(db, settings, clock, gender=1)
    stepped(db, making.looping(db, settings, clock, zalo.url), clock, number)
    row = making.get(db, number)
    assert (row.state, row.reason) == (_S.done, "")
    (sent,) = zalo.control("GET", "broadcasts")["broadcasts"]
    zalo.control("POST", f"broadcasts/{sent['id']}/approve")
    until(lambda: zalo.control("GET", f"broadcasts/{sent['id']}")["state"] == "done")
    assert zalo.control("GET", "people/tally?kind=article")["any"]["1"] == 3


def test_zalos_refusal_is_told_to_staff(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    zalo.control("PATCH", "settings", article_processing_seconds=0, broadcast_allowed=False)
    number = article(db, settings, clock)
    stepped(db, making.looping(db, settings, clock, zalo.url), clock, number)
    row = making.get(db, number)
    assert row.state == _S.stopped and "-235" in row.reason


def test_an_unknown_answer_to_the_one_call_is_never_repeated_by_itself(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    zalo.control("PATCH", "settings", article_processing_seconds=0)
    zalo.fault("broken_json", path="/v2.0/oa/message")
    number = article(db, settings, clock)
    loop = making.looping(db, settings, clock, zalo.url)
    stepped(db, loop, clock, number)
    assert making.get(db, number).state == _S.stopped
    zalo.control("DELETE", "faults")
    for _ in range(5):
        clock.advance(minutes=10)
        loop.turn()
    assert len(zalo.control("GET", "broadcasts")["broadcasts"]) <= 1
    with db.read() as session:
        step = broadcast_articles.get(session, number)
        assert step is not None and step.step == "unsure"


def test_the_cover_is_public_once_it_is_approved_and_only_then(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = article(db, settings, clock)
    client = build(settings, db, clock).test_client()
    assert client.get(f"/pictures/thong-bao/{number}.jpg").mimetype == "image/jpeg"
    making.move(db, number, lambda s, row: moves.back_to_draft(row, "", clock.now()))
    assert client.get(f"/pictures/thong-bao/{number}.jpg").status_code == 404
    assert client.get("/pictures/thong-bao/99999999999999999999.jpg").status_code == 404
