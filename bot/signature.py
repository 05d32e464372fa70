"""Who really sent a webhook body: Zalo's plain SHA-256 over raw bytes (zalo-protocol 1.4)."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MAC = re.compile(r"(mac=)?([0-9a-f]{64})", re.ASCII | re.IGNORECASE)
_TIMESTAMP = re.compile(r"[0-9A-Za-z.+\-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Verified:
    """How a signature verified, for the log: mix-ups of secrets show here first (8.26).

    `timestamp` is "body" or "header"; `secret` counts from 0 in the order given.
    """

    prefix: bool
    timestamp: str
    secret: int


def body_timestamp(tree: Mapping[str, Any] | None) -> str | None:
    """The member `timestamp` of a read body as printed (string or number), or None."""
    found = tree.get("timestamp") if tree else None
    return found if isinstance(found, str) and _TIMESTAMP.fullmatch(found) else None


def verify(
    body: bytes,
    header: str | None,
    *,
    app_id: str,
    secrets: Sequence[str],
    body_timestamp: str | None,
    header_timestamp: str | None,
) -> Verified | None:
    """Which variant of `mac` signs `body`, or None.

    `header` is `X-ZEvent-Signature`, with or without `mac=`. The body's timestamp is tried before
    the header's `X-ZEvent-Timestamp`, and every secret (two during a rotation) with each. Compares
    in constant time. Without an app id or any secret that is not empty, nothing verifies.
    """
    given = _MAC.fullmatch((header or "").strip())
    if given is None or not app_id:
        return None
    wanted = given[2].lower().encode()
    signed = hashlib.sha256(app_id.encode() + body)
    found: Verified | None = None
    for source, stamp in (("body", body_timestamp), ("header", header_timestamp)):
        if not stamp or not _TIMESTAMP.fullmatch(stamp):
            continue
        for index, secret in enumerate(secrets):
            mac = signed.copy()
            mac.update(stamp.encode() + secret.encode())
            # All variants are computed, so that the time taken tells nothing.
            matches = hmac.compare_digest(mac.hexdigest().encode(), wanted)
            if matches and secret.strip() and found is None:
                found = Verified(prefix=bool(given[1]), timestamp=source, secret=index)
    return found
