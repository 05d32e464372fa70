"""Design lines 1 and 2: webhooks acknowledged at 200/s, and the durable rate beside bare Flask."""

from __future__ import annotations

import hashlib
import json
import secrets
import statistics

from bench.driver import Outcome, drive
from bench.servers import APP_ID, OA_ID, OA_SECRET, databases, environment, serving

_PACED_SECONDS = 10
_ROUNDS = 3


def signed_request(msg_id: str, uid: str, text: str) -> bytes:
    """A ready HTTP request: somebody wrote to the OA."""
    event = {
        "app_id": APP_ID,
        "event_name": "user_send_text",
        "timestamp": "1790000000123",
        "sender": {"id": uid},
        "recipient": {"id": OA_ID},
        "message": {"msg_id": msg_id, "text": text},
    }
    body = json.dumps(event, ensure_ascii=False).encode()
    mac = hashlib.sha256(APP_ID.encode() + body + b"1790000000123" + OA_SECRET.encode())
    return (
        b"POST /webhook/zalo HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        + f"X-ZEvent-Signature: mac={mac.hexdigest()}\r\n".encode()
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


def signed_requests(count: int) -> list[bytes]:
    """Each a new event of about 600 bytes from one of 500 citizens."""
    run = secrets.token_hex(4)
    return [
        signed_request(f"{run}{n:012x}", str(7300000000000000000 + n % 500), "xin chào " * 40)
        for n in range(count)
    ]


def run() -> list[tuple[str, str, str]]:
    """Rows of (line, what, numbers)."""
    rows = []
    with databases() as urls:
        for kind, url in urls.items():
            with serving("service.web:application", "granian", environment(url)) as port:
                drive(port, signed_requests(400), seconds=2)
                paced = drive(
                    port, signed_requests(200 * _PACED_SECONDS), seconds=_PACED_SECONDS, rate=200
                )
            rows.append(("1", f"200/s acknowledged, {kind}", _latency(paced)))
        for server in ("granian", "gunicorn"):
            rows += _ratios(server, urls)
    return rows


def _ratios(server: str, urls: dict[str, str]) -> list[tuple[str, str, str]]:
    rates: dict[str, list[float]] = {"bare": [], **{kind: [] for kind in urls}}
    for _ in range(_ROUNDS):
        for name in rates:
            target = "bench.servers:bare" if name == "bare" else "service.web:application"
            with serving(target, server, environment(urls.get(name, "sqlite://"))) as port:
                drive(port, signed_requests(500), seconds=1)
                outcome = drive(port, signed_requests(40_000), seconds=4)
                assert set(outcome.statuses) == {200}, outcome.statuses
                rates[name].append(outcome.rate)
    bare = statistics.median(rates["bare"])
    return [
        (
            "2",
            f"durable webhooks, {kind}, {server}",
            f"{statistics.median(rates[kind]):,.0f}/s to bare {bare:,.0f}/s = "
            f"{statistics.median(rates[kind]) / bare:.2f}",
        )
        for kind in urls
    ]


def _latency(outcome: Outcome) -> str:
    return (
        f"p50 {outcome.percentile(0.5):.1f} ms, p99 {outcome.percentile(0.99):.1f} ms, "
        f"max {outcome.percentile(1):.1f} ms, {outcome.rate:.0f}/s"
    )
