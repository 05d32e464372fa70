"""Users, tags, chats, uploads, quotas, rates: what the OA may ask."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from .conftest import Receiver, Zalo

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
PDF = b"%PDF-1.4\n" + b"0" * 50


def ask(zalo: Zalo, path: str, **data: Any) -> Any:
    return zalo.api("GET", path, params={"data": json.dumps(data)})


def upload(zalo: Zalo, channel: str, body: bytes, name: str = "a") -> Any:
    return zalo.api("POST", f"/v2.0/oa/upload/{channel}", files={"file": (name, body)})


def docx() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    return packed.getvalue()


def test_detail_knows_name_and_following_and_nothing_not_shared(zalo: Zalo) -> None:
    uid = zalo.person("Lê Mẫu", phone="0912345678", follow=True)
    detail = ask(zalo, "/v3.0/oa/user/detail", user_id=uid)["data"]
    assert detail["display_name"] == "Lê Mẫu"
    assert detail["user_is_follower"] is True
    assert "shared_info" not in detail
    assert ask(zalo, "/v3.0/oa/user/detail", user_id="1")["error"] == -201
    assert zalo.api("GET", "/v3.0/oa/user/detail", params={"data": "{"})["error"] == -201


def test_the_list_is_paged_and_filtered(zalo: Zalo) -> None:
    followers = [zalo.person(f"Người {n}", follow=True) for n in range(3)]
    stranger = zalo.person("Khách")
    zalo.act(stranger, "text", text="chào")
    listed = ask(zalo, "/v3.0/oa/user/getlist", offset=1, count=2)["data"]
    assert (listed["total"], listed["count"]) == (4, 2)
    only = ask(zalo, "/v3.0/oa/user/getlist", offset=0, count=50, is_follower=True)["data"]
    assert [u["user_id"] for u in only["users"]] == followers
    today = ask(zalo, "/v3.0/oa/user/getlist", last_interaction_period="TODAY")["data"]
    assert [u["user_id"] for u in today["users"]] == [stranger]
    assert ask(zalo, "/v3.0/oa/user/getlist", count=51)["error"] == -201


def test_tags_are_made_used_and_removed(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person(follow=True)
    body = {"user_id": uid, "tag_name": "Tổ 5"}
    zalo.api("POST", "/v2.0/oa/tag/tagfollower", json=body)
    assert zalo.api("GET", "/v2.0/oa/tag/gettagsofoa")["data"] == ["Tổ 5"]
    assert ask(zalo, "/v3.0/oa/user/getlist", tag_name="Tổ 5")["data"]["total"] == 1
    zalo.api("POST", "/v2.0/oa/tag/rmfollowerfromtag", json=body)
    assert zalo.api("GET", "/v2.0/oa/tag/gettagsofoa")["data"] == []
    zalo.settle()
    assert receiver.names() == ["follow", "add_user_to_tag", "remove_user_from_tag"]


def test_a_conversation_is_newest_first_and_at_most_ten(zalo: Zalo) -> None:
    uid = zalo.person()
    zalo.act(uid, "text", text="hỏi")
    zalo.send(uid, "đáp")
    lines = ask(zalo, "/v2.0/oa/conversation", user_id=uid, offset=0, count=10)["data"]
    assert [(line["src"], line["message"]) for line in lines] == [(0, "đáp"), (1, "hỏi")]
    assert ask(zalo, "/v2.0/oa/listrecentchat", offset=0, count=10)["data"][0]["message"] == "đáp"
    assert ask(zalo, "/v2.0/oa/conversation", user_id=uid, count=11)["error"] == -201


def test_getoa_and_quota_answers(zalo: Zalo) -> None:
    zalo.settings(getoa_id_member="oaid")
    oa = zalo.api("GET", "/v2.0/oa/getoa")["data"]
    assert oa["oaid"] == zalo.running.config.oa_id
    assert "oa_id" not in oa
    assert oa["oa_type"] == 4
    body = {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}
    quota = zalo.api("POST", "/v3.0/oa/quota/message", json=body)["data"][0]
    assert (quota["total"], quota["remain"]) == (500, 500)


@pytest.mark.parametrize(
    ("channel", "body", "code"),
    [
        ("image", PNG, 0),
        ("image", b"\xff\xd8\xff" + b"0" * 9, 0),
        ("image", PDF, -201),
        ("image", PNG + b"0" * 1024 * 1024, -210),
        ("gif", b"GIF89a" + b"0" * 9, 0),
        ("gif", PNG, -201),
        ("file", PDF, 0),
        ("file", docx(), 0),
        ("file", b"PK\x03\x04 not a document", -201),
        ("file", PDF + b"0" * 5 * 1024 * 1024, -210),
    ],
)
def test_uploads_are_judged_by_content_and_size(
    zalo: Zalo, channel: str, body: bytes, code: int
) -> None:
    assert upload(zalo, channel, body)["error"] == code


def test_an_upload_can_be_sent_for_seven_days(zalo: Zalo, receiver: Receiver) -> None:
    uid = zalo.person()
    zalo.act(uid, "text", text="chào")
    token = upload(zalo, "file", PDF, "phiếu.pdf")["data"]["token"]
    message = {"attachment": {"type": "file", "payload": {"token": token}}}
    assert zalo.send(uid, "", **message)["error"] == 0
    zalo.settle()
    sent = receiver.events("oa_send_file")[0]["message"]["attachments"][0]["payload"]
    assert sent["name"] == "phiếu.pdf"
    fetched = zalo.http.get(sent["url"], timeout=5)
    assert fetched.content == PDF
    assert fetched.headers["Content-Type"] == "application/pdf"
    zalo.control("POST", "clock", advance=7 * 86_400)
    zalo.control("POST", "tokens", action="preset", access_token="test-access", refresh_token="r")
    zalo.act(uid, "text", text="chào")
    assert zalo.send(uid, "", **message)["error"] == -100


def test_calls_are_counted_by_clock_minute_with_headers(zalo: Zalo) -> None:
    zalo.control("POST", "clock", freeze=True)
    zalo.control("POST", "clock", set="2026-11-18T10:00:30")
    zalo.control("POST", "tokens", action="preset", access_token="test-access", refresh_token="r")
    zalo.settings(rate_oa=2)
    first = zalo.answer("GET", "/v2.0/oa/getoa")
    assert first.headers["X-RateLimit-Limit"] == "2"
    assert first.headers["X-RateLimit-Remain"] == "1"
    zalo.answer("GET", "/v2.0/oa/getoa")
    full = zalo.answer("GET", "/v2.0/oa/getoa")
    assert full.json() == {"error": -32, "message": "Your OA reached limit call api"}
    assert full.headers["X-RateLimit-Remain"] == "0"
    assert zalo.api("GET", "/message/quota")["error"] == 0, "ZBS is not counted for the OA"
    zalo.control("POST", "clock", advance=29)
    assert zalo.api("GET", "/v2.0/oa/getoa")["error"] == -32
    zalo.control("POST", "clock", advance=1)
    assert zalo.api("GET", "/v2.0/oa/getoa")["error"] == 0
    zalo.settings(rate_app=1)
    assert zalo.api("GET", "/v2.0/oa/getoa")["message"].startswith("Your application")


def test_the_oas_standing_has_its_codes(zalo: Zalo) -> None:
    for switch, code in (
        ("oa_verified", -221),
        ("oa_package", -224),
        ("oa_authorised", -223),
        ("oa_enabled", -204),
    ):
        zalo.settings(**{switch: False})
        assert zalo.api("GET", "/v2.0/oa/getoa")["error"] == code
