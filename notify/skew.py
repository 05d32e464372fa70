"""How far Zalo's clock is from ours, learned from the ``Date`` of its answers."""

from __future__ import annotations

from datetime import datetime, timedelta

#: Half-width assumed before the first answer: machines with NTP are well within.
_UNKNOWN = timedelta(seconds=0.5)
_SECOND = timedelta(seconds=1)
#: Clocks drift: an old narrow estimate is widened by this share of its age.
_DRIFT = 1e-4


class Skew:
    """An interval that surely holds (Zalo's clock - ours), narrowed by every answer.

    A ``Date`` has whole seconds only: one answer tells the skew to a second, many that fall on
    different parts of a second tell it to a few hundredths.
    """

    def __init__(self) -> None:
        self._low, self._high = -_UNKNOWN, _UNKNOWN
        self._at: datetime | None = None

    @property
    def middle(self) -> timedelta:
        """The best guess: add it to our time to get Zalo's."""
        return (self._low + self._high) / 2

    @property
    def uncertainty(self) -> timedelta:
        """How far the guess may be off, either way."""
        return (self._high - self._low) / 2

    def sample(self, asked: datetime, answered: datetime, date: datetime) -> None:
        """Learn from a call made at ``asked`` and answered at ``answered`` (ours) with ``date``."""
        low, high = date - answered, date + _SECOND - asked
        if low > high:
            return
        if self._at is not None:
            slack = abs(answered - self._at) * _DRIFT
            self._low, self._high = self._low - slack, self._high + slack
        self._at = answered
        inside_low, inside_high = max(low, self._low), min(high, self._high)
        # Contradiction: one of the clocks was set. The newest answer alone counts then.
        fits = inside_low <= inside_high
        self._low, self._high = (inside_low, inside_high) if fits else (low, high)
