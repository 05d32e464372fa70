"""Events as the local Zalo makes them, held back there and delivered by the test itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import requests
from sqlmodel import func, select

from sandbox.webhooks import signature
from store.tables import InboundEvent
from tests.e2e.conftest import Citizen, Town

STAMP = "1790000000123"


def control(town: Town, method: str, address: str, **body: Any) -> Any:
    """One call of the local Zalo's control API."""
    url = f"{town.sandbox.url}/_control/{address}"
    answer = requests.request(method, url, json=body or None, timeout=30)
    assert answer.status_code < 300, answer.text
    return answer.json()


def held_back(town: Town, citizen: Citizen, text: str) -> tuple[bytes, str]:
    """What Zalo would deliver of a citizen's text, and its timestamp; nobody delivers it."""
    control(town, "PATCH", "settings", events_off=["user_send_text"])
    citizen.say(text)
    control(town, "PATCH", "settings", events_off=[])
    kept = control(town, "GET", "webhooks?event=user_send_text&state=dropped")["webhooks"][-1]
    return str(kept["raw"]).encode(), str(kept["timestamp"])


def mac(town: Town, body: bytes, stamp: str = STAMP, **other: str) -> str:
    """The signature Zalo would send; ``app_id`` or ``secret`` of somebody else on demand."""
    config = town.sandbox.config
    app, secret = other.get("app_id", config.app_id), other.get("secret", config.oa_secret)
    return "mac=" + signature(app, body, stamp, secret)


def deliver(town: Town, body: bytes, signed: str | None, **headers: str) -> int:
    """Post a body to the webhook over HTTP; the status of the answer."""
    given = {"Content-Type": "application/json", **headers}
    if signed is not None:
        given["X-ZEvent-Signature"] = signed
    url = f"{town.url}/webhook/zalo"
    return requests.post(url, data=body, headers=given, timeout=30).status_code


def post(town: Town, path: str, body: Any, **headers: str) -> requests.Response:
    """What the one-stop software posts: an object, or bytes exactly as they are."""
    raw = {"data": body} if isinstance(body, bytes) else {"json": body}
    given = {
        "Authorization": f"Bearer {town.key}",
        "Content-Type": "application/json",
        **headers,
    }
    return requests.post(f"{town.url}/api/v1/{path}", headers=given, timeout=30, **raw)  # type: ignore[arg-type]


def at_once(count: int, act: Callable[[], Any]) -> list[Any]:
    """Do the same on so many threads that start together; what each of them got."""
    start, got, failed = threading.Barrier(count), [], []

    def go() -> None:
        start.wait()
        try:
            got.append(act())
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=go) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    return got


def counted(town: Town, table: type[Any], *where: Any) -> int:
    """How many rows of a table are so."""
    with town.database.read() as session:
        return session.exec(select(func.count()).select_from(table).where(*where)).one()


def stored(town: Town) -> int:
    """How many events of any kind are in the inbox."""
    return counted(town, InboundEvent)
