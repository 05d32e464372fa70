"""One announcement before it goes: agreed to by a second person, sent now or at its hour."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from notify.alarms import open_alarm
from notify.broadcasts.content import digest
from store.tables import Alarm
from tests.console.broadcasts.running_sample import PAGE, Room, approver, confirmed, later, writer
from tests.console.conftest import Office


@pytest.fixture
def room(office: Office) -> Room:
    """An office with nothing announced yet."""
    return Room(office)


def seen_digest(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def test_the_page_shows_exactly_what_will_be_sent_in_both_languages(room: Room) -> None:
    page = approver(room).text(PAGE.format(room.announcement()))
    assert "Kính gửi ông Nguyễn Văn Mẫu, Trung tâm nghỉ lễ 2/9" in page
    assert "Dừng nhận tin: nhắn DỪNG." in page
    assert '<div class="bubble" lang="en">Dear ông Nguyễn Văn Mẫu, the centre is closed' in page
    assert "Xem lịch" in page
    assert "1.000 người" in page
    assert "60.000 đồng" in page
    assert "Đã nhắn DỪNG, không nhận tin nào: 120" in page


def test_approving_takes_a_second_person_their_password_and_the_version_they_saw(
    room: Room,
) -> None:
    number, clerk = room.announcement(), approver(room)
    seen = seen_digest(clerk.text(PAGE.format(number)))
    later(room)
    asked = clerk.post(PAGE.format(number) + "/duyet", {"seen": seen})
    assert "/console/xac-nhan" in asked.headers["Location"]
    assert room.row(number).state == "waiting"
    confirmed(clerk)
    changed = clerk.post(PAGE.format(number) + "/duyet", {"seen": "0" * 64})
    assert changed.status_code == 409
    assert "Nội dung đã đổi" in changed.get_data(as_text=True)
    assert clerk.post(PAGE.format(number) + "/duyet", {"seen": seen}).status_code == 303
    row = room.row(number)
    assert (row.state, row.approved_by) == ("approved", "duy")
    assert row.approved_hash == digest(row) == seen
    assert room.office.audited("broadcast.approved")[0].details == {"reach": 1000}


def test_nobody_approves_their_own(room: Room) -> None:
    number = room.announcement(created_by="duy")
    clerk = confirmed(approver(room))
    page = clerk.text(PAGE.format(number))
    assert "không tự duyệt được" in page
    assert 'action="/console/thong-bao/1/duyet"' not in page
    sent = clerk.post(PAGE.format(number) + "/duyet", {"seen": digest(room.row(number))})
    assert sent.status_code == 409


def test_the_reason_of_an_urgent_one_is_shown_and_stays_in_the_audit(room: Room) -> None:
    number = room.announcement(urgent=True, urgent_reason="Lũ về trong đêm", topic="disaster")
    clerk = confirmed(approver(room))
    page = clerk.text(PAGE.format(number))
    assert "TIN KHẨN." in page
    clerk.post(PAGE.format(number) + "/duyet", {"seen": seen_digest(page)})
    details = room.office.audited("broadcast.approved")[0].details
    assert details == {"reach": 1000, "urgent": True, "reason": "Lũ về trong đêm"}


def test_what_is_given_back_says_why_and_is_a_draft_again(room: Room) -> None:
    number, clerk = room.announcement(), approver(room)
    unsaid = clerk.post(PAGE.format(number) + "/tra-lai", {"remark": ""})
    assert unsaid.status_code == 422
    clerk.post(PAGE.format(number) + "/tra-lai", {"remark": "Ghi rõ ngày làm việc lại"})
    row = room.row(number)
    assert (row.state, row.remark) == ("draft", "Ghi rõ ngày làm việc lại")
    assert "Ghi rõ ngày làm việc lại" in clerk.text(PAGE.format(number))
    opened = writer(room).get(PAGE.format(number))
    assert opened.headers["Location"] == f"/console/thong-bao/{number}/soan"


@pytest.mark.parametrize("state", ["waiting", "approved", "scheduled", "missed"])
def test_the_writer_takes_it_back_before_it_goes(room: Room, state: str) -> None:
    number = room.announcement(state)
    assert writer(room).post(PAGE.format(number) + "/rut-lai").status_code == 303
    row = room.row(number)
    assert (row.state, row.approved_hash) == ("draft", "")
    assert room.office.audited("broadcast.taken_back")


def test_an_approver_cannot_send_what_was_sent_back_after_approval(room: Room) -> None:
    number = room.announcement("approved")
    refused = approver(room).post(PAGE.format(number) + "/tra-lai", {"remark": "Đổi ý rồi"})
    assert refused.status_code == 409
    assert room.row(number).state == "approved"


def test_sending_now_asks_for_the_password(room: Room) -> None:
    number, clerk = room.announcement("approved"), writer(room)
    later(room)
    assert "/xac-nhan" in clerk.post(PAGE.format(number) + "/gui-ngay").headers["Location"]
    confirmed(clerk).post(PAGE.format(number) + "/gui-ngay")
    row = room.row(number)
    assert (row.state, row.start_at, row.started_by) == (
        "scheduled",
        room.office.clock.now(),
        "hoa",
    )
    assert "Bắt đầu trong giây lát." in clerk.text(PAGE.format(number))


def test_an_hour_is_vietnamese_and_days_off_are_said(room: Room) -> None:
    number, clerk = room.announcement("approved"), writer(room)
    page = clerk.text(PAGE.format(number))
    assert 'value="2026-11-19"' in page, "the next working day is proposed"
    clerk.post(PAGE.format(number) + "/hen-gio", {"day": "2026-11-22", "at": "06:30"})
    row = room.row(number)
    assert row.state == "scheduled"
    assert row.start_at == datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    page = clerk.text(PAGE.format(number))
    assert "Hôm đó là ngày nghỉ" in page
    assert "Ngoài giờ gửi thì tin đợi đến 07:00" in page
    assert (
        room.office.audited("broadcast.scheduled")[0].details["at"].startswith("22/11/2026 06:30")
    )


@pytest.mark.parametrize(
    ("day", "at", "said"),
    [
        ("2026-11-17", "08:00", "Giờ hẹn đã qua"),
        ("2028-11-17", "08:00", "không quá một năm"),
    ],
)
def test_a_wrong_hour_is_refused_with_the_reason(room: Room, day: str, at: str, said: str) -> None:
    number, clerk = room.announcement("approved"), writer(room)
    answer = clerk.post(PAGE.format(number) + "/hen-gio", {"day": day, "at": at})
    assert answer.status_code == 409
    assert said in answer.get_data(as_text=True)
    nonsense = clerk.post(PAGE.format(number) + "/hen-gio", {"day": "hôm nào", "at": at})
    assert nonsense.status_code == 422


def test_the_calendar_shows_days_off_and_what_is_announced(room: Room) -> None:
    at = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    room.announcement("scheduled", title="Khảo sát", start_at=at)
    page = writer(room).text(PAGE.format(room.announcement("approved")))
    assert "24/11/2026 09:00: Khảo sát" in page
    assert page.count("<span>nghỉ</span>") >= 8


def test_what_was_missed_is_said_and_asked_about(room: Room) -> None:
    number = room.announcement("missed", reason="late", start_at=room.office.clock.now())
    with room.office.database.write() as session:
        open_alarm(session, "broadcast_missed", str(number), "Lỡ giờ", room.office.clock.now())
    clerk = writer(room)
    page = clerk.text(PAGE.format(number))
    assert "CHƯA được gửi" in page
    for words in ("Gửi ngay", "Hẹn lại", "Hủy thông báo"):
        assert words in page
    clerk.post(PAGE.format(number) + "/hen-gio", {"day": "2026-11-23", "at": "08:00"})
    assert room.row(number).state == "scheduled"
    with room.office.database.read() as session:
        assert session.exec(select(Alarm)).one().closed_at is not None


def test_numbers_no_database_keeps_are_simply_not_there(office: Office) -> None:
    clerk = office.sign_in("hoa", "broadcast")
    for path in ("/console/thong-bao/99999999999999999999", "/console/ho-so/" + "9" * 30):
        assert clerk.get(path).status_code == 404, path
    assert clerk.get("/console/thong-bao?before=" + "9" * 25).status_code < 500


def test_a_script_learns_that_the_session_ended_before_what_was_typed_is_lost(
    office: Office,
) -> None:
    stranger = office.app.test_client()
    answer = stranger.post(
        "/console/thong-bao/1/soan",
        data={"vi_text": "chưa lưu"},
        headers={"Accept": "application/json", "X-CSRF": "old"},
    )
    assert answer.status_code == 401 and answer.get_json() == {"error": "signed_out"}
