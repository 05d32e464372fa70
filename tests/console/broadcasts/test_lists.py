"""Uploaded lists: good rows are kept, wrong ones named, nobody's dossiers but one's own."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import Workbook
from sqlmodel import select

from console.broadcasts.list_rows import read_list
from dossiers.sheets import SheetError
from notify.broadcasts.audience import Audience
from store.tables import BroadcastListed
from tests.console.broadcasts.conftest import Desk
from tests.console.conftest import Clerk

CODE = "H60.04-261118-0001"


def upload(
    desk: Desk, number: int, content: bytes, name: str = "ds.csv", clerk: Clerk | None = None
) -> tuple[int, str]:
    """Send a list; the status and the page that follows."""
    clerk = clerk or desk.clerk
    path = f"/console/thong-bao/{number}/danh-sach"
    form = {"tep": (io.BytesIO(content), name)}
    answer = clerk.post(path, form, content_type="multipart/form-data")
    if answer.status_code == 303:
        return 303, clerk.text(path)
    return answer.status_code, answer.get_data(as_text=True)


def listed(desk: Desk, number: int) -> set[tuple[str, int]]:
    with desk.office.database.read() as session:
        rows = session.exec(select(BroadcastListed)).all()
    return {(row.phone, row.dossier_id) for row in rows if row.broadcast_id == number}


def book(*rows: tuple[Any, ...]) -> bytes:
    made = Workbook()
    assert made.active is not None
    for row in rows:
        made.active.append(row)
    saved = io.BytesIO()
    made.save(saved)
    return saved.getvalue()


def test_good_rows_are_kept_and_wrong_ones_named(desk: Desk) -> None:
    dossier = desk.dossier(CODE)
    number = desk.draft()
    told = f"SĐT,Mã hồ sơ\n0900 000 001,\n,{CODE}\n0243 825 1234,\n0900000001,\n,H60.04-261118-9\n"
    status, page = upload(desk, number, told.encode())
    assert status == 303
    assert listed(desk, number) == {("+84900000001", 0), ("", dossier)}
    assert "<td>4</td>" in page
    assert "số cố định" in page
    assert "mã hồ sơ không đúng" in page
    assert Audience.model_validate(desk.row(number).audience).listed
    errors = desk.clerk.get(f"/console/thong-bao/{number}/danh-sach/loi.csv")
    said = errors.get_data().decode("utf-8-sig").splitlines()
    assert said[0] == "Dòng,Giá trị,Lỗi"
    assert said[1] == "4,…234,số cố định"
    assert len(said) == 3
    (line,) = desk.office.audited("broadcast.listed")
    assert line.details == {"size": len(told.encode()), "good": 2, "wrong": 2}


def test_who_is_on_the_list_is_counted(desk: Desk) -> None:
    desk.link(desk.person(1), "+84900000001")
    desk.person(1)
    number = desk.draft()
    upload(desk, number, b"0900000001\n0900000002\n", "ds.txt")
    assert "Gửi được tới 1 trong 1 người" in desk.page(number)
    answer = desk.clerk.post(f"/console/thong-bao/{number}/danh-sach/bo")
    assert answer.status_code == 303
    assert listed(desk, number) == set()
    assert "Gửi được tới 2 trong 2 người" in desk.page(number)


def test_a_dossier_of_others_is_as_good_as_none(desk: Desk) -> None:
    own = desk.office.agency("H60.04", "Sở mẫu")
    mine, _ = desk.dossier(CODE), desk.dossier("H60.05-261118-0001", unit="H60.05")
    clerk = desk.office.sign_in("lan", "broadcast", agency=own)
    number = desk.draft(clerk=clerk)
    told = f"Mã hồ sơ\n{CODE}\nH60.05-261118-0001\nH60.04-261118-7777\n".encode()
    _, page = upload(desk, number, told, clerk=clerk)
    assert listed(desk, number) == {("", mine)}
    assert page.count("không có hồ sơ này trong phạm vi của bạn") == 2


@pytest.mark.parametrize(
    "content",
    [
        book(("Danh sách mẫu",), ("STT", "Số điện thoại"), (1, 900000001), (2, "0900000002")),
        book((900000001.0,), (84900000002,)),
        "Số điện thoại;Tên\n0900000001;A\n+84900000002;B\n".encode("utf-16"),
        b"0900000001\r\n\r\n0900.000.002\r\n",
    ],
    ids=["titled-workbook", "bare-workbook", "semicolons", "plain"],
)
def test_lists_come_in_many_shapes(content: bytes) -> None:
    found = read_list(content, "ds.txt" if content[:2] != b"PK" else "ds.xlsx")
    assert set(found.phones) == {"+84900000001", "+84900000002"}
    assert found.wrong == []


def test_codes_without_a_header_are_known_by_their_shape() -> None:
    found = read_list(f"{CODE}\n0900000001\nlạ\n".encode(), "ds.csv")
    assert (list(found.codes), list(found.phones)) == ([CODE], ["+84900000001"])
    assert [(one.row, one.problem) for one in found.wrong] == [
        (3, "không phải số điện thoại di động hay mã hồ sơ")
    ]


def test_too_long_a_list_is_refused() -> None:
    rows = "\n".join(f"09{number:08}" for number in range(50_001))
    with pytest.raises(SheetError) as refused:
        read_list(rows.encode(), "ds.csv")
    assert "50.000" in refused.value.told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Xin chọn một tệp"),
        (b"PK\x03\x04 broken", "Không phải tệp Excel"),
        (b"\n\n", "không có dòng nào"),
        (b"x" * (8 * 1024 * 1024 + 1), "lớn hơn 8 MB"),
    ],
    ids=["empty", "broken", "blank", "large"],
)
def test_a_file_that_cannot_be_used_says_why(desk: Desk, content: bytes, said: str) -> None:
    number = desk.draft()
    status, page = upload(desk, number, content)
    assert status == 422
    assert said in page
    assert listed(desk, number) == set()


def test_a_draft_that_was_submitted_keeps_its_list(desk: Desk) -> None:
    desk.person(1)
    number = desk.draft()
    version = str(desk.row(number).version)
    desk.clerk.post(f"/console/thong-bao/{number}/trinh", {"version": version})
    status, page = upload(desk, number, b"0900000001\n")
    assert status == 409
    assert "không còn là bản nháp" in page
    assert listed(desk, number) == set()
    assert desk.clerk.get(f"/console/thong-bao/{number}/danh-sach/loi.csv").status_code == 404


def test_an_empty_list_is_a_thing_to_mend(desk: Desk) -> None:
    number = desk.draft(listed="1")
    assert "chưa tải danh sách nào" in desk.page(number)
