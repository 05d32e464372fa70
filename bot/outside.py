"""One GET of an address that is not ours: looked up once, checked, and connected to just that.

What a citizen or a feed names could lead inside the office's network, or to the address that
tells a rented machine its secrets. A name is looked up once and the connection goes to the
address that was checked, so that a second look-up cannot lead elsewhere.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from urllib.parse import SplitResult, urljoin

_CHUNK = 64 * 1024
PORTS = {"http": 80, "https": 443}
_MOVED = (301, 302, 303, 307, 308)
#: IPv6 networks whose addresses carry an IPv4 address, which may be one of the inside.
_CARRIERS = tuple(
    ipaddress.IPv6Network(network)
    for network in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
)


class NotReached(Exception):
    """Why there is no answer: a word of ours, safe to log and to translate; ``detail`` beside it.

    "no_host", "internal", "slow", "status", "too_large" or "failed".
    """

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(f"{why} {detail}".strip())
        self.why, self.detail = why, detail


def get(
    parts: SplitResult, *, ends: float, most_bytes: int, internal: bool = False
) -> tuple[bytes, str | None]:
    """The body behind an http(s) address, or the address it moved to, which is not followed.

    ``ends``: the moment of `time.monotonic` after which the host is not waited for (the look-up
    of its name takes the time of the machine's resolver). Unless
    ``internal``, no address of the host may be private, loopback or otherwise reserved. The body
    is taken as sent, no encoding undone, so nothing can swell. `NotReached` for everything else.
    """
    address = _resolved(parts, internal)
    left = ends - time.monotonic()
    if left <= 0:
        raise NotReached("slow")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = HTTPConnection(parts.hostname or "", _port(parts), timeout=left)
    # A host that drips bytes never meets a timeout between two of them: at the end of the time
    # the connection itself is cut.
    watch: threading.Timer | None = None
    try:
        connection.sock = _connected(parts, address, ends)
        watch = threading.Timer(max(0.0, ends - time.monotonic()), _cut, [connection.sock])
        watch.daemon = True
        watch.start()
        headers = {"Accept-Encoding": "identity", "User-Agent": "motcua-zalo"}
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        if answer.status in _MOVED:
            return b"", urljoin(parts.geturl(), answer.headers.get("Location", ""))
        if answer.status != 200:
            raise NotReached("status", str(answer.status))
        body = _read(answer, most_bytes)
    except (HTTPException, OSError, UnicodeError, ValueError) as error:
        if time.monotonic() >= ends or isinstance(error, TimeoutError):
            raise NotReached("slow") from None
        raise NotReached("failed", type(error).__name__) from None
    finally:
        if watch is not None:
            watch.cancel()
        connection.close()
    if time.monotonic() >= ends:
        # Cut in the middle: what came may be half of it.
        raise NotReached("slow")
    return body, None


def public(address: str) -> bool:
    """Whether a numeric address lies in the open internet, whatever way it is written."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return public(str(found.ipv4_mapped))
        if found.is_site_local or any(found in network for network in _CARRIERS):
            return False
    return found.is_global and not found.is_multicast


def _resolved(parts: SplitResult, internal: bool) -> str:
    try:
        found = socket.getaddrinfo(parts.hostname or "", _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError):
        raise NotReached("no_host") from None
    addresses = [str(one[4][0]) for one in found]
    if not internal and not all(public(one) for one in addresses):
        raise NotReached("internal")
    return addresses[0]


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]


def _connected(parts: SplitResult, address: str, ends: float) -> socket.socket:
    left = max(0.1, ends - time.monotonic())
    plain = socket.create_connection((address, _port(parts)), timeout=left)
    if parts.scheme == "http":
        return plain
    try:
        plain.settimeout(max(0.1, ends - time.monotonic()))
        return ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
    except BaseException:
        plain.close()
        raise


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _read(answer: HTTPResponse, most_bytes: int) -> bytes:
    parts, size = [], 0
    while chunk := answer.read1(_CHUNK):
        size += len(chunk)
        if size > most_bytes:
            raise NotReached("too_large")
        parts.append(chunk)
    if answer.length:
        # Of what was announced some never came; the reader itself takes that for the end.
        raise IncompleteRead(b"", answer.length)
    return b"".join(parts)
