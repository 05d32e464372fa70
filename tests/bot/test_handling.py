"""One event, one transaction: what is learnt, who answers, and what a replay may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import structlog
from sqlmodel import select

from bot.events import parse
from bot.facts import needs_profile
from bot.handling import Handling
from bot.routing import Context, Incoming, Reply, Route
from handlers import ROUTES
from store.tables import Alarm, Follower, InboundEvent, InboundState
from tests.handlers.conftest import Talk, calendar, talk, talk_with

__all__ = ["calendar", "talk", "talk_with"]


@dataclass(frozen=True)
class Known:
    """What Zalo told about a citizen."""

    display_name: str | None = "Trang"
    is_follower: bool | None = True


def row(talk: Talk) -> InboundEvent:
    with talk.db.read() as session:
        return session.get_one(InboundEvent, talk.event_id)


def test_reply_conversation_and_handled_mark_are_written_together(talk: Talk) -> None:
    talk("#phananh")
    stored = row(talk)
    assert (stored.state, stored.handler) == (InboundState.handled, "feedback")
    assert stored.handled_at == talk.clock.now()
    (queued,) = talk.outbox()
    assert queued.dedupe_key == f"in:{talk.event_id}:0"
    assert (queued.lane, queued.kind, queued.uid) == ("reply", "reply", talk.uid)
    assert queued.correlation_id == stored.correlation_id
    assert queued.expires_at == talk.clock.now() + timedelta(days=1)
    assert talk.conversation().flow == "feedback"


def test_a_handled_event_is_not_handled_again(talk: Talk) -> None:
    talk("#tintuc")
    talk.handle(talk.event_id)
    assert talk.handled and talk.handled.reason == "already handled"
    assert len(talk.outbox()) == 1


def test_a_replayed_event_says_nothing_twice(talk: Talk) -> None:
    talk("#tintuc")
    with talk.db.write() as session:
        session.get_one(InboundEvent, talk.event_id).state = InboundState.queued
    talk.handle(talk.event_id)
    assert talk.handled and talk.handled.replies == 0
    assert len(talk.outbox()) == 1


def test_a_crash_in_a_handler_leaves_nothing_behind(talk: Talk) -> None:
    def broken(incoming: Incoming, context: Context) -> Reply:
        context.expect("half", "done")
        context.follower.notify = False
        context.session.flush()
        raise RuntimeError("broken")

    routes = [Route("fallback", broken, "breaks")]
    handling = Handling(talk.db, talk.settings, talk.vault, talk.calendar, talk.clock, routes)
    event_id = talk.store(talk.body("user_send_text", message={"text": "x"}))
    with pytest.raises(RuntimeError):
        handling.run(event_id)
    with talk.db.read() as session:
        assert session.get(Follower, talk.uid) is None
        assert session.get_one(InboundEvent, event_id).state == InboundState.queued


def test_an_event_leased_to_another_worker_is_left_to_it(talk: Talk) -> None:
    event_id = talk.store(talk.body("user_send_text", message={"text": "menu"}))
    with talk.db.write() as session:
        stored = session.get_one(InboundEvent, event_id)
        stored.state, stored.lease_owner = InboundState.leased, "other"
    handling = Handling(talk.db, talk.settings, talk.vault, talk.calendar, talk.clock, ROUTES)
    assert handling.run(event_id, owner="mine").reason == "not ours"
    assert talk.outbox() == []
    with talk.db.read() as session:
        claimed = session.get_one(InboundEvent, event_id)
    assert handling.handle(claimed) == "menu"


def test_unknown_members_are_counted_and_named_without_what_they_hold(talk: Talk) -> None:
    with structlog.testing.capture_logs() as lines:
        talk.event("user_send_text", message={"msg_id": "m1", "text": "menu", "mood": "0900000001"})
    (line,) = [line for line in lines if line["event"] == "unknown_members"]
    assert (line["count"], line["problem"]) == (1, "message.mood")
    assert "0900000001" not in str(lines)


def test_our_own_echo_is_never_answered(talk: Talk) -> None:
    assert talk.event("oa_send_text", message={"text": "menu"}) == []
    assert talk.handled and talk.handled.handler == "receipts"
    assert talk.event("user_seen_message", message={"msg_ids": ["a"]}) == []
    assert talk.event("user_received_message", message={"msg_id": "a"}) == []


def test_a_person_who_answers_makes_the_bot_keep_quiet_for_the_set_time(talk: Talk) -> None:
    talk("hello")
    talk.event("oa_send_text", message={"text": "Chào bác"}, sender={"admin_id": "9"})
    assert talk("mã hồ sơ của tôi đâu") == []
    assert talk.handled and talk.handled.handler == "quiet"
    talk.clock.advance(minutes=talk.settings.human_quiet_minutes, seconds=1)
    assert talk("xin chào")


def test_consent_and_the_way_back_work_while_a_person_has_the_chat(talk: Talk) -> None:
    talk("hello")
    talk.event("oa_send_text", message={"text": "Chào bác"}, sender={"admin_id": "9"})
    assert "Đã dừng" in talk("dừng")[0]
    assert talk("xin chào") == []
    assert "hoạt động trở lại" in talk("menu")[0]
    assert talk("xin chào")


def test_quiet_time_still_teaches_facts(talk: Talk) -> None:
    talk("hello")
    talk.event("oa_send_text", message={"text": "Chào"}, sender={"admin_id": "9"})
    talk.clock.advance(minutes=5)
    talk("đang chờ")
    assert talk.follower().last_interaction_at == talk.clock.now()


def test_the_last_interaction_never_moves_backwards(talk: Talk) -> None:
    talk("hello")
    newest = talk.follower().last_interaction_at
    talk.event("user_send_text", at=talk.clock.now() - timedelta(hours=1), message={"text": "a"})
    assert talk.follower().last_interaction_at == newest


def test_an_event_from_the_future_counts_as_now(talk: Talk) -> None:
    talk.event("user_send_text", at=talk.clock.now() + timedelta(days=9), message={"text": "a"})
    assert talk.follower().last_interaction_at == talk.clock.now()


def test_an_interaction_makes_a_citizen_reachable_again(talk: Talk) -> None:
    talk("hello")
    with talk.db.write() as session:
        session.get_one(Follower, talk.uid).unreachable = "blocked"
    talk.event("user_reacted_message", message={"msg_id": "m", "react_icon": ":d"})
    assert talk.follower().unreachable == "blocked"
    talk("hello")
    assert talk.follower().unreachable == ""


def test_a_stranger_zalo_calls_a_follower_is_one(talk: Talk) -> None:
    talk.event("user_send_text", profile=Known("  Trang\x00\nLê "), message={"text": "a"})
    assert talk.follower().followed
    assert talk.follower().display_name == "Trang Lê"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[1]",
        b'{"event_name":"user_send_text"}',
        b'{"event_name":"brand_new_event","user_id":"7"}',
        b'{"event_name":"user_send_text","sender":{"id":"' + b"7" * 200 + b'"}}',
        b'{"event_name":"follow","follower":{"id":"7"},"source":"testing_webhook"}',
    ],
)
def test_what_asks_for_nothing_is_ignored_without_an_answer(talk: Talk, body: bytes) -> None:
    assert talk.handle(talk.store(body)) == []
    assert talk.handled and talk.handled.state == InboundState.ignored
    with talk.db.read() as session:
        assert session.exec(select(Follower)).all() == []


def test_events_of_another_oa_are_ignored(talk: Talk) -> None:
    talk.event("user_send_text", recipient={"id": "999"}, message={"text": "menu"})
    assert talk.handled and talk.handled.reason == "console test"


def test_a_name_is_asked_for_when_it_is_missing_and_not_with_every_message(talk: Talk) -> None:
    follow = parse(b'{"event_name":"follow","follower":{"id":"7"}}')
    text = parse(b'{"event_name":"user_send_text","sender":{"id":"7"},"message":{"text":"a"}}')
    seen = parse(b'{"event_name":"user_seen_message","recipient":{"id":"7"}}')
    nameless = Follower(uid="7", first_seen_at=talk.clock.now())
    named = Follower(uid="7", first_seen_at=talk.clock.now(), display_name="Trang")
    assert needs_profile(follow, None) and needs_profile(follow, nameless)
    assert needs_profile(text, None)
    assert not needs_profile(follow, named)
    assert not needs_profile(text, nameless)
    assert not needs_profile(seen, None)


def test_a_person_who_answers_closes_the_alarm(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with()
    talk("gặp cán bộ")
    talk.event("oa_send_text", message={"text": "Chào bác"}, sender={"admin_id": "9"})
    with talk.db.read() as session:
        (alarm,) = session.exec(select(Alarm)).all()
    assert alarm.kind == "human_wanted"
    assert alarm.closed_at is not None
