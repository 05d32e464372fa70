"""Announcements that come back: the rule, its next days, on and off; and the first page's tasks."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest

from notify.broadcasts.repeating import Rule
from store import broadcasts
from store.tables import BroadcastRepeat
from tests.console.broadcasts.running_sample import Room
from tests.console.conftest import Office

FORM = {"every": "month", "day": "0", "weekday": "0", "at": "08:00", "workday": "1"}
PAGE = "/console/thong-bao/{}/lap-lai"


@pytest.fixture
def room(office: Office) -> Room:
    """An office with nothing announced yet."""
    return Room(office)


def kept(room: Room, number: int) -> BroadcastRepeat | None:
    with room.office.database.read() as session:
        return broadcasts.repeat_seen(session, number)


def test_the_last_day_of_a_month_moves_to_a_working_day(room: Room) -> None:
    number, clerk = room.announcement("done"), room.office.sign_in("hoa", "broadcast")
    page = clerk.post(PAGE.format(number), FORM | {"xem": "1"}).get_data(as_text=True)
    # 31/1/2027 is a Sunday.
    for day in ("30/11/2026 08:00", "31/12/2026 08:00", "29/01/2027 08:00"):
        assert day in page
    assert kept(room, number) is None, "looking keeps nothing"
    clerk.post(PAGE.format(number), FORM)
    row = kept(room, number)
    assert row is not None
    assert Rule.model_validate(row.rule) == Rule(every="month", day=0, at=time(8), workday=True)
    assert row.next_at == datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
    assert "ngày cuối tháng" in room.office.audited("broadcast.repeat_set")[0].details["rule"]
    listed = clerk.text("/console/thong-bao/lap-lai")
    assert "Hằng tháng, ngày cuối tháng, lúc 08:00" in listed
    assert "30/11/2026 08:00" in listed


def test_off_on_again_and_removed(room: Room) -> None:
    number, clerk = room.announcement("approved"), room.office.sign_in("hoa", "broadcast")
    clerk.post(PAGE.format(number), FORM | {"every": "week", "weekday": "3"})
    clerk.post(PAGE.format(number) + "/tat")
    row = kept(room, number)
    assert row is not None
    assert not row.active
    assert "Đang tắt" in clerk.text("/console/thong-bao/lap-lai")
    room.office.clock.advance(days=8)
    clerk = room.office.sign_in("hoa")
    clerk.post(PAGE.format(number) + "/bat")
    row = kept(room, number)
    assert row is not None
    assert row.next_at == datetime(2026, 12, 3, 1, 0, tzinfo=UTC), "nothing is made up for"
    clerk.post(PAGE.format(number) + "/xoa")
    assert kept(room, number) is None
    assert clerk.post(PAGE.format(number) + "/bat").status_code == 409
    assert clerk.post(PAGE.format(number) + "/khac").status_code == 404


@pytest.mark.parametrize(
    ("state", "members", "said"),
    [
        ("waiting", {}, "đã duyệt"),
        ("cancelled", {}, "đã duyệt"),
        ("approved", {"approved_hash": "x"}, "không còn là bản đã duyệt"),
        ("done", {"urgent": True, "urgent_reason": "Lũ"}, "Tin khẩn không lặp lại"),
        ("done", {"audience": {"listed": True}}, "danh sách tải lên"),
        ("done", {"expires_at": datetime(2027, 1, 1, tzinfo=UTC)}, "thời hạn"),
        ("done", {"again_of": 1}, "Bản gửi lại"),
        ("done", {"repeat_id": 1}, "thông báo gốc"),
    ],
)
def test_what_cannot_come_back_says_why(
    room: Room, state: str, members: dict[str, Any], said: str
) -> None:
    number, clerk = room.announcement(state, **members), room.office.sign_in("hoa", "broadcast")
    answer = clerk.get(PAGE.format(number))
    assert answer.status_code == 409
    assert said in answer.get_data(as_text=True)
    assert clerk.post(PAGE.format(number), FORM).status_code == 409
    assert "Lặp lại…" not in clerk.text(f"/console/thong-bao/{number}")


def test_a_wrong_rule_is_said_at_its_field(room: Room) -> None:
    number, clerk = room.announcement("approved"), room.office.sign_in("hoa", "broadcast")
    answer = clerk.post(PAGE.format(number), FORM | {"day": "32"})
    assert answer.status_code == 422
    assert "Không quá 31." in answer.get_data(as_text=True)


def test_an_agency_sees_only_its_own_repeats(room: Room) -> None:
    office = room.office
    mine, other = office.agency("H60.04", "Sở Mẫu"), office.agency("H60.05", "Sở Khác")
    chief = office.sign_in("hoa", "broadcast")
    for agency, title in ((mine, "Của mình"), (other, "Của nơi khác")):
        chief.post(PAGE.format(room.announcement("done", agency_id=agency, title=title)), FORM)
    listed = office.sign_in("mai", "broadcast", agency=mine).text("/console/thong-bao/lap-lai")
    assert "Của mình" in listed
    assert "Của nơi khác" not in listed


def test_the_first_page_names_what_waits(room: Room) -> None:
    room.announcement("waiting")
    room.announcement("waiting", created_by="duy")
    room.announcement("missed")
    room.announcement("stopped")
    page = room.office.sign_in("duy", "approver").text("/console/")
    assert '<span class="tasks__count">1</span> Thông báo chờ bạn duyệt' in page
    assert "Thông báo lỡ giờ" not in page
    page = room.office.sign_in("hoa", "broadcast").text("/console/")
    assert "Thông báo lỡ giờ, chưa gửi" in page
    assert "Thông báo tự dừng, chờ quyết định" in page
    assert "chờ bạn duyệt" not in page
