"""Sending to a citizen: consultation messages in the order of checks of protocol 9."""

from __future__ import annotations

from typing import Any, Literal, cast

from flask import Blueprint

from . import delivery, windows
from .errors import refused
from .gate import Gate, json_body
from .message_shapes import Shape, read_message
from .people import Person
from .shelf import Stored
from .world import World


def routes(world: World) -> Blueprint:
    """``/v3.0/oa/message/*``."""
    rooms = Blueprint("messages", __name__)
    gate = Gate(world)

    @rooms.post("/v3.0/oa/message/cs")
    @gate("oa")
    def consultation() -> dict[str, Any]:
        body = json_body()
        shape = read_message(body.get("message"))
        person = recipient(world, body.get("recipient"))
        windows.check_user_state(world, person)
        kind = windows.quota_type(world, person)
        _fetch_attachment(world, shape)
        if shape.quote_id and person.find(shape.quote_id) is None:
            raise refused(-201, "quote_message_id")
        quota = windows.spend(world, person, kind)
        message = world.add_message(
            person,
            "oa",
            shape.kind,
            shape.text,
            content=shape.content,
            buttons=shape.buttons,
            quote_id=shape.quote_id,
            via="cs",
            quota=kind,
        )
        delivery.oa_sent(world, person, message)
        return answer(world, person, message.id, quota)

    for ended in ("transaction", "promotion"):
        rooms.add_url_rule(
            f"/v3.0/oa/message/{ended}",
            f"ended_{ended}",
            gate("oa")(_no_longer),
            methods=["POST"],
        )
    return rooms


def recipient(world: World, value: Any) -> Person:
    """Whom `recipient` means, by UID or by a message of theirs; -201 when nobody."""
    if not isinstance(value, dict):
        raise refused(-201, "recipient")
    person = None
    if isinstance(value.get("user_id"), str):
        person = world.people.get(value["user_id"])
        if person is None:
            raise refused(-201, "user_id")
    elif isinstance(value.get("message_id"), str):
        person = world.people.by_message(value["message_id"])
        if person is None:
            raise refused(-201, "message_id")
    if person is None:
        raise refused(-201, "recipient")
    return person


def answer(
    world: World, person: Person, message_id: str, quota: dict[str, Any] | None
) -> dict[str, Any]:
    """The `data` of an accepted send; no `quota` when the message is billed (protocol 3.2)."""
    data: dict[str, Any] = {
        "message_id": message_id,
        "user_id": person.id,
        "sent_time": str(world.clock.now_ms()),
    }
    if quota is not None:
        data["quota"] = quota
    return data


def file_content(world: World, stored: Stored) -> dict[str, Any]:
    """What a chat line and its event tell of a file (protocol 1.7)."""
    return {
        "url": f"{world.config.url}/media/{stored.id}",
        "name": stored.name,
        "size": str(len(stored.body)),
        "checksum": stored.md5,
        "type": stored.kind or stored.name.rpartition(".")[2][:10],
    }


def _fetch_attachment(world: World, shape: Shape) -> None:
    if not shape.attachment:
        return
    channel = cast(Literal["image", "gif", "file"], shape.channel)
    stored = world.shelf.uploaded(channel, shape.attachment)
    if stored is None:
        raise refused(-100)
    if channel == "file":
        shape.content = file_content(world, stored)
    else:
        shape.content["url"] = f"{world.config.url}/media/{stored.id}"


def _no_longer() -> dict[str, Any]:
    # Transaction and promotion by UID ended on 2026-03-01 (protocol 3.4).
    raise refused(-209)
