"""The Test button of the developer console: signed samples with made-up ids (protocol 1.2)."""

from __future__ import annotations

from typing import Any

from .webhooks import Delivery
from .world import World

USER, OFFICE = "246845883529197922", "388613280878808645"
TEXT, MESSAGE = "This is testing message", "This is message id"

_ATTACHMENTS: dict[str, dict[str, Any]] = {
    "image": {"thumbnail": "https://example.com/t.jpg", "url": "https://example.com/p.jpg"},
    "gif": {"thumbnail": "https://example.com/t.gif", "url": "https://example.com/p.gif"},
    "audio": {"url": "https://example.com/a.amr"},
    "video": {"thumbnail": "https://example.com/t.jpg", "url": "https://example.com/v.mp4"},
    "sticker": {"id": "sticker_id", "url": "https://example.com/s.png"},
    "location": {"coordinates": {"latitude": "10.764", "longitude": "106.688"}},
    "link": {"thumbnail": "", "description": "", "url": "https://example.com/"},
    "file": {
        "url": "https://example.com/f.pdf",
        "size": "1",
        "name": "f.pdf",
        "checksum": "d41d8cd98f00b204e9800998ecf8427e",
        "type": "pdf",
    },
}


def send_sample(world: World, event_name: str) -> Delivery:
    """Send the sample of one event to the webhook."""
    return world.webhooks.emit(sample(world, event_name), "console-test")


def sample(world: World, name: str) -> dict[str, Any]:
    """A body as the Test button sends it."""
    stamp = str(world.clock.stamp())
    event: dict[str, Any] = {"app_id": world.config.app_id, "event_name": name, "timestamp": stamp}
    if name in ("follow", "unfollow"):
        return {
            "oa_id": OFFICE,
            "follower": {"id": USER},
            "user_id_by_app": USER,
            "source": "testing_webhook",
            **event,
        }
    event["user_id_by_app"] = USER
    if name == "user_seen_message":
        message: dict[str, Any] = {"msg_ids": [MESSAGE, MESSAGE]}
    else:
        message = {"msg_id": MESSAGE, "text": TEXT}
        kind = name.rpartition("_")[2]
        if kind in _ATTACHMENTS:
            message["attachments"] = [{"type": kind, "payload": _ATTACHMENTS[kind]}]
    from_office = name.startswith("oa_") or name in ("user_received_message", "user_seen_message")
    ends = (OFFICE, USER) if from_office else (USER, OFFICE)
    event["sender"], event["recipient"] = {"id": ends[0]}, {"id": ends[1]}
    if name == "user_submit_info":
        event["info"] = {"name": "Nguyen Van A", "phone": "84900000000", "address": "", "city": ""}
    else:
        event["message"] = message
    return event
