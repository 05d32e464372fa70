"""Correctly signed webhooks of LINE and Slack, of the size and kind of ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time

SECRET = b"peer-secret"
_TEXT = "xin chào " * 40


def line_requests(count: int) -> list[bytes]:
    """Somebody wrote to a LINE account; each a new event of one of 500 people."""
    run = secrets.token_hex(4)
    return [_line(f"{run}{n:012x}", n) for n in range(count)]


def slack_requests(count: int) -> list[bytes]:
    """Somebody wrote in a Slack channel."""
    run = secrets.token_hex(4)
    return [_slack(f"{run}{n:012x}", n) for n in range(count)]


def _line(name: str, n: int) -> bytes:
    event = {
        "type": "message",
        "message": {"type": "text", "id": name, "quoteToken": "q" * 20, "text": _TEXT},
        "webhookEventId": name,
        "deliveryContext": {"isRedelivery": False},
        "timestamp": 1790000000123,
        "source": {"type": "user", "userId": f"U{n % 500:032x}"},
        "replyToken": name,
        "mode": "active",
    }
    body = _body({"destination": "U" + "0" * 32, "events": [event]})
    signed = base64.b64encode(hmac.digest(SECRET, body, hashlib.sha256))
    return _request("line", body, b"X-Line-Signature: " + signed)


def _slack(name: str, n: int) -> bytes:
    event = {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": f"U{n % 500:010}",
        "text": _TEXT,
        "ts": "1790000000.000123",
        "event_ts": "1790000000.000123",
    }
    body = _body(
        {
            "token": "t",
            "team_id": "T1",
            "api_app_id": "A1",
            "type": "event_callback",
            "event_id": name,
            "event_time": 1790000000,
            "event": event,
        }
    )
    stamp = str(int(time.time())).encode()
    mac = hmac.new(SECRET, b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest()
    signed = b"X-Slack-Request-Timestamp: " + stamp + b"\r\nX-Slack-Signature: v0=" + mac.encode()
    return _request("slack", body, signed)


def _body(value: dict[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _request(whose: str, body: bytes, signed: bytes) -> bytes:
    return (
        f"POST /webhook/{whose} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
    ).encode() + (signed + b"\r\n\r\n" + body)
