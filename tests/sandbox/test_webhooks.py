"""Events of the sandbox: shape, signature, order, redelivery, the console's switches."""

from __future__ import annotations

import hashlib

from sandbox.webhooks import signature

from .conftest import Receiver, Zalo

BODY = (
    '{"app_id":"1122334455667788990","user_id_by_app":"5600000000000000938",'
    '"event_name":"user_send_text","timestamp":"1790000000123",'
    '"sender":{"id":"7300000000000000421"},"recipient":{"id":"4100000000000000017"},'
    '"message":{"msg_id":"a1b2c3d4e5f60718293a","text":"Chào phường"}}'
)


def test_the_signature_is_that_of_the_reference_vector() -> None:
    mac = signature("1122334455667788990", BODY.encode(), "1790000000123", "k9Xw2QpLz7RtVb4NcMhA")
    assert mac == "5e1802a97e7378af07ef4f5a5f237b8e63b16f95c11e63ed5a087cbc8d8f64a3"


def test_a_text_arrives_signed_over_its_exact_bytes(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    zalo.act(uid, "text", text="Chào phường 😀")
    zalo.settle()
    headers, body = receiver.got[0]
    event = receiver.events()[0]
    config = zalo.running.config
    joined = config.app_id.encode() + body + event["timestamp"].encode() + config.oa_secret.encode()
    assert headers["X-ZEvent-Signature"] == "mac=" + hashlib.sha256(joined).hexdigest()
    assert event["event_name"] == "user_send_text"
    assert event["sender"]["id"] == uid
    assert event["recipient"]["id"] == config.oa_id
    assert event["message"]["text"] == "Chào phường 😀"
    assert len(event["message"]["msg_id"]) == 20
    assert "X-ZEvent-Timestamp" not in headers
    assert "num_retry" not in headers


def test_signature_prefix_timestamp_header_and_ids_follow_their_switches(
    zalo: Zalo, receiver: Receiver
) -> None:
    uid = zalo.person()
    zalo.settings(
        signature_prefix=False, timestamp_header=True, user_id_by_app="never", reorder_id=True
    )
    zalo.act(uid, "text", text="a")
    zalo.settle()
    headers, _ = receiver.got[0]
    event = receiver.events()[0]
    assert len(headers["X-ZEvent-Signature"]) == 64
    assert headers["X-ZEvent-Timestamp"] == event["timestamp"]
    assert "user_id_by_app" not in event
    assert event["reorder_id"].isdigit()


def test_follow_and_unfollow_have_the_flat_shape(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    zalo.act(uid, "follow", source="message_invite")
    zalo.act(uid, "unfollow")
    zalo.settle()
    follow, unfollow = receiver.events()
    assert follow["event_name"] == "follow"
    assert follow["follower"] == {"id": uid}
    assert follow["source"] == "message_invite"
    assert follow["oa_id"] == zalo.running.config.oa_id
    assert unfollow["event_name"] == "unfollow"
    assert unfollow["timestamp"] != follow["timestamp"]


def test_events_of_one_citizen_keep_their_order(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    for number in range(40):
        zalo.act(uid, "text", text=str(number))
    zalo.settle()
    assert [e["message"]["text"] for e in receiver.events()] == [str(n) for n in range(40)]


def test_a_refused_event_comes_again_unchanged_with_its_number(
    zalo: Zalo, receiver: Receiver
) -> None:
    uid = zalo.person()
    receiver.status = 503
    zalo.act(uid, "text", text="a")
    zalo.settle()
    for number, seconds in enumerate((30, 300, 900), start=1):
        zalo.control("POST", "clock", advance=seconds - 1)
        zalo.settle()
        assert len(receiver.got) == number, "not before its time"
        zalo.control("POST", "clock", advance=1.5)
        _wait_for(zalo, receiver, number + 1)
    assert {body for _, body in receiver.got} == {receiver.got[0][1]}
    assert [h.get("num_retry") for h, _ in receiver.got] == [None, "1", "2", "3"]
    receiver.status = 200
    zalo.control("POST", "clock", advance=1801)
    _wait_for(zalo, receiver, 5)
    zalo.settle()
    assert zalo.get("webhooks")["webhooks"][0]["state"] == "delivered"


def test_after_the_last_redelivery_the_subscription_is_off_until_somebody_asks(
    zalo: Zalo, receiver: Receiver
) -> None:
    uid = zalo.person()
    receiver.status = 500
    zalo.act(uid, "text", text="a")
    zalo.settle()
    for number, seconds in enumerate((31, 301, 901, 1801, 3601), start=2):
        zalo.control("POST", "clock", advance=seconds)
        _wait_for(zalo, receiver, number)
    zalo.settle()
    assert zalo.get("state")["webhook"]["subscribed"] is False
    receiver.status = 200
    zalo.act(uid, "text", text="b")
    zalo.settle()
    assert len(receiver.got) == 6
    zalo.control("POST", "webhook/subscribe")
    zalo.act(uid, "text", text="c")
    zalo.settle()
    assert len(receiver.got) == 7


def test_a_slow_receiver_is_given_up_and_tried_again(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    zalo.settings(webhook_timeout_ms=100)
    receiver.pause = 0.5
    zalo.act(uid, "text", text="a")
    zalo.settle()
    sent = zalo.get("webhooks")["webhooks"][0]
    assert sent["state"] == "retrying"
    assert sent["attempts"][0]["status"] is None
    assert sent["attempts"][0]["error"] == "ReadTimeoutError"


def test_a_refusal_is_final_when_only_connections_count(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    zalo.settings(retry_trigger="connection")
    receiver.status = 400
    zalo.act(uid, "text", text="a")
    zalo.settle()
    assert zalo.get("webhooks")["webhooks"][0]["state"] == "delivered"


def test_the_syntax_filter_drops_texts_without_a_hash(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    zalo.settings(syntax_filter=True, events_off=["follow"])
    zalo.act(uid, "follow")
    zalo.act(uid, "text", text="xin chào")
    zalo.act(uid, "text", text="#menu")
    zalo.settle()
    assert [e["message"]["text"] for e in receiver.events()] == ["#menu"]


def test_a_duplicate_is_the_same_bytes_twice(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    zalo.control("POST", "faults", kind="webhook_duplicate", times=1)
    zalo.act(uid, "text", text="a")
    zalo.act(uid, "text", text="b")
    zalo.settle()
    bodies = [body for _, body in receiver.got]
    assert len(bodies) == 3
    assert len(set(bodies)) == 2


def test_a_reordered_event_arrives_after_the_next_one(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    zalo.control("POST", "faults", kind="webhook_reorder", times=1)
    zalo.act(uid, "text", text="first")
    zalo.act(uid, "text", text="second")
    zalo.settle()
    assert [e["message"]["text"] for e in receiver.events()] == ["second", "first"]


def test_a_held_event_comes_alone_when_nothing_follows(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    zalo.control("POST", "faults", kind="webhook_reorder", times=1)
    zalo.act(uid, "text", text="alone")
    zalo.settle()
    assert receiver.names() == ["user_send_text"]


def test_an_address_is_saved_only_when_the_unsigned_probe_gets_200(
    zalo: Zalo, receiver: Receiver
) -> None:
    answer = zalo.control("PUT", "webhook", url=receiver.url)
    assert answer["status"] == 200
    headers, body = receiver.got[0]
    assert body == b"{}"
    assert "X-ZEvent-Signature" not in headers
    receiver.status = 401
    refused = zalo.http.put(
        f"{zalo.running.url}/_control/webhook", json={"url": receiver.url}, timeout=5
    )
    assert refused.status_code == 409


def test_the_test_button_sends_a_signed_sample(zalo: Zalo, receiver: Receiver) -> None:
    for name in ("user_send_text", "follow", "user_seen_message", "user_send_image"):
        zalo.control("POST", "webhook/test", event_name=name)
    zalo.settle()
    text, follow, seen, image = receiver.events()
    assert text["message"] == {"msg_id": "This is message id", "text": "This is testing message"}
    assert follow["source"] == "testing_webhook"
    assert seen["message"]["msg_ids"] == ["This is message id"] * 2
    assert image["message"]["attachments"][0]["type"] == "image"
    assert receiver.got[0][0]["X-ZEvent-Signature"].startswith("mac=")


def _wait_for(zalo: Zalo, receiver: Receiver, count: int) -> None:
    for _ in range(100):
        if len(receiver.got) >= count:
            zalo.settle()
            return
        changes = zalo.running.world.changes
        changes.wait_beyond(changes.number, 0.05)
    raise AssertionError(f"{len(receiver.got)} deliveries, not {count}")
