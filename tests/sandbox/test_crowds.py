"""Thousands of people at once, and counting what reached them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from .conftest import Receiver, Zalo

DATA = {
    "ma_ho_so": "H60-1",
    "ten_thu_tuc": "Khai sinh",
    "chu_ho_so": "NGUYỄN THỊ MẪU",
    "trang_thai": "Đã tiếp nhận",
    "ngay": "15/02/2026",
}


def crowd(zalo: Zalo, count: int, **more: Any) -> Any:
    return zalo.control("POST", "people/bulk", count=count, **more)


def test_a_crowd_is_made_at_once_without_events(zalo: Zalo, receiver: Receiver) -> None:
    zalo.at("2026-03-02T10:00:00")
    made = crowd(zalo, 3, prefix="Dân", interacted_hours_ago=1.5, gender=1)
    people = zalo.get("people")["people"]
    assert [p["id"] for p in people] == made["ids"]
    assert [p["phones"] for p in people] == [[phone] for phone in made["phones"]]
    assert [p["name"] for p in people] == ["Dân 1", "Dân 2", "Dân 3"]
    assert all(p["follower"] and p["gender"] == 1 for p in people)
    now = zalo.get("clock")["now"]
    assert {p["last_interaction"] for p in people} == {now - 5_400_000}
    zalo.settle()
    assert receiver.got == []
    assert zalo.send(made["ids"][0])["data"]["quota"]["quota_type"] == "reply"


def test_a_crowd_may_be_of_strangers_who_never_wrote(zalo: Zalo) -> None:
    made = crowd(zalo, 1, follow=False)
    assert zalo.send(made["ids"][0])["error"] == -232


def test_twenty_thousand_people_fit(zalo: Zalo) -> None:
    made = crowd(zalo, 20_000)
    assert len(set(made["ids"])) == len(set(made["phones"])) == 20_000
    assert zalo.get("state")["people"] == 20_000
    first = zalo.get("people?limit=2")
    assert (len(first["people"]), first["total"]) == (2, 20_000)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "count"),
        ({"count": 0}, "count"),
        ({"count": 100_001}, "count"),
        ({"count": 1, "prefix": ""}, "prefix"),
        ({"count": 1, "interacted_hours_ago": -1}, "interacted_hours_ago"),
        ({"count": 1, "city": 64}, "city"),
        ({"count": 1, "name": "a"}, "name"),
    ],
)
def test_a_wrong_crowd_names_the_field(zalo: Zalo, wrong: dict[str, Any], field: str) -> None:
    url = f"{zalo.running.url}/_control/people/bulk"
    answer = zalo.http.post(url, json=wrong, timeout=5)
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]


def test_phones_are_found_after_every_change(zalo: Zalo) -> None:
    made = crowd(zalo, 2)

    def reaches(phone: str) -> bool:
        body = {"phone": phone, "template_id": "300001", "template_data": DATA}
        plain = zalo.api("POST", "/message/template", json=body)["error"]
        hashed = {**body, "hash_phone": hashlib.sha256(phone.encode()).hexdigest()}
        del hashed["phone"]
        digest = zalo.api("POST", "/message/template/hashphone", json=hashed)["error"]
        assert plain == digest
        assert plain in (0, -118)
        return bool(plain == 0)

    old, new = made["phones"][0], "84912345678"
    assert reaches(old)
    zalo.control("PATCH", f"people/{made['ids'][0]}", phones=[new])
    assert (reaches(old), reaches(new)) == (False, True)
    zalo.control("PATCH", f"people/{made['ids'][0]}", has_zalo=False)
    assert not reaches(new)
    other = zalo.person("Chủ mới", phone=new)
    assert reaches(new)
    assert zalo.get(f"people/{other}/chat")["next"] == 2
    zalo.control("POST", "reset")
    assert not reaches(new)


def test_the_tally_shows_who_was_missed_and_who_was_told_twice(zalo: Zalo) -> None:
    zalo.at("2026-03-02T10:00:00")
    ids = crowd(zalo, 4, prefix="Dân", interacted_hours_ago=1)["ids"]
    outsider = zalo.person("Khách", follow=True)
    for uid, texts in zip(ids, (["báo bão"], ["báo bão", "báo bão"], ["chào"], []), strict=True):
        for text in texts:
            assert zalo.send(uid, text)["error"] == 0
    zalo.send(outsider, "báo bão")
    zalo.act(ids[3], "text", text="báo bão")
    tally = zalo.get("people/tally?prefix=Dân&text=báo bão")
    assert tally["people"] == 4
    assert tally["kinds"] == {"text": {"0": 2, "1": 1, "2+": 1}}
    assert tally["any"] == {"0": 2, "1": 1, "2+": 1}
    assert zalo.get("people/tally?prefix=Dân")["any"] == {"0": 1, "1": 2, "2+": 1}
    assert zalo.get("people/tally")["people"] == 5


def test_the_tally_counts_from_a_seq_or_a_moment_and_by_kind_and_way(zalo: Zalo) -> None:
    zalo.at("2026-03-02T10:00:00")
    zalo.settings(promotion_cap_shared=False)
    ids = crowd(zalo, 2, interacted_hours_ago=1)["ids"]
    zalo.send(ids[0], "trước")
    zalo.control("POST", "clock", advance=60)
    moment = zalo.get("clock")["now"]
    first = zalo.broadcast(zalo.article())["data"]["message_id"]
    zalo.control("POST", f"broadcasts/{first}/approve")
    zalo.settle()
    both = {"0": 0, "1": 2, "2+": 0}
    none = {"0": 2, "1": 0, "2+": 0}
    assert zalo.get("people/tally")["any"] == {"0": 0, "1": 1, "2+": 1}
    assert zalo.get(f"people/tally?since={moment}")["kinds"] == {"article": both}
    assert zalo.get("people/tally?after=1")["any"] == {"0": 1, "1": 1, "2+": 0}
    assert zalo.get("people/tally?kind=article")["kinds"] == {"article": both}
    assert zalo.get("people/tally?kind=image")["kinds"] == {"image": none}
    assert zalo.get("people/tally?via=broadcast")["any"] == both
    assert zalo.get("people/tally?via=cs")["any"] == {"0": 1, "1": 1, "2+": 0}


def test_a_broadcast_reaches_every_one_of_a_crowd_once(zalo: Zalo) -> None:
    zalo.at("2026-03-02T10:00:00")
    crowd(zalo, 1200, prefix="Dân")
    broadcast = zalo.broadcast(zalo.article())["data"]["message_id"]
    zalo.control("POST", "clock", advance=1800)
    zalo.settle()
    assert zalo.get(f"broadcasts/{broadcast}")["reached"] == 1200
    tally = zalo.get("people/tally?kind=article&text=Lịch tiếp")
    assert tally["any"] == {"0": 0, "1": 1200, "2+": 0}
