"""Keys of the systems that push dossiers; only digests are kept (contract 3)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from crypto import api_key_hash
from store.tables import ApiKey

#: Every scope there is, as `create` takes them.
SCOPES = "dossiers:write events:write dossiers:read receipts:write broadcasts:write broadcasts:read"
_PREFIX = "mc_"
_SHOWN = 8
#: A key in use writes its row this seldom.
_TOUCH_EVERY = timedelta(minutes=1)


def create(
    session: Session, name: str, scopes: str, now: datetime, sources: Iterable[str] = ()
) -> str:
    """A new key of 256 random bits for system ``name``; it can never be read again.

    ``sources``: the only source systems it may speak for, none for any (`may_speak_for`).
    ``ValueError`` for a scope that does not exist.
    """
    unknown = set(scopes.split()) - set(SCOPES.split())
    if unknown:
        raise ValueError(f"unknown scopes: {' '.join(sorted(unknown))}")
    key = _new()
    session.add(
        ApiKey(
            name=name,
            key_hash=api_key_hash(key),
            prefix=key[:_SHOWN],
            scopes=scopes,
            sources=sorted(set(sources)),
            created_at=now,
        )
    )
    session.flush()
    return key


def get(session: Session, key_id: int) -> ApiKey | None:
    """One key."""
    return session.get(ApiKey, key_id)


def limit(session: Session, key_id: int, scopes: str, sources: Iterable[str]) -> bool:
    """Change what a key may do and for which systems; False when it is gone."""
    row = session.get(ApiKey, key_id, with_for_update=True)
    if row is None:
        return False
    row.scopes, row.sources = scopes, sorted(set(sources))
    session.add(row)
    session.flush()
    return True


def roll(session: Session, key_id: int) -> str | None:
    """A new key in the place of an old or revoked one, which stops working; None when unknown."""
    row = session.get(ApiKey, key_id, with_for_update=True)
    if row is None:
        return None
    key = _new()
    row.key_hash, row.prefix, row.revoked_at = api_key_hash(key), key[:_SHOWN], None
    session.add(row)
    session.flush()
    return key


def _new() -> str:
    return _PREFIX + secrets.token_urlsafe(32)


def may_speak_for(name: str, sources: Sequence[str]) -> frozenset[str] | None:
    """The source systems a key of system ``name`` may speak for; None for any.

    A limited key may always speak for its own system.
    """
    return frozenset({name, *sources}) if sources else None


def everything(session: Session) -> Sequence[ApiKey]:
    """Every key, live ones first, each part by name."""
    return session.exec(
        select(ApiKey).order_by(col(ApiKey.revoked_at).is_not(None), col(ApiKey.name))
    ).all()


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
