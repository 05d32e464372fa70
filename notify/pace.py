"""How fast announcements go: evenly through the minute, with room left for those who wait.

Zalo counts calls in clock minutes. Spent as fast as possible, an announcement would leave the rest
of every minute to nobody: a reply asked for then would wait for the next one.
"""

from __future__ import annotations

#: Announcements may be so far ahead of the even pace.
_LEAD_SECONDS = 1.0
#: Calls kept for others in every minute, if the limit is not tiny.
_LEAST = 4


def paced_limit(limit: int, reserve_percent: int) -> int:
    """Calls of a minute that may be spent while announcements go."""
    kept = max(-(-limit * reserve_percent // 100), min(_LEAST, limit // 5))
    return max(1, limit - kept)


def allowed_by_now(limit: int, reserve_percent: int, seconds: float) -> int:
    """Calls of all kinds that may have been spent when announcements want to go on.

    ``seconds`` into the minute; below 0 the minute has not begun. At least 1, so that the lowest
    limits move at all.
    """
    share = min(1.0, max(0.0, seconds + _LEAD_SECONDS) / 60)
    return max(1, int(paced_limit(limit, reserve_percent) * share))


def next_slot(limit: int, reserve_percent: int) -> float:
    """Seconds until the even pace allows one more call."""
    return 60 / paced_limit(limit, reserve_percent)
