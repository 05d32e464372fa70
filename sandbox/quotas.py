"""Allowances that run out, and what was sent and paid by each channel (protocol 3.2, 4.2, 5)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Literal

from .clock import VirtualClock
from .switches import Switches

Channel = Literal["cs", "zbs_uid", "zbs_phone"]
CHANNELS: tuple[Channel, ...] = ("cs", "zbs_uid", "zbs_phone")


class QuotaBook:
    """Counts per Vietnamese month or day; the world's lock is held by the callers."""

    def __init__(self, clock: VirtualClock, switches: Switches) -> None:
        self._clock, self._switches = clock, switches
        self._used: Counter[str] = Counter()
        self.billed = 0
        self.sent_by_channel = dict.fromkeys(CHANNELS, 0)
        self.spent_by_channel = dict.fromkeys(CHANNELS, 0)

    @property
    def spent_vnd(self) -> int:
        """What all paid sends cost together."""
        return sum(self.spent_by_channel.values())

    def view(self) -> dict[str, object]:
        """The allowances and the money as the control API shows them."""
        return {
            "sub_remain": self.sub_remain,
            "sub_total": self._switches.sub_quota_total,
            "zbs_remain": self.zbs_remain,
            "zbs_total": self._switches.zbs_daily_quota,
            "billed": self.billed,
            "spent_vnd": self.spent_vnd,
            "spent_by_channel": dict(self.spent_by_channel),
            "sent_by_channel": dict(self.sent_by_channel),
            "balance_vnd": self._switches.zbs_balance_vnd,
        }

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

    def use_zbs(self) -> None:
        """One ZBS message by phone."""
        self._used[self._day()] += 1

    def use_template(self, template_id: str) -> None:
        """One message of this template, by phone or by UID."""
        self._used[self._template(template_id)] += 1

    def template_used(self, template_id: str) -> int:
        """How many messages of this template went out today."""
        return self._used[self._template(template_id)]

    def sent(self, channel: Channel, price: int = 0) -> None:
        """One accepted message and what it cost; free ones count too."""
        self.billed += bool(price and channel != "zbs_phone")
        self.sent_by_channel[channel] += 1
        self.spent_by_channel[channel] += price

    def month_end(self) -> str:
        """Last day of the month as ``dd/mm/yyyy``."""
        today = self._clock.local()
        following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        return (following - timedelta(days=1)).strftime("%d/%m/%Y")

    def clear(self) -> None:
        """Nothing used."""
        self._used.clear()
        self.billed = 0
        self.sent_by_channel = dict.fromkeys(CHANNELS, 0)
        self.spent_by_channel = dict.fromkeys(CHANNELS, 0)

    def _month(self) -> str:
        return f"sub/{self._clock.local():%Y-%m}"

    def _day(self) -> str:
        return f"zbs/{self._clock.local():%Y-%m-%d}"

    def _template(self, template_id: str) -> str:
        return f"template/{template_id}/{self._clock.local():%Y-%m-%d}"
