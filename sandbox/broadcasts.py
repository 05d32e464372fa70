"""The broadcasts of the OA and what became of each (protocol 3.4, 4.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from .clock import VirtualClock
from .switches import Switches
from .targets import Target

State = Literal["waiting_review", "rejected", "sending", "done"]
STATES: tuple[State, ...] = ("waiting_review", "rejected", "sending", "done")


@dataclass
class Broadcast:
    """One broadcast; times in virtual milliseconds, `asked_target` as the OA wrote it.

    `content` is what every chat shows, kept as it was when the broadcast was accepted. When it is
    done, `matched` = `reached` + `held_back` (cap was full) + `unreachable` (blocked and so on).
    """

    id: str
    article_ids: list[str]
    asked_target: dict[str, Any]
    target: Target
    text: str
    content: dict[str, Any]
    made_ms: int
    due_ms: int
    state: State = "waiting_review"
    note: str = ""
    matched: int = 0
    reached: int = 0
    held_back: int = 0
    unreachable: int = 0
    done_ms: int | None = None
    titles: list[str] = field(default_factory=list)

    def view(self) -> dict[str, Any]:
        """The broadcast as the control API shows it; `due` is when the next step comes."""
        return {
            "id": self.id,
            "articles": self.article_ids,
            "titles": self.titles,
            "target": self.asked_target,
            "state": self.state,
            "note": self.note,
            "time": self.made_ms,
            "due": self.due_ms if self.done_ms is None else None,
            "done": self.done_ms,
            "matched": self.matched,
            "reached": self.reached,
            "held_back": self.held_back,
            "unreachable": self.unreachable,
        }


class BroadcastBook:
    """Broadcasts by id; the world's lock is held by the callers."""

    def __init__(self, clock: VirtualClock, switches: Switches) -> None:
        self._clock, self._switches = clock, switches
        self._by_id: dict[str, Broadcast] = {}

    @property
    def month_remain(self) -> int:
        """How many the package still allows this month; a rejected one counts too."""
        month = f"{self._clock.local():%Y-%m}"
        used = sum(f"{self._clock.local(b.made_ms):%Y-%m}" == month for b in self._by_id.values())
        return max(self._switches.broadcast_monthly_total - used, 0)

    def add(self, broadcast: Broadcast) -> None:
        """Keep a new one."""
        self._by_id[broadcast.id] = broadcast

    def get(self, broadcast_id: str) -> Broadcast | None:
        """The broadcast with that id."""
        return self._by_id.get(broadcast_id)

    def all(self, state: str = "") -> list[Broadcast]:
        """All of them in the order of coming, perhaps only those in one state."""
        return [b for b in self._by_id.values() if state in ("", b.state)]

    def clear(self) -> None:
        """Forget them; one that is being sent stops."""
        self._by_id.clear()
