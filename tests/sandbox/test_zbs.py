"""ZBS templates by phone and by UID (protocol 5)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from .conftest import Receiver, Zalo

DATA = {
    "ma_ho_so": "000.00.04.H60-230215-0028",
    "ten_thu_tuc": "Đăng ký thay đổi thành viên",
    "chu_ho_so": "NGUYỄN THỊ MẪU",
    "trang_thai": "Đã tiếp nhận",
    "ngay": "15/02/2023",
}


def by_phone(zalo: Zalo, phone: str = "84912345678", **more: Any) -> Any:
    body = {"phone": phone, "template_id": "300001", "template_data": DATA, "tracking_id": "t1"}
    return zalo.api("POST", "/message/template", json={**body, **more})


def test_a_template_by_phone_arrives_and_its_receipt_names_the_phone(
    zalo: Zalo, receiver: Receiver
) -> None:
    uid = zalo.person(phone="0912345678")
    answer = by_phone(zalo)
    assert answer["error"] == 0
    assert answer["data"]["quota"] == {"dailyQuota": "20000", "remainingQuota": "19999"}
    zalo.settle()
    headers, _ = receiver.got[0]
    receipt = receiver.events()[0]
    assert headers["X-ZEvent-Server"] == "ZNS"
    assert receipt["recipient"] == {"id": "84912345678"}
    assert receipt["message"]["msg_id"] == answer["data"]["msg_id"]
    assert receipt["message"]["tracking_id"] == "t1"
    line = zalo.get(f"people/{uid}/chat")["messages"][0]
    assert "Đã tiếp nhận" in line["text"]
    status = zalo.api("GET", "/message/status", params={"message_id": answer["data"]["msg_id"]})
    assert status["data"]["status"] == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"phone": "12"}, -108),
        ({"template_id": "1"}, -109),
        ({"template_id": "300009"}, -131),
        ({"template_data": None}, -112),
        ({"template_data": {**DATA, "ma_ho_so": "a" * 31}}, -1121),
        ({"template_data": {**DATA, "ma_ho_so": ""}}, -1122),
        ({"template_data": {**DATA, "ma_ho_so": ["a"]}}, -1124),
        ({"template_id": "300003", "template_data": {"otp": "1 2"}}, -1124),
        ({"phone": "84987654321"}, -118),
        ({"mode": "development"}, -127),
        ({"tracking_id": "a" * 49}, -132),
    ],
)
def test_wrong_sends_have_their_codes(zalo: Zalo, more: dict[str, Any], code: int) -> None:
    zalo.person(phone="0912345678")
    assert by_phone(zalo, **more)["error"] == code


def test_a_phone_without_zalo_is_118_and_the_daily_quota_ends(zalo: Zalo) -> None:
    zalo.person(phone="0912345678", has_zalo=False)
    assert by_phone(zalo)["error"] == -118
    zalo.person(phone="0912345679")
    zalo.settings(zbs_daily_quota=1)
    assert by_phone(zalo, "0912345679")["error"] == 0
    assert by_phone(zalo, "0912345679")["error"] == -144
    zalo.control("POST", "clock", advance=24 * 3600)
    assert by_phone(zalo, "0912345679")["error"] == 0


def test_a_hashed_phone_reaches_the_same_person(zalo: Zalo, receiver: Receiver) -> None:
    zalo.person(phone="0912345678")
    digest = hashlib.sha256(b"84912345678").hexdigest()
    body = {"hash_phone": digest, "template_id": "300001", "template_data": DATA}
    assert zalo.api("POST", "/message/template/hashphone", json=body)["error"] == 0
    zalo.settle()
    assert receiver.events()[0]["recipient"]["id"] == digest


def test_a_template_by_uid_needs_no_window_but_a_template_that_allows_it(
    zalo: Zalo, receiver: Receiver
) -> None:
    uid = zalo.person()
    body = {"user_id": uid, "template_id": "300001", "template_data": DATA}
    path = "/v3.0/oa/message/template"
    assert zalo.api("POST", path, json=body)["data"]["user_id"] == uid
    zalo.settle()
    assert receiver.names() == ["oa_send_template", "user_received_message"]
    otp = {**body, "template_id": "300003", "template_data": {"otp": "123456"}}
    assert zalo.api("POST", path, json=otp)["error"] == -249
    zalo.settings(uid_template_needs_year=True)
    assert zalo.api("POST", path, json=body)["error"] == -232


def test_templates_are_listed_by_number_and_described_in_words(zalo: Zalo) -> None:
    waiting = zalo.api("GET", "/template/all", params={"status": "2", "offset": 0, "limit": 10})
    assert [t["status"] for t in waiting["data"]] == ["PENDING_REVIEW"]
    assert zalo.api("GET", "/template/all", params={"status": "ENABLE"})["error"] == -132
    info = zalo.api("GET", "/template/info/v2", params={"template_id": "300003"})["data"]
    assert info["templateTag"] == "OTP"
    assert info["listParams"][0]["name"] == "otp"
    assert info["price_uid"] < info["price_sdt"]


def test_tests_may_register_templates_of_their_own(zalo: Zalo) -> None:
    zalo.person(phone="0912345678")
    zalo.control("PUT", "templates/77", name="Riêng", body="Chào <ten>", params=[{"name": "ten"}])
    answer = by_phone(zalo, template_id="77", template_data={"ten": "A"})
    assert answer["error"] == 0
