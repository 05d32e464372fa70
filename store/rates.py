"""Calls used per clock minute, shared between machines (zalo-protocol 3.1)."""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session

# What a -32 or a header taught counts for every machine, so it stands in the row.
_LIMIT = (
    "CASE WHEN rate_window.closed THEN 0"
    " WHEN rate_window.learned_limit > 0 AND rate_window.learned_limit < :limit"
    " THEN rate_window.learned_limit ELSE :limit END"
)
_ADD = text(
    "INSERT INTO rate_window (scope, minute, used, learned_limit, closed)"
    " VALUES (:scope, :minute, :count, 0, FALSE)"
    " ON CONFLICT (scope, minute) DO UPDATE SET used = rate_window.used + excluded.used"
    f" WHERE rate_window.used + excluded.used <= {_LIMIT} RETURNING used"
)
_LEFT = f"SELECT {_LIMIT} - used FROM rate_window WHERE scope = :scope AND minute = :minute"
_USED = text("SELECT used FROM rate_window WHERE scope = :scope AND minute = :minute")
_TOLD = text(
    "INSERT INTO rate_window (scope, minute, used, learned_limit, closed)"
    " VALUES (:scope, :minute, :used, :learned, :closed)"
    " ON CONFLICT (scope, minute) DO UPDATE SET"
    " used = CASE WHEN excluded.used > rate_window.used THEN excluded.used ELSE rate_window.used END,"
    " learned_limit = CASE WHEN excluded.learned_limit > 0 THEN excluded.learned_limit"
    " ELSE rate_window.learned_limit END,"
    " closed = (rate_window.closed OR excluded.closed)"
)


def reserve(session: Session, scope: str, minute: int, count: int, limit: int) -> int:
    """Take up to ``count`` calls of a minute, atomically; answers how many were granted.

    One statement as long as the minute has room for all; near its end the row is locked and
    what is left is taken.
    """
    count = min(count, limit)
    if count <= 0:
        return 0
    connection = session.connection()
    key = {"scope": scope, "minute": minute, "limit": limit}
    if connection.execute(_ADD, {**key, "count": count}).first() is not None:
        return count
    lock = "" if connection.dialect.name == "sqlite" else " FOR UPDATE"
    left = min(count, int(connection.execute(text(_LEFT + lock), key).scalar_one()))
    if left <= 0 or connection.execute(_ADD, {**key, "count": left}).first() is None:
        return 0
    return left


def used(session: Session, scope: str, minute: int) -> int:
    """Calls of a minute that were reserved so far."""
    found = session.connection().execute(_USED, {"scope": scope, "minute": minute}).scalar()
    return int(found or 0)


def told(
    session: Session,
    scope: str,
    minute: int,
    used: int = 0,
    learned: int = 0,
    closed: bool = False,
) -> None:
    """Adopt Zalo's word about a minute where it is stricter than our count."""
    session.connection().execute(
        _TOLD,
        {"scope": scope, "minute": minute, "used": used, "learned": learned, "closed": closed},
    )
