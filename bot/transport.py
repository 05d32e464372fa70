"""HTTP towards Zalo: bounded, timed, and honest about what may have arrived."""

import json
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
import urllib3
from urllib3 import exceptions as low

from bot.errors import Api
from bot.members import Members, NotJson, read_object
from bot.outcomes import NotSent, Rate, Uncertain, ZaloError

ANSWER_LIMIT = 1024 * 1024
_CHUNK = 64 * 1024
_RATE_EXCEEDED = -32
_NEVER_LEFT = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    low.NewConnectionError,
    low.LocationValueError,
    low.ConnectTimeoutError,
    ssl.SSLCertVerificationError,
    UnicodeEncodeError,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is a JSON object, with a status below 500."""

    status: int
    members: Members
    rate: Rate | None


class Transport:
    """HTTP for any number of threads, connections of their own each; answers are bounded.

    `timeouts` are seconds to connect and to wait for the next bytes; the body as a whole may take
    the second once more, so that a slow drip ends. `requests` prepares what is not plain JSON;
    its sessions and adapters are passed by, for they took half the time of a call and offer only
    what is not wanted here: cookies, proxies, hooks, redirects.
    """

    def __init__(self, timeouts: tuple[float, float] = (3.05, 10)) -> None:
        self._timeout = urllib3.Timeout(*timeouts)
        self._longest = timeouts[1]
        self._local = threading.local()

    def call(self, api: Api, method: str, url: str, **arguments: Any) -> Reply:
        """One request, redirects not followed; `arguments` as for `requests` (params, json ...).

        Raises NotSent when it certainly had no effect, Uncertain when that cannot be known, and
        ZaloError -32 for a bare HTTP 429.
        """
        try:
            response = self._open(method, url, arguments)
            try:
                rate = _rate(response.headers)
                if response.status >= 500:
                    raise Uncertain(api, f"HTTP {response.status}", response.status, rate)
                body = self._read(api, response, rate)
            finally:
                # Read to the end it has gone back to the pool already; else it must not.
                response.close()
        # Chained errors would carry the address, and in it the UID, into the logs.
        except (requests.RequestException, low.HTTPError, OSError, UnicodeError) as error:
            kind = type(error).__name__
            if _never_left(error):
                raise NotSent(api, kind) from None
            raise Uncertain(api, kind) from None
        return _reply(api, response.status, body, rate)

    def _open(
        self, method: str, url: str, arguments: Mapping[str, Any]
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": "application/json", **arguments.get("headers", {})}
        body: Any
        if "json" in arguments:
            body = json.dumps(arguments["json"]).encode()
            headers["Content-Type"] = "application/json"
        else:
            request = requests.PreparedRequest()
            request.prepare(method, url, **{**arguments, "headers": headers})
            url, headers, body = request.url or url, dict(request.headers), request.body
        parts = urlsplit(url)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        pool = self._pool(f"{parts.scheme}://{parts.netloc}")
        return pool.urlopen(
            method,
            target,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=self._timeout,
            preload_content=False,
        )

    def _read(self, api: Api, response: urllib3.BaseHTTPResponse, rate: Rate | None) -> bytes:
        ends = time.monotonic() + self._longest
        body = bytearray()
        # read1 gives what has arrived; read would wait for a whole chunk of a slow drip.
        while part := response.read1(_CHUNK, decode_content=True):
            body += part
            if len(body) > ANSWER_LIMIT:
                raise Uncertain(api, "answer too large", response.status, rate)
            if time.monotonic() > ends:
                raise Uncertain(api, "answer too slow", response.status, rate)
        return bytes(body)

    def _pool(self, origin: str) -> urllib3.HTTPConnectionPool:
        pools: dict[str, urllib3.HTTPConnectionPool] | None = getattr(self._local, "pools", None)
        if pools is None:
            pools = self._local.pools = {}
        pool = pools.get(origin)
        if pool is None:
            secure = {"cert_reqs": "CERT_REQUIRED", "ca_certs": certifi.where()}
            options = secure if origin.startswith("https:") else {}
            pool = pools[origin] = urllib3.connection_from_url(origin, **options)
        return pool


def _reply(api: Api, status: int, body: bytes, rate: Rate | None) -> Reply:
    try:
        return Reply(status, Members(read_object(body)), rate)
    except NotJson:
        pass
    if status == 429:
        raise ZaloError(api, _RATE_EXCEEDED, status, rate)
    if status >= 300:
        raise NotSent(api, f"HTTP {status}", status, rate)
    raise Uncertain(api, "answer is not JSON", status, rate)


def _rate(headers: Mapping[str, str]) -> Rate | None:
    limit, remain = (
        Members({"n": headers.get(name)}).integer("n")
        for name in ("X-RateLimit-Limit", "X-RateLimit-Remain")
    )
    server_time = _moment(headers.get("Date", ""))
    if limit is None and remain is None and server_time is None:
        return None
    return Rate(limit, remain, server_time)


@lru_cache(maxsize=8)
def _moment(date: str) -> datetime | None:
    """An HTTP date; all answers of a second carry the same."""
    try:
        parsed = parsedate_to_datetime(date)
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _never_left(error: BaseException) -> bool:
    """Whether the connection itself failed; else the request may have arrived."""
    seen: BaseException | None = error
    for _ in range(5):
        if isinstance(seen, _NEVER_LEFT):
            return True
        inner = getattr(seen, "reason", None) or (seen.args[0] if seen and seen.args else None)
        seen = inner if isinstance(inner, BaseException) else None
    return False
