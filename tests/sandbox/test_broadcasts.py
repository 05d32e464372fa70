"""Broadcasts: checks, review, night, and what the followers get (protocol 3.4, 4.2)."""

from __future__ import annotations

from typing import Any

import pytest

from .broadcasting import got, reviewed, sent
from .conftest import DAY, Receiver, Zalo


def state(zalo: Zalo, broadcast: str) -> str:
    return str(zalo.get(f"broadcasts/{broadcast}")["state"])


def test_a_broadcast_waits_for_review_and_reaches_the_followers_alone(
    noon: Zalo, receiver: Receiver
) -> None:
    follower, stranger = noon.person("A", follow=True), noon.person("B")
    noon.settle()
    before = len(receiver.got)
    article = noon.article(status="show")
    broadcast = sent(noon, article, target={"gender": "0"})
    noon.control("POST", "clock", advance=1799)
    noon.settle()
    assert state(noon, broadcast) == "waiting_review"
    assert got(noon, follower) == []
    noon.control("POST", "clock", advance=1)
    noon.settle()
    view = noon.get(f"broadcasts/{broadcast}")
    assert (view["state"], view["matched"], view["reached"]) == ("done", 1, 1)
    assert (view["articles"], view["target"]) == ([article], {"gender": "0"})
    line = noon.get(f"people/{follower}/chat")["messages"][0]
    assert (line["from"], line["kind"], line["via"]) == ("oa", "article", "broadcast")
    assert line["content"]["title"] == "Lịch tiếp công dân"
    assert line["content"]["cover"] == "https://phuong.example/bia.png"
    assert line["content"]["link"].endswith(f"/article/{article}")
    assert got(noon, stranger) == []
    noon.act(follower, "open")
    noon.settle()
    assert len(receiver.got) == before, "no event is documented for broadcasts"


def test_up_to_five_articles_come_as_one_message(noon: Zalo) -> None:
    uid = noon.person(follow=True)
    articles = [noon.article(f"Bài {n}") for n in range(6)]
    assert noon.broadcast(*articles)["error"] == -210
    view = reviewed(noon, sent(noon, *articles[:5]))
    assert view["titles"] == [f"Bài {n}" for n in range(5)]
    lines = noon.get(f"people/{uid}/chat")["messages"]
    assert len(lines) == 1
    assert len(lines[0]["content"]["elements"]) == 5


def test_the_shape_of_a_broadcast_is_checked(noon: Zalo) -> None:
    article = noon.article()
    good = {"media_type": "article", "attachment_id": article}

    def code(message: Any, target: Any = None) -> tuple[int, str]:
        body = {"recipient": {"target": target or {}}, "message": message}
        answer = noon.api("POST", "/v2.0/oa/message", json=body)
        return answer["error"], answer["message"]

    def media(elements: Any, kind: str = "media") -> dict[str, Any]:
        payload = {"template_type": kind, "elements": elements}
        return {"attachment": {"type": "template", "payload": payload}}

    assert code(None) == (-201, "attachment is invalid!")
    assert code({"text": "a"}) == (-201, "attachment is invalid!")
    assert code({"attachment": {"type": "file", "payload": {}}})[0] == -201
    assert code(media([good], "list"))[0] == -233
    assert code(media([])) == (-201, "elements is invalid!")
    assert code(media(["a"])) == (-201, "elements is invalid!")
    assert code(media([{"media_type": "image", "attachment_id": article}]))[0] == -233
    assert code(media([{"media_type": "article"}])) == (-201, "attachment_id is invalid!")
    assert code(media([{**good, "attachment_id": "1"}])) == (-201, "attachment_id is invalid!")
    assert code(media([good]), "all") == (-201, "target is invalid!")
    assert code(media([good]), {"city": "4"}) == (-201, "target.city is invalid!")
    assert noon.get("broadcasts")["broadcasts"] == []


def test_a_message_to_one_person_is_still_240_and_a_reaction_still_works(noon: Zalo) -> None:
    uid = noon.person()
    message = noon.act(uid, "text", text="chào")["message"]["id"]
    to_one = {"recipient": {"user_id": uid}, "message": {"text": "a"}}
    assert noon.api("POST", "/v2.0/oa/message", json=to_one)["error"] == -240
    action = {"react_icon": "/-heart", "react_message_id": message}
    reaction = {"recipient": {"user_id": uid}, "sender_action": action}
    assert noon.api("POST", "/v2.0/oa/message", json=reaction)["error"] == 0


def test_an_article_that_is_not_ready_or_hidden_is_refused(noon: Zalo) -> None:
    hidden = noon.article(status="hide")
    assert noon.broadcast(hidden)["error"] == 0
    noon.settings(broadcast_hidden_refused=True)
    assert noon.broadcast(hidden)["message"] == "attachment_id is invalid!"
    shown = noon.article(status="show")
    assert noon.broadcast(shown)["error"] == 0
    noon.api("POST", "/v2.0/article/remove", json={"id": shown})
    assert noon.broadcast(shown)["message"] == "attachment_id is invalid!"


@pytest.mark.parametrize(
    ("local", "code"),
    [("21:59:59", 0), ("22:00:00", -234), ("05:59:59", -234), ("06:00:00", 0)],
)
def test_no_broadcast_is_taken_at_night(zalo: Zalo, local: str, code: int) -> None:
    zalo.at(DAY)
    article = zalo.article()
    zalo.at(f"2026-03-03T{local}")
    assert zalo.broadcast(article)["error"] == code


@pytest.mark.parametrize("how", ["review", "approval"])
def test_a_review_that_ends_at_night_waits_for_the_morning(zalo: Zalo, how: str) -> None:
    zalo.at("2026-03-02T21:50:00")
    uid = zalo.person(follow=True)
    broadcast = sent(zalo, zalo.article())
    if how == "approval":
        zalo.control("POST", "clock", advance=15 * 60)
        zalo.control("POST", f"broadcasts/{broadcast}/approve")
    else:
        zalo.control("POST", "clock", advance=1800)
    zalo.settle()
    assert state(zalo, broadcast) == "sending"
    assert got(zalo, uid) == []
    zalo.at("2026-03-03T05:59:59")
    zalo.settle()
    assert got(zalo, uid) == []
    zalo.at("2026-03-03T06:00:00")
    zalo.settle()
    assert state(zalo, broadcast) == "done"
    assert len(got(zalo, uid)) == 1


def test_the_kind_of_oa_may_be_refused(noon: Zalo) -> None:
    article = noon.article()
    noon.settings(broadcast_allowed=False)
    assert noon.broadcast(article)["error"] == -235


@pytest.mark.parametrize("code", [-211, -218, -224])
def test_the_packages_number_of_a_month_ends(zalo: Zalo, code: int) -> None:
    zalo.at("2026-03-31T10:00:00")
    zalo.settings(broadcast_monthly_total=1, broadcast_quota_code=code)
    article = zalo.article()
    broadcast = sent(zalo, article)
    zalo.control("POST", f"broadcasts/{broadcast}/reject")
    assert zalo.broadcast(article)["error"] == code
    assert zalo.get("state")["quotas"]["broadcast_remain"] == 0
    zalo.at("2026-04-01T10:00:00")
    assert zalo.broadcast(article)["error"] == 0


def test_the_reviewers_may_refuse_by_switch_or_by_order(noon: Zalo) -> None:
    uid, article = noon.person(follow=True), noon.article()
    noon.settings(broadcast_rejected=True)
    first, second = sent(noon, article), sent(noon, article)
    noon.control("POST", f"broadcasts/{second}/reject", reason="ảnh mờ")
    assert noon.get(f"broadcasts/{second}")["note"] == "ảnh mờ"
    noon.control("POST", "clock", advance=1800)
    noon.settle()
    assert [b["state"] for b in noon.get("broadcasts")["broadcasts"]] == ["rejected"] * 2
    assert state(noon, first) == "rejected"
    assert got(noon, uid) == []


def test_a_decision_comes_once(noon: Zalo) -> None:
    broadcast = sent(noon, noon.article())
    assert reviewed(noon, broadcast)["state"] == "done"
    url = f"{noon.running.url}/_control/broadcasts"
    for action in ("approve", "reject"):
        again = noon.http.post(f"{url}/{broadcast}/{action}", json={}, timeout=5)
        assert again.status_code == 409
        assert noon.http.post(f"{url}/1/{action}", json={}, timeout=5).status_code == 404
    odd = noon.http.post(f"{url}/{broadcast}/reject", json={"why": "a"}, timeout=5)
    assert odd.status_code == 422
    assert "why" in odd.json()["fields"]


def test_broadcasts_are_listed_by_state_and_waited_for(noon: Zalo) -> None:
    article = noon.article()
    first, second = sent(noon, article), sent(noon, article)
    noon.control("POST", f"broadcasts/{first}/approve")
    done = noon.get("broadcasts?state=done&wait=10")["broadcasts"]
    assert [b["id"] for b in done] == [first]
    waiting = noon.get("broadcasts?state=waiting_review")["broadcasts"]
    assert [b["id"] for b in waiting] == [second]


def test_what_was_accepted_is_what_is_sent(noon: Zalo) -> None:
    uid, article = noon.person(follow=True), noon.article("Trước")
    broadcast = sent(noon, article)
    noon.api("POST", "/v2.0/article/remove", json={"id": article})
    reviewed(noon, broadcast)
    assert got(noon, uid) == ["Trước"]


def test_the_gate_stands_before_a_broadcast_too(noon: Zalo) -> None:
    article = noon.article()
    noon.settings(oa_verified=False)
    assert noon.broadcast(article)["error"] == -221
    noon.settings(oa_verified=True)
    noon.control("POST", "tokens", action="expire")
    assert noon.broadcast(article)["error"] == -216


def test_a_reset_forgets_broadcasts_and_caps(noon: Zalo) -> None:
    noon.person(follow=True)
    reviewed(noon, sent(noon, noon.article()))
    waiting = sent(noon, noon.article())
    noon.control("POST", "reset")
    noon.at(DAY)
    assert noon.get("broadcasts")["broadcasts"] == []
    uid = noon.person(follow=True)
    noon.control("POST", "clock", advance=3600)
    noon.settle()
    assert got(noon, uid) == [], waiting
    assert reviewed(noon, sent(noon, noon.article()))["reached"] == 1
