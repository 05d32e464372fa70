"""Fetching a photo a citizen sent: allowed hosts only, bounded in bytes and time (domain 1.4).

An address in an event could be anybody's: without the list of hosts a forged event would make us
call machines of our own network.
"""

from __future__ import annotations

import ipaddress
import time
from urllib.parse import urljoin, urlsplit

import urllib3

from settings import Settings

_CHUNK = 64 * 1024
_REDIRECTS = 2


class NotFetched(Exception):
    """The photo could not or must not be fetched; the text is safe to log."""


class Photos:
    """Downloads photos for decoding; thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = urllib3.PoolManager(retries=False, maxsize=4)

    def fetch(self, address: str, most_bytes: int | None = None) -> bytes:
        """The bytes behind an address of an allowed host; `NotFetched` otherwise."""
        most = most_bytes or self._settings.photo_max_bytes
        ends = time.monotonic() + self._settings.photo_seconds
        for _ in range(_REDIRECTS + 1):
            if not allowed(address, self._settings.photo_hosts):
                raise NotFetched("host not allowed")
            got, moved = self._get(address, ends, most)
            if moved is None:
                return got
            address = urljoin(address, moved)
        raise NotFetched("too many redirects")

    def _get(self, address: str, ends: float, most: int) -> tuple[bytes, str | None]:
        left = ends - time.monotonic()
        if left <= 0:
            raise NotFetched("too slow")
        try:
            answer = self._http.request(
                "GET", address, preload_content=False, redirect=False, timeout=left
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise NotFetched(type(error).__name__) from None
        try:
            if answer.status in (301, 302, 303, 307, 308):
                return b"", answer.headers.get("Location", "")
            if answer.status != 200:
                raise NotFetched(f"status {answer.status}")
            return self._read(answer, ends, most), None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise NotFetched(type(error).__name__) from None
        finally:
            answer.close()

    def _read(self, answer: urllib3.BaseHTTPResponse, ends: float, most: int) -> bytes:
        """The body as sent: no content encoding is undone, so nothing can swell.

        Whatever has come is taken at once: waiting for a full piece would let a host that drips
        hold a thread far beyond the time.
        """
        parts, size = [], 0
        while chunk := answer.read1(_CHUNK, decode_content=False):
            size += len(chunk)
            if size > most:
                raise NotFetched("too many bytes")
            if time.monotonic() > ends:
                raise NotFetched("too slow")
            parts.append(chunk)
        return b"".join(parts)


def allowed(address: str, hosts: tuple[str, ...]) -> bool:
    """Whether an address is https (or a host named with its port) and its host is in the list.

    ".zdn.vn" allows every host below it. Numeric addresses are only allowed when the list names
    them, so that no name can lead inside.
    """
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port
    except ValueError:
        return False
    if not host or parts.username or parts.password or "\\" in address or len(address) > 2000:
        return False
    named = f"{host}:{port}" if port else host
    if named in hosts:
        return parts.scheme in ("https", "http")
    if parts.scheme != "https" or port not in (None, 443) or _numeric(host):
        return False
    return any(host == one or (one.startswith(".") and host.endswith(one)) for one in hosts)


def _numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
