"""The issue's promise as one story: follow, look up, link a phone, be told of every change."""

from __future__ import annotations

import itertools
import re
from datetime import datetime
from typing import Any

from clock import VIETNAM
from tests.e2e.conftest import Citizen, Town

CODE = "000.00.04.H60-230215-0028"
OWNER = "NGUYỄN THỊ MẪU"
_number = itertools.count(1)


def dossier(**more: Any) -> dict[str, Any]:
    """The guide's dossier with a sample owner."""
    return {
        "MaHoSo": CODE,
        "MaTTHC": "2.002011",
        "TenTTHC": "Đăng ký thay đổi thành viên công ty trách nhiệm hữu hạn hai thành viên trở lên",
        "TenLinhVuc": "Thành lập và hoạt động của doanh nghiệp",
        "ChuHoSo": OWNER,
        "MaDoiTuong": "008090000123",
        "SoDienThoai": "0900000001",
        "ThongBaoZalo": True,
        "DonViXuLy": "Trung tâm Phục vụ hành chính công",
        "CoQuan": "Sở Tài chính",
        "NgayNop": _now(),
        "HeThongNguon": "motcua",
        **more,
    }


def _now() -> str:
    return datetime.now(VIETNAM).isoformat()


def event(state: int, step: str = "", content: str = "") -> dict[str, Any]:
    """A progress event of now."""
    return {
        "MaSuKien": f"e{next(_number)}",
        "MaHoSo": CODE,
        "TrangThai": state,
        "BuocXuLy": step,
        "ThoiDiemXuLy": _now(),
        "NoiDungXuLy": content,
        "HeThongNguon": "motcua",
    }


def follow(town: Town, name: str = "Nguyễn Thị Mẫu", phone: str = "0900000001") -> Citizen:
    """A citizen who pressed Quan tâm and was welcomed."""
    citizen = town.citizen(name, phone)
    citizen.do("follow")
    citizen.hears_until("6. Hỗ trợ")
    return citizen


def link_by_otp(citizen: Citizen, number: str = "0900 000 001") -> None:
    """Type the phone, agree, take the code from the ZBS message, type it."""
    citizen.say(number)
    citizen.hears_until("Đồng ý")
    citizen.press("#dongy")
    citizen.hears_until("Nhận mã xác thực")
    citizen.press("#otp")
    heard = citizen.hears_until("Mã xác thực của ông/bà là")
    code = re.search(r"Mã xác thực của ông/bà là (\d{6})", heard)
    assert code, heard
    citizen.say(code[1])
    citizen.hears_until("Đã xác thực số")


def test_a_citizen_follows_looks_up_links_and_is_told_of_every_change(town: Town) -> None:
    town.push("dossiers", dossier())
    town.push("events", event(1, "Nộp hồ sơ"))
    citizen = town.citizen("Nguyễn Thị Mẫu", "0900000001")

    citizen.do("follow")
    assert "Chào mừng Nguyễn Thị Mẫu đã đến với" in citizen.hears_until("6. Hỗ trợ")

    citizen.say("tra cuu giup toi ho so 000.00.04.h60-23O215-0028 voi")
    heard = citizen.hears_until("Tìm thấy tổng số 1 hồ sơ")
    assert CODE in heard
    assert OWNER not in heard, "a code alone must not show the name"

    link_by_otp(citizen)

    pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    _put_receipt(town, pdf)
    steps = [
        (2, "Tiếp nhận hồ sơ", "", "Đã tiếp nhận"),
        (4, "Phân công thụ lý", "", "Phân công thụ lý"),
        (4, "Thẩm định hồ sơ", "", "Thẩm định hồ sơ"),
        (5, "", "Nộp thêm bản sao Giấy chứng nhận", "Nộp thêm bản sao Giấy chứng nhận"),
        (4, "Thẩm định hồ sơ", "", "Thẩm định hồ sơ"),
        (4, "Ký duyệt", "", "Ký duyệt"),
        (9, "", "", "Đã xử lý xong"),
        (10, "Trả kết quả", "", "Đã trả kết quả"),
    ]
    for state, step, content, expected in steps:
        assert town.push("events", event(state, step, content))["status"] == "created"
        heard = citizen.hears_until(expected)
        assert OWNER in heard, "a verified owner sees the full card"
        if state == 2:
            assert "Phieu-tiep-nhan" in heard or "pdf" in citizen.hears_until("pdf")

    shown = town.settled("0000004H602302150028")
    assert shown["TrangThaiHoSo"] == 10
    before, *linked = [[n["channel"] for n in e["notifications"]] for e in shown["events"]]
    assert before == ["zbs_phone"], "nobody followed yet, but the counter's tick was given"
    assert {channel for channels in linked for channel in channels} == {"consultation"}


def test_a_returned_dossier_tells_its_reason_and_what_to_do(town: Town) -> None:
    town.push("dossiers", dossier())
    citizen = follow(town)
    link_by_otp(citizen)
    town.push("events", event(3, "", "Thiếu chữ ký của người đại diện"))
    heard = citizen.hears_until("Thiếu chữ ký của người đại diện")
    assert "Việc cần làm" in heard


def test_a_claim_without_proof_only_hears_that_something_changed(town: Town) -> None:
    town.push("dossiers", dossier())
    citizen = follow(town, "Người Lạ Mẫu", "0900000009")
    citizen.say("0900 000 001")
    citizen.hears_until("Đồng ý")
    citizen.press("#dongy")
    citizen.hears_until("Nhận mã xác thực")
    town.push("events", event(2, "Tiếp nhận hồ sơ"))
    heard = citizen.hears_until("0028 có cập nhật mới")
    assert OWNER not in heard
    assert "Sở Tài chính" not in heard


def test_a_phone_without_a_follower_is_told_by_zbs_when_the_counter_ticked(town: Town) -> None:
    citizen = town.citizen("Chưa Quan Tâm Mẫu", "0900000001")
    town.push("dossiers", dossier())
    town.push("events", event(2, "Tiếp nhận hồ sơ"))
    heard = citizen.hears_until(CODE)
    assert "Đã tiếp nhận" in heard
    (fate,) = [n for e in town.settled(CODE)["events"] for n in e["notifications"] if n["channel"]]
    assert fate["channel"] == "zbs_phone"


def test_who_stopped_or_left_is_not_told(town: Town) -> None:
    town.push("dossiers", dossier())
    citizen = follow(town)
    link_by_otp(citizen)
    citizen.say("dừng")
    citizen.hears_until("Đã dừng gửi thông báo")
    town.push("events", event(2, "Tiếp nhận hồ sơ"))
    citizen.say("bật")
    heard = citizen.hears_until("Đã bật nhận tin")
    assert "CẬP NHẬT TRẠNG THÁI" not in heard
    assert "PHIẾU TIẾP NHẬN" not in heard


def _put_receipt(town: Town, pdf: bytes) -> None:
    import requests

    answer = requests.put(
        f"{town.url}/api/v1/dossiers/{CODE}/receipt",
        data=pdf,
        headers={"Authorization": f"Bearer {town.key}", "Content-Type": "application/pdf"},
    )
    assert answer.status_code in (200, 201), answer.text
