"""Consultation messages: what is accepted, in which window, and the order of refusals."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Receiver, Zalo

HOUR = 3600


def test_an_accepted_text_is_answered_echoed_received_and_stands_in_the_chat(
    zalo: Zalo, receiver: Receiver
) -> None:
    uid = zalo.person()
    zalo.act(uid, "text", text="chào")
    answer = zalo.send(uid, "Xin chào\nông/bà")
    assert answer["error"] == 0
    assert answer["message"] == "Success"
    assert answer["data"]["user_id"] == uid
    assert answer["data"]["quota"] == {"quota_type": "reply"}
    zalo.settle()
    echo, received = receiver.events()[1:]
    assert echo["event_name"] == "oa_send_text"
    assert echo["sender"] == {"id": zalo.running.config.oa_id}
    assert echo["recipient"] == {"id": uid}
    assert echo["message"] == {"msg_id": answer["data"]["message_id"], "text": "Xin chào\nông/bà"}
    assert received["event_name"] == "user_received_message"
    chat = zalo.get(f"people/{uid}/chat?from=oa")["messages"]
    assert chat[0]["text"] == "Xin chào\nông/bà"
    assert chat[0]["received"] is not None
    assert chat[0]["seen"] is None


def test_an_open_chat_is_seen_and_an_opened_one_too(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    zalo.act(uid, "text", text="chào")
    first = zalo.send(uid)["data"]["message_id"]
    zalo.settle()
    assert zalo.get(f"people/{uid}")["unread"] == 1
    zalo.act(uid, "open", on=True)
    second = zalo.send(uid)["data"]["message_id"]
    zalo.settle()
    seen = [e["message"]["msg_ids"] for e in receiver.events("user_seen_message")]
    assert seen == [[first], [second]]
    assert zalo.get(f"people/{uid}")["unread"] == 0


def test_the_window_is_free_for_48_hours_then_counted_then_closed(zalo: Zalo) -> None:
    uid = zalo.person()
    zalo.settings(sub_quota_total=1, access_token_seconds=10**8)
    zalo.control("POST", "tokens", action="preset", access_token="test-access", refresh_token="r")
    zalo.control("POST", "clock", freeze=True)
    zalo.act(uid, "text", text="chào")
    zalo.control("POST", "clock", advance=48 * HOUR - 1)
    assert zalo.send(uid)["data"]["quota"]["quota_type"] == "reply"
    zalo.control("POST", "clock", advance=1)
    counted = zalo.send(uid)["data"]["quota"]
    assert counted["quota_type"] == "sub_quota"
    assert counted["remain"] == "0"
    assert "quota" not in zalo.send(uid)["data"], "billed"
    zalo.settings(bill_beyond_quota=False)
    assert zalo.send(uid)["error"] == -211
    zalo.control("POST", "clock", advance=5 * 24 * HOUR)
    closed = zalo.send(uid)
    assert closed["error"] == -230
    assert closed["message"] == "User has not interacted with the OA in the past 7 days"


def test_a_follower_who_never_wrote_gets_three_welcome_messages(zalo: Zalo) -> None:
    uid = zalo.person(follow=True)
    kinds = [zalo.send(uid)["data"]["quota"] for _ in range(3)]
    assert [k["remain"] for k in kinds] == ["2", "1", "0"]
    assert zalo.send(uid)["error"] == -232


def test_following_opens_the_window_when_so_set(zalo: Zalo) -> None:
    zalo.settings(follow_opens_window=True)
    uid = zalo.person(follow=True)
    assert zalo.send(uid)["data"]["quota"]["quota_type"] == "reply"


def test_somebody_without_any_contact_cannot_be_written_to(zalo: Zalo) -> None:
    assert zalo.send(zalo.person())["error"] == -232
    assert zalo.send("7999999999999999999")["error"] == -201


def test_blocked_restricted_and_inactive_people_answer_their_codes(zalo: Zalo) -> None:
    uid = zalo.person()
    zalo.act(uid, "text", text="chào")
    zalo.act(uid, "block", on=True)
    assert zalo.send(uid)["error"] == -217
    zalo.settings(blocked_user_code=-213)
    assert zalo.send(uid)["error"] == -213
    zalo.act(uid, "unblock")
    zalo.control("PATCH", f"people/{uid}", restricted=True)
    assert zalo.send(uid)["error"] == -244
    zalo.control("PATCH", f"people/{uid}", inactive=True)
    assert zalo.send(uid)["error"] == -227
    zalo.control("PATCH", f"people/{uid}", inactive=False, restricted=False)
    zalo.control("POST", "faults", kind="blocked_user", times=1)
    assert zalo.send(uid)["error"] == -213
    assert zalo.send(uid)["error"] == 0


def button(**changes: Any) -> dict[str, Any]:
    return {"title": "Nút", "type": "oa.query.hide", "payload": "#menu", **changes}


def with_buttons(*buttons: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": {"buttons": list(buttons)}}}


def media(**element: Any) -> dict[str, Any]:
    payload = {"template_type": "media", "elements": [{"media_type": "image", **element}]}
    return {"attachment": {"type": "template", "payload": payload}}


FORM = {
    "template_type": "request_user_info",
    "elements": [{"title": "T", "subtitle": "S", "image_url": "https://a.example/a.png"}],
}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"text": ""}, -201),
        ({"text": 5}, -201),
        ({"text": "a" * 2000}, 0),
        ({"text": "a" * 2001}, -210),
        (with_buttons(*[button()] * 5), 0),
        (with_buttons(*[button()] * 6), -210),
        (with_buttons(button(title="a" * 100)), 0),
        (with_buttons(button(title="a" * 101)), -210),
        (with_buttons(button(payload="a" * 1001)), -210),
        (with_buttons(button(type="oa.scan.qr")), -201),
        (with_buttons(button(type="oa.open.url", payload={"url": "javascript:x"})), -201),
        (with_buttons(button(type="oa.open.phone", payload={"phone_code": "84900000001"})), 0),
        (with_buttons("x"), -201),
        (media(url="https://a.example/a.png"), 0),
        (media(url="https://a.example/a.png", attachment_id="x"), -201),
        (media(), -201),
        (media(attachment_id="unknown"), -100),
        ({"attachment": {"type": "file", "payload": {"token": "unknown"}}}, -100),
        ({"attachment": {"type": "template", "payload": FORM}}, 0),
        ({"attachment": {"type": "video", "payload": {}}}, -233),
        ({"quote_message_id": "unknown"}, -201),
    ],
)
def test_fields_are_held_to_the_protocols_limits(
    zalo: Zalo, message: dict[str, Any], code: int
) -> None:
    uid = zalo.person()
    zalo.act(uid, "text", text="chào")
    assert zalo.send(uid, **{"text": "chữ", **message})["error"] == code


def test_the_token_is_looked_at_before_the_body_and_the_body_before_the_window(
    zalo: Zalo,
) -> None:
    uid = zalo.person()
    path = "/v3.0/oa/message/cs"
    wrong = zalo.api("POST", path, data=b"{", headers={"access_token": "x"})
    assert wrong == {"error": -216, "message": "Access token is invalid"}
    assert zalo.api("POST", path, data=b"{")["error"] == -201
    assert zalo.send(uid, "a" * 3000)["error"] == -210
    assert zalo.send(uid)["error"] == -232


def test_buttons_send_their_payload_shown_or_hidden_and_links_are_opened(
    zalo: Zalo, receiver: Receiver
) -> None:
    uid = zalo.person()
    zalo.act(uid, "text", text="chào")
    zalo.send(
        uid,
        "Chọn",
        **with_buttons(
            button(title="Ẩn", payload="#an"),
            button(title="Hiện", type="oa.query.show", payload="#hien"),
            button(title="Mở", type="oa.open.url", payload={"url": "https://a.example/"}),
        ),
    )
    assert zalo.act(uid, "press", title="Ẩn")["hidden"] is True
    assert zalo.act(uid, "press", title="Hiện")["hidden"] is False
    opened = zalo.act(uid, "press", title="Mở")
    assert (opened["open"], opened["url"]) == ("url", "https://a.example/")
    zalo.act(uid, "press", payload="#menu")
    zalo.settle()
    texts = [e["message"]["text"] for e in receiver.events("user_send_text")]
    assert texts == ["chào", "#an", "#hien", "#menu"]
    shown = zalo.get(f"people/{uid}/chat?hidden=0&from=user")["messages"]
    assert [m["text"] for m in shown] == ["chào", "#hien"]


@pytest.mark.parametrize("form", ["nested", "flat"])
def test_the_info_form_comes_back_as_user_submit_info(
    zalo: Zalo, receiver: Receiver, form: str
) -> None:
    uid = zalo.person()
    zalo.settings(submit_info_form=form)
    zalo.act(uid, "text", text="chào")
    zalo.send(uid, "", attachment={"type": "template", "payload": FORM})
    zalo.act(uid, "submit_info", name="Mẫu", phone="0912 345 678", ward="Phường A")
    zalo.settle()
    info = receiver.events("user_submit_info")[0]["info"]
    assert info["phone"] == "84912345678"
    ward = info["full_address"]["user_ward"] if form == "nested" else info["ward"]
    assert ward == "Phường A"
    assert zalo.get(f"people/{uid}/chat?from=oa")["messages"][0]["content"]["submitted"]
    detail = zalo.api("GET", "/v3.0/oa/user/detail", params={"data": f'{{"user_id":"{uid}"}}'})
    assert detail["data"]["shared_info"]["phone"] == "84912345678"


def test_a_person_of_the_office_answers_with_an_admin_id(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    zalo.act(uid, "staff", text="Cán bộ đây", admin_id="91")
    zalo.settle()
    assert receiver.events("oa_send_text")[0]["sender"]["admin_id"] == "91"


def test_everything_a_citizen_may_send_has_its_event(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    zalo.act(uid, "chatnow")
    zalo.act(uid, "image", name="a.png", base64=png, caption="ảnh")
    zalo.act(uid, "file", name="a.pdf", base64="JVBERi0xLjQK")
    zalo.act(uid, "sticker", sticker="heart")
    zalo.act(uid, "location", latitude=21.8, longitude=105.2)
    zalo.act(uid, "card", name="Trần B", phone="0900000002")
    zalo.act(uid, "chatnow")
    mine = zalo.get(f"people/{uid}/chat")["messages"][0]["id"]
    zalo.act(uid, "react", message_id=mine, icon="/-heart")
    zalo.act(uid, "withdraw")
    zalo.settle()
    assert receiver.names() == [
        "user_click_chatnow",
        "user_send_image",
        "user_send_file",
        "user_send_sticker",
        "user_send_location",
        "user_send_business_card",
        "user_reacted_message",
        "user_withdraw",
    ]
    image = receiver.events("user_send_image")[0]["message"]
    assert image["text"] == "ảnh"
    url = image["attachments"][0]["payload"]["url"]
    assert zalo.http.get(url, timeout=5).headers["Content-Type"] == "image/png"
    file = receiver.events("user_send_file")[0]["message"]["attachments"][0]["payload"]
    assert (file["name"], file["size"], file["type"]) == ("a.pdf", "9", "pdf")
    place = receiver.events("user_send_location")[0]["message"]["attachments"][0]["payload"]
    assert place["coordinates"] == {"latitude": "21.800000", "longitude": "105.200000"}
    assert '"phone": "84900000002"' in receiver.got[5][1].decode().replace('\\"', '"')


def test_closed_addresses_answer_as_closed(zalo: Zalo) -> None:
    body = {"recipient": {"user_id": "1"}, "message": {"text": "a"}}
    assert zalo.api("POST", "/v2.0/oa/message", json=body)["error"] == -240
    assert zalo.api("POST", "/v3.0/oa/message/transaction", json=body)["error"] == -209
