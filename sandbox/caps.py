"""How often one person may be told something promotional (protocol 4.3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Literal

from .clock import VirtualClock
from .switches import Switches

Kind = Literal["broadcast", "template"]
KINDS: tuple[Kind, ...] = ("broadcast", "template")


@dataclass(frozen=True)
class Room:
    """What one person may still get; numbers of messages."""

    daily_remain: int
    daily_total: int
    monthly_remain: int
    monthly_total: int

    @property
    def now(self) -> int:
        """How many could be sent at this moment."""
        return min(self.daily_remain, self.monthly_remain)


class PromotionCaps:
    """Counts per person and Vietnamese day and month; the world's lock is held by the callers."""

    def __init__(self, clock: VirtualClock, switches: Switches) -> None:
        self._clock, self._switches = clock, switches
        self._used: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def room(self, kind: Kind, uid: str) -> Room:
        """What `uid` may still get of this kind today and this month."""
        day, month = self._count(kind, uid)
        switches = self._switches
        if kind == "broadcast":
            daily, monthly = switches.broadcast_daily_cap, switches.broadcast_monthly_cap
        else:
            daily, monthly = switches.promotion_daily_cap, switches.promotion_monthly_cap
        return Room(max(daily - day, 0), daily, max(monthly - month, 0), monthly)

    def use(self, kind: Kind, uid: str) -> None:
        """One message of this kind reached `uid`."""
        for period in self._periods():
            self._used[f"{kind}/{period}"][uid] += 1

    def clear(self) -> None:
        """Nobody got anything."""
        self._used.clear()

    def _count(self, kind: Kind, uid: str) -> tuple[int, int]:
        # Whether both kinds share one cap is not documented (protocol 3.9, 4.3): a switch.
        kinds = KINDS if self._switches.promotion_cap_shared else (kind,)
        day, month = self._periods()
        return (
            sum(self._used[f"{one}/{day}"][uid] for one in kinds),
            sum(self._used[f"{one}/{month}"][uid] for one in kinds),
        )

    def _periods(self) -> tuple[str, str]:
        day = self._clock.local().date().isoformat()
        return day, day[:7]
