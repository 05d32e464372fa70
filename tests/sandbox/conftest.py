"""A sandbox and a receiver of its webhooks, both over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from sandbox.server import Running, running

DAY = "2026-03-02T10:00:00"
ARTICLE: dict[str, Any] = {
    "type": "normal",
    "title": "Lịch tiếp công dân",
    "author": "Văn phòng",
    "cover": {"cover_type": "photo", "photo_url": "https://phuong.example/bia.png"},
    "description": "Chủ tịch tiếp dân ngày 15 hằng tháng.",
    "body": [{"type": "text", "content": "<p>Từ 8 giờ.</p>"}],
}


@dataclass
class Receiver:
    """What a webhook got; `status` and `pause` say how it answers."""

    url: str = ""
    status: int = 200
    pause: float = 0.0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """Bodies received, perhaps only of one event."""
        bodies = [json.loads(body) for _, body in self.got]
        return [b for b in bodies if name in ("", b.get("event_name"))]

    def names(self) -> list[str]:
        """Event names in the order of arrival."""
        return [event.get("event_name", "") for event in self.events()]


@dataclass
class Zalo:
    """Short ways to the sandbox."""

    running: Running
    http: requests.Session

    def control(self, method: str, path: str, /, **body: Any) -> Any:
        """One call of the control API."""
        answer = self.http.request(
            method, f"{self.running.url}/_control/{path}", json=body or None, timeout=20
        )
        assert answer.status_code < 300, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        """Read from the control API."""
        return self.control("GET", path)

    def person(self, name: str = "Nguyễn Văn Mẫu", **more: Any) -> str:
        """A new citizen's UID."""
        return str(self.control("POST", "people", name=name, **more)["id"])

    def act(self, uid: str, action: str, **body: Any) -> Any:
        """Act for the citizen."""
        return self.control("POST", f"people/{uid}/{action}", **body)

    def api(self, method: str, path: str, **more: Any) -> Any:
        """One call of Zalo's API with the living token."""
        return self.answer(method, path, **more).json()

    def answer(self, method: str, path: str, **more: Any) -> requests.Response:
        """The same, with status and headers."""
        headers = {"access_token": "test-access", **more.pop("headers", {})}
        return self.http.request(
            method, self.running.url + path, headers=headers, timeout=20, **more
        )

    def send(self, uid: str, text: str = "Xin chào", **message: Any) -> Any:
        """A consultation message."""
        body = {"recipient": {"user_id": uid}, "message": {"text": text, **message}}
        return self.api("POST", "/v3.0/oa/message/cs", json=body)

    def settings(self, **changes: Any) -> None:
        """Turn switches."""
        self.control("PATCH", "settings", **changes)

    def at(self, local: str) -> None:
        """Freeze the clock at this Vietnamese time; the token lives on whatever the jump."""
        self.control("POST", "clock", freeze=True, set=local)
        self.control(
            "POST",
            "tokens",
            action="preset",
            access_token="test-access",
            refresh_token="test-refresh",
        )

    def article(self, title: str = "Lịch tiếp công dân", **more: Any) -> str:
        """A processed article's id."""
        token = self.api("POST", "/v2.0/article/create", json={**ARTICLE, "title": title, **more})
        self.control(
            "POST",
            "clock",
            advance=self.get("settings")["settings"]["article_processing_seconds"],
        )
        return str(self.api("POST", "/v2.0/article/verify", json=token["data"])["data"]["id"])

    def broadcast(self, *articles: str, target: Any = None) -> Any:
        """The answer to a broadcast of these articles."""
        elements = [{"media_type": "article", "attachment_id": one} for one in articles]
        payload = {"template_type": "media", "elements": elements}
        body = {
            "recipient": {"target": {} if target is None else target},
            "message": {"attachment": {"type": "template", "payload": payload}},
        }
        return self.api("POST", "/v2.0/oa/message", json=body)

    def settle(self) -> None:
        """Wait until every event and receipt has gone out."""
        assert self.get("idle?wait=10")["idle"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook that keeps what it gets."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append((dict(self.headers.items()), body))
            time.sleep(kept.pause)
            self.send_response(kept.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/webhook/zalo"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    yield kept
    server.shutdown()
    server.server_close()


@pytest.fixture
def zalo(receiver: Receiver) -> Iterator[Zalo]:
    """A sandbox that sends its events to `receiver`, receipts at once."""
    with running(webhook=receiver.url) as sandbox, requests.Session() as http:
        reached = Zalo(sandbox, http)
        reached.settings(receipt_delay_ms=0)
        yield reached


@pytest.fixture
def noon(zalo: Zalo) -> Zalo:
    """The same with its clock frozen on a weekday morning, when everything may be sent."""
    zalo.at(DAY)
    return zalo
