"""What is left of the old message address: broadcasts and reactions (protocol 3.4)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from . import broadcast_send
from .errors import refused
from .gate import Gate, json_body
from .messages import recipient
from .world import World


def routes(world: World) -> Blueprint:
    """``/v2.0/oa/message``; messages to one person are -240 since version three."""
    rooms = Blueprint("messages_v2", __name__)
    gate = Gate(world)

    @rooms.post("/v2.0/oa/message")
    @gate("oa")
    def version_two() -> dict[str, Any]:
        body = json_body()
        whom, action = body.get("recipient"), body.get("sender_action")
        if isinstance(whom, dict) and "target" in whom:
            return broadcast_send.accept(world, whom["target"], body.get("message"))
        if not isinstance(action, dict):
            raise refused(-240)
        person = recipient(world, whom)
        message = person.find(str(action.get("react_message_id")))
        if message is None:
            raise refused(-201, "react_message_id")
        icon = str(action.get("react_icon", ""))[:20]
        if icon == "/-remove":
            message.reactions.pop("oa", None)
        else:
            message.reactions["oa"] = icon
        world.touch(person, message)
        return {"message_id": message.id, "user_id": person.id}

    return rooms
