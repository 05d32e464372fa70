"""OAuth v4 of the OA platform: the consent link and the token calls (zalo-protocol 2).

Pure of state: who keeps the pair, under which lock, is the business of the token room's owner.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bot.client import Transport
from bot.errors import Api
from bot.outcomes import CallFailed, NotSent, Rate, Uncertain, ZaloError

DEFAULT_LIFE_SECONDS = 90_000
_TOKEN_LIMIT = 8192


@dataclass(frozen=True, slots=True)
class TokenPair:
    """Tokens and the access token's life in seconds; refresh tokens live 3 months, used once."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


class OAuthRefused(ZaloError):
    """Zalo refused with `code`; the refresh token or code is then of no use (2.3)."""

    def __init__(self, code: int, http_status: int | None = None, rate: Rate | None = None) -> None:
        super().__init__(Api.oauth, code, http_status, rate)


class OAuthUnreachable(CallFailed):
    """No readable answer. `used` says whether the single-use token may have been spent."""

    def __init__(
        self,
        message: str,
        *,
        used: bool,
        http_status: int | None = None,
        rate: Rate | None = None,
    ) -> None:
        super().__init__(Api.oauth, message, http_status, rate)
        self.used = used


def new_verifier() -> str:
    """A PKCE verifier: 43 characters of base64url from 32 random bytes (2.1)."""
    return _base64url(secrets.token_bytes(32))


def challenge(verifier: str) -> str:
    """The S256 challenge of `verifier` (RFC 7636)."""
    return _base64url(hashlib.sha256(verifier.encode("ascii")).digest())


def permission_url(
    oauth_url: str, app_id: str, redirect_uri: str, code_challenge: str, state: str
) -> str:
    """The page where an OA admin consents; it comes back to `redirect_uri` (2.1)."""
    query = {
        "app_id": app_id,
        "redirect_uri": redirect_uri,
        "code_challenge": code_challenge,
        "state": state,
    }
    return f"{oauth_url.rstrip('/')}/v4/oa/permission?{urlencode(query)}"


class OAuthClient:
    """The two token calls. Both raise OAuthRefused or OAuthUnreachable."""

    def __init__(
        self,
        oauth_url: str,
        app_id: str,
        app_secret: str,
        timeouts: tuple[float, float] = (3.05, 10),
    ) -> None:
        self._url = f"{oauth_url.rstrip('/')}/v4/oa/access_token"
        self._app_id = app_id
        self._app_secret = app_secret
        self._transport = Transport(timeouts)

    def exchange(self, code: str, verifier: str) -> TokenPair:
        """The pair for a consent `code`, valid 10 minutes and once.

        The refresh token is "" when Zalo gave none.
        """
        form = {"code": code, "grant_type": "authorization_code", "code_verifier": verifier}
        return self._pair(form, "")

    def refresh(self, refresh_token: str) -> TokenPair:
        """A new pair; the old one is dead from now on.

        An answer without a refresh token keeps the one given (2.2).
        """
        form = {"refresh_token": refresh_token, "grant_type": "refresh_token"}
        return self._pair(form, refresh_token)

    def _pair(self, form: Mapping[str, str], old_refresh: str) -> TokenPair:
        try:
            reply = self._transport.call(
                Api.oauth,
                "POST",
                self._url,
                data={**form, "app_id": self._app_id},
                headers={"secret_key": self._app_secret},
            )
        except NotSent as error:
            raise OAuthUnreachable(
                error.message, used=False, http_status=error.http_status, rate=error.rate
            ) from None
        except Uncertain as error:
            raise OAuthUnreachable(
                error.message, used=True, http_status=error.http_status, rate=error.rate
            ) from None
        except ZaloError as error:
            # Only a bare HTTP 429 comes this way: too fast, nothing spent.
            raise OAuthUnreachable(
                error.message, used=False, http_status=error.http_status, rate=error.rate
            ) from None
        code = reply.members.integer("error")
        if code:
            raise OAuthRefused(code, reply.status, reply.rate)
        access = _token(reply.members.raw("access_token"))
        refresh = _token(reply.members.raw("refresh_token")) or old_refresh
        if access is None or reply.status >= 300:
            raise OAuthUnreachable("answer without a token", used=True, http_status=reply.status)
        life = reply.members.integer("expires_in") or 0
        return TokenPair(access, refresh, life if life > 0 else DEFAULT_LIFE_SECONDS)


def _token(value: object) -> str | None:
    fits = isinstance(value, str) and 0 < len(value) <= _TOKEN_LIMIT
    return value if fits and isinstance(value, str) and value.isascii() else None


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
