"""Faults that can be switched on: for the next N calls or until switched off (protocol 8, 9)."""

from __future__ import annotations

import fnmatch
import threading
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "http_500",
    "http_502",
    "timeout_before",
    "timeout_after",
    "reset",
    "slow_drip",
    "broken_json",
    "error",
    "rate_storm",
    "latency",
    "blocked_user",
    "webhook_duplicate",
    "webhook_reorder",
]

KINDS: tuple[str, ...] = get_args(Kind)
#: What the operator page calls each fault.
TITLES: dict[str, str] = {
    "http_500": "Lỗi 500",
    "http_502": "Lỗi 502 kèm trang HTML",
    "timeout_before": "Treo trước khi nhận (không có tác dụng)",
    "timeout_after": "Nhận xong rồi treo",
    "reset": "Ngắt kết nối",
    "slow_drip": "Trả lời nhỏ giọt",
    "broken_json": "JSON hỏng",
    "error": "Mã lỗi tuỳ chọn",
    "rate_storm": "Bão -32 (vượt tốc độ)",
    "latency": "Thêm độ trễ",
    "blocked_user": "Coi như người nhận đã chặn",
    "webhook_duplicate": "Webhook gửi trùng",
    "webhook_reorder": "Webhook đảo thứ tự",
}


class FaultOrder(BaseModel):
    """One fault as asked for. `path` may hold ``*``; for webhooks it is the event's name."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    path: str = Field(default="*", max_length=200)
    times: int | None = Field(default=None, ge=1, le=1_000_000)
    code: int = Field(default=-200, ge=-100_000, le=100_000)
    message: str = Field(default="", max_length=500)
    seconds: float = Field(default=30, ge=0, le=600)
    ms: int = Field(default=500, ge=0, le=60_000)


@dataclass
class Fault:
    """A fault that is on. `left` counts down; None means until switched off."""

    id: int
    order: FaultOrder
    left: int | None
    hits: int = 0

    def view(self) -> dict[str, Any]:
        """The fault as the control API shows it."""
        return {
            "id": self.id,
            "left": self.left,
            "hits": self.hits,
            "title": TITLES[self.order.kind],
            **self.order.model_dump(),
        }


class FaultBook:
    """The faults that are on, first come first taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._next = 1
        #: Set for a moment whenever faults are cleared: hanging answers let go.
        self.released = threading.Event()

    def add(self, order: FaultOrder) -> Fault:
        """Switch a fault on."""
        with self._lock:
            fault = Fault(self._next, order, order.times)
            self._next += 1
            self._faults.append(fault)
            return fault

    def remove(self, fault_id: int) -> bool:
        """Switch one off; False when it is not on."""
        with self._lock:
            kept = [f for f in self._faults if f.id != fault_id]
            found = len(kept) < len(self._faults)
            self._faults = kept
        self._release()
        return found

    def clear(self) -> None:
        """Switch all off."""
        with self._lock:
            self._faults = []
        self._release()

    def all(self) -> list[Fault]:
        """The faults that are on."""
        with self._lock:
            return list(self._faults)

    def take(self, path: str, kinds: frozenset[str]) -> FaultOrder | None:
        """The first fault of `kinds` that is on for `path`, counted as used."""
        with self._lock:
            for fault in self._faults:
                if fault.order.kind in kinds and fnmatch.fnmatchcase(path, fault.order.path):
                    fault.hits += 1
                    if fault.left is not None:
                        fault.left -= 1
                        if fault.left <= 0:
                            self._faults.remove(fault)
                    return fault.order
        return None

    def hang(self, seconds: float) -> None:
        """Stay silent for `seconds` of real time, less when faults are cleared meanwhile."""
        self.released.wait(seconds)

    def _release(self) -> None:
        self.released.set()
        self.released = threading.Event()
