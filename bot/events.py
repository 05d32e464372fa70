"""Zalo's events, read tolerantly into typed objects (zalo-protocol 1.6 to 1.9, 4.1, 8.5, 8.6)."""

import hashlib
from typing import Any

from bot.account_events import (
    AnonymousMessage,
    AskedProduct,
    Call,
    CallConsentAsked,
    CallConsentReplied,
    ExtensionPurchased,
    GroupChanged,
    GroupMessage,
    Journey,
    OaQuotaChanged,
    OaTemplateTagsChanged,
    ShopOrder,
    TemplateChanged,
)
from bot.event_names import reader_for
from bot.event_reading import Facts, is_phone_or_hash
from bot.event_types import (
    Attachment,
    ChatNow,
    Event,
    Feedback,
    Follow,
    OaSent,
    Reaction,
    Received,
    ResponseButton,
    Seen,
    SubmitInfo,
    TagChanged,
    Unfollow,
    Unknown,
    UserAudio,
    UserBusinessCard,
    UserFile,
    UserGif,
    UserImage,
    UserInfoUpdated,
    UserLink,
    UserLocation,
    UserMessage,
    UserSticker,
    UserText,
    UserVideo,
    WidgetAccepted,
    WidgetFailed,
    Withdraw,
    ZbsReceived,
)
from bot.members import Members, NotJson, read_object

__all__ = [
    "AnonymousMessage",
    "AskedProduct",
    "Attachment",
    "Call",
    "CallConsentAsked",
    "CallConsentReplied",
    "ChatNow",
    "Event",
    "ExtensionPurchased",
    "Feedback",
    "Follow",
    "GroupChanged",
    "GroupMessage",
    "Journey",
    "NotAnEvent",
    "OaQuotaChanged",
    "OaSent",
    "OaTemplateTagsChanged",
    "Reaction",
    "Received",
    "ResponseButton",
    "Seen",
    "ShopOrder",
    "SubmitInfo",
    "TagChanged",
    "TemplateChanged",
    "Unfollow",
    "Unknown",
    "UserAudio",
    "UserBusinessCard",
    "UserFile",
    "UserGif",
    "UserImage",
    "UserInfoUpdated",
    "UserLink",
    "UserLocation",
    "UserMessage",
    "UserSticker",
    "UserText",
    "UserVideo",
    "WidgetAccepted",
    "WidgetFailed",
    "Withdraw",
    "ZbsReceived",
    "counts_as_interaction",
    "dedupe_key",
    "head",
    "is_console_test",
    "is_foreign",
    "parse",
]

_NAME_LIMIT = 100
_KEY_LIMIT = 300
_TEST_MSG_ID = "This is message id"
_TEST_SOURCE = "testing_webhook"
# Here the id names an earlier message of ours, which may be reacted to or answered again.
_ABOUT_ANOTHER_MESSAGE = (Reaction, ResponseButton, Feedback)
_MESSAGES = ("user_send_", "oa_send_")
#: Chats whose user is named elsewhere than by sender and recipient (1.6).
_NOT_OURS_ALONE = ("_group_", "_anonymous_")
_INTERACTIONS = (UserMessage, Follow, ChatNow, WidgetAccepted)


class NotAnEvent(ValueError):
    """The body is not a JSON object in UTF-8, or is nested too deep to be one of Zalo's."""


def parse(body: bytes, *, server: str | None = None) -> Event:
    """The event in `body`; only NotAnEvent is ever raised, whatever the content.

    `server` is the header `X-ZEvent-Server` ("ZNS" marks template receipts). Unknown names give
    `Unknown`; missing, null and wrongly typed members read as None.
    """
    try:
        root = Members(read_object(body))
    except NotJson as error:
        raise NotAnEvent(str(error)) from error
    event = _event(root, server)
    # Set last: only now is it known which members the reader asked for.
    object.__setattr__(event, "unknown_members", root.unknown())
    return event


def head(tree: dict[str, Any], *, server: str | None = None) -> Event:
    """What storing an event needs of a body that was read already.

    Messages are plain `Event` without their contents, which whoever handles them reads.
    """
    root = Members(tree, account=False)
    name = _name(root)
    if name.startswith(_MESSAGES) and not any(other in name for other in _NOT_OURS_ALONE):
        return Event(**_facts(root, name))
    return _event(root, server)


def _event(root: Members, server: str | None) -> Event:
    name = _name(root)
    from_zbs = (server or "").strip().upper() == "ZNS"
    facts = _facts(root, name)
    reader = reader_for(name, from_zbs=from_zbs)
    return reader(root, facts) if reader else Unknown(**facts)


def _name(root: Members) -> str:
    return (root.id("event_name") or "")[:_NAME_LIMIT]


def dedupe_key(event: Event, body: bytes) -> str:
    """The key under which this event is stored once, for ever; at most 300 characters.

    (name, message id); for things done to an earlier message with the time as well; else (name,
    time, user); else a digest of the body, which redeliveries repeat byte for byte (1.5, 8.5).
    """
    stamp = str(int(event.at.timestamp() * 1000)) if event.at else ""
    parts: tuple[str, ...] = ()
    if isinstance(event, Received | Seen) and len(event.msg_ids) != 1:
        if event.msg_ids:
            listed = hashlib.sha256("\0".join(event.msg_ids).encode()).hexdigest()
            parts = (stamp, event.user_id or "", listed)
    elif isinstance(event, Received | Seen):
        parts = ("id", event.msg_ids[0])
    elif event.msg_id and not isinstance(event, _ABOUT_ANOTHER_MESSAGE):
        parts = ("id", event.msg_id)
    elif event.msg_id and stamp:
        parts = ("id", event.msg_id, stamp)
    elif stamp and event.user_id and not isinstance(event, TagChanged):
        parts = (stamp, event.user_id)
    key = "|".join((event.name, *parts))
    if parts and len(key) <= _KEY_LIMIT:
        return key
    return f"{event.name}|sha256|{hashlib.sha256(body).hexdigest()}"


def is_foreign(event: Event, oa_id: str) -> bool:
    """Whether the event names an OA that is not ours (one webhook serves all OAs of an app)."""
    return bool(oa_id and event.oa_id and event.oa_id != oa_id)


def is_console_test(event: Event, oa_id: str) -> bool:
    """Whether this is a sample from the console's Test button, to be answered 200 and not stored.

    Known by Zalo's fixed contents (1.2) or by an OA id that is not ours. A citizen who types the
    sample's words to our own OA is a citizen.
    """
    if is_foreign(event, oa_id) or event.msg_id == _TEST_MSG_ID:
        return True
    if isinstance(event, Received | Seen) and _TEST_MSG_ID in event.msg_ids:
        return True
    return isinstance(event, Follow | Unfollow) and event.source == _TEST_SOURCE


def counts_as_interaction(event: Event) -> bool:
    """Whether the event opens the window for consultation messages anew (4.1).

    Messages, follow, chat-now, the widget, calls to the OA and calls of the OA that were taken.
    Receipts, reactions, forms and opened links are not in Zalo's list.
    """
    if isinstance(event, GroupMessage):
        return not event.by_oa
    if isinstance(event, Call):
        return not event.by_oa or (event.talk_ms or 0) > 0
    return isinstance(event, _INTERACTIONS) or (
        isinstance(event, Unknown) and event.name.startswith("user_send_")
    )


def _facts(root: Members, name: str) -> Facts:
    """The members all events share, whoever `sender` and `recipient` are in this family (1.6)."""
    sender = root.child("sender").id("id")
    recipient = root.child("recipient").id("id")
    flat_oa, flat_user = root.id("oa_id", "oaId"), root.id("user_id")
    other = root.child("follower").id("id") or root.child("customer").id("id")
    other = other or root.child("data").id("user_id")
    root.raw("reorder_id")
    oa_speaks = name.startswith("oa_") or name in ("user_received_message", "user_seen_message")
    user, oa = (recipient, sender) if oa_speaks else (sender, recipient)
    if "_group" in name:
        # In groups the recipient is the group; only the flat member names the OA.
        user, oa = None, sender if oa_speaks else None
    if is_phone_or_hash(user):
        user = None
    return {
        "name": name,
        "at": root.moment("timestamp"),
        "user_id": user or flat_user or other,
        "user_id_by_app": root.id("user_id_by_app"),
        "oa_id": flat_oa or oa,
        "app_id": root.id("app_id"),
        "msg_id": root.child("message").id("msg_id") or root.id("msg_id"),
    }
