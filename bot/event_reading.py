"""From members to typed events: one small reader per form, one table of names (1.8, 1.9)."""

import json
import math
import re
from collections.abc import Callable
from typing import Any

from bot import event_types as types
from bot.members import Members

Facts = dict[str, Any]
Reader = Callable[[Members, Facts], types.Event]

_ATTACHMENT_LIMIT = 20
_PHONE = re.compile(r"(\+?84|0)[0-9]{8,10}", re.ASCII)
_HASH = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


def is_phone_or_hash(recipient: str | None) -> bool:
    """Whether a receipt's recipient is a phone number or its SHA-256, not a UID (1.6)."""
    return bool(recipient and (_PHONE.fullmatch(recipient) or _HASH.fullmatch(recipient)))


def user_message(made: type[types.UserMessage]) -> Reader:
    """A reader of `user_send_*`, for the type `made`."""

    def read(root: Members, facts: Facts) -> types.Event:
        return made(**facts, **content(root))

    return read


def location(root: Members, facts: Facts) -> types.Event:
    """`user_send_location`: the first attachment with sensible coordinates counts."""
    found = content(root)
    place = next((a for a in found["attachments"] if a.latitude is not None), None)
    latitude, longitude = (place.latitude, place.longitude) if place else (None, None)
    return types.UserLocation(**facts, **found, latitude=latitude, longitude=longitude)


def business_card(root: Members, facts: Facts) -> types.Event:
    """`user_send_business_card`: phone and QR address hide in a JSON string (1.7)."""
    found = content(root)
    card = Members({})
    for attachment in found["attachments"]:
        try:
            card = Members(json.loads(attachment.description or "", parse_int=str))
        except (ValueError, RecursionError):
            continue
        break
    return types.UserBusinessCard(
        **facts, **found, phone=card.id("phone"), qr_url=card.url("qrCodeUrl")
    )


def follow(root: Members, facts: Facts) -> types.Event:
    """`follow`."""
    return types.Follow(**facts, source=root.id("source"))


def unfollow(root: Members, facts: Facts) -> types.Event:
    """`unfollow`."""
    return types.Unfollow(**facts, source=root.id("source"))


def receipt(from_zbs: bool) -> Reader:
    """A reader of `user_received_message`, of a chat or (also told by its members) a template."""

    def read(root: Members, facts: Facts) -> types.Event:
        message = root.child("message")
        delivered, tracking = message.moment("delivery_time"), message.id("tracking_id")
        recipient = root.child("recipient").id("id")
        device = message.id("receiver_device")
        addressed = is_phone_or_hash(recipient)
        if not (from_zbs or addressed or delivered or tracking):
            return types.Received(**facts, msg_ids=_msg_ids(message, facts))
        return types.ZbsReceived(
            **(facts | {"user_id": None} if addressed else facts),
            phone_or_hash=recipient if addressed else None,
            delivered_at=delivered,
            tracking_id=tracking,
            receiver_device=device,
        )

    return read


def seen(root: Members, facts: Facts) -> types.Event:
    """`user_seen_message`; an id may be listed twice."""
    return types.Seen(**facts, msg_ids=_msg_ids(root.child("message"), facts))


def oa_sent(kind: str) -> Reader:
    """A reader of the echo `oa_send_<kind>`."""

    def read(root: Members, facts: Facts) -> types.Event:
        admin_id = root.child("sender").id("admin_id")
        return types.OaSent(**facts, **content(root), kind=kind, admin_id=admin_id)

    return read


def reaction(by_oa: bool) -> Reader:
    """A reader of `user_reacted_message` and `oa_reacted_message`."""

    def read(root: Members, facts: Facts) -> types.Event:
        return types.Reaction(**facts, icon=root.child("message").text("react_icon"), by_oa=by_oa)

    return read


def submit_info(root: Members, facts: Facts) -> types.Event:
    """`user_submit_info` in the nested form of today and the flat one of before 2025."""
    info = root.child("info")
    nested = info.child("full_address")
    return types.SubmitInfo(
        **facts,
        full_name=info.text("name", "user_name", limit=200),
        phone=info.id("phone", "user_phone"),
        birth_date=info.id("user_dob", "dob"),
        gender=info.id("gender", "user_gender"),
        address=nested.text("user_address", "address", limit=500)
        or info.text("full_address", "address", "user_address", limit=500),
        ward=nested.text("user_ward", "ward", limit=200)
        or info.text("ward", "user_ward", limit=200),
        district=nested.text("user_district", "district", limit=200)
        or info.text("district", "user_district", limit=200),
        city=nested.text("user_city", "city", limit=200)
        or info.text("city", "user_city", limit=200),
    )


def tag(change: str) -> Reader:
    """A reader of the tag events; the only user of the list is the event's user."""

    def read(root: Members, facts: Facts) -> types.Event:
        member = root.child("tag")
        users = member.ids("user_ids")
        if len(users) == 1:
            facts = facts | {"user_id": facts["user_id"] or users[0]}
        name = member.text("name", limit=200)
        return types.TagChanged(**facts, change=change, tag=name, user_ids=users)

    return read


def user_info_updated(root: Members, facts: Facts) -> types.Event:
    """`update_user_info`."""
    return types.UserInfoUpdated(**facts, method=root.child("data").id("method"))


def widget_accepted(root: Members, facts: Facts) -> types.Event:
    """`widget_interaction_accepted`."""
    data = root.child("data")
    return types.WidgetAccepted(
        **facts, external_id=data.id("user_external_id"), url=data.url("url")
    )


def widget_failed(root: Members, facts: Facts) -> types.Event:
    """`widget_failed_to_sync_user_external_id`."""
    data = root.child("data")
    return types.WidgetFailed(
        **facts, external_id=data.id("user_external_id"), reason=data.text("message", limit=500)
    )


def feedback(root: Members, facts: Facts) -> types.Event:
    """`user_feedback`; a rate outside 1 to 5 is no rate."""
    message = root.child("message")
    rate = message.integer("rate")
    given = message.raw("feedbacks")
    texts = [Members({"text": item}).text("text", limit=500) for item in _listed(given)]
    return types.Feedback(
        **facts,
        rate=rate if rate is not None and 1 <= rate <= 5 else None,
        note=message.text("note"),
        feedbacks=tuple(text for text in texts if text),
        rating_type=message.id("rating_type"),
        option=message.id("option"),
        tracking_id=message.id("tracking_id"),
        submitted_at=message.moment("submit_time"),
    )


def response_button(root: Members, facts: Facts) -> types.Event:
    """`user_click_response_button`."""
    message = root.child("message")
    return types.ResponseButton(
        **facts,
        text=message.text("data"),
        button_type=message.id("button_type"),
        tracking_id=message.id("tracking_id"),
        submitted_at=message.moment("submit_time"),
    )


def bare(made: type[types.Event], **fixed: Any) -> Reader:
    """A reader of events that carry nothing beyond the envelope."""

    def read(_root: Members, facts: Facts) -> types.Event:
        return made(**facts, **fixed)

    return read


def content(root: Members) -> Facts:
    """The words, quote and attachments (at most 20) of any kind of message."""
    message = root.child("message")
    attached = [_attachment(item) for item in message.children("attachments", _ATTACHMENT_LIMIT)]
    return {
        "text": message.text("text"),
        "quote_msg_id": message.id("quote_msg_id"),
        "attachments": tuple(attached),
    }


def _attachment(item: Members) -> types.Attachment:
    payload = item.child("payload")
    place = payload.child("coordinates")
    latitude, longitude = _degrees(place, "latitude", 90), _degrees(place, "longitude", 180)
    known = latitude is not None and longitude is not None
    return types.Attachment(
        kind=item.id("type"),
        url=payload.url("url") or payload.url("link_url"),
        thumbnail=payload.url("thumbnail"),
        title=payload.text("title", limit=500),
        description=payload.text("description", "text", limit=2000),
        name=payload.text("name", limit=255),
        size=payload.integer("size"),
        checksum=payload.id("checksum"),
        extension=payload.id("type"),
        id=payload.id("id", "zinstant_id"),
        latitude=latitude if known else None,
        longitude=longitude if known else None,
    )


def _degrees(place: Members, name: str, bound: float) -> float | None:
    try:
        degrees = float(place.id(name) or "")
    except ValueError:
        return None
    return degrees if math.isfinite(degrees) and abs(degrees) <= bound else None


def _msg_ids(message: Members, facts: Facts) -> tuple[str, ...]:
    listed = message.ids("msg_ids")
    own: str | None = facts["msg_id"]
    return listed or ((own,) if own else ())


def _listed(value: object) -> list[object]:
    return value[:_ATTACHMENT_LIMIT] if isinstance(value, list) else [value]
