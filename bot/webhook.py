"""The webhook receiver: verify, store, answer (zalo-protocol 1; design, "Receive").

200 means "stored durably" or "knowingly ignored"; 503 means "could not be stored, come again".
Everything else would make Zalo retry and finally unsubscribe the app, so an unsigned probe, a
wrong signature and an oversized body are answered 200 without effect, and counted.
"""

from __future__ import annotations

import random
import time
from enum import StrEnum
from typing import Any

from flask import Blueprint, Response, request
from prometheus_client import Counter, Histogram

import journal
from bot.event_names import reader_for
from bot.events import dedupe_key, head, is_console_test
from bot.members import NotJson, read_object
from bot.signature import body_timestamp, verify
from clock import Clock
from settings import Settings
from store.inbox import Arrival, Inbox, Unavailable

WEBHOOKS = Counter("motcua_webhooks", "Webhook requests by what became of them", ["outcome"])
UNKNOWN = Counter("motcua_unknown_events", "Verified events with a name nobody here knows")
SECONDS = Histogram(
    "motcua_webhook_seconds",
    "Time from request to answer",
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 2),
)
_CHUNK = 64 * 1024
#: Flask's name of the receiver.
ENDPOINT = "webhook.receive"


class Outcome(StrEnum):
    """What became of one webhook request."""

    stored = "stored"
    probe = "probe"
    unsigned = "unsigned"
    bad_signature = "bad_signature"
    too_large = "too_large"
    not_an_event = "not_an_event"
    console_test = "console_test"
    unavailable = "unavailable"


#: Looked up once: a label is found by a lock and a hash, too dear for every request.
_COUNTED = {outcome: WEBHOOKS.labels(outcome.value) for outcome in Outcome}


def create_blueprint(inbox: Inbox, settings: Settings, clock: Clock) -> Blueprint:
    """The blueprint with ``POST /webhook/zalo``."""
    blueprint = Blueprint("webhook", __name__)
    log = journal.get("webhook")

    @blueprint.post("/webhook/zalo")
    def receive() -> Response:
        started = time.perf_counter()
        # Not a secret; the system's own randomness would give up the interpreter each time.
        correlation_id = f"{random.getrandbits(64):016x}"
        outcome, name = _accept(inbox, settings, clock, correlation_id)
        elapsed = time.perf_counter() - started
        _COUNTED[outcome].inc()
        SECONDS.observe(elapsed)
        log.info(
            "webhook",
            state=outcome.value,
            event_name=name,
            correlation_id=correlation_id,
            attempt=_attempt(),
            duration_ms=round(elapsed * 1000, 1),
        )
        return Response(status=503 if outcome is Outcome.unavailable else 200)

    return blueprint


def _attempt() -> int:
    """Zalo's ``num_retry``: 0 on the first delivery (protocol 1.3)."""
    told = request.headers.get("num_retry", "0")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 0


def _read_body(limit: int) -> bytes | None:
    """The raw bytes, or None when they are more than ``limit``."""
    if request.content_length is not None:
        return None if request.content_length > limit else request.stream.read()
    body = bytearray()
    while chunk := request.stream.read(min(_CHUNK, limit + 1 - len(body))):
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _tree(body: bytes) -> dict[str, Any] | None:
    """The body's members, read once for signature and event; None when it is no JSON object."""
    try:
        return read_object(body)
    except NotJson:
        return None


def _accept(
    inbox: Inbox, settings: Settings, clock: Clock, correlation_id: str
) -> tuple[Outcome, str]:
    body = _read_body(settings.webhook_max_bytes)
    if body is None:
        return Outcome.too_large, ""
    signature = request.headers.get("X-ZEvent-Signature")
    if not signature:
        return (Outcome.probe if body.strip() == b"{}" else Outcome.unsigned), ""
    tree = _tree(body)
    verified = verify(
        body,
        signature,
        app_id=settings.zalo_app_id,
        secrets=settings.oa_secrets,
        body_timestamp=body_timestamp(tree),
        header_timestamp=request.headers.get("X-ZEvent-Timestamp"),
    )
    if verified is None:
        return Outcome.bad_signature, ""
    from_zbs = request.headers.get("X-ZEvent-Server", "")[:16]
    if tree is None:
        return Outcome.not_an_event, ""
    event = head(tree, server=from_zbs)
    if is_console_test(event, settings.zalo_oa_id):
        return Outcome.console_test, event.name
    if reader_for(event.name) is None:
        # Kept like any other; the count tells that Zalo has grown.
        UNKNOWN.inc()
    arrival = Arrival(
        dedupe_key=dedupe_key(event, body),
        event_name=event.name,
        subject=event.user_id or "",
        body=body,
        zns=from_zbs.strip().upper() == "ZNS",
        correlation_id=correlation_id,
        received_at=clock.now(),
        sent_at=event.at,
    )
    try:
        inbox.put(arrival)
    except Unavailable:
        return Outcome.unavailable, event.name
    return Outcome.stored, event.name
