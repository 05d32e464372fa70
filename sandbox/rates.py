"""Calls per clock minute, of the OA and of the app (protocol 3.1, 4.5)."""

from __future__ import annotations

from .errors import APP_LIMIT_TEXT, ZaloError, refused
from .switches import Switches


class RateWindows:
    """Fixed one-minute windows; not thread-safe by itself, the world's lock holds it."""

    def __init__(self) -> None:
        self._minute = -1
        self.oa_used = 0
        self.app_used = 0

    def spend(self, now_ms: int, switches: Switches, *, counts_for_oa: bool) -> dict[str, str]:
        """Count one call and give the two response headers; -32 when a window is full."""
        self.turn(now_ms)
        if self.app_used >= switches.rate_app:
            raise RateRefused(ZaloError(-32, APP_LIMIT_TEXT), _headers(switches.rate_app, 0))
        if counts_for_oa and self.oa_used >= switches.rate_oa:
            raise RateRefused(refused(-32), _headers(switches.rate_oa, 0))
        self.app_used += 1
        if not counts_for_oa:
            return _headers(switches.rate_app, switches.rate_app - self.app_used)
        self.oa_used += 1
        return _headers(switches.rate_oa, switches.rate_oa - self.oa_used)

    def clear(self) -> None:
        """An empty minute."""
        self._minute, self.oa_used, self.app_used = -1, 0, 0

    def turn(self, now_ms: int) -> None:
        """Start a new window when the minute changed."""
        minute = now_ms // 60_000
        if minute != self._minute:
            self._minute, self.oa_used, self.app_used = minute, 0, 0


class RateRefused(Exception):
    """A full window: the refusal and the headers that go with it."""

    def __init__(self, error: ZaloError, headers: dict[str, str]) -> None:
        super().__init__(error.message)
        self.error = error
        self.headers = headers


def _headers(limit: int, remain: int) -> dict[str, str]:
    return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remain": str(max(remain, 0))}
