"""Authorisation codes and token pairs: single use, rotation, lives (protocol 2.1, 2.2)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass

from .clock import VirtualClock
from .errors import ZaloError, refused
from .switches import Switches

CODE_SECONDS = 600


@dataclass(frozen=True)
class Code:
    """An authorisation code not yet exchanged; `challenge` is empty without PKCE."""

    challenge: str
    until_ms: int


@dataclass
class Pair:
    """The token pair in force."""

    access: str
    refresh: str
    access_until_ms: int
    refresh_until_ms: int


class OAuthRefused(Exception):
    """A refusal of the OAuth host: `code` and the three words around it (protocol 2.3)."""

    def __init__(self, code: int, name: str, reason: str = "") -> None:
        super().__init__(name)
        self.code, self.name, self.reason = code, name, reason


class TokenBook:
    """The one pair of the one OA; the world's lock is held by the callers."""

    def __init__(self, clock: VirtualClock, switches: Switches) -> None:
        self._clock, self._switches = clock, switches
        self._codes: dict[str, Code] = {}
        self._lapsed: set[str] = set()
        self.pair: Pair | None = None

    def preset(self, access: str, refresh: str) -> Pair:
        """Put a pair in force by hand; the pair before it dies (protocol 2.2)."""
        now = self._clock.now_ms()
        self._retire()
        self.pair = Pair(
            access,
            refresh,
            now + self._switches.access_token_seconds * 1000,
            now + self._switches.refresh_token_seconds * 1000,
        )
        return self.pair

    def issue(self) -> Pair:
        """A fresh pair as the API Explorer would give."""
        return self.preset(_opaque(), _opaque())

    def new_code(self, challenge: str) -> str:
        """A code good for ten minutes and one exchange."""
        code = secrets.token_urlsafe(48)
        self._codes[code] = Code(challenge, self._clock.now_ms() + CODE_SECONDS * 1000)
        return code

    def exchange(self, code: str, verifier: str) -> Pair:
        """Turn a code into a pair; -14005 when used, old or of another verifier."""
        known = self._codes.pop(code, None)
        if known is None or known.until_ms <= self._clock.now_ms():
            raise OAuthRefused(-14005, "Invalid authorization code.", "Code is expired or used")
        if known.challenge and not secrets.compare_digest(challenge_of(verifier), known.challenge):
            raise OAuthRefused(-14005, "Invalid authorization code.", "Code verifier is invalid")
        return self.issue()

    def refresh(self, token: str) -> Pair:
        """Rotate the pair; -14014 when the refresh token is not the living one."""
        pair, now = self.pair, self._clock.now_ms()
        if pair is None or pair.refresh != token or pair.refresh_until_ms <= now:
            raise OAuthRefused(-14014, "Invalid refresh token.", "Token is expired or used")
        fresh = self.issue()
        if not self._switches.rotation_restarts_life:
            fresh.refresh_until_ms = pair.refresh_until_ms
        return fresh

    def check(self, token: str) -> None:
        """Pass a living access token; -216 or -220 otherwise (protocol 2.4)."""
        pair = self.pair
        if pair and token and token == pair.access:
            if pair.access_until_ms > self._clock.now_ms():
                return
            raise self._lapsed_error()
        if token in self._lapsed:
            raise self._lapsed_error()
        raise refused(-216)

    def expire_access(self) -> None:
        """The access token ends now."""
        if self.pair:
            self.pair.access_until_ms = self._clock.now_ms()

    def kill_refresh(self) -> None:
        """The refresh token ends now."""
        if self.pair:
            self.pair.refresh_until_ms = self._clock.now_ms()

    def clear(self) -> None:
        """Forget codes and tokens."""
        self._codes.clear()
        self._lapsed.clear()
        self.pair = None

    def _retire(self) -> None:
        if self.pair:
            self._lapsed.add(self.pair.access)

    def _lapsed_error(self) -> ZaloError:
        if self._switches.lapsed_token_code == -220:
            return refused(-220)
        return ZaloError(-216, "Access token has expired")


def challenge_of(verifier: str) -> str:
    """PKCE S256: base64url without padding of the SHA-256 of the verifier (protocol 2.1)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _opaque() -> str:
    return secrets.token_urlsafe(240)
