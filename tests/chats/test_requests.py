"""Chats that ask for a person: one of two clerks wins, none is lost, the bot comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from notify.chats import end_silent
from store import chat_queue, chats, followers
from store.chats import Desk
from store.engine import Database
from store.tables import ChatRequest, StaffAccount
from tests.handlers.conftest import Talk, calendar, talk, talk_with

__all__ = ["calendar", "talk", "talk_with"]
NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
QUIET = timedelta(minutes=60)
ANNA, BINH = Desk(1), Desk(2)


def asked(db: Database, uid: str = "7001", at: datetime = NOW, agency: int | None = None) -> int:
    with db.write() as session:
        follower = followers.lock(session, uid, at)
        made = chats.ask(session, follower, "asked", at)
        made.agency_id = agency
        follower.human_until = at + QUIET
        session.add_all([follower, made])
        session.flush()
        assert made.id
        return made.id


def row(db: Database, request_id: int) -> ChatRequest:
    with db.read() as session:
        return session.get_one(ChatRequest, request_id)


def rows(talk: Talk) -> list[ChatRequest]:
    with talk.db.read() as session:
        return list(session.exec(select(ChatRequest).order_by(col(ChatRequest.id))).all())


def claim(db: Database, request_id: int, desk: Desk, at: datetime = NOW) -> bool:
    with db.write() as session:
        return chats.claim(session, request_id, desk, at, QUIET)


def test_of_two_clerks_at_once_exactly_one_gets_the_chat(db: Database) -> None:
    for turn in range(5):
        request_id = asked(db, f"7{turn}")
        gate, won = threading.Barrier(6), []

        def grab(desk: Desk, number: int = request_id, gate: threading.Barrier = gate,
                 won: list[int] = won) -> None:  # fmt: skip
            gate.wait()
            if claim(db, number, desk):
                won.append(desk.account_id)

        threads = [threading.Thread(target=grab, args=(Desk(n),)) for n in range(1, 7)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert row(db, request_id).claimed_by_id == won[0]


def test_claiming_ones_own_again_is_fine_and_a_closed_one_cannot_be_had(db: Database) -> None:
    request_id = asked(db)
    assert claim(db, request_id, ANNA)
    assert claim(db, request_id, ANNA)
    assert not claim(db, request_id, BINH)
    with db.write() as session:
        assert chats.hand_back(session, "7001", "anna", NOW)
    assert not claim(db, request_id, ANNA)
    assert not claim(db, 999, ANNA)


def test_only_who_has_a_chat_can_put_it_back_or_hand_it_on(db: Database) -> None:
    request_id = asked(db)
    claim(db, request_id, ANNA)
    with db.write() as session:
        assert not chats.release(session, request_id, BINH, NOW)
        assert not chats.pass_to_person(session, request_id, BINH, 2, NOW)
        assert chats.pass_to_person(session, request_id, ANNA, 2, NOW)
        assert not chats.release(session, request_id, ANNA, NOW)
        assert chats.pass_to_agency(session, request_id, BINH, 40, NOW)
    found = row(db, request_id)
    assert (found.claimed_by_id, found.agency_id) == (None, 40)


def test_who_waits_longest_comes_first_and_a_released_chat_keeps_its_place(db: Database) -> None:
    first = asked(db, "7001")
    second = asked(db, "7002", NOW + timedelta(minutes=5))
    claim(db, first, ANNA)
    with db.read() as session:
        assert [one.id for one in chat_queue.waiting(session, BINH)] == [second]
        assert [one.id for one in chat_queue.mine(session, ANNA)] == [first]
        assert [one.id for one in chat_queue.others(session, BINH)] == [first]
    with db.write() as session:
        chats.release(session, first, ANNA, NOW)
    with db.read() as session:
        assert [one.id for one in chat_queue.waiting(session, BINH)] == [first, second]


def test_an_agency_sees_only_what_was_handed_to_it(db: Database) -> None:
    everywhere, agency = Desk(1), Desk(2, frozenset({40, 41}))
    of_province, of_agency = asked(db, "7001"), asked(db, "7002", agency=41)
    elsewhere = asked(db, "7003", agency=50)
    with db.read() as session:
        assert [one.id for one in chat_queue.waiting(session, agency)] == [of_agency]
        assert chat_queue.waiting_count(session, agency.scope) == 1
        assert chat_queue.waiting_count(session, None) == 3
        assert chat_queue.waiting_count(session, frozenset()) == 0
        assert chats.get(session, of_province, agency) is None
        assert chats.get(session, elsewhere, agency) is None
        assert chats.get(session, elsewhere, everywhere)
    claim(db, of_province, everywhere)
    with db.write() as session:
        chats.pass_to_person(session, of_province, everywhere, 2, NOW)
    with db.read() as session:
        # Handed over by name: theirs to see, wherever it belongs.
        assert chats.get(session, of_province, agency)
        assert [one.id for one in chat_queue.mine(session, agency)] == [of_province]


def test_the_chat_falls_back_to_the_bot_after_a_silence(talk: Talk) -> None:
    talk("gặp cán bộ")
    (request,) = rows(talk)
    claim(talk.db, request.id or 0, ANNA, talk.clock.now())
    talk.clock.advance(minutes=59)
    assert end_silent(talk.db, talk.settings, talk.clock.now()) == 0
    talk.clock.advance(minutes=2)
    assert end_silent(talk.db, talk.settings, talk.clock.now()) == 1
    (request,) = rows(talk)
    assert request.closed_by == "system"
    assert talk("hello")


def test_every_word_of_a_clerk_or_to_a_clerk_begins_the_silence_anew(talk: Talk) -> None:
    talk("gặp cán bộ")
    (request,) = rows(talk)
    claim(talk.db, request.id or 0, ANNA, talk.clock.now())
    for _ in range(3):
        talk.clock.advance(minutes=40)
        assert talk("em hỏi thêm một câu") == []
    talk.clock.advance(minutes=40)
    with talk.db.write() as session:
        chats.staff_wrote(session, talk.uid, talk.clock.now(), QUIET)
    talk.clock.advance(minutes=40)
    assert end_silent(talk.db, talk.settings, talk.clock.now()) == 0
    assert talk("vâng ạ") == []


def test_writing_on_does_not_keep_the_bot_from_who_waits_unheard(talk: Talk) -> None:
    talk("gặp cán bộ")
    talk.clock.advance(minutes=50)
    assert talk("có ai không ạ") == []
    talk.clock.advance(minutes=11)
    assert talk("hello")


def test_who_asks_in_the_evening_still_waits_in_the_morning(talk: Talk) -> None:
    # Friday 20:00 in Vietnam; the office opens on Monday at 07:30.
    talk.clock.set(datetime(2026, 11, 20, 13, 0, tzinfo=UTC))
    talk("gặp cán bộ")
    talk.clock.advance(hours=2)
    assert end_silent(talk.db, talk.settings, talk.clock.now()) == 0
    assert talk("hello"), "the bot answers meanwhile"
    talk.clock.set(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    assert end_silent(talk.db, talk.settings, talk.clock.now()) == 0
    with talk.db.read() as session:
        assert len(chat_queue.waiting(session, ANNA)) == 1
    talk.clock.advance(minutes=31)
    assert end_silent(talk.db, talk.settings, talk.clock.now()) == 1


@pytest.mark.parametrize("words", ["#trolai", "menu", "trở lại"])
def test_the_citizen_gives_the_chat_back(talk: Talk, words: str) -> None:
    talk("gặp cán bộ")
    assert talk(words)
    (request,) = rows(talk)
    assert (request.closed_by, request.closed_at) == ("citizen", talk.clock.now())


def test_asking_twice_is_one_request_and_asking_after_the_end_a_new_one(talk: Talk) -> None:
    talk("gặp cán bộ")
    talk("gặp cán bộ")
    assert len(rows(talk)) == 1
    talk("#trolai")
    talk("gặp cán bộ")
    assert [one.closed_at is None for one in rows(talk)] == [False, True]


def test_a_new_question_does_not_wait_for_who_went_home(talk: Talk) -> None:
    talk("gặp cán bộ")
    claim(talk.db, rows(talk)[0].id or 0, ANNA, talk.clock.now())
    # Silent, but the job that ends it has not come by yet.
    talk.clock.advance(minutes=61)
    talk("gặp cán bộ")
    old, new = rows(talk)
    assert (old.closed_by, new.claimed_by_id) == ("system", None)


def test_an_answer_in_zalos_own_tool_is_a_chat_somebody_has(talk: Talk) -> None:
    talk("xin chào")
    talk.event("oa_send_text", sender={"admin_id": "99887766"}, message={"text": "Chào ông/bà"})
    (request,) = rows(talk)
    assert (request.reason, request.last_staff_at) == ("zalo", talk.clock.now())
    with talk.db.read() as session:
        assert chat_queue.waiting(session, ANNA) == []
        (found,) = chat_queue.others(session, ANNA)
        assert found.answered_in_zalo
    assert talk("cảm ơn") == []


def test_an_echo_that_comes_an_hour_late_takes_no_chat_from_the_bot(talk: Talk) -> None:
    talk("xin chào")
    earlier = talk.clock.now()
    talk.clock.advance(minutes=61)
    talk.event(
        "oa_send_text", at=earlier, sender={"admin_id": "99887766"}, message={"text": "Chào"}
    )
    assert rows(talk) == []
    assert talk("hello")


def test_an_answer_in_zalos_tool_answers_who_waits(talk: Talk) -> None:
    talk("gặp cán bộ")
    talk.event("oa_send_text", sender={"admin_id": "99887766"}, message={"text": "Chào ông/bà"})
    (request,) = rows(talk)
    assert request.last_staff_at == talk.clock.now()
    assert request.reason == "asked"


@pytest.mark.parametrize(
    ("said", "fragment"),
    [("dừng", "Đã dừng"), ("xóa dữ liệu của tôi", "muốn xóa"), ("menu", "hoạt động trở lại"),
     ("gặp cán bộ", "đã ở trong hàng chờ"), ("bật nhận tin", "nhận tin")],
)  # fmt: skip
def test_what_must_reach_the_bot_reaches_it_while_a_person_has_the_chat(
    talk: Talk, said: str, fragment: str
) -> None:
    talk("gặp cán bộ")
    claim(talk.db, rows(talk)[0].id or 0, ANNA, talk.clock.now())
    assert fragment in "\n".join(talk(said))


@pytest.mark.parametrize("said", ["tra cứu hồ sơ", "1", "cảm ơn", "0912345678", "#tracuu"])
def test_the_bot_is_silent_about_everything_else(talk: Talk, said: str) -> None:
    talk("gặp cán bộ")
    assert talk(said) == []


def test_messages_to_staff_count_as_unanswered_until_somebody_writes(talk: Talk) -> None:
    talk("gặp cán bộ")
    opened = talk.clock.now()
    talk.clock.advance(minutes=1)
    talk("em hỏi về đất")
    first = talk.clock.now()
    talk.clock.advance(minutes=1)
    talk("còn thiếu giấy gì ạ")
    talk.event("user_seen_message", message={"msg_ids": ["x"]})
    with talk.db.read() as session:
        assert chat_queue.unanswered(session, talk.uid, opened) == (2, first)
        assert chat_queue.unanswered(session, talk.uid, talk.clock.now()) == (0, None)


def test_erasing_a_citizen_ends_the_chat_too(talk: Talk) -> None:
    talk("gặp cán bộ")
    talk.event("user_withdraw")
    assert rows(talk)[0].closed_at == talk.clock.now()


def test_leaving_the_oa_ends_the_chat(talk: Talk) -> None:
    talk.event("follow")
    talk("gặp cán bộ")
    talk.clock.advance(minutes=1)
    talk.event("unfollow")
    assert rows(talk)[0].closed_by == "citizen"


def test_colleagues_are_those_who_may_answer(db: Database) -> None:
    from store.tables import StaffRole

    def account(session: Session, name: str, role: str, **more: object) -> None:
        made = StaffAccount(
            username=name, full_name=name.upper(), password_hash="x",
            password_changed_at=NOW, created_at=NOW, **more,
        )  # fmt: skip
        session.add(made)
        session.flush()
        session.add(StaffRole(account_id=made.id or 0, role=role))

    with db.write() as session:
        account(session, "anna", "reception")
        account(session, "binh", "officer")
        account(session, "chi", "auditor")
        account(session, "dung", "officer", disabled_at=NOW)
    with db.read() as session:
        anna = session.exec(select(StaffAccount).where(StaffAccount.username == "anna")).one()
        found = chat_queue.colleagues(session, ["reception", "officer"], anna.id or 0)
        assert [name for _, name in found] == ["BINH"]
        assert chat_queue.names(session, ["anna", "nobody"]) == {"anna": "ANNA"}


def test_settings_rule_how_long_the_bot_keeps_quiet(talk_with: Callable[..., Talk]) -> None:
    talk = talk_with(human_return_minutes=10)
    talk("gặp cán bộ")
    claim(talk.db, rows(talk)[0].id or 0, ANNA, talk.clock.now())
    talk.clock.advance(minutes=61)
    assert end_silent(talk.db, talk.settings, talk.clock.now()) == 1
