"""Whom a broadcast reaches: target, caps, blocks, and what the quota tells (protocol 3.4, 4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from .broadcasting import got, reviewed, sent
from .conftest import Receiver, Zalo


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ({}, "ABC"),
        ({"ages": "2,3"}, "A"),
        ({"ages": [2, "3"]}, "A"),
        ({"ages": 7}, "B"),
        ({"ages": "0,1,2,3,4,5,6,7"}, "ABC"),
        ({"ages": ""}, "ABC"),
        ({"gender": 0}, "ABC"),
        ({"gender": "1"}, "A"),
        ({"gender": ["1", "2"]}, "ABC"),
        ({"locations": [0]}, "A"),
        ({"cities": "4"}, "B"),
        ({"locations": "0", "cities": "4"}, "B"),
        ({"platform": 2}, "A"),
        ({"platform": "1,2,3"}, "ABC"),
        ({"gender": 1, "platform": 1}, ""),
        ({"gender": None}, "ABC"),
    ],
)
def test_the_target_chooses_by_what_is_known_of_a_person(
    noon: Zalo, target: dict[str, Any], reached: str
) -> None:
    people = {
        "A": noon.person("A", follow=True, age=18, gender=1, location=0, city=9, platform=2),
        "B": noon.person("B", follow=True, age=65, gender=2, location=2, city=4, platform=1),
        "C": noon.person("C", follow=True),
    }
    view = reviewed(noon, sent(noon, noon.article(), target=target))
    assert view["matched"] == len(reached)
    assert "".join(name for name, uid in people.items() if got(noon, uid)) == reached


@pytest.mark.parametrize(
    "target",
    [
        {"ages": "8"},
        {"ages": True},
        {"gender": "nam"},
        {"locations": [3]},
        {"cities": "64"},
        {"platform": 0},
        {"platform": 1.5},
        {"cities": ["1", None]},
    ],
)
def test_a_value_no_dimension_knows_is_named(noon: Zalo, target: dict[str, Any]) -> None:
    answer = noon.broadcast(noon.article(), target=target)
    assert answer["message"] == f"target.{next(iter(target))} is invalid!"


def test_traits_can_be_changed_and_made_unknown(noon: Zalo) -> None:
    uid = noon.person(age=30, gender=1)
    changed = noon.control("PATCH", f"people/{uid}", gender=2, city=9)
    assert (changed["age"], changed["gender"], changed["city"]) == (30, 2, 9)
    assert noon.control("PATCH", f"people/{uid}", age=None)["age"] is None
    url = f"{noon.running.url}/_control/people/{uid}"
    for wrong in ({"gender": 0}, {"age": -1}, {"city": 64}, {"platform": 4}, {"location": 3}):
        answer = noon.http.patch(url, json=wrong, timeout=5)
        assert answer.status_code == 422
        assert list(answer.json()["fields"]) == list(wrong)


def test_a_follower_gets_one_a_day_and_four_a_month(zalo: Zalo) -> None:
    zalo.at("2026-03-01T10:00:00")
    uid, article = zalo.person(follow=True), zalo.article()
    assert reviewed(zalo, sent(zalo, article))["reached"] == 1
    held = reviewed(zalo, sent(zalo, article))
    assert (held["matched"], held["reached"], held["held_back"]) == (1, 0, 1)
    for day in (2, 3, 4, 5):
        zalo.at(f"2026-03-0{day}T10:00:00")
        reviewed(zalo, sent(zalo, article))
    assert len(got(zalo, uid)) == 4
    zalo.at("2026-04-01T10:00:00")
    reviewed(zalo, sent(zalo, article))
    assert len(got(zalo, uid)) == 5


def test_the_caps_are_switches_and_their_day_is_vietnamese(zalo: Zalo) -> None:
    zalo.at("2026-03-01T10:00:00")
    uid, article = zalo.person(follow=True), zalo.article()
    zalo.settings(broadcast_daily_cap=2, broadcast_monthly_cap=3)
    for _ in range(3):
        reviewed(zalo, sent(zalo, article))
    assert len(got(zalo, uid)) == 2
    # 06:30 in Vietnam is still the day before in UTC.
    zalo.at("2026-03-02T06:30:00")
    for _ in range(2):
        reviewed(zalo, sent(zalo, article))
    assert len(got(zalo, uid)) == 3


def test_who_blocked_left_or_refused_is_counted_as_unreachable(noon: Zalo) -> None:
    people = [noon.person(f"{n}", follow=True) for n in range(4)]
    noon.act(people[0], "block", on=True)
    noon.control("PATCH", f"people/{people[1]}", inactive=True)
    noon.control("PATCH", f"people/{people[2]}", restricted=True)
    view = reviewed(noon, sent(noon, noon.article()))
    assert (view["matched"], view["reached"], view["unreachable"]) == (4, 1, 3)


def test_receipts_of_a_broadcast_are_a_switch(noon: Zalo, receiver: Receiver) -> None:
    noon.settings(broadcast_receipts=True)
    uid = noon.person(follow=True)
    reviewed(noon, sent(noon, noon.article()))
    noon.act(uid, "open")
    noon.settle()
    assert receiver.names() == ["follow", "user_received_message", "user_seen_message"]


def test_the_quota_tells_what_a_person_may_still_get(noon: Zalo) -> None:
    uid = noon.person(follow=True)
    path, body = "/v2.0/oa/quota/message", {"user_id": uid, "type": "promotion"}
    left = noon.api("POST", path, json=body)["data"]
    assert (left["type"], left["remain"], left["total"]) == ("promotion", 1, 4)
    reviewed(noon, sent(noon, noon.article()))
    left = noon.api("POST", path, json=body)["data"]
    assert (left["remain"], left["daily_remain"], left["monthly_remain"]) == (0, 0, 3)
    promotion = noon.api("POST", "/v3.0/oa/quota/message", json={"user_id": uid})["data"]
    assert promotion["promotion"]["monthly_remain"] == 3, "one cap for all promotion"
    noon.settings(promotion_cap_shared=False)
    promotion = noon.api("POST", "/v3.0/oa/quota/message", json={"user_id": uid})["data"]
    assert promotion["promotion"]["monthly_remain"] == 4
    assert noon.api("POST", path, json={**body, "type": "cs"})["message"] == "type is invalid!"
    assert noon.api("POST", path, json={**body, "user_id": "1"})["error"] == -201
    own = noon.api("POST", path, json={})["data"]
    assert own == {"type": "sub_quota", "remain": 500, "total": 500}
