"""Allowances that run out: consultation messages a month, ZBS messages a day (protocol 3.2, 5)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from .clock import VirtualClock
from .switches import Switches


class QuotaBook:
    """Counts per Vietnamese month or day; the world's lock is held by the callers."""

    def __init__(self, clock: VirtualClock, switches: Switches) -> None:
        self._clock, self._switches = clock, switches
        self._used: Counter[str] = Counter()
        self.billed = 0
        self.spent_vnd = 0

    @property
    def sub_remain(self) -> int:
        """Consultation messages of the package that are left this month."""
        return max(self._switches.sub_quota_total - self._used[self._month()], 0)

    @property
    def zbs_remain(self) -> int:
        """ZBS messages by phone that are left today."""
        return max(self._switches.zbs_daily_quota - self._used[self._day()], 0)

    def use_sub(self) -> None:
        """One message of the package's allowance."""
        self._used[self._month()] += 1

    def use_zbs(self, price: int) -> None:
        """One ZBS message by phone."""
        self._used[self._day()] += 1
        self.spent_vnd += price

    def bill(self, price: int) -> None:
        """One message that is paid for."""
        self.billed += 1
        self.spent_vnd += price

    def month_end(self) -> str:
        """Last day of the month as ``dd/mm/yyyy``."""
        today = self._clock.local()
        following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        return (following - timedelta(days=1)).strftime("%d/%m/%Y")

    def clear(self) -> None:
        """Nothing used."""
        self._used.clear()
        self.billed = self.spent_vnd = 0

    def _month(self) -> str:
        return f"sub/{self._clock.local():%Y-%m}"

    def _day(self) -> str:
        return f"zbs/{self._clock.local():%Y-%m-%d}"
