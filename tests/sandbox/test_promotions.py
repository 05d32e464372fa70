"""Promotion templates and their caps, limits of a template, and the account that pays."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Zalo

PHONE = "0912345678"


@pytest.fixture
def noon(noon: Zalo) -> Zalo:
    """A morning, a promotion template 88 and an ordinary one 77, both sendable both ways."""
    noon.control("PUT", "templates/88", name="Ngày hội", tag="PROMOTION", body="Mời dự ngày hội")
    noon.control("PUT", "templates/77", name="Thường", body="Chào", price_sdt=300, price_uid=200)
    return noon


def by_uid(zalo: Zalo, uid: str, template: str = "88") -> Any:
    body = {"user_id": uid, "template_id": template, "template_data": {}}
    return zalo.api("POST", "/v3.0/oa/message/template", json=body)


def by_phone(zalo: Zalo, template: str = "88", phone: str = PHONE) -> Any:
    body = {"phone": phone, "template_id": template, "template_data": {}, "tracking_id": "t"}
    return zalo.api("POST", "/message/template", json=body)


def test_a_promotion_by_uid_is_for_followers_by_day(noon: Zalo) -> None:
    stranger, follower = noon.person("A"), noon.person("B", follow=True)
    assert by_uid(noon, stranger)["error"] == -213
    assert by_uid(noon, stranger, "77")["error"] == 0, "other tags need no following"
    noon.at("2026-03-02T22:00:00")
    assert by_uid(noon, follower)["error"] == -234
    assert by_uid(noon, follower, "77")["error"] == 0, "other tags go out at night"
    noon.at("2026-03-03T06:00:00")
    assert by_uid(noon, follower)["error"] == 0


@pytest.mark.parametrize("code", [-1441, -1471])
def test_a_person_gets_one_promotion_a_day_and_four_a_month(noon: Zalo, code: int) -> None:
    noon.settings(promotion_monthly_code=code)
    uid = noon.person(phone=PHONE, follow=True)
    for day in (2, 3, 4, 5):
        noon.at(f"2026-03-0{day}T10:00:00")
        assert by_uid(noon, uid)["error"] == 0
        assert by_uid(noon, uid)["error"] == -1472
        assert by_phone(noon)["error"] == -1472, "one cap for both ways"
    noon.at("2026-03-06T10:00:00")
    assert by_uid(noon, uid)["error"] == code
    assert by_phone(noon)["error"] == code
    assert by_uid(noon, uid, "77")["error"] == 0
    noon.at("2026-04-01T10:00:00")
    assert by_phone(noon)["error"] == 0
    noon.settings(promotion_daily_cap=2, promotion_uid_codes="oa")
    assert by_uid(noon, uid)["error"] == 0
    assert by_uid(noon, uid)["error"] == -218


def test_broadcast_and_template_share_a_cap_unless_switched_off(noon: Zalo) -> None:
    uid, article = noon.person(follow=True), noon.article()
    assert by_uid(noon, uid)["error"] == 0
    first = noon.broadcast(article)["data"]["message_id"]
    noon.control("POST", f"broadcasts/{first}/approve")
    noon.settle()
    assert noon.get(f"broadcasts/{first}")["held_back"] == 1
    noon.settings(promotion_cap_shared=False)
    second = noon.broadcast(article)["data"]["message_id"]
    noon.control("POST", f"broadcasts/{second}/approve")
    noon.settle()
    assert noon.get(f"broadcasts/{second}")["reached"] == 1


def test_a_template_has_a_daily_limit_of_its_own(noon: Zalo) -> None:
    noon.control("PUT", "templates/66", name="Ít", body="Chào", daily_limit=2)
    uid = noon.person(phone=PHONE)
    assert by_phone(noon, "66")["error"] == 0
    assert by_uid(noon, uid, "66")["error"] == 0
    assert by_phone(noon, "66")["error"] == -147
    assert by_uid(noon, uid, "66")["error"] == -147
    assert by_phone(noon, "77")["error"] == 0
    noon.at("2026-03-03T00:00:00")
    assert by_phone(noon, "66")["error"] == 0


@pytest.mark.parametrize(
    ("switch", "phone_code", "uid_code"),
    [
        ({"zca_linked": False}, -136, -320),
        ({"zca_charge_works": False}, -137, -321),
        ({"zbs_balance_vnd": 199}, -115, -321),
    ],
)
def test_an_account_that_cannot_pay_stops_paid_sends(
    noon: Zalo, switch: dict[str, Any], phone_code: int, uid_code: int
) -> None:
    uid = noon.person(phone=PHONE)
    noon.act(uid, "text", text="chào")
    noon.settings(sub_quota_total=0, **switch)
    assert by_phone(noon, "77")["error"] == phone_code
    assert by_uid(noon, uid, "77")["error"] == uid_code
    assert noon.send(uid)["error"] == 0, "free within 48 hours"
    assert noon.get("state")["quotas"]["spent_vnd"] == 0
    noon.at("2026-03-05T10:00:00")
    billed = noon.send(uid)["error"]
    assert billed == (0 if "zbs_balance_vnd" in switch else uid_code), "55 VND are there"


def test_the_balance_goes_down_by_exactly_what_is_spent_by_each_channel(noon: Zalo) -> None:
    uid = noon.person(phone=PHONE)
    noon.act(uid, "text", text="chào")
    noon.settings(sub_quota_total=0, zbs_balance_vnd=1000)
    assert noon.send(uid)["error"] == 0
    assert by_phone(noon, "77")["error"] == 0
    assert by_uid(noon, uid, "77")["error"] == 0
    assert by_uid(noon, uid, "77")["error"] == 0
    assert by_phone(noon, "1")["error"] == -109, "a refused send costs nothing"
    noon.at("2026-03-05T10:00:00")
    assert noon.send(uid)["error"] == 0
    quotas = noon.get("state")["quotas"]
    assert quotas["spent_by_channel"] == {"cs": 55, "zbs_uid": 400, "zbs_phone": 300}
    assert quotas["sent_by_channel"] == {"cs": 2, "zbs_uid": 2, "zbs_phone": 1}
    assert quotas["spent_vnd"] == 755
    assert quotas["balance_vnd"] == 245
    assert by_phone(noon, "77")["error"] == -115
    assert by_uid(noon, uid, "77")["error"] == 0
    assert by_uid(noon, uid, "77")["error"] == -321
    noon.settings(zbs_balance_vnd=None)
    assert by_phone(noon, "77")["error"] == 0, "without end again"
    noon.control("POST", "reset")
    fresh = noon.get("state")["quotas"]
    assert fresh["spent_by_channel"] == {"cs": 0, "zbs_uid": 0, "zbs_phone": 0}
    assert fresh["sent_by_channel"] == {"cs": 0, "zbs_uid": 0, "zbs_phone": 0}
