"""Messages as Zalo's JSON (zalo-protocol 3.2 to 3.4, 5.2)."""

from typing import Any

from bot.messages import (
    AskInfo,
    Button,
    Element,
    File,
    Image,
    Listing,
    Message,
    OpenPhone,
    OpenSms,
    OpenUrl,
    Template,
    Text,
)


def consultation(message: Message) -> dict[str, Any]:
    """The `message` member of a consultation send (3.2).

    ValueError for a template, and for a picture or file that was not uploaded yet.
    """
    match message:
        case Text():
            return _text(message)
        case Image():
            return _image(message)
        case File():
            if message.token is None:
                raise ValueError("File must be uploaded before it is sent")
            return {"attachment": {"type": "file", "payload": {"token": message.token}}}
        case AskInfo():
            return _attached(
                template_type="request_user_info",
                elements=[
                    {
                        "title": message.title,
                        "subtitle": message.subtitle,
                        "image_url": message.image_url,
                    }
                ],
            )
        case Listing():
            return _attached(
                template_type="list", elements=[_element(one) for one in message.elements]
            )
    raise ValueError("a template is not a consultation message")


def template_by_uid(uid: str, template: Template) -> dict[str, Any]:
    """The body of a template send by UID (3.4); it has no `tracking_id`."""
    return {
        "user_id": uid,
        "template_id": template.template_id,
        "template_data": dict(template.data),
    }


def template_by_phone(
    phone84: str, template: Template, mode: str | None, sending_mode: str | None
) -> dict[str, Any]:
    """The body of a template send by phone (5.2)."""
    body: dict[str, Any] = {
        "phone": phone84,
        "template_id": template.template_id,
        "template_data": dict(template.data),
        "tracking_id": template.tracking_id,
    }
    if mode:
        body["mode"] = mode
    if sending_mode:
        body["sending_mode"] = sending_mode
    return body


def _text(message: Text) -> dict[str, Any]:
    body: dict[str, Any] = {"text": message.text}
    if message.quote:
        body["quote_message_id"] = message.quote
    if message.buttons:
        body |= _attached(
            template_type="button", buttons=[_button(button) for button in message.buttons]
        )
    return body


def _image(message: Image) -> dict[str, Any]:
    element = {"media_type": "image"}
    if message.url is not None:
        element["url"] = message.url
    elif message.attachment_id is not None:
        element["attachment_id"] = message.attachment_id
    else:
        raise ValueError("Image must be uploaded before it is sent")
    body = _attached(template_type="media", elements=[element])
    # The caption stands beside the attachment (3.2, most sources).
    return {"text": message.text, **body} if message.text else body


def _element(element: Element) -> dict[str, Any]:
    # List elements carry a flat url, buttons a nested one (3.3).
    row: dict[str, Any] = {
        "title": element.title,
        "subtitle": element.subtitle,
        "default_action": {"type": "oa.open.url", "url": element.url},
    }
    return {**row, "image_url": element.image_url} if element.image_url else row


def _attached(**payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def _button(button: Button) -> dict[str, Any]:
    match button:
        case OpenUrl():
            kind, payload = "oa.open.url", {"url": button.url}
        case OpenPhone():
            kind, payload = "oa.open.phone", {"phone_code": button.phone_code}
        case OpenSms():
            kind = "oa.open.sms"
            payload = {"content": button.content, "phone_code": button.phone_code}
        case _:
            kind = "oa.query.show" if button.visible else "oa.query.hide"
            return {"title": button.title, "type": kind, "payload": button.payload}
    return {"title": button.title, "type": kind, "payload": payload}
