"""Events: every name of the catalogue, every form seen in the field, and any hostile body."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import events
from bot.events import NotAnEvent, dedupe_key, is_console_test, parse
from bot.members import read_object

OA, USER, APP = "4100000000000000017", "7300000000000000421", "1122334455667788990"
AT = datetime(2026, 9, 21, 14, 13, 20, 123000, tzinfo=UTC)


def body(name, **members):
    return json.dumps({"app_id": APP, "event_name": name, "timestamp": "1790000000123", **members})


def from_user(name, **members):
    ids = {"sender": {"id": USER}, "recipient": {"id": OA}, "user_id_by_app": "56"}
    return body(name, **ids, **members).encode()


def from_oa(name, **members):
    return body(name, sender={"id": OA}, recipient={"id": USER}, **members).encode()


def flat(name, **members):
    return body(name, oa_id=OA, **members).encode()


def attached(kind, **payload):
    return {"msg_id": "b0", "attachments": [{"type": kind, "payload": payload}]}


CATALOGUE = {
    events.Follow: ["follow"],
    events.Unfollow: ["unfollow"],
    events.UserText: ["user_send_text"],
    events.UserImage: ["user_send_image"],
    events.UserLink: ["user_send_link"],
    events.UserAudio: ["user_send_audio"],
    events.UserVideo: ["user_send_video"],
    events.UserSticker: ["user_send_sticker"],
    events.UserLocation: ["user_send_location"],
    events.UserBusinessCard: ["user_send_business_card"],
    events.UserFile: ["user_send_file"],
    events.UserGif: ["user_send_gif"],
    events.Received: ["user_received_message"],
    events.Seen: ["user_seen_message"],
    events.ChatNow: ["user_click_chatnow"],
    events.Reaction: ["user_reacted_message", "oa_reacted_message"],
    events.OaSent: [
        f"oa_send_{k}" for k in ("text", "image", "gif", "list", "file", "sticker", "template")
    ],
    events.AnonymousMessage: [
        f"{who}_{kind}"
        for who in ("anonymous_send", "oa_send_anonymous")
        for kind in ("text", "image", "file", "sticker")
    ],
    events.SubmitInfo: ["user_submit_info"],
    events.UserInfoUpdated: ["update_user_info"],
    events.TagChanged: ["add_user_to_tag", "remove_user_from_tag", "remove_tag"],
    events.Withdraw: ["user_withdraw"],
    events.WidgetAccepted: ["widget_interaction_accepted"],
    events.WidgetFailed: ["widget_failed_to_sync_user_external_id"],
    events.CallConsentAsked: ["oa_send_consent"],
    events.CallConsentReplied: ["user_reply_consent"],
    events.Call: ["user_call_oa", "oa_call_user"],
    events.GroupChanged: [
        "create_group",
        "delete_group",
        "update_group_info",
        "add_group_admin",
        "remove_group_admin",
        "user_join_group",
        "user_out_group",
        "user_leave_group",
        "user_request_join_group",
        "accept_request_join_group",
        "react_request_join_group_accept",
        "reject_request_join_group",
        "react_request_join_group_reject",
    ],
    events.GroupMessage: ["user_send_group_text", "oa_send_group_image"],
    events.ExtensionPurchased: ["extension_purchased"],
    events.TemplateChanged: [
        "change_template_status",
        "change_template_quality",
        "change_template_quota",
    ],
    events.OaQuotaChanged: ["change_oa_daily_quota"],
    events.OaTemplateTagsChanged: ["change_oa_template_tags"],
    events.Feedback: ["user_feedback"],
    events.ResponseButton: ["user_click_response_button"],
    events.Journey: ["event_journey_acknowledged", "event_journey_time_out"],
    events.ShopOrder: ["shop_has_order"],
    events.AskedProduct: ["user_asking_product"],
}
NAMES = [(name, kind) for kind, names in CATALOGUE.items() for name in names]


@pytest.mark.parametrize(("name", "kind"), NAMES)
def test_every_name_of_the_catalogue_gives_its_type_even_without_members(name, kind):
    event = parse(json.dumps({"event_name": name}).encode())
    assert type(event) is kind
    assert event.name == name
    assert (event.at, event.user_id, event.msg_id, event.unknown_members) == (None,) * 3 + ((),)


# One row: the body, the type, and the members that must have been read.
FORMS = [
    (
        from_user(
            "user_send_text", message={"msg_id": "a1", "text": "Cha\u0300o", "quote_msg_id": "q"}
        ),
        events.UserText,
        {
            "text": "Chào",
            "msg_id": "a1",
            "quote_msg_id": "q",
            "at": AT,
            "user_id": USER,
            "oa_id": OA,
            "user_id_by_app": "56",
            "app_id": APP,
        },
    ),
    (
        from_user("user_send_text", message={"msg_id": 42, "text": None}),
        events.UserText,
        {"text": None, "msg_id": "42"},
    ),
    (
        from_user(
            "user_send_location",
            message=attached("location", coordinates={"latitude": "10.77", "longitude": 106.7}),
        ),
        events.UserLocation,
        {"latitude": 10.77, "longitude": 106.7},
    ),
    (
        from_user(
            "user_send_location",
            message=attached("location", coordinates={"latitude": "910", "longitude": "1e999"}),
        ),
        events.UserLocation,
        {"latitude": None, "longitude": None},
    ),
    (
        from_user(
            "user_send_business_card",
            message=attached("link", description='{"phone":84900000002,"qrCodeUrl":"https://q/b"}'),
        ),
        events.UserBusinessCard,
        {"phone": "84900000002", "qr_url": "https://q/b"},
    ),
    (
        from_user("user_send_business_card", message=attached("link", description="{broken")),
        events.UserBusinessCard,
        {"phone": None},
    ),
    (
        flat("follow", follower={"id": USER}, source="oa_profile"),
        events.Follow,
        {"user_id": USER, "oa_id": OA, "source": "oa_profile", "user_id_by_app": None},
    ),
    (flat("unfollow", follower={"id": int(USER)}), events.Unfollow, {"user_id": USER}),
    (flat("user_click_chatnow", user_id=USER), events.ChatNow, {"user_id": USER}),
    (
        from_oa("user_received_message", message={"msg_id": "c0"}),
        events.Received,
        {"user_id": USER, "oa_id": OA, "msg_ids": ("c0",)},
    ),
    (
        from_oa("user_seen_message", message={"msg_ids": ["c0", "c0", None, 7]}),
        events.Seen,
        {"user_id": USER, "oa_id": OA, "msg_ids": ("c0", "7")},
    ),
    (
        from_oa("user_seen_message", message={"msg_ids": "c0"}),
        events.Seen,
        {"msg_ids": ("c0",)},
    ),
    (
        body(
            "user_received_message",
            sender={"id": OA},
            recipient={"id": "84900000004"},
            message={"msg_id": "d0", "delivery_time": "1790000000123", "tracking_id": "hs-1"},
        ).encode(),
        events.ZbsReceived,
        {
            "phone_or_hash": "84900000004",
            "user_id": None,
            "delivered_at": AT,
            "tracking_id": "hs-1",
            "msg_id": "d0",
        },
    ),
    (
        from_oa("user_received_message", message={"msg_id": "d1", "tracking_id": "t"}),
        events.ZbsReceived,
        {"phone_or_hash": None, "user_id": USER, "tracking_id": "t"},
    ),
    (
        body("oa_send_text", sender={"id": OA, "admin_id": 9}, recipient={"id": USER}).encode(),
        events.OaSent,
        {"kind": "text", "admin_id": "9", "user_id": USER, "oa_id": OA},
    ),
    (
        from_user("user_reacted_message", message={"msg_id": "m", "react_icon": "/-heart"}),
        events.Reaction,
        {"icon": "/-heart", "by_oa": False, "user_id": USER},
    ),
    (
        from_oa("oa_reacted_message", message={"msg_id": "m"}),
        events.Reaction,
        {"by_oa": True, "user_id": USER},
    ),
    (
        from_user(
            "user_submit_info",
            info={
                "name": "Người Mẫu",
                "phone": 84900000003,
                "user_dob": "02/09/1990",
                "gender": "Nữ",
                "full_address": {"user_city": "TP", "user_ward": "W", "user_address": "1 Lê Lợi"},
            },
        ),
        events.SubmitInfo,
        {
            "full_name": "Người Mẫu",
            "phone": "84900000003",
            "birth_date": "02/09/1990",
            "city": "TP",
            "ward": "W",
            "address": "1 Lê Lợi",
            "district": None,
        },
    ),
    (
        from_user(
            "user_submit_info",
            info={
                "name": "A",
                "phone": "84900000003",
                "city": "C",
                "district": "D",
                "ward": "W",
                "address": "1",
            },
        ),
        events.SubmitInfo,
        {"city": "C", "district": "D", "ward": "W", "address": "1", "phone": "84900000003"},
    ),
    (
        flat("add_user_to_tag", tag={"name": "VIP", "user_ids": [USER]}),
        events.TagChanged,
        {"change": "added", "tag": "VIP", "user_ids": (USER,), "user_id": USER},
    ),
    (
        flat("widget_interaction_accepted", data={"user_id": USER, "user_external_id": 5}),
        events.WidgetAccepted,
        {"user_id": USER, "external_id": "5"},
    ),
    (
        flat("user_reply_consent", phone=84900000001, user_consent="DENY", expired_time=0),
        events.CallConsentReplied,
        {"phone": "84900000001", "allowed": False, "expires_at": None},
    ),
    (
        flat("oa_call_user", user_id=USER, talk_time="1200"),
        events.Call,
        {"by_oa": True, "talk_ms": 1200, "user_id": USER},
    ),
    (
        from_user("anonymous_send_text", message={"conversation_id": "c", "text": "hi"}),
        events.AnonymousMessage,
        {"anonymous_id": USER, "user_id": None, "conversation_id": "c", "by_oa": False},
    ),
    (
        flat("user_out_group", group_id="g", users=[{"id": 1}, {}, None]),
        events.GroupChanged,
        {"change": "left", "group_id": "g", "user_ids": ("1",), "oa_id": OA},
    ),
    (
        flat(
            "user_send_group_text",
            sender={"id": USER},
            recipient={"id": "g1"},
            message={"text": "[@12] chào"},
        ),
        events.GroupMessage,
        {"group_id": "g1", "user_id": USER, "oa_id": OA, "text": "chào", "kind": "text"},
    ),
    (
        flat(
            "change_template_status",
            template_id=204531,
            status={"prev_status": "PENDING_REVIEW", "new_status": "ENABLE"},
            reason="r",
        ),
        events.TemplateChanged,
        {"what": "status", "template_id": "204531", "previous": "PENDING_REVIEW"},
    ),
    (
        flat("change_template_quality", template_id="1", quality="HIGH"),
        events.TemplateChanged,
        {"what": "quality", "current": "HIGH"},
    ),
    (
        body(
            "change_oa_daily_quota", oaId=OA, quota={"prev_value": 5000, "new_value": "9"}
        ).encode(),
        events.OaQuotaChanged,
        {"oa_id": OA, "previous": 5000, "current": 9},
    ),
    (
        flat("user_feedback", message={"rate": "5", "msg_id": "f", "feedbacks": ["tốt", 3]}),
        events.Feedback,
        {"rate": 5, "msg_id": "f", "feedbacks": ("tốt", "3")},
    ),
    (flat("user_feedback", message={"rate": 99}), events.Feedback, {"rate": None}),
    (
        flat("user_click_response_button", msg_id="r", message={"data": "Đã nhận"}),
        events.ResponseButton,
        {"msg_id": "r", "text": "Đã nhận"},
    ),
    (flat("user_withdraw", user_id=USER), events.Withdraw, {"user_id": USER}),
]


@pytest.mark.parametrize(("raw", "kind", "expected"), FORMS)
def test_every_form_seen_in_the_field_is_read(raw, kind, expected):
    event = parse(raw)
    assert type(event) is kind
    assert {name: getattr(event, name) for name in expected} == expected
    assert event.unknown_members == ()


def test_attachments_keep_file_details_and_only_web_addresses():
    payload = {
        "url": "https://f/1",
        "size": "48213",
        "name": "don.pdf",
        "checksum": "9e",
        "type": "pdf",
    }
    event = parse(from_user("user_send_file", message=attached("file", **payload)))
    (found,) = event.attachments
    assert (found.kind, found.url, found.size, found.name) == (
        "file",
        "https://f/1",
        48213,
        "don.pdf",
    )
    assert (found.checksum, found.extension) == ("9e", "pdf")
    event = parse(from_user("user_send_image", message=attached("image", url="file:///etc/passwd")))
    assert event.attachments[0].url is None


def test_unknown_events_and_members_are_kept_by_name_and_never_an_error():
    raw = from_user("user_send_poll", message={"msg_id": "z", "poll": {"a": 1}}, later=2)
    event = parse(raw)
    assert isinstance(event, events.Unknown)
    assert (event.user_id, event.msg_id) == (USER, "z")
    assert set(event.unknown_members) == {"message.poll", "later"}
    odd = parse(from_user("user_send_text", **{"a b\n": 1}))
    assert odd.unknown_members == ("?",)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        (1790000000123, AT),
        ("1790000000123", AT),
        (1790000000, AT.replace(microsecond=0)),
        ("17900000001", AT.replace(microsecond=100000)),
        ("179000000012", AT.replace(microsecond=120000)),
        (1790000000123.0, AT),
        ("1", None),
        (None, None),
        ("hôm qua", None),
        (-1790000000123, None),
        (True, None),
        ("1e400", None),
    ],
)
def test_timestamps_of_ten_to_thirteen_digits_are_read(stamp, expected):
    raw = json.dumps({"event_name": "follow", "timestamp": stamp}).encode()
    assert parse(raw).at == expected


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"1", b"null", b"\xff", b"{", b"[" * 100_000, b'{"a":' * 40 + b"1" + b"}" * 40],
)
def test_only_a_shallow_json_object_is_an_event(raw):
    with pytest.raises(NotAnEvent):
        parse(raw)


def test_the_zns_header_makes_a_receipt_a_template_receipt():
    raw = from_oa("user_received_message", message={"msg_id": "c0"})
    assert isinstance(parse(raw, server="ZNS"), events.ZbsReceived)
    assert isinstance(parse(raw), events.Received)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
MEMBERS = [
    "timestamp", "sender", "recipient", "message", "info", "tag", "data", "users", "follower",
    "quota", "status", "msg_id", "oa_id", "user_id", "extension_sub_info", "product", "source",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from([name for name, _ in NAMES]),
    members=st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=6),
    message=st.dictionaries(
        st.sampled_from(["msg_id", "msg_ids", "text", "attachments", "rate", "feedbacks"]), JSON
    ),
    nested=st.booleans(),
)
def test_any_json_in_any_member_is_an_event(name, members, message, nested):
    if nested:
        members["message"] = message
    raw = json.dumps({"event_name": name, **members}).encode()
    event = parse(raw)
    assert event.name == name
    key = events.dedupe_key(event, raw)
    assert 0 < len(key) <= 300
    key.encode()
    repr(event).encode()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_not_an_event(raw):
    try:
        parse(raw)
    except NotAnEvent:
        return


def key(raw):
    return events.dedupe_key(parse(raw), raw)


def test_a_message_is_one_whatever_else_its_redelivery_changes():
    first = from_user("user_send_text", message={"msg_id": "a1", "text": "x"})
    again = from_user("user_send_text", message={"text": "x", "msg_id": "a1"}, reorder_id="5")
    assert key(first) == key(again) == "user_send_text|id|a1"


def test_the_same_message_id_in_different_events_is_not_a_duplicate():
    message = {"msg_id": "c0"}
    names = ("oa_send_text", "user_received_message", "user_seen_message", "oa_reacted_message")
    assert len({key(from_oa(name, message=message)) for name in names}) == 4


def test_events_without_message_id_go_by_time_and_user():
    one = flat("follow", follower={"id": USER}, source="oa_profile")
    assert key(one) == f"follow|1790000000123|{USER}"
    assert key(one) != key(flat("follow", follower={"id": "8"}))
    assert key(flat("change_template_quota", template_id=1)) != key(
        flat("change_template_quota", template_id=2)
    )


def test_receipts_for_several_messages_go_by_time_user_and_ids():
    def seen(*ids):
        return key(from_oa("user_seen_message", message={"msg_ids": list(ids)}))

    assert seen("a", "b") != seen("a", "c")
    assert seen("a", "a") == "user_seen_message|id|a"
    assert seen("a", "b") == seen("a", "b")


def test_a_second_reaction_to_one_message_is_not_a_duplicate():
    first = from_user("user_reacted_message", message={"msg_id": "m", "react_icon": ":>"})
    later = first.replace(b"1790000000123", b"1790000000999")
    assert key(first) != key(later)


def test_a_phone_number_never_becomes_part_of_a_key():
    raw = body("user_received_message", sender={"id": OA}, recipient={"id": "84900000004"}).encode()
    assert "84900000004" not in key(raw)


def test_samples_of_the_console_are_recognised_and_citizens_are_not():
    def is_test(raw):
        return events.is_console_test(parse(raw), OA)

    sample = {"msg_id": "This is message id", "text": "This is testing message"}
    assert is_test(from_user("user_send_text", message=sample))
    assert is_test(from_oa("user_seen_message", message={"msg_ids": ["This is message id"] * 2}))
    assert is_test(flat("follow", follower={"id": "1"}, source="testing_webhook"))
    assert is_test(body("user_submit_info", sender={"id": "1"}, recipient={"id": "2"}).encode())
    typed = {"msg_id": "a1", "text": "This is testing message"}
    assert not is_test(from_user("user_send_text", message=typed))
    assert not is_test(flat("follow", follower={"id": USER}, source="oa_profile"))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (from_user("user_send_text"), True),
        (from_user("user_send_sticker"), True),
        (from_user("user_send_something_new"), True),
        (from_user("user_send_group_text"), True),
        (flat("follow"), True),
        (flat("user_click_chatnow"), True),
        (flat("widget_interaction_accepted"), True),
        (flat("user_call_oa"), True),
        (flat("oa_call_user", talk_time=1200), True),
        (flat("oa_call_user", talk_time=0), False),
        (flat("unfollow"), False),
        (from_oa("user_received_message"), False),
        (from_oa("user_seen_message"), False),
        (from_oa("oa_send_text"), False),
        (from_oa("oa_send_group_text"), False),
        (from_user("user_reacted_message"), False),
        (flat("add_user_to_tag"), False),
    ],
)
def test_only_what_zalo_lists_counts_as_an_interaction(raw, expected):
    assert events.counts_as_interaction(parse(raw)) is expected


@pytest.mark.parametrize(
    "name", [name for name, _ in NAMES] + ["user_send_group_text", "user_send_later", "later_event"]
)
@pytest.mark.parametrize("server", [None, "ZNS"])
def test_storing_reads_no_more_than_it_needs_and_comes_to_the_same_key(name, server):
    bodies = [
        {"timestamp": "1790000000123", "sender": {"id": "7"}, "recipient": {"id": OA}},
        {"timestamp": "1790000000123", "sender": {"id": OA}, "recipient": {"id": "7"}},
        {"oa_id": OA, "follower": {"id": "7"}, "source": "testing_webhook", "timestamp": 179},
        {"message": {"msg_id": "This is message id"}, "oa_id": "1"},
        {"message": {"msg_ids": ["a", "b"], "msg_id": "a"}, "sender": {"id": "7"}},
    ]
    for members in bodies:
        raw = json.dumps({"event_name": name, **members}).encode()
        whole, head = parse(raw, server=server), events.head(read_object(raw), server=server)
        assert dedupe_key(head, raw) == dedupe_key(whole, raw)
        assert is_console_test(head, OA) == is_console_test(whole, OA)
        assert (head.name, head.user_id, head.at) == (whole.name, whole.user_id, whole.at)
