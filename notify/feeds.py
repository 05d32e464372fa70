"""Fetching the portal's news feed: one host, bounded in bytes and time, never inside our network.

The address is a setting, but what it leads to is not ours: a redirect or a changed name must not
make us call machines of the office's own network (as `qr.photos` for photos).
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, urljoin, urlsplit

_CHUNK = 64 * 1024
_REDIRECTS = 3
MOST_BYTES = 2 * 1024 * 1024
SECONDS = 10.0
_SLOW = "máy chủ trả lời quá chậm"
_PORTS = {"http": 80, "https": 443}


class NotFetched(Exception):
    """The feed could not or must not be fetched; the text is safe to log and to show to staff."""


def fetch(
    address: str, *, internal: bool = False, seconds: float = SECONDS, most_bytes: int = MOST_BYTES
) -> bytes:
    """The bytes behind an http(s) address; `NotFetched` says why not.

    Redirects are followed on the same host only. The host's addresses are looked up once and
    the connection goes to one of those, so that a second look-up cannot lead elsewhere; unless
    ``internal``, none of them may be private, loopback or otherwise reserved.
    """
    ends = time.monotonic() + seconds
    host = urlsplit(address).hostname
    for _ in range(_REDIRECTS + 1):
        parts = _checked(address, host)
        body, moved = _get(parts, _resolved(parts, internal), ends, most_bytes)
        if moved is None:
            return body
        address = urljoin(address, moved)
    raise NotFetched("chuyển hướng quá nhiều lần")


def _checked(address: str, host: str | None) -> SplitResult:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise NotFetched("địa chỉ không hợp lệ") from None
    if parts.scheme not in _PORTS or not parts.hostname or port == 0 or len(address) > 2000:
        raise NotFetched("địa chỉ phải bắt đầu bằng http:// hoặc https://")
    if parts.username or parts.password or "\\" in address:
        raise NotFetched("địa chỉ không hợp lệ")
    if parts.hostname != host:
        raise NotFetched("chuyển hướng sang máy chủ khác")
    return parts


def _resolved(parts: SplitResult, internal: bool) -> str:
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotFetched("không tìm thấy máy chủ") from None
    addresses = [str(one[4][0]) for one in found]
    if not internal and not all(_public(one) for one in addresses):
        raise NotFetched("máy chủ nằm trong mạng nội bộ (xem NEWS_RSS_INTERNAL)")
    return addresses[0]


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_global and not (mapped or found).is_multicast


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _get(
    parts: SplitResult, address: str, ends: float, most_bytes: int
) -> tuple[bytes, str | None]:
    host, left = parts.hostname or "", ends - time.monotonic()
    if left <= 0:
        raise NotFetched(_SLOW)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = HTTPConnection(host, _port(parts), timeout=left)
    # A host that drips bytes never meets a timeout between two of them: at the end of the time
    # the connection itself is cut.
    watch: threading.Timer | None = None
    try:
        connection.sock = _connected(parts, address, left)
        watch = threading.Timer(max(0.0, ends - time.monotonic()), _cut, [connection.sock])
        watch.daemon = True
        watch.start()
        headers = {"Accept-Encoding": "identity", "User-Agent": "motcua-zalo"}
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        if answer.status in (301, 302, 303, 307, 308):
            return b"", answer.headers.get("Location", "")
        if answer.status != 200:
            raise NotFetched(f"máy chủ trả lời mã {answer.status}")
        body = _read(answer, most_bytes)
    except (HTTPException, OSError, UnicodeError, ValueError) as error:
        late = time.monotonic() >= ends
        raise NotFetched(_SLOW if late else f"không đọc được ({type(error).__name__})") from None
    finally:
        if watch is not None:
            watch.cancel()
        connection.close()
    if time.monotonic() >= ends:
        # Cut in the middle: what came may be half of it.
        raise NotFetched(_SLOW)
    return body, None


def _connected(parts: SplitResult, address: str, left: float) -> socket.socket:
    plain = socket.create_connection((address, _port(parts)), timeout=left)
    if parts.scheme == "http":
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
    except BaseException:
        plain.close()
        raise


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _read(answer: HTTPResponse, most_bytes: int) -> bytes:
    """The body as sent, nothing unpacked."""
    parts, size = [], 0
    while chunk := answer.read1(_CHUNK):
        size += len(chunk)
        if size > most_bytes:
            raise NotFetched("tệp quá lớn")
        parts.append(chunk)
    return b"".join(parts)
