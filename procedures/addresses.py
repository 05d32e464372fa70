"""Addresses of procedures on notice boards: the portal's old and new style, and our own.

"?ma_thu_tuc=141221", "/thu-tuc-hanh-chinh/<uuid>", "/t/1.004222" (domain 1.4). An address is only
read, never fetched.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_LONGEST = 2000
_QUERY = re.compile(r"[?&;](?:ma_thu_tuc|mathutuc|matthc|ma_tthc|thutucid)=([\w.\-]{1,60})", re.I)
_UUID = re.compile(r"/([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})(?![0-9a-f])", re.I)
_OURS = re.compile(r"://[^/\s]{1,253}(?:/[^/\s]{1,60}){0,3}/t/([A-Za-z0-9.\-]{1,200})")
_HOST = re.compile(r"https?://", re.I)


def names(text: str) -> tuple[str, ...]:
    """The names of a procedure an address holds, lower case; () when there is no address."""
    text = text[:_LONGEST]
    if not _HOST.search(text):
        return ()
    decoded = unquote(text)
    found = [match[1] for pattern in (_QUERY, _UUID, _OURS) for match in pattern.finditer(decoded)]
    return tuple(dict.fromkeys(name.lower().rstrip(".-") for name in found))
