"""The report of an announcement: figures, cost against the estimate, person by person."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlmodel import select

from console.broadcasts import recipients
from dossiers.names import mask_name
from store import broadcast_figures
from store.tables import Broadcast, Follower, Outbox
from tests.console.broadcasts.running_sample import Room
from tests.console.conftest import Office

REPORT = "/console/thong-bao/{}/bao-cao"
PEOPLE = "/console/thong-bao/{}/nguoi-nhan"
FATES = (("seen", ""), ("delivered", ""), ("sent", ""), ("parked", "-201"), ("dropped", "window"))


@pytest.fixture
def room(office: Office) -> Room:
    """An office with nothing announced yet."""
    return Room(office)


def told(room: Room) -> int:
    """An announcement that reached three of five."""
    room.citizens(5)
    number = room.announcement("done")
    room.sent(number, *FATES)
    return number


def test_the_report_says_what_became_of_it_and_what_it_cost(room: Room) -> None:
    number = told(room)
    figures = room.row(number).figures | {"cost": 45_000, "stopped": 2, "unfollowed": 1}
    room.change(number, figures=figures, estimate=room.row(number).estimate | {"cost": 60_000})
    for role in ("auditor", "approver"):
        page = room.office.sign_in(role, role).text(REPORT.format(number))
    for words in ("Kết quả", "Đã gửi theo kênh", "Vì sao không gửi được", "Xem bảng số liệu"):
        assert words in page
    assert "ước tính 60.000 đồng; ít hơn 15.000 đồng" in page
    assert "trung vị; chậm nhất 4 giây" in page
    assert "Dừng nhận tin sau đó" in page
    assert not room.office.audited("broadcast.recipients"), "figures name nobody"


def test_times_are_the_median_and_the_slowest(room: Room) -> None:
    room.citizens(3)
    number = room.announcement("done")
    room.sent(number, *[("delivered", "")] * 3)
    with room.office.database.write() as session:
        rows = session.exec(select(Outbox).where(Outbox.broadcast_id == number)).all()
        for row, took in zip(rows, (1, 90, 7), strict=True):
            assert row.sent_at is not None
            row.delivered_at = row.sent_at + timedelta(seconds=took)
            session.add(row)
    with room.office.database.read() as session:
        assert broadcast_figures.times(session, number) == (7, 90)
        assert broadcast_figures.times(session, number + 1) is None


def test_what_has_no_report_says_so(room: Room) -> None:
    clerk = room.office.sign_in("hoa", "broadcast")
    for number in (room.announcement("approved"), room.announcement("done", way="article")):
        assert clerk.get(REPORT.format(number)).status_code == 303


def test_recipients_are_half_hidden_filtered_and_written_down(room: Room) -> None:
    number = told(room)
    clerk = room.office.sign_in("hoa", "broadcast")
    page = clerk.text(PEOPLE.format(number))
    assert mask_name("Người Mẫu 1") in page
    assert "Người Mẫu 1" not in page
    assert page.count("<tr>") == 6
    page = clerk.text(PEOPLE.format(number) + "?state=dropped&reason=window")
    assert "Quá 7 ngày chưa nhắn OA" in page
    assert page.count("<tr>") == 2
    assert "Không có ai khớp" in clerk.text(PEOPLE.format(number) + "?state=leased")
    # What nobody met as a reason is no filter: a phone in the address stays out of the audit.
    assert clerk.text(PEOPLE.format(number) + "?reason=0912345678").count("<tr>") == 6
    assert [one.details["filters"] for one in room.office.audited("broadcast.recipients")] == [
        "",
        "state=dropped reason=window",
        "state=leased",
        "",
    ]


def test_pages_of_recipients_follow_each_other(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipients, "_PAGE", 2)
    number, clerk = told(room), room.office.sign_in("hoa", "broadcast")
    names, address = [], PEOPLE.format(number)
    for _ in range(3):
        page = clerk.text(address)
        names += [at for at in range(1, 6) if mask_name(f"Người Mẫu {at}") in page]
        address = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        address = address.replace("&amp;", "&")
    assert names == [1, 2, 3, 4, 5]


def test_the_export_holds_everybody_up_to_a_bound_and_runs_no_formula(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = told(room)
    with room.office.database.write() as session:
        row = session.exec(select(Follower)).first()
        assert row is not None
        row.display_name = "=1+1"
    clerk = room.office.sign_in("hoa", "broadcast")
    monkeypatch.setattr(recipients, "_PIECE", 2)
    sent = clerk.get(PEOPLE.format(number) + ".csv")
    rows = list(csv.reader(io.StringIO(sent.get_data(as_text=True).lstrip("\ufeff"))))
    assert len(rows) == 6
    assert not any(cell.startswith("=") for row in rows for cell in row)
    assert rows[5][3:5] == ["Không gửi", "Quá 7 ngày chưa nhắn OA, tin tư vấn không được phép"]
    assert room.office.audited("broadcast.exported")[0].details == {"filters": "", "count": 5}
    monkeypatch.setattr(recipients, "_MOST_EXPORTED", 3)
    sent = clerk.get(PEOPLE.format(number) + ".csv")
    assert "Danh sách dài hơn 3 dòng" in sent.get_data(as_text=True)
    assert isinstance(room.row(number), Broadcast)
