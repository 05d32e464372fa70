"""Design lines 1 and 2: webhooks acknowledged at 200/s, and the durable rate beside bare Flask."""

from __future__ import annotations

import hashlib
import json
import secrets
import statistics
from collections.abc import Iterator

from bench.driver import Outcome, drive
from bench.rows import Options, Row, percentiles
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


def run(options: Options) -> Iterator[Row]:
    """Lines 1 and 2; about three minutes."""
    with databases(options.databases) as urls:
        for kind, url in urls.items():
            with serving("service.web:application", "granian", environment(url)) as port:
                drive(port, signed_requests(400), seconds=2)
                paced = drive(
                    port, signed_requests(200 * _PACED_SECONDS), seconds=_PACED_SECONDS, rate=200
                )
            assert set(paced.statuses) == {200}, paced.statuses
            yield Row("1", "webhook acknowledged, 200/s", kind, _latency(paced), bar="p99_ms < 30")
        for server in ("granian", "gunicorn"):
            yield from _ratios(server, urls)


def _ratios(server: str, urls: dict[str, str]) -> list[Row]:
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
        Row(
            "2",
            f"durable webhooks to the bare application, {server}",
            kind,
            {"ours_per_s": statistics.median(rates[kind]), "bare_per_s": bare},
            statistics.median(rates[kind]) / bare,
            "ratio >= 0.4" if server == "granian" else "ratio >= 0.5",
        )
        for kind in urls
    ]


def _latency(outcome: Outcome) -> dict[str, float]:
    return {**percentiles(outcome.latencies, 0.5, 0.99, 1), "per_s": outcome.rate}
