"""The OA itself and its allowances: ``getoa`` and ``quota/message`` (protocol 3.9)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint

from .errors import refused
from .gate import Gate, json_body
from .users import known
from .world import World


def routes(world: World) -> Blueprint:
    """``getoa`` and the two quota addresses."""
    rooms = Blueprint("oa_info", __name__)
    gate = Gate(world)

    @rooms.get("/v2.0/oa/getoa")
    @gate("oa")
    def getoa() -> dict[str, Any]:
        config, member = world.config, world.switches.getoa_id_member
        ids = {name: config.oa_id for name in ("oa_id", "oaid") if member in (name, "both")}
        return {
            **ids,
            "name": config.oa_name,
            "description": config.oa_description,
            "oa_alias": "",
            "is_verified": world.switches.oa_verified,
            "oa_type": 4,
            "cate_name": config.oa_category,
            "num_follower": sum(p.follower for p in world.people.all()),
            "avatar": f"{config.url}/static/oa.svg",
            "cover": f"{config.url}/static/cover.svg",
            "package_name": "Tăng trưởng",
            "package_valid_through_date": "31/12/2027",
            "package_auto_renew_date": "",
            "linked_ZCA": "ZCA-1",
        }

    @rooms.post("/v3.0/oa/quota/message")
    @gate("oa")
    def quota() -> Any:
        body = json_body()
        if "user_id" in body:
            person = known(world, body["user_id"])
            return {
                "last_interaction": str(person.last_interaction_ms or ""),
                "cs_reply": {"remain": 8, "total": 8},
                "promotion": asdict(world.caps.room("template", person.id)),
            }
        if body.get("quota_owner") not in ("OA", "APP"):
            raise refused(-201, "quota_owner")
        if body["quota_owner"] == "APP" or body.get("quota_type", "sub_quota") != "sub_quota":
            return []
        return [
            {
                "asset_id": "sub-1",
                "product_type": "cs",
                "quota_type": "sub_quota",
                "valid_through": world.quotas.month_end(),
                "total": world.switches.sub_quota_total,
                "remain": world.quotas.sub_remain,
            }
        ]

    @rooms.post("/v2.0/oa/quota/message")
    @gate("oa")
    def quota_of_version_two() -> dict[str, Any]:
        body = json_body()
        if "user_id" in body:
            return _broadcasts_left(world, body)
        total = world.switches.sub_quota_total
        return {"type": "sub_quota", "remain": world.quotas.sub_remain, "total": total}

    return rooms


def _broadcasts_left(world: World, body: dict[str, Any]) -> dict[str, Any]:
    # Only `type`, `remain` and `total` are documented for this path; the rest explains them.
    person = known(world, body["user_id"])
    if body.get("type") != "promotion":
        raise refused(-201, "type")
    room = world.caps.room("broadcast", person.id)
    return {
        "type": "promotion",
        "remain": room.now,
        "total": room.monthly_total,
        **asdict(room),
    }
