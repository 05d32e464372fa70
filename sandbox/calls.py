"""What the OA sent to us: every API call with its body, its answer and the time it took."""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

KEEP = 10_000
BODY_LIMIT = 64 * 1024


@dataclass
class Call:
    """One API call as received and answered; `answer` stays None while it is in the air."""

    seq: int
    time_ms: int
    method: str
    path: str
    query: dict[str, Any]
    headers: dict[str, str]
    body: Any
    status: int | None = None
    answer: Any = None
    took_ms: float | None = None
    fault: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def view(self) -> dict[str, Any]:
        """The call as the control API shows it."""
        return {
            "seq": self.seq,
            "time": self.time_ms,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "body": self.body,
            "status": self.status,
            "answer": self.answer,
            "took_ms": self.took_ms,
            "fault": self.fault,
        }


class CallLog:
    """The latest calls, and counts over all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=KEEP)
        self._next = 1
        self.counts: Counter[str] = Counter()

    def open(
        self,
        time_ms: int,
        method: str,
        path: str,
        query: dict[str, Any],
        headers: dict[str, str],
        body: Any,
    ) -> Call:
        """Note a call that has just come in."""
        with self._lock:
            call = Call(self._next, time_ms, method, path, query, headers, body)
            self._next += 1
            self._calls.append(call)
            self.counts[f"{method} {path}"] += 1
            return call

    def after(self, seq: int, path: str = "", limit: int = 1000) -> list[Call]:
        """Calls after `seq`, oldest first, whose path starts with `path`."""
        with self._lock:
            found = [c for c in self._calls if c.seq > seq and c.path.startswith(path)]
        return found[:limit] if seq else found[-limit:]

    def clear(self) -> None:
        """Forget all calls; numbers go on."""
        with self._lock:
            self._calls.clear()
            self.counts.clear()


def readable(body: bytes, content_type: str) -> Any:
    """A request or answer body for people: JSON as it is, text cut, bytes as a note."""
    if not body:
        return None
    if content_type.startswith("multipart/"):
        return f"({len(body)} byte, multipart)"
    text = body[:BODY_LIMIT].decode("utf-8", "replace")
    if len(body) <= BODY_LIMIT:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            pass
    return text
