"""The client against a real HTTP server: bodies, typed answers, and what each failure means."""

import socket
import threading
import time
from datetime import UTC, datetime

import pytest

from bot.client import ZaloClient
from bot.errors import Api
from bot.messages import AskInfo, File, Image, OpenPhone, OpenSms, OpenUrl, Query, Template, Text
from bot.oauth import OAuthRefused
from bot.outcomes import (
    CallFailed,
    NoToken,
    NotSent,
    Quota,
    Uncertain,
    ZaloError,
)
from tests.bot.zalo_stub import ok, running

UID = "7300000000000000421"
TEMPLATE = Template("204531", {"ma": "0028"}, "hs-1")


class Tokens:
    """Tokens as an owner would give them: each renewal counts one up."""

    def __init__(self):
        self.number = 1
        self.renewed = []
        self.refusal = None

    def current(self):
        return f"token-{self.number}"

    def renew(self, dead):
        self.renewed.append(dead)
        if self.refusal:
            raise self.refusal
        self.number += 1
        return self.current()


@pytest.fixture(scope="module")
def server():
    with running() as stub:
        yield stub


@pytest.fixture
def zalo(server):
    server.asked.clear()
    server.answer(ok())
    return server


@pytest.fixture
def tokens():
    return Tokens()


@pytest.fixture
def client(zalo, tokens):
    return connect(zalo.url, tokens)


def connect(url, tokens, timeouts=(1, 0.4), **more):
    return ZaloClient(url, url, url, tokens, timeouts, "11", "appSecretKey", **more)


def test_a_text_with_buttons_goes_out_as_the_protocol_prints_it(client, zalo):
    zalo.answer(
        ok({"message_id": "e0", "sent_time": "1790000000456", "quota": {"quota_type": "reply"}})
    )
    buttons = (
        OpenUrl("Xem", "https://p.example/1"),
        Query("Ảnh", "#anh"),
        Query("Hiện", "#x", visible=True),
        OpenPhone("Gọi", "84900000001"),
        OpenSms("SMS", "84900000001", "TTHC"),
    )
    sent = client.send(UID, Text("Chào", buttons, quote="q1"))
    (asked,) = zalo.asked
    assert (asked.method, asked.path) == ("POST", "/v3.0/oa/message/cs")
    assert asked.headers["access_token"] == "token-1"
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.json == {
        "recipient": {"user_id": UID},
        "message": {
            "text": "Chào",
            "quote_message_id": "q1",
            "attachment": {
                "type": "template",
                "payload": {
                    "template_type": "button",
                    "buttons": [
                        {
                            "title": "Xem",
                            "type": "oa.open.url",
                            "payload": {"url": "https://p.example/1"},
                        },
                        {"title": "Ảnh", "type": "oa.query.hide", "payload": "#anh"},
                        {"title": "Hiện", "type": "oa.query.show", "payload": "#x"},
                        {
                            "title": "Gọi",
                            "type": "oa.open.phone",
                            "payload": {"phone_code": "84900000001"},
                        },
                        {
                            "title": "SMS",
                            "type": "oa.open.sms",
                            "payload": {"content": "TTHC", "phone_code": "84900000001"},
                        },
                    ],
                },
            },
        },
    }
    assert sent.message_id == "e0"
    assert sent.sent_at == datetime(2026, 9, 21, 14, 13, 20, 456000, tzinfo=UTC)
    assert sent.quota == Quota("reply")


def message_of(zalo):
    return zalo.asked[-1].json["message"]


def test_pictures_files_and_forms_have_their_own_attachments(client, zalo):
    client.send(UID, Image("ảnh", url="https://p.example/a.jpg"))
    element = {"media_type": "image", "url": "https://p.example/a.jpg"}
    payload = {"template_type": "media", "elements": [element]}
    attachment = {"type": "template", "payload": payload}
    assert message_of(zalo) == {"text": "ảnh", "attachment": attachment}
    client.send(UID, Image(attachment_id="att"))
    element = message_of(zalo)["attachment"]["payload"]["elements"][0]
    assert element == {"media_type": "image", "attachment_id": "att"}
    assert "text" not in message_of(zalo)
    client.send(UID, File("m", "a.pdf", token="tok"))
    assert message_of(zalo) == {"attachment": {"type": "file", "payload": {"token": "tok"}}}
    client.send(UID, AskInfo("Tên", "Để nhận tin", "https://p.example/a.jpg"))
    assert message_of(zalo)["attachment"]["payload"]["template_type"] == "request_user_info"
    for unready in (Image(media="m"), File("m", "a.pdf")):
        with pytest.raises(ValueError, match="uploaded"):
            client.send(UID, unready)


def test_templates_go_by_uid_without_and_by_phone_with_tracking_id(client, zalo):
    zalo.answer(ok({"message_id": "u1", "quota": {"quota_type": "sub_quota", "remain": "7"}}))
    assert client.send(UID, TEMPLATE).quota == Quota("sub_quota", 7)
    assert zalo.asked[-1].path == "/v3.0/oa/message/template"
    body = {"template_id": "204531", "template_data": {"ma": "0028"}}
    assert zalo.asked[-1].json == {"user_id": UID, **body}
    zalo.answer(ok({"msg_id": "p1", "quota": {"dailyQuota": "20000", "remainingQuota": "19999"}}))
    sent = client.send_template_phone("84900000006", TEMPLATE, mode="development")
    assert (sent.message_id, sent.quota) == ("p1", Quota("daily", 19999, 20000))
    assert zalo.asked[-1].path == "/message/template"
    assert zalo.asked[-1].json == {
        "phone": "84900000006",
        **body,
        "tracking_id": "hs-1",
        "mode": "development",
    }


def test_an_accepted_message_without_an_id_is_still_sent(client, zalo):
    zalo.answer({"error": "0", "data": None})
    assert client.send(UID, Text("a")).message_id == ""


def test_the_rate_headers_and_zalos_clock_come_with_every_outcome(client, zalo):
    headers = {"X_RateLimit_Limit": "100", "X_RateLimit_Remain": "99"}
    zalo.answer(ok({"message_id": "1"}), **headers)
    rate = client.send(UID, Text("a")).rate
    assert (rate.limit, rate.remain) == (100, 99)
    assert rate.server_time is not None
    assert rate.server_time.tzinfo is UTC
    for answer, status in (({"error": -32}, 200), (b"x", 200), (b"x", 502)):
        zalo.answer(answer, status=status, **headers)
        with pytest.raises(CallFailed) as failed:
            client.send(UID, Text("a"))
        assert (failed.value.rate.limit, failed.value.rate.remain) == (100, 99)
    zalo.answer(ok(), X_RateLimit_Limit="nonsense")
    assert client.send(UID, Text("a")).rate.limit is None


def test_an_error_in_the_body_is_zalos_refusal_whatever_the_status(client, zalo):
    for answer, status in (({"error": -230}, 200), ({"error": "-230"}, 400)):
        zalo.answer(answer, status=status)
        with pytest.raises(ZaloError) as refused:
            client.send(UID, Text("a"))
        assert (refused.value.api, refused.value.code) == (Api.oa, -230)
        assert refused.value.http_status == status


@pytest.mark.parametrize("code", [-216, -220, -124])
def test_a_dead_token_is_renewed_once_and_the_call_repeated_once(client, zalo, tokens, code):
    zalo.answer({"error": code}, ok({"message_id": "1"}))
    assert client.send(UID, Text("a")).message_id == "1"
    assert tokens.renewed == ["token-1"]
    assert [a.headers["access_token"] for a in zalo.asked] == ["token-1", "token-2"]
    zalo.answer({"error": code})
    with pytest.raises(ZaloError):
        client.send_template_phone("84900000001", TEMPLATE)
    assert (len(zalo.asked), len(tokens.renewed)) == (4, 2)


def test_other_errors_do_not_touch_the_token(client, zalo, tokens):
    zalo.answer({"error": -201})
    with pytest.raises(ZaloError):
        client.send(UID, Text("a"))
    assert tokens.renewed == []


def test_without_a_token_nothing_is_sent(client, zalo, tokens):
    tokens.refusal = OAuthRefused(-14014)
    zalo.answer({"error": -216})
    with pytest.raises(NoToken):
        client.send(UID, Text("a"))
    zalo.asked.clear()
    tokens.current = lambda: "tô\nken"
    with pytest.raises(NoToken):
        client.send(UID, Text("a"))
    assert zalo.asked == []


def test_the_proof_is_the_hmac_of_the_token(zalo, tokens):
    tokens.current = lambda: "accessToken"
    zalo.answer(ok({"oa_id": "1"}))
    connect(zalo.url, tokens, use_proof=True).getoa()
    expected = "0584869ec908cfecf20763760e69c4baca98ac64aaeb6a938f47ca758dfe779f"
    assert zalo.asked[-1].headers["appsecret_proof"] == expected


def test_a_refused_connection_is_certainly_not_sent(tokens):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}", "http://khong-co.invalid", "nonsense", "http://"):
        with pytest.raises(NotSent):
            connect(url, tokens).send(UID, Text("a"))


def hang(handler):
    time.sleep(1)


def reset(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


def drip(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b" ")
            time.sleep(0.02)
    except OSError:
        return


def half(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"error":0')


@pytest.mark.parametrize("fault", [hang, reset, drip, half])
def test_once_the_request_left_a_fault_is_uncertain(client, zalo, fault):
    zalo.answer(fault)
    with pytest.raises(Uncertain):
        client.send(UID, Text("a"))


@pytest.mark.parametrize(
    ("answer", "status", "failure"),
    [
        (b"<html>", 200, Uncertain),
        (b"[]", 200, Uncertain),
        ({"data": {}}, 200, Uncertain),
        ({"error": 0}, 500, Uncertain),
        (b"", 503, Uncertain),
        (b'{"error":0,"data":{}}' + b" " * 1_100_000, 200, Uncertain),
        (b"<html>", 404, NotSent),
        (b"", 302, NotSent),
        ({"message": "no"}, 403, NotSent),
        (b"", 429, ZaloError),
    ],
)
def test_what_an_odd_answer_means(client, zalo, answer, status, failure):
    zalo.answer(answer, status=status, Location="/elsewhere")
    with pytest.raises(failure) as failed:
        client.send(UID, Text("a"))
    assert failed.value.http_status in (status, None)
    assert len(zalo.asked) == 1


def test_failures_do_not_tell_what_was_sent_to_whom(client, zalo):
    seen = []
    zalo.answer(ok(), {"error": -201, "message": f"{UID} is invalid!"}, b"x", hang)
    watched = connect(zalo.url, Tokens(), observer=seen.append)
    watched.user_detail(UID)
    for _ in range(3):
        with pytest.raises(CallFailed) as failed:
            watched.user_detail(UID)
        told = f"{failed.value} {failed.value!r} {failed.value.__cause__}"
        assert UID not in told
        assert "token-1" not in told
    assert [note.outcome for note in seen] == ["ok", "error", "uncertain", "uncertain"]
    assert [note.code for note in seen] == [0, -201, None, None]
    assert UID not in repr(seen)
    assert seen[0].path == "/v3.0/oa/user/detail"


def test_one_connection_serves_many_calls_and_each_thread_has_its_own(client, zalo):
    for _ in range(3):
        client.send(UID, Text("a"))
    other = threading.Thread(target=client.send, args=(UID, Text("a")))
    other.start()
    other.join()
    ports = [asked.connection for asked in zalo.asked]
    assert len(set(ports[:3])) == 1
    assert ports[3] != ports[0]


JPG, PDF = b"\xff\xd8\xff" + b"0" * 100, b"%PDF-1.7" + b"0" * 100


def test_uploads_give_the_id_zalo_made(client, zalo):
    zalo.answer(ok({"attachment_id": "att"}))
    assert client.upload_image(JPG, 'ả"nh/1.jpg').id == "att"
    assert zalo.asked[-1].path == "/v2.0/oa/upload/image"
    assert b'name="file"; filename="' in zalo.asked[-1].body
    assert JPG in zalo.asked[-1].body
    zalo.answer(ok({"token": "t" * 500}))
    assert client.upload_file(PDF, "Biên nhận.pdf").id == "t" * 500
    zalo.answer(ok())
    with pytest.raises(Uncertain):
        client.upload_file(PDF, "a.pdf")


def test_what_zalo_would_not_take_is_not_uploaded(client, zalo):
    for call, data in (
        (client.upload_image, b"GIF89a"),
        (client.upload_image, JPG + b"0" * 1024 * 1024),
        (client.upload_file, b"MZ"),
        (client.upload_file, PDF + b"0" * 5 * 1024 * 1024),
    ):
        with pytest.raises(ValueError, match="at most"):
            call(data, "x.pdf")
    assert zalo.asked == []


def test_a_profile_is_read_with_or_without_shared_data(client, zalo):
    zalo.answer(
        ok(
            {
                "user_id": UID,
                "display_name": "Người Mẫu",
                "user_is_follower": True,
                "user_last_interaction_date": "18/09/2026",
                "tags_and_notes_info": {"tag_names": ["Tổ 5"]},
                "shared_info": {"phone": 84900000005},
            }
        )
    )
    profile = client.user_detail(UID)
    assert zalo.asked[-1].method == "GET"
    assert zalo.asked[-1].query == {"data": f'{{"user_id": "{UID}"}}'}
    assert (profile.display_name, profile.is_follower) == ("Người Mẫu", True)
    assert (profile.shared_phone, profile.tags) == ("84900000005", ("Tổ 5",))
    zalo.answer(ok({"display_name": None, "shared_info": None}))
    assert client.user_detail(UID).display_name is None


def test_users_and_tags_and_the_oa_are_read(client, zalo):
    zalo.answer(ok({"total": "2", "offset": 0, "users": [{"user_id": 1}, {"user_id": "2"}, {}]}))
    page = client.user_list(tag_name="Tổ 5", is_follower=True, count=500)
    assert (page.total, page.user_ids) == (2, ("1", "2"))
    assert '"count": 50' in zalo.asked[-1].query["data"]
    zalo.answer(ok(["Tổ 1", "Tổ 2"]))
    assert client.tags() == ("Tổ 1", "Tổ 2")
    client.tag(UID, "Tổ 1")
    assert zalo.asked[-1].json == {"user_id": UID, "tag_name": "Tổ 1"}
    client.untag(UID, "Tổ 1")
    client.remove_tag("Tổ 1")
    assert [a.path for a in zalo.asked[-2:]] == [
        "/v2.0/oa/tag/rmfollowerfromtag",
        "/v2.0/oa/tag/rmtag",
    ]
    for member in ("oa_id", "oaid"):
        zalo.answer(ok({member: 41, "name": "UBND", "oa_type": 4, "is_verified": "true"}))
        found = client.getoa()
        assert (found.oa_id, found.oa_type, found.is_verified) == ("41", "4", True)
    zalo.answer(ok({"name": "UBND"}))
    with pytest.raises(Uncertain):
        client.getoa()


def test_all_forms_of_quota_are_read(client, zalo):
    zalo.answer(
        ok(
            {
                "last_interaction": "1790000000000",
                "cs_reply": {"remain": 8, "total": "8"},
                "promotion": {"daily_remain": 1, "monthly_remain": 4},
            }
        )
    )
    user = client.quota_user(UID)
    assert (user.reply_remain, user.reply_total, user.promotion_monthly_remain) == (8, 8, 4)
    zalo.answer(ok([{"quota_type": "sub_quota", "total": 2000, "remain": 1997}]))
    (asset,) = client.quota_owner(product="cs")
    assert (asset.kind, asset.total, asset.remain) == ("sub_quota", 2000, 1997)
    assert zalo.asked[-1].json == {"quota_owner": "OA", "product_type": "cs"}
    zalo.answer(ok({"type": "sub_quota", "remain": 3, "total": 5}))
    for asset in (client.quota_oa(), client.quota_reply("m"), client.quota_broadcast(UID)):
        assert (asset.kind, asset.remain) == ("sub_quota", 3)
    zalo.answer(ok({"dailyQuota": 500, "remainingQuota": "499", "monthlyPromotionQuota": None}))
    daily = client.quota_templates()
    assert (daily.daily, daily.remaining, daily.monthly_promotion) == (500, 499, None)
    assert zalo.asked[-1].path == "/message/quota"


def test_templates_are_listed_and_described(client, zalo):
    listed = [{"templateId": 204531, "templateName": "Trạng thái", "status": "ENABLE"}, {}]
    zalo.answer({**ok(listed), "metadata": {"total": 1}})
    page = client.template_list(status=1)
    assert (page.total, page.templates[0].template_id) == (1, "204531")
    assert zalo.asked[-1].query == {"offset": "0", "limit": "100", "status": "1"}
    zalo.answer(
        ok(
            {
                "templateId": 204531,
                "price_sdt": "300",
                "price_uid": 200.0,
                "timeout": 7200000,
                "listParams": [{"name": "ma", "require": True, "maxLength": 30}, {}],
            }
        )
    )
    info = client.template_info("204531")
    assert (info.price_phone, info.price_uid, info.timeout_ms) == (300, 200, 7200000)
    (parameter,) = info.parameters
    assert (parameter.name, parameter.required, parameter.max_length) == ("ma", True, 30)
    zalo.answer(ok({"status": 1, "delivery_time": "1790000000123"}))
    status = client.message_status("m1")
    assert (status.status, status.delivered_at.year) == (1, 2026)


def test_conversations_are_read_newest_first_as_zalo_gives_them(client, zalo):
    line = {"src": 1, "time": 1790000000123, "type": "text", "message": "Chào", "message_id": "a"}
    zalo.answer(ok([line, {**line, "src": 0}]))
    first, second = client.conversation(UID)
    assert (first.from_oa, second.from_oa, first.text) == (False, True, "Chào")
    assert len(client.recent_chats(count=99)) == 2
    assert '"count": 10' in zalo.asked[-1].query["data"]
