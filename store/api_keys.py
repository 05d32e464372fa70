"""Keys of the systems that push dossiers; only digests are kept (contract 3)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from crypto import api_key_hash
from store.tables import ApiKey

#: Every scope there is, as `create` takes them.
SCOPES = "dossiers:write events:write dossiers:read receipts:write"
_PREFIX = "mc_"
_SHOWN = 8
#: A key in use writes its row this seldom.
_TOUCH_EVERY = timedelta(minutes=1)


def create(session: Session, name: str, scopes: str, now: datetime) -> str:
    """A new key of 256 random bits for system ``name``; it can never be read again.

    ``ValueError`` for a scope that does not exist.
    """
    unknown = set(scopes.split()) - set(SCOPES.split())
    if unknown:
        raise ValueError(f"unknown scopes: {' '.join(sorted(unknown))}")
    key = _PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiKey(
            name=name,
            key_hash=api_key_hash(key),
            prefix=key[:_SHOWN],
            scopes=scopes,
            created_at=now,
        )
    )
    session.flush()
    return key


def by_name(session: Session, name: str) -> ApiKey | None:
    """The key of a system, revoked or not."""
    return session.exec(select(ApiKey).where(ApiKey.name == name)).first()


def revoke(session: Session, name: str, now: datetime) -> bool:
    """Refuse a system's key from now on; False when it has no live one."""
    row = session.exec(select(ApiKey).where(ApiKey.name == name).with_for_update()).first()
    if row is None or row.revoked_at is not None:
        return False
    row.revoked_at = now
    session.add(row)
    return True


def authenticate(session: Session, key: str) -> ApiKey | None:
    """The live row of a key."""
    return session.exec(
        select(ApiKey).where(ApiKey.key_hash == api_key_hash(key), col(ApiKey.revoked_at).is_(None))
    ).first()


def touch(session: Session, row: ApiKey, now: datetime) -> None:
    """Note that a key is in use, at most once a minute."""
    if row.last_used_at is None or now - row.last_used_at >= _TOUCH_EVERY:
        row.last_used_at = now
        session.add(row)
