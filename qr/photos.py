"""Fetching a photo a citizen sent: allowed hosts only, bounded in bytes and time (domain 1.4).

An address in an event could be anybody's: without the list of hosts a forged event would make us
call machines of our own network. A listed name must lead to the open internet too (`bot.outside`).
"""

from __future__ import annotations

import ipaddress
import time
from urllib.parse import urlsplit

from bot import outside
from settings import Settings

_REDIRECTS = 2
_WORDS = {"slow": "too slow", "too_large": "too many bytes", "internal": "host is internal"}


class NotFetched(Exception):
    """The photo could not or must not be fetched; the text is safe to log."""


class Photos:
    """Downloads photos for decoding; thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def fetch(self, address: str, most_bytes: int | None = None) -> bytes:
        """The bytes behind an address of an allowed host; `NotFetched` otherwise."""
        most = most_bytes or self._settings.photo_max_bytes
        ends = time.monotonic() + self._settings.photo_seconds
        hosts = self._settings.photo_hosts
        for _ in range(_REDIRECTS + 1):
            if not allowed(address, hosts):
                raise NotFetched("host not allowed")
            parts = urlsplit(address)
            try:
                got, moved = outside.get(
                    parts, ends=ends, most_bytes=most, internal=_named(address, hosts)
                )
            except outside.NotReached as error:
                raise NotFetched(_WORDS.get(error.why, str(error))) from None
            if moved is None:
                return got
            address = moved
        raise NotFetched("too many redirects")


def _named(address: str, hosts: tuple[str, ...]) -> bool:
    """Whether the list names this very host with its port, or its numeric address.

    Only then may it lie inside: whoever wrote the list meant it. A name alone is believed no more
    than the name server that answers for it.
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").lower().rstrip(".")
    return (parts.port is not None and f"{host}:{parts.port}" in hosts) or (
        host in hosts and _numeric(host)
    )


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
    if (
        not host
        or port == 0
        or parts.username
        or parts.password
        or "\\" in address
        or len(address) > 2000
    ):
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
