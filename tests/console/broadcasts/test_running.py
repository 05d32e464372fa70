"""One announcement while it goes: watched, held, ended, tried again; who sees which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from bot.errors import Api, rule_for
from console.broadcasts.outcomes import ended_words
from notify.broadcasts.content import digest
from notify.broadcasts.loop import BroadcastLoop
from notify.rate import RateLimit
from store import broadcast_figures
from store.tables import Broadcast, BroadcastArticle, BroadcastRecipient, Outbox
from tests.console.broadcasts.running_sample import CONTENT, PAGE, Room, confirmed, later, writer
from tests.console.conftest import Office

HALF_SENT = (
    ("seen", ""),
    ("delivered", ""),
    ("sent", ""),
    ("parked", "-201"),
    ("dropped", "opted_out"),
)


@pytest.fixture
def room(office: Office) -> Room:
    """An office with nothing announced yet."""
    return Room(office)


def test_progress_says_everything_in_words_and_as_json(room: Room) -> None:
    room.citizens(7)
    number = room.announcement("sending")
    room.sent(number, *HALF_SENT)
    clerk = writer(room)
    page = clerk.text(PAGE.format(number))
    assert "xong 5 trên 7 người" in page
    assert ended_words("-201") in page
    assert rule_for(Api.oa, -201).staff in page
    assert "1 người: Đã nhắn DỪNG, không nhận tin nào" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    told: Any = clerk.get(PAGE.format(number) + "/tien-do.json").get_json()
    assert (told["done"], told["total"], told["state"]) == (5, 7, "sending")
    assert told["numbers"] == {
        "sent": "3",
        "delivered": "2",
        "seen": "1",
        "failed": "1",
        "ruled_out": "1",
        "waiting": "2",
        "left": "0",
    }
    assert "Đã nhắn DỪNG" in told["reasons"]


def test_the_time_left_follows_the_present_rate(room: Room) -> None:
    number = room.announcement(
        "sending", total=1000, fed=400, figures={"sent": 400, "per_minute": 60}
    )
    clerk = writer(room)
    assert (
        "Còn khoảng 10 phút" in clerk.get(PAGE.format(number) + "/tien-do.json").get_json()["time"]
    )
    room.office.clock.set(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    later = room.office.sign_in("hoa")
    assert (
        "gửi tiếp lúc 07:00" in later.get(PAGE.format(number) + "/tien-do.json").get_json()["time"]
    )


def test_the_rate_is_measured_between_two_counts(room: Room) -> None:
    from notify.broadcasts import figures

    room.citizens(6)
    number = room.announcement("sending")
    room.sent(number)
    room.office.clock.advance(seconds=30)
    with room.office.database.write() as session:
        for message in session.exec(select(Outbox).order_by(col(Outbox.id)).limit(3)):
            message.state = "sent"
            session.add(message)
        session.flush()
        row = session.get_one(Broadcast, number)
        fresh = figures.count(session, row, room.office.clock.now())
    assert fresh["per_minute"] == 6.0


def test_paused_at_once_and_gone_on_with(room: Room) -> None:
    room.citizens(3)
    number, clerk = room.announcement("sending"), writer(room)
    room.sent(number)
    clerk.post(PAGE.format(number) + "/tam-dung")
    assert room.row(number).state == "paused"
    assert "Hoa Mẫu đã tạm dừng." in clerk.text(PAGE.format(number))
    clerk.post(PAGE.format(number) + "/gui-tiep")
    assert room.row(number).state == "sending"
    assert room.office.audited("broadcast.paused")
    assert room.office.audited("broadcast.resumed")
    assert clerk.post(PAGE.format(number) + "/gui-tiep").status_code == 409


def test_cancelling_gives_up_what_waits_and_counts_it(room: Room) -> None:
    room.citizens(4)
    number, clerk = room.announcement("sending"), writer(room)
    room.sent(number, ("sent", ""))
    later(room)
    assert "/xac-nhan" in clerk.post(PAGE.format(number) + "/huy").headers["Location"]
    confirmed(clerk).post(PAGE.format(number) + "/huy")
    row = room.row(number)
    assert (row.state, row.figures["ruled_out_by"]) == ("cancelled", {"cancelled": 3})
    assert room.office.audited("broadcast.cancelled")[0].details == {"dropped": 3}
    assert "Thông báo bị hủy trước khi gửi" in clerk.text(PAGE.format(number))


def test_those_it_did_not_reach_are_tried_again_with_the_same_approval(room: Room) -> None:
    uids = room.citizens(4)
    number, clerk = room.announcement("done"), writer(room)
    room.sent(number, ("seen", ""), ("parked", "-201"), ("dropped", "opted_out"), ("sent", ""))
    assert "Gửi lại cho người chưa nhận được" in clerk.text(PAGE.format(number))
    answer = clerk.post(PAGE.format(number) + "/gui-lai")
    again = int(answer.headers["Location"].rsplit("/", 1)[1])
    row = room.row(again)
    assert (row.state, row.again_of) == ("approved", number)
    assert row.approved_hash == digest(row)
    assert f"thông báo số {number} chưa tới được" in clerk.text(PAGE.format(again))
    room.sent(again)
    with room.office.database.read() as session:
        told = session.exec(
            select(BroadcastRecipient.uid).where(BroadcastRecipient.broadcast_id == again)
        ).all()
    assert list(told) == [uids[1]]


def test_when_everybody_was_reached_nothing_is_offered(room: Room) -> None:
    room.citizens(1)
    number, clerk = room.announcement("done"), writer(room)
    room.sent(number, ("seen", ""))
    page = clerk.text(PAGE.format(number))
    assert "Gửi lại cho người chưa nhận được" not in page
    assert f"/console/thong-bao/{number}/chep" in page
    assert clerk.post(PAGE.format(number) + "/gui-lai").status_code == 409


def article(room: Room, step: str, state: str = "stopped") -> int:
    """An article that stands still."""
    now = room.office.clock.now()
    said = {"title": "Lịch nghỉ", "description": "Nghỉ từ 31/8", "body": ["Đoạn một"]}
    number = room.announcement(
        state, way="article", content={**CONTENT, "article": said}, preparing={"step": "start"}
    )
    with room.office.database.write() as session:
        session.add(
            BroadcastArticle(
                broadcast_id=number,
                step=step,
                article_id="a1",
                next_at=now + timedelta(minutes=9),
                updated_at=now,
            )
        )
    return number


def step_of(room: Room, number: int) -> str:
    with room.office.database.read() as session:
        return session.get_one(BroadcastArticle, number).step


def test_an_article_nobody_is_sure_of_is_decided_by_a_person(room: Room) -> None:
    number, clerk = article(room, "unsure"), confirmed(writer(room))
    page = clerk.text(PAGE.format(number))
    assert "Zalo đã nhận" in page
    assert ">Gửi tiếp<" not in page
    assert clerk.post(PAGE.format(number) + "/gui-tiep").status_code == 409
    clerk.post(PAGE.format(number) + "/bai-viet/da-nhan")
    assert (room.row(number).state, step_of(room, number)) == ("done", "handed")
    other = article(room, "unsure")
    clerk.post(PAGE.format(other) + "/bai-viet/gui-lai")
    assert (room.row(other).state, step_of(room, other)) == ("preparing", "send")
    assert clerk.post(PAGE.format(other) + "/bai-viet/gui-lai").status_code == 409
    assert room.office.audited("broadcast.article_taken")
    assert room.office.audited("broadcast.article_again")


def test_a_refused_article_tries_the_refused_step_again(room: Room) -> None:
    number = article(room, "refused")
    writer(room).post(PAGE.format(number) + "/gui-tiep")
    assert (room.row(number).state, step_of(room, number)) == ("preparing", "send")


def test_an_account_of_an_agency_sees_only_its_own(room: Room) -> None:
    office = room.office
    mine, other = office.agency("H60.04", "Sở Mẫu"), office.agency("H60.05", "Sở Khác")
    below = office.agency("H60.04.01", "Phòng Mẫu", parent=mine)
    clerk = office.sign_in("mai", "broadcast", agency=mine)
    for agency, status in ((mine, 200), (below, 200), (other, 404), (None, 404)):
        number = room.announcement("sending", agency_id=agency)
        for path in ("", "/tien-do.json", "/bao-cao", "/nguoi-nhan", "/nguoi-nhan.csv"):
            assert clerk.get(PAGE.format(number) + path).status_code == status, (agency, path)
        paused = clerk.post(PAGE.format(number) + "/tam-dung").status_code
        assert paused == (303 if status == 200 else 404)


def test_who_only_looks_finds_no_button(room: Room) -> None:
    clerk = room.office.sign_in("kim", "auditor")
    for state in ("waiting", "approved", "scheduled", "missed", "sending", "paused", "done"):
        page = clerk.text(PAGE.format(room.announcement(state)))
        inside = page.partition("<main")[2]
        assert 'method="post"' not in inside, state


def test_every_reason_has_words(room: Room) -> None:
    reasons = {
        *broadcast_figures.RULED_OUT,
        *broadcast_figures.NOT_AGAIN,
        "inactive", "unreachable", "topic", "told_recently", "no_follower", "night",
        "file_gone", "invalid", "erased", "no_connection", "silenced",
    }  # fmt: skip
    for reason in reasons:
        assert f"({reason})" not in ended_words(reason), reason
    assert ended_words("-213").startswith("Mã -213 của Zalo.")
    assert "chưa biết" in ended_words("-99999")


def test_a_worker_starts_what_was_sent_from_the_page(room: Room) -> None:
    room.citizens(2)
    number = room.announcement("approved")
    confirmed(writer(room)).post(PAGE.format(number) + "/gui-ngay")
    office = room.office
    limit = RateLimit.__new__(RateLimit)
    loop = BroadcastLoop(office.database, None, office.settings, office.clock, limit)  # type: ignore[arg-type]
    for _ in range(6):
        loop.turn()
    row = room.row(number)
    assert (row.state, row.total, row.fed) == ("sending", 2, 2)
    assert "Đang gửi" in writer(room).text(PAGE.format(number))
