"""Faults, waiting, logs and the server itself."""

from __future__ import annotations

import http.client
import threading
import time

import pytest
import requests

from .conftest import Receiver, Zalo


def ready(zalo: Zalo) -> str:
    uid = zalo.person()
    zalo.act(uid, "text", text="chào")
    return uid


def texts(zalo: Zalo, uid: str) -> list[str]:
    return [m["text"] for m in zalo.get(f"people/{uid}/chat?from=oa")["messages"]]


def fault(zalo: Zalo, kind: str, **more: object) -> None:
    zalo.control("POST", "faults", kind=kind, times=1, **more)


def test_gateway_errors_have_no_effect(zalo: Zalo) -> None:
    uid = ready(zalo)
    body = {"recipient": {"user_id": uid}, "message": {"text": "a"}}
    fault(zalo, "http_500")
    assert zalo.answer("POST", "/v3.0/oa/message/cs", json=body).status_code == 500
    fault(zalo, "http_502")
    broken = zalo.answer("POST", "/v3.0/oa/message/cs", json=body)
    assert broken.status_code == 502
    assert broken.text.startswith("<html>")
    assert texts(zalo, uid) == []


@pytest.mark.parametrize(
    ("kind", "arrived"), [("timeout_before", []), ("timeout_after", ["Xin chào"])]
)
def test_a_timeout_before_or_after_acceptance(zalo: Zalo, kind: str, arrived: list[str]) -> None:
    uid = ready(zalo)
    fault(zalo, kind, path="/v3.0/oa/message/*")
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            zalo.running.url + "/v3.0/oa/message/cs",
            json={"recipient": {"user_id": uid}, "message": {"text": "Xin chào"}},
            headers={"access_token": "test-access"},
            timeout=0.3,
        )
    assert texts(zalo, uid) == arrived
    zalo.control("DELETE", "faults")


def test_a_reset_cuts_the_line(zalo: Zalo) -> None:
    uid = ready(zalo)
    fault(zalo, "reset")
    with pytest.raises(requests.ConnectionError):
        zalo.send(uid)
    assert zalo.send(uid)["error"] == 0


def test_codes_storms_broken_json_and_latency(zalo: Zalo) -> None:
    uid = ready(zalo)
    fault(zalo, "error", code=-200, message="Send message failed")
    assert zalo.send(uid) == {"error": -200, "message": "Send message failed"}
    fault(zalo, "rate_storm")
    assert zalo.send(uid)["error"] == -32
    fault(zalo, "broken_json")
    with pytest.raises(requests.JSONDecodeError):
        zalo.send(uid)
    assert texts(zalo, uid) == ["Xin chào"], "broken answers come after acceptance"
    fault(zalo, "latency", ms=120)
    began = time.monotonic()
    zalo.send(uid)
    assert time.monotonic() - began >= 0.12
    fault(zalo, "slow_drip", seconds=0.2)
    assert zalo.send(uid)["error"] == 0


def test_a_fault_stays_until_it_is_switched_off(zalo: Zalo) -> None:
    uid = ready(zalo)
    made = zalo.control("POST", "faults", kind="error", code=-200)
    assert [zalo.send(uid)["error"] for _ in range(3)] == [-200] * 3
    zalo.control("DELETE", f"faults/{made['id']}")
    assert zalo.send(uid)["error"] == 0


def test_a_wait_ends_as_soon_as_the_message_is_there(zalo: Zalo) -> None:
    uid = ready(zalo)
    threading.Timer(0.2, zalo.send, (uid, "đến rồi")).start()
    began = time.monotonic()
    chat = requests.get(
        f"{zalo.running.url}/_control/people/{uid}/chat?from=oa&wait=10", timeout=15
    ).json()
    assert [m["text"] for m in chat["messages"]] == ["đến rồi"]
    assert time.monotonic() - began < 5
    empty = zalo.get(f"people/{uid}/chat?after={chat['next']}&wait=0")
    assert empty["messages"] == []


def test_every_call_is_kept_with_body_answer_and_masked_token(zalo: Zalo) -> None:
    uid = ready(zalo)
    zalo.send(uid, "một")
    call = zalo.get("calls?path=/v3.0/oa/message&wait=5")["calls"][0]
    assert call["method"] == "POST"
    assert call["body"]["message"] == {"text": "một"}
    assert call["answer"]["error"] == 0
    assert call["headers"]["access_token"] == "…access"
    assert call["status"] == 200


def test_wrong_orders_name_the_field(zalo: Zalo) -> None:
    url = zalo.running.url + "/_control/"
    phone = zalo.http.post(url + "people", json={"name": "A", "phone": "12"}, timeout=5)
    assert phone.status_code == 422
    assert "phone" in phone.json()["fields"]
    switch = zalo.http.patch(url + "settings", json={"retry_from": "moon"}, timeout=5)
    assert switch.status_code == 422
    unknown = zalo.http.post(url + "people", data=b"{", timeout=5)
    assert unknown.status_code == 422
    assert zalo.http.post(url + "faults", json={"kind": "x"}, timeout=5).status_code == 422
    uid = zalo.person()
    assert zalo.http.post(f"{url}people/{uid}/dance", json={}, timeout=5).status_code == 404
    zalo.act(uid, "block", on=True)
    blocked = zalo.http.post(f"{url}people/{uid}/text", json={"text": "a"}, timeout=5)
    assert blocked.status_code == 409


def test_other_sites_cannot_use_the_control_api(zalo: Zalo) -> None:
    answer = zalo.http.post(
        zalo.running.url + "/_control/reset",
        headers={"Origin": "https://evil.example"},
        timeout=5,
    )
    assert answer.status_code == 403


def test_a_reset_starts_over_with_the_preset_tokens(zalo: Zalo, receiver: Receiver) -> None:
    ready(zalo)
    zalo.settle()
    zalo.control("POST", "clock", advance=10**7)
    zalo.control("POST", "tokens", action="issue")
    zalo.settings(rate_oa=5)
    zalo.control("POST", "reset")
    assert zalo.get("people")["people"] == []
    assert zalo.get("settings")["settings"]["rate_oa"] == 100
    assert zalo.api("GET", "/v2.0/oa/getoa")["error"] == 0
    uid = zalo.person()
    zalo.act(uid, "follow")
    zalo.settle()
    assert receiver.names()[-1] == "follow"


def test_the_clock_stands_still_and_moves(zalo: Zalo) -> None:
    zalo.control("POST", "clock", freeze=True)
    zalo.control("POST", "clock", set="2026-02-16T23:59:59+07:00")
    assert zalo.get("clock")["local"] == "2026-02-16T23:59:59+0700"
    moved = zalo.control("POST", "clock", advance=1)
    assert moved["local"] == "2026-02-17T00:00:00+0700"
    assert moved["frozen"] is True


def test_changes_are_streamed(zalo: Zalo) -> None:
    uid = zalo.person()
    with requests.get(zalo.running.url + "/_control/stream", stream=True, timeout=10) as stream:
        lines = stream.iter_lines()
        assert next(lines) == b"retry: 1000"
        zalo.act(uid, "text", text="chào")
        found = next(line for line in lines if b'"chat"' in line)
    assert uid.encode() in found


def test_a_kept_connection_serves_many_calls(zalo: Zalo) -> None:
    config = zalo.running.config
    connection = http.client.HTTPConnection(config.host, config.port, timeout=5)
    connection.connect()
    first = connection.sock
    for _ in range(5):
        connection.request("GET", "/v2.0/oa/getoa", headers={"access_token": "test-access"})
        assert b'"error":0' in connection.getresponse().read()
    assert connection.sock is first
    connection.close()


def test_a_body_without_a_length_is_refused(zalo: Zalo) -> None:
    url = zalo.running.url + "/v3.0/oa/message/cs"
    assert requests.post(url, data=iter([b"a"]), timeout=5).status_code == 411
