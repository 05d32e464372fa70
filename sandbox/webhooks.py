"""Events to the product: signed, in order for each citizen, redelivered (protocol 1.3 to 1.5)."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import urllib3

if TYPE_CHECKING:
    from .world import World

#: Seconds until each redelivery (protocol 1.5).
RETRY_SECONDS = (30, 300, 900, 1800, 3600)
THREADS = 8
KEEP = 10_000
HOLD_SECONDS = 0.4


def signature(app_id: str, body: bytes, timestamp: str, oa_secret: str) -> str:
    """Plain SHA-256 over the joined strings, not an HMAC (protocol 1.4)."""
    return hashlib.sha256(
        app_id.encode() + body + timestamp.encode() + oa_secret.encode()
    ).hexdigest()


@dataclass
class Delivery:
    """One event on its way. `state`: queued, delivered, retrying, failed or dropped."""

    seq: int
    event_name: str
    subject: str
    body: bytes
    timestamp: str
    created_ms: int
    zns: bool = False
    unsigned: bool = False
    state: str = "queued"
    note: str = ""
    due_ms: int | None = None
    attempts: list[dict[str, Any]] = field(default_factory=list)
    on_delivered: Callable[[], None] | None = None

    def view(self) -> dict[str, Any]:
        """The delivery as the control API shows it."""
        return {
            "seq": self.seq,
            "event_name": self.event_name,
            "subject": self.subject,
            "body": json.loads(self.body),
            "raw": self.body.decode(),
            "timestamp": self.timestamp,
            "time": self.created_ms,
            "state": self.state,
            "note": self.note,
            "due": self.due_ms,
            "attempts": self.attempts,
        }


class WebhookSender:
    """A small pool of threads; deliveries of one subject keep their order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Condition()
        self._waiting: dict[str, deque[Delivery]] = {}
        self._ready: deque[str] = deque()
        self._log: deque[Delivery] = deque(maxlen=KEEP)
        self._held: Delivery | None = None
        self._next = 1
        self._flying = 0
        self._closed = False
        self._generation = 0
        self.url = world.config.webhook
        self.subscribed = True
        self._http = urllib3.PoolManager(num_pools=4, maxsize=THREADS, retries=False)
        for number in range(THREADS):
            name = f"sandbox-webhook-{number}"
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def emit(
        self,
        event: dict[str, Any],
        subject: str,
        *,
        zns: bool = False,
        on_delivered: Callable[[], None] | None = None,
    ) -> Delivery:
        """Send one event, unless a switch of the console keeps it back."""
        from .events import encode

        delivery = self._new(event["event_name"], subject, encode(event), event["timestamp"], zns)
        delivery.on_delivered = on_delivered
        reason = self._kept_back(event)
        if reason:
            delivery.state, delivery.note = "dropped", reason
            self._world.ring("webhook", str(delivery.seq))
            return delivery
        name = delivery.event_name
        faults = self._world.faults
        if faults.take(name, frozenset({"webhook_reorder"})) and self._hold(delivery):
            return delivery
        self._push(delivery, delivery.subject)
        if faults.take(name, frozenset({"webhook_duplicate"})):
            twin = self._new(name, subject, delivery.body, delivery.timestamp, zns)
            twin.note = f"bản trùng của {delivery.seq}"
            self._push(twin, f"twin/{twin.seq}")
        self._let_go(after=delivery)
        return delivery

    def probe(self, url: str) -> int | None:
        """The console's unsigned ``{}``: the status, None when nobody answered (protocol 1.2)."""
        probe = self._new("", "", b"{}", "", False)
        probe.unsigned, probe.note = True, "kiểm tra địa chỉ webhook"
        status = self._attempt(probe, url)
        probe.state = "delivered" if status == 200 else "failed"
        self._world.ring("webhook", str(probe.seq))
        return status

    def after(self, seq: int, event: str = "", limit: int = 1000) -> list[Delivery]:
        """Deliveries after `seq`, oldest first."""
        with self._lock:
            found = [d for d in self._log if d.seq > seq and event in ("", d.event_name)]
        return found[:limit] if seq else found[-limit:]

    def busy(self) -> bool:
        """Whether a first attempt waits or is in the air (redeliveries do not count)."""
        with self._lock:
            return bool(self._waiting or self._flying or self._held)

    def clear(self) -> None:
        """Forget what waits and what was sent; the subscription is on again."""
        with self._lock:
            self._waiting.clear()
            self._ready.clear()
            self._log.clear()
            self._held = None
            self._generation += 1
            self.subscribed = True
            self.url = self._world.config.webhook

    def close(self) -> None:
        """End the threads."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    def _new(self, name: str, subject: str, body: bytes, timestamp: str, zns: bool) -> Delivery:
        now = self._world.clock.now_ms()
        with self._lock:
            delivery = Delivery(self._next, name, subject, body, timestamp, now, zns)
            self._next += 1
            self._log.append(delivery)
            return delivery

    def _kept_back(self, event: dict[str, Any]) -> str:
        name = event["event_name"]
        if not self.url:
            return "chưa có địa chỉ webhook"
        if not self.subscribed:
            return "đã bị ngừng nhận sự kiện"
        if name in self._world.switches.events_off:
            return "sự kiện đang tắt"
        text = str(event.get("message", {}).get("text", ""))
        filtered = self._world.switches.syntax_filter and name == "user_send_text"
        return "Lọc cú pháp" if filtered and not text.startswith("#") else ""

    def _push(self, delivery: Delivery, lane: str) -> None:
        with self._lock:
            queue = self._waiting.get(lane)
            if queue is None:
                self._waiting[lane] = deque([delivery])
                self._ready.append(lane)
                self._lock.notify()
            else:
                queue.append(delivery)

    def _hold(self, delivery: Delivery) -> bool:
        with self._lock:
            if self._held is not None:
                return False
            self._held = delivery
        delivery.note = "bị đảo thứ tự"
        self._world.schedule.soon(HOLD_SECONDS, lambda: self._let_go(only=delivery))
        return True

    def _let_go(self, after: Delivery | None = None, only: Delivery | None = None) -> None:
        with self._lock:
            held = self._held
            if held is None or (only is not None and held is not only):
                return
            self._held = None
        # Behind the later one in the same lane, so that it surely arrives after it.
        self._push(held, after.subject if after else held.subject)

    def _run(self) -> None:
        while True:
            with self._lock:
                while not self._ready and not self._closed:
                    self._lock.wait()
                if self._closed:
                    return
                lane = self._ready.popleft()
                queue = self._waiting.get(lane)
                if not queue:
                    continue
                delivery, generation = queue.popleft(), self._generation
                self._flying += 1
            self._deliver(delivery)
            with self._lock:
                self._flying -= 1
                if generation == self._generation:
                    self._return_lane(lane)
            self._world.ring("webhook", str(delivery.seq))

    def _return_lane(self, lane: str) -> None:
        if self._waiting.get(lane):
            self._ready.append(lane)
            self._lock.notify()
        else:
            self._waiting.pop(lane, None)

    def _deliver(self, delivery: Delivery) -> None:
        if not self.subscribed or not self.url:
            delivery.state, delivery.note = "dropped", "đã bị ngừng nhận sự kiện"
            return
        status = self._attempt(delivery, self.url)
        switches = self._world.switches
        delivery.due_ms = None
        if status == 200 or (status is not None and switches.retry_trigger == "connection"):
            delivery.state = "delivered"
            if delivery.on_delivered:
                delivery.on_delivered()
        elif not switches.retry_enabled:
            delivery.state, delivery.note = "failed", "Webhook Retry đang tắt"
        elif len(delivery.attempts) > len(RETRY_SECONDS):
            delivery.state, self.subscribed = "failed", False
            self._world.ring("subscription")
        else:
            self._retry_later(delivery)

    def _retry_later(self, delivery: Delivery) -> None:
        step = RETRY_SECONDS[len(delivery.attempts) - 1] * 1000
        from_event = self._world.switches.retry_from == "event"
        base = delivery.created_ms if from_event else self._world.clock.now_ms()
        delivery.state, delivery.due_ms = "retrying", base + step
        lane = f"retry/{delivery.seq}"
        self._world.schedule.at(base + step, lambda: self._push(delivery, lane))

    def _attempt(self, delivery: Delivery, url: str) -> int | None:
        headers = self._headers(delivery)
        attempt: dict[str, Any] = {
            "time": self._world.clock.now_ms(),
            "num_retry": len(delivery.attempts),
            "headers": headers,
            "status": None,
            "error": "",
        }
        began = time.perf_counter()
        try:
            attempt["status"] = self._post(url, delivery.body, headers)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            attempt["error"] = type(error).__name__
        attempt["ms"] = round((time.perf_counter() - began) * 1000, 1)
        delivery.attempts.append(attempt)
        return attempt["status"]  # type: ignore[no-any-return]

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        timeout = urllib3.Timeout(total=self._world.switches.webhook_timeout_ms / 1000)
        try:
            answer = self._http.request(
                "POST", url, body=body, headers=headers, timeout=timeout, redirect=False
            )
        except urllib3.exceptions.ProtocolError:
            # A kept connection that the receiver closed meanwhile is not the receiver's failure.
            self._http.clear()
            answer = self._http.request(
                "POST", url, body=body, headers=headers, timeout=timeout, redirect=False
            )
        return int(answer.status)

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "ZaloOA-Webhook"}
        switches, config = self._world.switches, self._world.config
        if not delivery.unsigned:
            mac = signature(config.app_id, delivery.body, delivery.timestamp, config.oa_secret)
            headers["X-ZEvent-Signature"] = ("mac=" if switches.signature_prefix else "") + mac
        if switches.timestamp_header and delivery.timestamp:
            headers["X-ZEvent-Timestamp"] = delivery.timestamp
        if delivery.zns:
            headers["X-ZEvent-Server"] = "ZNS"
        if delivery.attempts:
            headers["num_retry"] = str(len(delivery.attempts))
        return headers
