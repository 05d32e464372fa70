"""What a citizen can do in the chat, and the events it makes (protocol 1.8, 1.9, 4.1)."""

from __future__ import annotations

import json
from typing import Any

from . import delivery, events
from .messages import file_content
from .people import ChatMessage, Person, normal_phone
from .shelf import Stored
from .world import World

STICKERS = ("like", "heart", "smile", "lotus", "thanks")


class NotPossible(Exception):
    """The citizen cannot do this now; the text says why."""


def follow(world: World, person: Person, source: str = "oa_profile") -> None:
    """Press "Quan tâm"; also lifts a block."""
    with world.lock():
        person.blocked = False
        person.follower = True
        if world.switches.follow_opens_window:
            world.interact(person)
        world.webhooks.emit(events.follow(world, person, "follow", source), person.id)
        world.ring("person", person.id)


def unfollow(world: World, person: Person) -> None:
    """Press "Bỏ quan tâm"."""
    with world.lock():
        person.follower = False
        world.webhooks.emit(events.follow(world, person, "unfollow", "oa_profile"), person.id)
        world.ring("person", person.id)


def block(world: World, person: Person, blocked: bool) -> None:
    """Block or let in again; no event tells the OA (protocol 11.4)."""
    with world.lock():
        person.blocked = blocked
        world.ring("person", person.id)


def chat_now(world: World, person: Person) -> bool:
    """Press "Nhắn tin": an event once, and only if the citizen never wrote (protocol 1.8)."""
    with world.lock():
        if person.chatnow_pressed or person.ever_wrote:
            return False
        person.chatnow_pressed = True
        if world.switches.follow_opens_window:
            world.interact(person)
        world.webhooks.emit(events.flat(world, person, "user_click_chatnow"), person.id)
        world.ring("person", person.id)
        return True


def withdraw(world: World, person: Person) -> None:
    """Ask for erasure: `user_withdraw`."""
    world.webhooks.emit(events.flat(world, person, "user_withdraw"), person.id)


def open_chat(world: World, person: Person, is_open: bool) -> None:
    """Look at the chat, or away from it."""
    with world.lock():
        person.chat_open = is_open
        if is_open:
            delivery.seen(world, person)
        world.ring("person", person.id)


def send_text(
    world: World, person: Person, text: str, *, quote_id: str = "", hidden: bool = False
) -> ChatMessage:
    """Write to the OA."""
    return _send(world, person, "text", text, {}, None, quote_id=quote_id, hidden=hidden)


def send_file(world: World, person: Person, stored: Stored, caption: str = "") -> ChatMessage:
    """Send a picture or any other file."""
    if stored.kind in ("jpg", "png", "webp", "gif"):
        kind = "gif" if stored.kind == "gif" else "image"
        url = f"{world.config.url}/media/{stored.id}"
        content = {"url": url, "thumbnail": url, "name": stored.name}
        payload = {"thumbnail": url, "url": url}
        return _send(world, person, kind, caption, content, {"type": kind, "payload": payload})
    content = file_content(world, stored)
    return _send(world, person, "file", "", content, {"type": "file", "payload": dict(content)})


def send_sticker(world: World, person: Person, name: str) -> ChatMessage:
    """Send one of our few stickers."""
    if name not in STICKERS:
        raise NotPossible("không có nhãn dán này")
    content = {"id": f"sandbox-{name}", "url": f"{world.config.url}/static/sticker-{name}.svg"}
    attachment = {"type": "sticker", "payload": dict(content)}
    return _send(world, person, "sticker", "", content, attachment)


def send_location(world: World, person: Person, latitude: str, longitude: str) -> ChatMessage:
    """Send a place; coordinates travel as decimal strings (protocol 1.7)."""
    content = {"latitude": latitude, "longitude": longitude}
    attachment = {"type": "location", "payload": {"coordinates": dict(content)}}
    return _send(world, person, "location", "", content, attachment)


def send_card(world: World, person: Person, name: str, phone: str) -> ChatMessage:
    """Send a business card, perhaps somebody else's."""
    described = json.dumps({"phone": phone, "qrCodeUrl": f"{world.config.url}/static/oa.svg"})
    payload = {
        "thumbnail": f"{world.config.url}/avatar/{person.id}.svg",
        "description": described,
        "url": f"{world.config.url}/",
    }
    attachment = {"type": "link", "payload": payload}
    content = {"name": name, "phone": phone}
    return _send(world, person, "business_card", name, content, attachment)


def press(world: World, person: Person, button: dict[str, Any]) -> dict[str, Any]:
    """Press a button: a query sends its payload, anything else is opened by the phone itself."""
    kind, payload = button["type"], button.get("payload")
    if kind in ("oa.query.show", "oa.query.hide"):
        message = send_text(world, person, str(payload), hidden=kind == "oa.query.hide")
        return {"sent": message.id, "hidden": message.hidden}
    target = payload if isinstance(payload, dict) else {"url": button.get("url", "")}
    return {"open": kind.removeprefix("oa.open."), **target}


def submit_info(
    world: World, person: Person, message: ChatMessage | None, info: dict[str, str]
) -> None:
    """Fill in the form of `request_user_info`; the number is what the citizen typed."""
    phone = normal_phone(info["phone"])
    if phone is None:
        raise NotPossible("số điện thoại không hợp lệ")
    kept = {**info, "phone": phone}
    with world.lock():
        _allowed(person)
        if message:
            message.content["submitted"] = True
            world.touch(person, message)
        shared = {"name", "phone", "address", "city", "district", "ward"}
        person.shared_info = {k: v for k, v in kept.items() if k in shared and v}
        person.ever_wrote = True
        world.interact(person)
        world.add_message(person, "notice", "notice", "Bạn đã gửi thông tin cho OA")
        world.webhooks.emit(events.submit_info(world, person, kept), person.id)
    if world.switches.submit_info_companion:
        send_text(world, person, "Bạn đã gởi thông tin cho OA", hidden=True)


def react(world: World, person: Person, message: ChatMessage, icon: str) -> None:
    """Put an icon on a message; an empty icon or ``/-remove`` takes it off, without an event."""
    with world.lock():
        _allowed(person)
        if icon in ("", "/-remove"):
            message.reactions.pop("user", None)
        else:
            message.reactions["user"] = icon
            body = {"msg_id": message.id, "react_icon": icon}
            event = events.from_user(world, person, "user_reacted_message", body)
            world.webhooks.emit(event, person.id)
        world.touch(person, message)


def staff_writes(world: World, person: Person, text: str, admin_id: str) -> ChatMessage:
    """A person of the office answers in OA Chat: the echo carries `admin_id` (protocol 1.6)."""
    with world.lock():
        message = world.add_message(person, "oa", "text", text, admin_id=admin_id, via="staff")
        delivery.oa_sent(world, person, message)
        return message


def _send(
    world: World,
    person: Person,
    kind: str,
    text: str,
    content: dict[str, Any],
    attachment: dict[str, Any] | None,
    *,
    quote_id: str = "",
    hidden: bool = False,
) -> ChatMessage:
    with world.lock():
        _allowed(person)
        message = world.add_message(
            person, "user", kind, text, content=content, quote_id=quote_id, hidden=hidden
        )
        person.ever_wrote = True
        world.interact(person)
        body: dict[str, Any] = {"msg_id": message.id}
        if text:
            body["text"] = text
        if quote_id:
            body["quote_msg_id"] = quote_id
        if attachment:
            body["attachments"] = [attachment]
        event = events.from_user(world, person, f"user_send_{kind}", body)
        world.webhooks.emit(event, person.id, on_delivered=lambda: _reached(world, person, message))
        return message


def _reached(world: World, person: Person, message: ChatMessage) -> None:
    # The OA's server answered 200: the phone shows "Đã nhận".
    with world.lock():
        message.received_ms = world.clock.now_ms()
        world.touch(person, message)


def _allowed(person: Person) -> None:
    if person.blocked:
        raise NotPossible("bạn đang chặn OA này")
