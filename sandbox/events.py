"""Bodies of webhook events, in the shapes of protocol 1.6 and 1.9."""

from __future__ import annotations

import itertools
import json
from typing import Any

from .people import ChatMessage, Person
from .world import World

_turn = itertools.count()


def encode(event: dict[str, Any]) -> bytes:
    """The exact bytes that are signed and sent."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def from_user(world: World, person: Person, name: str, message: dict[str, Any]) -> dict[str, Any]:
    """`user_send_*` and `user_reacted_message`: the citizen is the sender."""
    event = _head(world, person, name)
    event["sender"] = {"id": person.id}
    event["recipient"] = {"id": world.config.oa_id}
    event["message"] = message
    if world.switches.reorder_id and name.startswith("user_send_"):
        event["reorder_id"] = str(int(event["timestamp"]) + 37)
    return event


def from_oa(
    world: World, person: Person, name: str, message: dict[str, Any], admin_id: str = ""
) -> dict[str, Any]:
    """Echoes and chat receipts: the OA is the sender, also in receipts (protocol 1.6)."""
    event = _head(world, person, name)
    sender = {"id": world.config.oa_id}
    if admin_id:
        sender["admin_id"] = admin_id
    event["sender"] = sender
    event["recipient"] = {"id": person.id}
    event["message"] = message
    return event


def follow(world: World, person: Person, name: str, source: str) -> dict[str, Any]:
    """`follow` and `unfollow`."""
    event: dict[str, Any] = {"oa_id": world.config.oa_id, "follower": {"id": person.id}}
    if _with_app_id(world):
        event["user_id_by_app"] = person.app_user_id
    event["event_name"] = name
    event["source"] = source
    event["app_id"] = world.config.app_id
    event["timestamp"] = str(world.clock.stamp())
    return event


def flat(world: World, person: Person, name: str) -> dict[str, Any]:
    """`user_click_chatnow` and `user_withdraw`: ids at the root."""
    event: dict[str, Any] = {"oa_id": world.config.oa_id, "user_id": person.id}
    if _with_app_id(world):
        event["user_id_by_app"] = person.app_user_id
    event["event_name"] = name
    event["app_id"] = world.config.app_id
    event["timestamp"] = str(world.clock.stamp())
    return event


def submit_info(world: World, person: Person, info: dict[str, str]) -> dict[str, Any]:
    """`user_submit_info`, nested as today or flat as before 2025 (protocol 1.9)."""
    event = _head(world, person, "user_submit_info")
    event["sender"] = {"id": person.id}
    event["recipient"] = {"id": world.config.oa_id}
    if world.switches.submit_info_form == "flat":
        event["info"] = {
            "address": info.get("address", ""),
            "phone": info["phone"],
            "city": info.get("city", ""),
            "district": info.get("district", ""),
            "name": info.get("name", ""),
            "ward": info.get("ward", ""),
        }
        return event
    event["info"] = {
        "name": info.get("name", ""),
        "phone": info["phone"],
        "user_dob": info.get("dob", ""),
        "gender": info.get("gender", ""),
        "full_address": {
            "user_city": info.get("city", ""),
            "user_ward": info.get("ward", ""),
            "user_address": info.get("address", ""),
        },
    }
    return event


def tag(world: World, name: str, tag_name: str, person: Person | None) -> dict[str, Any]:
    """`add_user_to_tag`, `remove_user_from_tag`, `remove_tag`."""
    event: dict[str, Any] = {"oa_id": world.config.oa_id, "event_name": name}
    if person and _with_app_id(world):
        event["user_id_by_app"] = person.app_user_id
    event["tag"] = {"name": tag_name, **({"user_ids": [person.id]} if person else {})}
    event["app_id"] = world.config.app_id
    event["timestamp"] = str(world.clock.stamp())
    return event


def zbs_receipt(
    world: World, recipient: str, message_id: str, tracking_id: str, delivered_ms: int
) -> dict[str, Any]:
    """Receipt of a template by phone; the recipient is the number (protocol 1.9)."""
    message = {"msg_id": message_id, "delivery_time": str(delivered_ms)}
    if tracking_id:
        message["tracking_id"] = tracking_id
    return {
        "event_name": "user_received_message",
        "sender": {"id": world.config.oa_id},
        "recipient": {"id": recipient},
        "message": message,
        "app_id": world.config.app_id,
        "timestamp": str(world.clock.stamp()),
    }


def echo_of(message: ChatMessage) -> tuple[str, dict[str, Any]]:
    """Name and `message` member of the echo of something the OA sent (protocol 1.7, 1.8)."""
    body: dict[str, Any] = {"msg_id": message.id}
    if message.text:
        body["text"] = message.text
    if message.quote_id:
        body["quote_msg_id"] = message.quote_id
    if message.kind in ("image", "gif"):
        url = message.content["url"]
        payload = {"thumbnail": message.content.get("thumbnail", url), "url": url}
        body["attachments"] = [{"type": message.kind, "payload": payload}]
        return f"oa_send_{message.kind}", body
    if message.kind == "file":
        names = ("url", "size", "name", "checksum", "type")
        payload = {name: str(message.content[name]) for name in names}
        body["attachments"] = [{"type": "file", "payload": payload}]
        return "oa_send_file", body
    if message.kind == "list":
        body["attachments"] = [
            {"type": "link", "payload": _link(element)} for element in message.content["elements"]
        ]
        return "oa_send_list", body
    if message.kind == "sticker":
        payload = {"id": message.content["id"], "url": message.content["url"]}
        body["attachments"] = [{"type": "sticker", "payload": payload}]
        return "oa_send_sticker", body
    if message.kind == "template":
        return "oa_send_template", body
    if message.kind == "form":
        payload = {"zinstant_id": message.id[:12], "text": message.content["title"]}
        body["attachments"] = [{"type": "template", "payload": payload}]
    return "oa_send_text", body


def _link(element: dict[str, Any]) -> dict[str, str]:
    action = element.get("default_action") or {}
    return {
        "title": element["title"],
        "description": element.get("subtitle", ""),
        "thumbnail": element.get("image_url", ""),
        "url": str(action.get("url", "")),
    }


def _head(world: World, person: Person, name: str) -> dict[str, Any]:
    event: dict[str, Any] = {"app_id": world.config.app_id}
    if _with_app_id(world):
        event["user_id_by_app"] = person.app_user_id
    event["event_name"] = name
    event["timestamp"] = str(world.clock.stamp())
    return event


def _with_app_id(world: World) -> bool:
    setting = world.switches.user_id_by_app
    return setting == "always" or (setting == "sometimes" and next(_turn) % 2 == 0)
