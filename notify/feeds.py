"""Fetching the portal's news feed: one host, bounded in bytes and time, never inside our network.

The address is a setting, but what it leads to is not ours: a redirect or a changed name must not
make us call machines of the office's own network (`bot.outside`).
"""

from __future__ import annotations

import time
from urllib.parse import SplitResult, urlsplit

from bot import outside

_REDIRECTS = 3
MOST_BYTES = 2 * 1024 * 1024
SECONDS = 10.0
_WORDS = {
    "no_host": "không tìm thấy máy chủ",
    "internal": "máy chủ nằm trong mạng nội bộ (xem NEWS_RSS_INTERNAL)",
    "slow": "máy chủ trả lời quá chậm",
    "status": "máy chủ trả lời mã {detail}",
    "too_large": "tệp quá lớn",
    "failed": "không đọc được ({detail})",
}


class NotFetched(Exception):
    """The feed could not or must not be fetched; the text is safe to log and to show to staff."""


def fetch(
    address: str, *, internal: bool = False, seconds: float = SECONDS, most_bytes: int = MOST_BYTES
) -> bytes:
    """The bytes behind an http(s) address; `NotFetched` says why not.

    Redirects are followed on the same host only. The host's addresses are looked up once a
    request and the connection goes to one of those, so that a second look-up cannot lead
    elsewhere; unless ``internal``, none of them may be private, loopback or otherwise reserved.
    """
    ends = time.monotonic() + seconds
    host: str | None = None
    for _ in range(_REDIRECTS + 1):
        parts = _checked(address, host)
        host = parts.hostname
        try:
            body, moved = outside.get(parts, ends=ends, most_bytes=most_bytes, internal=internal)
        except outside.NotReached as error:
            raise NotFetched(_WORDS[error.why].format(detail=error.detail)) from None
        if moved is None:
            return body
        address = moved
    raise NotFetched("chuyển hướng quá nhiều lần")


def _checked(address: str, host: str | None) -> SplitResult:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise NotFetched("địa chỉ không hợp lệ") from None
    if parts.scheme not in outside.PORTS or not parts.hostname or port == 0 or len(address) > 2000:
        raise NotFetched("địa chỉ phải bắt đầu bằng http:// hoặc https://")
    if parts.username or parts.password or "\\" in address:
        raise NotFetched("địa chỉ không hợp lệ")
    if host is not None and parts.hostname != host:
        raise NotFetched("chuyển hướng sang máy chủ khác")
    return parts
