"""Reading the `message` of a send: every variant of protocol 3.2 and 3.3, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .errors import refused

TEXT_LIMIT = 2000
TITLE_LIMIT = 100
SUBTITLE_LIMIT = 500
PAYLOAD_LIMIT = 1000
SMS_LIMIT = 160
MOST_BUTTONS = 5
MOST_ELEMENTS = 5


@dataclass
class Shape:
    """A message as understood. `attachment` names an upload that must still be looked up."""

    kind: str
    text: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    buttons: list[dict[str, Any]] = field(default_factory=list)
    quote_id: str = ""
    channel: str = ""
    attachment: str = ""


def read_message(message: Any) -> Shape:
    """The shape of `message`; -201, -210 or -233 when it is none we know."""
    if not isinstance(message, dict):
        raise refused(-201, "message")
    text = _string(message.get("text", ""), "message.text", TEXT_LIMIT)
    quote = _string(message.get("quote_message_id", ""), "quote_message_id", 200)
    attachment = message.get("attachment")
    if attachment is None:
        if not text.strip():
            raise refused(-201, "message.text")
        return Shape("text", text, quote_id=quote)
    if not isinstance(attachment, dict):
        raise refused(-201, "attachment")
    payload = attachment.get("payload")
    if not isinstance(payload, dict):
        raise refused(-201, "payload")
    if attachment.get("type") == "file":
        token = _string(payload.get("token", ""), "token", 1000)
        if not token:
            raise refused(-201, "token")
        return Shape("file", text, quote_id=quote, channel="file", attachment=token)
    if attachment.get("type") != "template":
        raise refused(-233)
    shape = _template(payload, text)
    shape.quote_id = quote
    return shape


def read_buttons(value: Any) -> list[dict[str, Any]]:
    """Up to five buttons (protocol 3.3)."""
    if not isinstance(value, list) or not value:
        raise refused(-201, "buttons")
    if len(value) > MOST_BUTTONS:
        raise refused(-210)
    return [_button(button) for button in value]


def _template(payload: dict[str, Any], text: str) -> Shape:
    kind = payload.get("template_type", "button")
    if kind == "button":
        buttons = read_buttons(payload.get("buttons"))
        if not text.strip():
            raise refused(-201, "message.text")
        return Shape("text", text, buttons=buttons)
    elements = payload.get("elements")
    if not isinstance(elements, list) or not elements:
        raise refused(-201, "elements")
    if any(not isinstance(element, dict) for element in elements):
        raise refused(-201, "elements")
    buttons = read_buttons(payload["buttons"]) if payload.get("buttons") else []
    if kind == "media":
        return _media(elements, text, buttons)
    if kind == "request_user_info":
        return _form(elements)
    if kind == "list":
        return _list(elements, text, buttons)
    raise refused(-233)


def _media(elements: list[dict[str, Any]], text: str, buttons: list[dict[str, Any]]) -> Shape:
    if len(elements) != 1:
        raise refused(-210)
    element = elements[0]
    kind = element.get("media_type")
    if kind not in ("image", "gif", "sticker"):
        raise refused(-233)
    url = _string(element.get("url", ""), "url", 2000)
    handle = _string(element.get("attachment_id", ""), "attachment_id", 1000)
    if bool(url) == bool(handle):
        raise refused(-201, "attachment_id" if not url else "url")
    if kind == "sticker":
        if url:
            raise refused(-201, "attachment_id")
        return Shape("sticker", "", {"id": handle, "url": f"/static/sticker-{_face(handle)}.svg"})
    content: dict[str, Any] = {}
    if kind == "gif":
        for name in ("width", "height"):
            size = element.get(name)
            if not isinstance(size, int) or isinstance(size, bool) or size <= 0:
                raise refused(-201, name)
            content[name] = size
    if url:
        content["url"] = _web(url, "url")
    return Shape(kind, text, content, buttons, channel=kind, attachment=handle)


def _form(elements: list[dict[str, Any]]) -> Shape:
    if len(elements) != 1:
        raise refused(-210)
    element = elements[0]
    title = _filled(element.get("title"), "title", TITLE_LIMIT)
    subtitle = _filled(element.get("subtitle"), "subtitle", SUBTITLE_LIMIT)
    image = _web(_filled(element.get("image_url"), "image_url", 2000), "image_url")
    content = {"title": title, "subtitle": subtitle, "image_url": image, "submitted": False}
    return Shape("form", "", content)


def _list(elements: list[dict[str, Any]], text: str, buttons: list[dict[str, Any]]) -> Shape:
    if len(elements) > MOST_ELEMENTS:
        raise refused(-210)
    rows = []
    for element in elements:
        row: dict[str, Any] = {"title": _filled(element.get("title"), "title", TITLE_LIMIT)}
        row["subtitle"] = _string(element.get("subtitle", ""), "subtitle", SUBTITLE_LIMIT)
        if element.get("image_url"):
            row["image_url"] = _web(element["image_url"], "image_url")
        if element.get("default_action"):
            row["default_action"] = _default_action(element["default_action"])
        rows.append(row)
    return Shape("list", text, {"elements": rows}, buttons)


def _default_action(action: Any) -> dict[str, Any]:
    # List elements carry a flat url, buttons a nested one (protocol 3.3).
    if isinstance(action, dict) and action.get("type") == "oa.open.url":
        return {"type": "oa.open.url", "url": _web(action.get("url"), "default_action.url")}
    return _button({"title": "-", **action} if isinstance(action, dict) else action)


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise refused(-201, "buttons")
    title = _filled(button.get("title"), "title", TITLE_LIMIT)
    kind, payload = button.get("type"), button.get("payload")
    if kind in ("oa.query.show", "oa.query.hide"):
        return {"title": title, "type": kind, "payload": _filled(payload, "payload", PAYLOAD_LIMIT)}
    if not isinstance(payload, dict):
        raise refused(-201, "payload" if kind else "type")
    if kind == "oa.open.url":
        return {"title": title, "type": kind, "payload": {"url": _web(payload.get("url"), "url")}}
    phone = payload.get("phone_code")
    if kind not in ("oa.open.phone", "oa.open.sms"):
        raise refused(-201, "type")
    if not isinstance(phone, str) or not phone.isascii() or not phone.isdigit() or len(phone) > 15:
        raise refused(-201, "phone_code")
    kept = {"phone_code": phone}
    if kind == "oa.open.sms":
        kept["content"] = _filled(payload.get("content"), "content", SMS_LIMIT)
    return {"title": title, "type": kind, "payload": kept}


def _string(value: Any, name: str, limit: int) -> str:
    if not isinstance(value, str):
        raise refused(-201, name)
    if len(value) > limit:
        raise refused(-210)
    return value


def _filled(value: Any, name: str, limit: int) -> str:
    text = _string(value, name, limit)
    if not text.strip():
        raise refused(-201, name)
    return text


def _web(value: Any, name: str) -> str:
    text = _filled(value, name, 2000)
    try:
        parts = urlsplit(text)
    except ValueError:
        raise refused(-201, name) from None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise refused(-201, name)
    return text


def _face(handle: str) -> str:
    faces = ("like", "heart", "smile", "lotus", "thanks")
    return faces[sum(handle.encode()) % len(faces)]
