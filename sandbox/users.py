"""People as the OA may ask about them: detail, list, chats (protocol 3.6, 3.8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint

from .clock import VIETNAM
from .errors import refused
from .gate import Gate, json_body, query_data, whole_number
from .people import ChatMessage, Person
from .world import World

PERIODS = {"TODAY": (0, 0), "YESTERDAY": (1, 1), "L7D": (6, 0), "L30D": (29, 0)}
CHAT_KINDS = {
    "text": "text",
    "image": "photo",
    "gif": "GIF",
    "link": "link",
    "list": "links",
    "article": "link",
}


def routes(world: World) -> Blueprint:
    """``user/*``, ``listrecentchat`` and ``conversation``."""
    rooms = Blueprint("users", __name__)
    gate = Gate(world)

    @rooms.get("/v3.0/oa/user/detail")
    @gate("oa")
    def detail() -> dict[str, Any]:
        return _detail(world, known(world, query_data().get("user_id")))

    @rooms.get("/v3.0/oa/user/getlist")
    @gate("oa")
    def listing() -> dict[str, Any]:
        asked = query_data()
        offset = whole_number(asked, "offset", 0, 9951, 0)
        count = whole_number(asked, "count", 1, 50, 50)
        found = [p for p in world.people.all() if _matches(world, p, asked)]
        page = found[offset : offset + count]
        users = [{"user_id": person.id} for person in page]
        return {"total": len(found), "count": len(users), "offset": offset, "users": users}

    @rooms.post("/v3.0/oa/user/update")
    @gate("oa")
    def update() -> dict[str, Any]:
        body = json_body()
        person = known(world, body.get("user_id"))
        alias, shared = body.get("user_alias"), body.get("shared_info")
        if isinstance(alias, str):
            person.alias = alias[:200]
        if isinstance(shared, dict):
            person.shared_info.update({str(k)[:50]: str(v)[:500] for k, v in shared.items()})
        return {}

    @rooms.get("/v2.0/oa/listrecentchat")
    @gate("oa")
    def recent() -> list[dict[str, Any]]:
        asked = query_data()
        lines = [(p, [m for m in p.messages if m.side != "notice"]) for p in world.people.all()]
        last = sorted(
            ((p, m[-1]) for p, m in lines if m), key=lambda pair: pair[1].time_ms, reverse=True
        )
        return [_line(world, p, m) for p, m in _page(asked, last)]

    @rooms.get("/v2.0/oa/conversation")
    @gate("oa")
    def conversation() -> list[dict[str, Any]]:
        asked = query_data()
        person = known(world, asked.get("user_id"))
        lines = [m for m in reversed(person.messages) if m.side != "notice"]
        return [_line(world, person, m) for m in _page(asked, lines)]

    return rooms


def known(world: World, uid: Any) -> Person:
    """The person of `uid`, which official examples also print as a number; -201 when nobody."""
    text = str(uid) if isinstance(uid, str | int) and not isinstance(uid, bool) else ""
    person = world.people.get(text)
    if person is None or not _met(person):
        raise refused(-201, "user_id")
    return person


def _met(person: Person) -> bool:
    # The OA knows a person's UID only after some contact.
    return bool(person.follower or person.messages or person.last_interaction_ms)


def _detail(world: World, person: Person) -> dict[str, Any]:
    avatar = f"{world.config.url}/avatar/{person.id}.svg"
    last = person.last_interaction_ms
    data: dict[str, Any] = {
        "user_id": person.id,
        "user_id_by_app": person.app_user_id,
        "user_external_id": "",
        "display_name": person.name,
        "user_alias": person.alias or person.name,
        "is_sensitive": False,
        "user_last_interaction_date": f"{world.clock.local(last):%d/%m/%Y}" if last else "",
        "user_is_follower": person.follower,
        "avatar": avatar,
        "avatars": {"120": avatar, "240": avatar},
        "dynamic_param": "",
        "tags_and_notes_info": {"notes": [], "tag_names": sorted(person.tags)},
    }
    if person.shared_info:
        data["shared_info"] = dict(person.shared_info)
    return data


def _matches(world: World, person: Person, asked: dict[str, Any]) -> bool:
    if not _met(person):
        return False
    follower = asked.get("is_follower")
    if follower is not None and str(follower).lower() != str(person.follower).lower():
        return False
    if asked.get("tag_name") and asked["tag_name"] not in person.tags:
        return False
    period = asked.get("last_interaction_period")
    return not period or _interacted_in(world, person, str(period))


def _interacted_in(world: World, person: Person, period: str) -> bool:
    today = world.clock.local().date()
    if period in PERIODS:
        back, end = PERIODS[period]
        first, last = today - timedelta(days=back), today - timedelta(days=end)
    else:
        try:
            days = [
                datetime.strptime(p, "%Y_%m_%d").replace(tzinfo=VIETNAM).date()
                for p in period.split(":")
            ]
            first, last = days[0], days[1]
        except (ValueError, IndexError):
            raise refused(-201, "last_interaction_period") from None
    if person.last_interaction_ms is None:
        return False
    return first <= world.clock.local(person.last_interaction_ms).date() <= last


def _page(asked: dict[str, Any], lines: list[Any]) -> list[Any]:
    offset = whole_number(asked, "offset", 0, 10**6, 0)
    return lines[offset : offset + whole_number(asked, "count", 1, 10, 10)]


def _line(world: World, person: Person, message: ChatMessage) -> dict[str, Any]:
    user = (person.id, person.name, f"{world.config.url}/avatar/{person.id}.svg")
    office = (world.config.oa_id, world.config.oa_name, f"{world.config.url}/static/oa.svg")
    sender, receiver = (user, office) if message.side == "user" else (office, user)
    line: dict[str, Any] = {
        "src": int(message.side == "user"),
        "time": message.time_ms,
        "type": CHAT_KINDS.get(message.kind, message.kind),
        "message": message.text,
        "message_id": message.id,
        "from_id": sender[0],
        "to_id": receiver[0],
        "from_display_name": sender[1],
        "from_avatar": sender[2],
        "to_display_name": receiver[1],
        "to_avatar": receiver[2],
    }
    if "url" in message.content:
        line["url"] = message.content["url"]
    if "link" in message.content:
        line["url"] = message.content["link"]
    if message.kind == "location":
        line["location"] = message.content
    return line
