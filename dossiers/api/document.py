"""The OpenAPI 3.1 description of the API, made from the models that read its requests."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from dossiers.api.announcement_document import announcement_paths, announcement_schemas
from dossiers.api.paper_document import paper_paths
from dossiers.ingest import MOST_ITEMS
from dossiers.schemas import DossierIn, EventIn
from settings import Settings

_ERRORS = {
    "400": "Thân yêu cầu không đọc được",
    "401": "Thiếu khóa hoặc khóa sai",
    "403": "Khóa không có quyền này",
    "409": "Yêu cầu cùng Idempotency-Key đang được xử lý",
    "413": "Quá lớn hoặc quá nhiều mục",
    "415": "Content-Type sai",
    "422": "Không mục nào dùng được; mỗi trường sai có một dòng trong `errors`",
    "429": "Quá số yêu cầu mỗi phút; xem Retry-After",
    "500": "Lỗi phía máy chủ; nêu `request_id` khi báo",
    "503": "Cơ sở dữ liệu đang bận; gửi lại sau Retry-After giây",
}
_TEXT = {"type": "string"}
_TIME = {"type": ["string", "null"], "description": "ISO 8601, +07:00"}
_COUNT = {"type": "integer"}
_CODE_PARAMETER = {
    "name": "MaHoSo",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "maxLength": 100},
    "description": "Mã hồ sơ, mọi cách viết",
    "example": "000.00.04.H60-230215-0028",
}
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
    "description": "Gửi lại cùng khóa thì nhận lại câu trả lời cũ, không đổi gì thêm",
}


def document(settings: Settings) -> dict[str, Any]:
    """The whole description (contract 3)."""
    errors = {**_errors("401", "403", "422", "429", "500", "503"), "404": _not_found()}
    papers = paper_paths(_CODE_PARAMETER, errors)
    receipt = papers.pop("/api/v1/dossiers/{MaHoSo}/receipt")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hồ sơ một cửa và thông báo qua Zalo",
            "version": "1",
            "description": (
                "Phần mềm một cửa đẩy hồ sơ và từng bước xử lý; người dân nhận tin trên Zalo. "
                f"Mỗi lần gửi nhiều nhất {MOST_ITEMS} mục và {settings.api_max_bytes} byte; mỗi "
                f"khóa nhiều nhất {settings.api_requests_per_minute} yêu cầu một phút. Trong một "
                "danh sách, mục đúng được giữ, mục sai được nêu kèm số thứ tự."
            ),
        },
        "servers": [{"url": settings.public_url}],
        "security": [{"key": []}],
        "paths": {
            "/api/v1/dossiers": {
                "post": _post("Tạo hoặc cập nhật hồ sơ", "Dossier", "putDossiers")
            },
            "/api/v1/events": {"post": _post("Thêm sự kiện xử lý", "Event", "postEvents")},
            "/api/v1/dossiers/{MaHoSo}": {"get": _get()},
            "/api/v1/dossiers/{MaHoSo}/receipt": {"put": _put(settings), **receipt},
            **papers,
            **announcement_paths(
                _errors("400", "401", "403", "413", "415", "422", "429", "500", "503"),
                _not_found("Không có thông báo này"),
            ),
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Dossier": _request(DossierIn),
                "Event": _request(EventIn),
                "Results": _results(),
                "DossierView": _view(),
                "Notification": _notification(),
                "Problem": _problem(),
                **announcement_schemas(),
            },
        },
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(name: str, description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _ref(name)}}}


def _errors(*codes: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {code: {"description": _ERRORS[code], "content": content} for code in codes}


def _post(summary: str, schema: str, name: str) -> dict[str, Any]:
    listed = {"type": "array", "items": _ref(schema), "maxItems": MOST_ITEMS}
    body = {"schema": {"oneOf": [_ref(schema), listed]}}
    return {
        "operationId": name,
        "tags": ["Hồ sơ"],
        "summary": summary,
        "parameters": [_KEY_PARAMETER],
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {
            "200": _json("Results", "Mỗi mục một kết quả, theo thứ tự"),
            **_errors("400", "401", "403", "409", "413", "415", "422", "429", "500", "503"),
        },
    }


def _get() -> dict[str, Any]:
    return {
        "operationId": "getDossier",
        "tags": ["Hồ sơ"],
        "summary": "Hồ sơ, các sự kiện và số phận từng tin nhắn",
        "parameters": [_CODE_PARAMETER],
        "responses": {
            "200": _json("DossierView", "Hồ sơ"),
            **_errors("401", "403", "429", "500", "503"),
            "404": _not_found(),
        },
    }


def _put(settings: Settings) -> dict[str, Any]:
    pdf = {"schema": {"type": "string", "format": "binary"}}
    return {
        "operationId": "putReceipt",
        "tags": ["Hồ sơ"],
        "summary": f"Phiếu tiếp nhận do phần mềm một cửa lập, PDF đến {settings.receipt_max_bytes} byte",
        "parameters": [_CODE_PARAMETER],
        "requestBody": {"required": True, "content": {"application/pdf": pdf}},
        "responses": {
            "200": _json("Results", "created, updated hoặc unchanged"),
            **_errors("400", "401", "403", "413", "415", "422", "429", "500", "503"),
            "404": _not_found(),
        },
    }


def _not_found(description: str = "Không có hồ sơ này") -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {"description": description, "content": content}


def _request(model: type[BaseModel]) -> dict[str, Any]:
    """The model's own schema; what readers tolerate beyond it is said in words only."""
    schema = model.model_json_schema()
    for field in schema["properties"].values():
        field.pop("title", None)
    schema["title"] = model.__name__.removesuffix("In")
    schema["description"] = (model.__doc__ or "").split("\n")[0]
    return schema


def _results() -> dict[str, Any]:
    statuses = ["created", "updated", "unchanged", "duplicate", "error"]
    entry = {
        "type": "object",
        "required": ["status"],
        "properties": {
            "index": _COUNT,
            "MaHoSo": _TEXT,
            "MaSuKien": _TEXT,
            "status": {"enum": statuses},
            "warnings": {"type": "array", "items": _TEXT},
            "errors": {"type": "array", "items": _error_entry()},
        },
    }
    return {
        "type": "object",
        "required": ["results"],
        "properties": {"results": {"type": "array", "items": entry}},
    }


def _error_entry() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["index", "field", "pointer", "detail"],
        "properties": {"index": _COUNT, "field": _TEXT, "pointer": _TEXT, "detail": _TEXT},
    }


def _view() -> dict[str, Any]:
    texts = (
        "MaHoSo SoBienNhan MaTTHC TenTTHC TenLinhVuc ChuHoSo LoaiDoiTuong MaDoiTuong SoDienThoai "
        "DonViXuLy CoQuan HinhThucTra MaDinhDanhDV TrichYeuHoSo HeThongNguon state phone_problem"
    )
    times = "NgayNop NgayTiepNhan NgayHenTra NgayCoKetQua NgayTra"
    told = {"type": "array", "items": _ref("Notification")}
    event = {
        "type": "object",
        "properties": {
            **dict.fromkeys(
                [
                    "MaSuKien",
                    "state",
                    "BuocXuLy",
                    "NoiDungXuLy",
                    "NguoiXuLy",
                    "DonViXuLy",
                    "HeThongNguon",
                ],
                _TEXT,
            ),
            "TrangThai": _COUNT,
            "ThoiDiemXuLy": _TIME,
            "NgayHenTra": _TIME,
            "outcome": {
                "enum": ["announced", "late", "repeat", "foreign", "date", "old", "silent"],
                "description": "announced: người dân được báo; khác: vì sao không",
            },
            "notifications": told,
        },
    }
    return {
        "type": "object",
        "properties": {
            **dict.fromkeys(texts.split(), _TEXT),
            **dict.fromkeys(times.split(), _TIME),
            "TrangThaiHoSo": _COUNT,
            "ThongBaoZalo": {"type": "boolean"},
            "events": {"type": "array", "items": event},
            "notifications": told,
        },
    }


def _notification() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            **dict.fromkeys(["kind", "channel", "recipient", "state", "reason", "sentence"], _TEXT),
            **dict.fromkeys(["id", "attempts", "cost_vnd"], _COUNT),
            **dict.fromkeys(["queued_at", "sent_at", "delivered_at", "seen_at"], _TIME),
        },
    }


def _problem() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            **dict.fromkeys(["type", "title", "detail", "code", "request_id"], _TEXT),
            "status": _COUNT,
            "errors": {"type": "array", "items": _error_entry()},
            "results": {"type": "array", "items": {"type": "object"}},
        },
    }
