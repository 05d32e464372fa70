"""Handing the chat to a person, and forgetting a citizen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from bot.messages import from_json
from store import followers
from store.tables import (
    Alarm,
    Consent,
    Conversation,
    Dossier,
    DossierWatch,
    Follower,
    InboundEvent,
    Outbox,
    PhoneLink,
    Proof,
)
from tests.handlers.conftest import Talk

PHONE = "+84912345678"


def alarms(talk: Talk) -> list[Alarm]:
    with talk.db.read() as session:
        return list(session.exec(select(Alarm)).all())


@pytest.mark.parametrize(
    "text", ["gặp cán bộ", "gap cb", "#gapcanbo", "cho tôi gặp cán bộ với ạ", "tổng đài",
             "bot trả lời sai rồi, tôi muốn gặp cán bộ ngay"]
)  # fmt: skip
def test_the_chat_is_handed_to_a_person_and_staff_are_told(
    talk_with: Callable[..., Talk], text: str
) -> None:
    talk = talk_with(staff_uids=("111", "222"))
    (answer,) = talk(text)
    assert "Bây giờ đang trong giờ làm việc" in answer
    assert "#trolai" in talk.payloads
    until = talk.follower().human_until
    assert until == talk.clock.now() + timedelta(minutes=talk.settings.human_return_minutes)
    (alarm,) = alarms(talk)
    assert (alarm.kind, alarm.subject) == ("human_wanted", talk.uid)
    assert "18/11/2026 10:00" in alarm.text
    assert [(row.uid, row.kind) for row in talk.also()] == [("111", "staff"), ("222", "staff")]


def test_outside_office_hours_the_next_opening_is_named(talk: Talk) -> None:
    # Friday 18:00 in Vietnam: the next opening is Monday morning.
    talk.clock.set(datetime(2026, 11, 20, 11, 0, tzinfo=UTC))
    assert "từ 23/11/2026 07:30" in talk("gặp cán bộ")[0]


def test_the_bot_keeps_quiet_and_returns_by_itself(talk: Talk) -> None:
    talk("gặp cán bộ")
    assert talk("tôi hỏi về hồ sơ") == []
    assert "đã ở trong hàng chờ" in talk("gặp cán bộ")[0]
    talk.clock.advance(minutes=talk.settings.human_return_minutes, seconds=1)
    assert talk("hello")
    assert talk.follower().human_until is None


def test_the_citizen_can_take_the_chat_back(talk: Talk) -> None:
    talk("gặp cán bộ")
    assert "hoạt động trở lại" in talk("#trolai")[0]
    assert alarms(talk)[0].closed_at is not None
    assert talk("hello")


def fill(talk: Talk) -> int:
    """A citizen with everything that can be known about them; answers the dossier's id."""
    talk.event("follow")
    talk("hello")
    now = talk.clock.now()
    with talk.db.write() as session:
        dossier = Dossier(
            code="000.00.04.H60-230215-0028", phone=PHONE, zalo_notify=True, state_at=now,
            receipt_token="t" * 32, created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(dossier)
        session.flush()
        assert dossier.id is not None
        session.add(DossierWatch(dossier_id=dossier.id, uid=talk.uid, created_at=now))
        session.add(PhoneLink(uid=talk.uid, phone=PHONE, proof=Proof.otp, claimed_at=now))
        session.add(
            Consent(kind="link_phone", action="given", uid=talk.uid, phone=PHONE,
                    wording_version="1", at=now, by="citizen")
        )  # fmt: skip
        session.get_one(Follower, talk.uid).display_name = "Nguyễn Trang"
        return dossier.id


def assert_forgotten(talk: Talk) -> None:
    with talk.db.read() as session:
        follower = session.get_one(Follower, talk.uid)
        assert (follower.display_name, follower.notify) == ("", False)
        assert follower.withdrawn_at is not None
        assert session.exec(select(PhoneLink)).all() == []
        assert session.exec(select(DossierWatch)).all() == []
        assert session.get_one(Conversation, talk.uid).data == {}
        bodies = session.exec(select(InboundEvent.body)).all()
        assert set(bodies) == {None}
        proof = session.exec(select(Consent).where(Consent.kind == "all")).one()
        assert (proof.action, proof.uid) == ("withdrawn", talk.uid)
        assert all(not row.phone for row in session.exec(select(Consent)).all())
        assert session.exec(select(Dossier)).one().phone == PHONE


def test_zalos_withdrawal_erases_at_once_and_in_silence(talk: Talk) -> None:
    fill(talk)
    assert talk.event("user_withdraw") == []
    assert_forgotten(talk)
    rows = talk.outbox()
    assert {row.state for row in rows} == {"dropped"}
    assert all(row.body == {} for row in rows)


def test_asking_in_words_erases_after_one_question(talk: Talk) -> None:
    fill(talk)
    assert "muốn xóa dữ liệu" in talk("xóa dữ liệu của tôi")[0]
    assert talk.follower().display_name
    assert "Đã xóa dữ liệu" in talk("đồng ý")[0]
    assert_forgotten(talk)
    waiting = [row for row in talk.outbox() if row.state == "queued"]
    assert len(waiting) == 1
    assert from_json(waiting[0].body)


@pytest.mark.parametrize("answer", ["không", "#xoadulieu giu", "thôi"])
def test_saying_no_keeps_everything(talk: Talk, answer: str) -> None:
    fill(talk)
    talk("xoa du lieu cua toi")
    assert "giữ nguyên" in talk(answer)[0]
    assert talk.follower().display_name == "Nguyễn Trang"


def test_following_again_after_erasing_is_a_new_beginning(talk: Talk) -> None:
    fill(talk)
    talk.event("user_withdraw")
    talk.clock.advance(minutes=1)
    talk.event("unfollow")
    talk.clock.advance(minutes=1)
    assert talk.event("follow")[0].startswith("Chào mừng ông/bà đã đến")
    assert talk.follower().notify
    assert talk.follower().withdrawn_at is None


def test_a_withdrawal_older_than_a_new_follow_is_overtaken(talk: Talk) -> None:
    earlier = talk.clock.now()
    talk.clock.advance(minutes=5)
    fill(talk)
    talk.event("user_withdraw", at=earlier)
    assert talk.follower().withdrawn_at is None


def test_a_phone_is_forgotten_everywhere_but_in_its_own_proof(talk: Talk) -> None:
    fill(talk)
    with talk.db.write() as session:
        assert followers.erase_phone(session, PHONE, talk.clock.now()) == 2
        assert not followers.erase(session, "nobody", talk.clock.now())
    with talk.db.read() as session:
        dossier = session.exec(select(Dossier)).one()
        assert (dossier.phone, dossier.zalo_notify) == ("", False)
        assert session.exec(select(PhoneLink)).all() == []
        kept = session.exec(select(Consent).where(col(Consent.phone) == PHONE)).all()
        assert [(row.kind, row.action) for row in kept] == [("counter_tick", "withdrawn")]
        assert session.exec(select(Outbox).where(col(Outbox.phone) == PHONE)).all() == []
