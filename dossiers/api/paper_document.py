"""The description of the addresses of `dossiers.api.papers`."""

from __future__ import annotations

from typing import Any


def _binary(kind: str, description: str) -> dict[str, Any]:
    schema = {"type": "string", "format": "binary"}
    return {"description": description, "content": {kind: {"schema": schema}}}


def _query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "string", **schema},
    }


def paper_paths(code: dict[str, Any], errors: dict[str, Any]) -> dict[str, Any]:
    """Paths by address; ``code`` is the path parameter, ``errors`` what every answer may be."""
    base = "/api/v1/dossiers/{MaHoSo}"
    receipt = {
        "operationId": "getReceipt",
        "tags": ["Giấy in"],
        "summary": "Giấy tiếp nhận: của phần mềm một cửa nếu có, không thì mẫu 01 lập tại đây",
        "parameters": [code, _query("kho", "Khổ giấy của mẫu 01", enum=["A5", "A4"])],
        "responses": {"200": _binary("application/pdf", "PDF"), **errors},
    }
    picture = {
        "name": "kind",
        "in": "path",
        "required": True,
        "schema": {"enum": ["png", "svg"]},
    }
    pictures = {
        "operationId": "getReceiptQr",
        "tags": ["Giấy in"],
        "summary": "Chỉ mã QR, để phần mềm một cửa in lên phiếu của mình",
        "parameters": [code, picture],
        "responses": {
            "200": {
                "description": "Ảnh",
                "content": {
                    "image/png": {"schema": {"type": "string", "format": "binary"}},
                    "image/svg+xml": {"schema": {"type": "string"}},
                },
            },
            **errors,
        },
    }
    form = {"name": "form", "in": "path", "required": True, "schema": {"enum": ["02", "03", "04"]}}
    forms = {
        "operationId": "getForm",
        "tags": ["Giấy in"],
        "summary": "Mẫu 02 (bổ sung), 03 (từ chối), 04 (xin lỗi và gia hạn); phải có lý do",
        "parameters": [
            code,
            form,
            _query("ly-do", "Thay cho lý do đang ghi trong hồ sơ", maxLength=4000),
            _query("ngay-hen-moi", "Ngày hẹn trả mới của mẫu 04", maxLength=40),
        ],
        "responses": {"200": _binary("application/pdf", "PDF"), **errors},
    }
    return {
        f"{base}/receipt": {"get": receipt},
        f"{base}/qr.{{kind}}": {"get": pictures},
        f"{base}/forms/{{form}}": {"get": forms},
    }
