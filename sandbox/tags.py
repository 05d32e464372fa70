"""Tags of people (protocol 3.7)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from . import events
from .errors import refused
from .gate import Gate, json_body
from .users import known
from .world import World


def routes(world: World) -> Blueprint:
    """``/v2.0/oa/tag/*``."""
    rooms = Blueprint("tags", __name__)
    gate = Gate(world)

    @rooms.post("/v2.0/oa/tag/tagfollower")
    @gate("oa")
    def add() -> dict[str, Any]:
        body = json_body()
        person, name = known(world, body.get("user_id")), _name(body)
        person.tags.add(name)
        world.webhooks.emit(events.tag(world, "add_user_to_tag", name, person), person.id)
        return {}

    @rooms.post("/v2.0/oa/tag/rmfollowerfromtag")
    @gate("oa")
    def remove() -> dict[str, Any]:
        body = json_body()
        person, name = known(world, body.get("user_id")), _name(body)
        person.tags.discard(name)
        world.webhooks.emit(events.tag(world, "remove_user_from_tag", name, person), person.id)
        return {}

    @rooms.post("/v2.0/oa/tag/rmtag")
    @gate("oa")
    def drop() -> dict[str, Any]:
        name = _name(json_body())
        for person in world.people.all():
            person.tags.discard(name)
        world.webhooks.emit(events.tag(world, "remove_tag", name, None), "tags")
        return {}

    @rooms.get("/v2.0/oa/tag/gettagsofoa")
    @gate("oa")
    def names() -> list[str]:
        return sorted({tag for person in world.people.all() for tag in person.tags})

    return rooms


def _name(body: dict[str, Any]) -> str:
    name = body.get("tag_name")
    if not isinstance(name, str) or not name.strip() or len(name) > 100:
        raise refused(-201, "tag_name")
    return name.strip()
