"""The description of ``/api/v1/broadcasts``."""

from __future__ import annotations

from typing import Any

from dossiers.api.announcements import BroadcastIn
from store.tables import BroadcastState

_NUMBER = {
    "name": "number",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 0},
    "description": "Số của thông báo",
}


def announcement_paths(errors: dict[str, Any], not_found: dict[str, Any]) -> dict[str, Any]:
    """Paths by address; ``errors`` are what every answer may be."""
    shown = {
        "description": "Thông báo",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BroadcastView"}}},
    }
    body = {"schema": {"$ref": "#/components/schemas/Broadcast"}}
    post = {
        "operationId": "postBroadcast",
        "tags": ["Thông báo"],
        "summary": "Tạo bản nháp thông báo; người của cơ quan sửa, trình, duyệt và gửi",
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {"201": shown, **errors},
    }
    get = {
        "operationId": "getBroadcast",
        "tags": ["Thông báo"],
        "summary": "Trạng thái và số liệu của thông báo",
        "parameters": [_NUMBER],
        "responses": {
            "200": shown,
            **{code: errors[code] for code in ("401", "403", "429", "500", "503")},
            "404": not_found,
        },
    }
    return {"/api/v1/broadcasts": {"post": post}, "/api/v1/broadcasts/{number}": {"get": get}}


def announcement_schemas() -> dict[str, Any]:
    """The request and the answer."""
    schema = BroadcastIn.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = schema.pop("$defs", {})
    schema["title"], schema["description"] = "Broadcast", "Bản nháp thông báo"
    text = {"type": "string"}
    time = {"type": ["string", "null"], "description": "ISO 8601, +07:00"}
    view = {
        "type": "object",
        "required": ["id", "state", "title"],
        "properties": {
            "id": {"type": "integer"},
            "state": {"enum": [state.value for state in BroadcastState]},
            **dict.fromkeys(["title", "topic", "way", "reason", "url"], text),
            "total": {"type": "integer"},
            "figures": {"type": "object", "additionalProperties": {"type": "integer"}},
            **dict.fromkeys(
                ["created_at", "approved_at", "start_at", "started_at", "finished_at"], time
            ),
        },
    }
    return {"Broadcast": schema, "BroadcastView": view, **inner}
