"""Signed-in browsers of staff: kept by the digest of their cookie, ended from anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from store.tables import StaffAccount, StaffSession

#: A session in use writes its row this seldom.
_TOUCH_EVERY = timedelta(seconds=30)


def digest(token: str) -> str:
    """What is stored of a cookie with 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def start(
    session: Session,
    token: str,
    account_id: int,
    *,
    now: datetime,
    life: timedelta,
    ip: str,
    user_agent: str,
    second_factor: bool,
) -> StaffSession:
    """A new session; the password was just shown, the second factor perhaps not yet."""
    row = StaffSession(
        token_hash=digest(token),
        account_id=account_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + life,
        second_factor_at=now if second_factor else None,
        confirmed_at=now,
        ip=ip[:64],
        user_agent=user_agent[:200],
    )
    session.add(row)
    session.flush()
    return row


def live(
    session: Session, token: str, now: datetime, idle: timedelta
) -> tuple[StaffSession, StaffAccount] | None:
    """The session behind a cookie with its account; None once it is over, idle or disabled."""
    found = session.exec(
        select(StaffSession, StaffAccount)
        .join(StaffAccount, col(StaffAccount.id) == col(StaffSession.account_id))
        .where(
            StaffSession.token_hash == digest(token),
            col(StaffSession.ended_at).is_(None),
            col(StaffSession.expires_at) > now,
            col(StaffSession.last_seen_at) > now - idle,
            col(StaffAccount.disabled_at).is_(None),
        )
    ).first()
    return (found[0], found[1]) if found else None


def needs_touch(row: StaffSession, now: datetime) -> bool:
    """Whether its use should be written down again."""
    return now - row.last_seen_at >= _TOUCH_EVERY


def touch(session: Session, token_hash: str, now: datetime) -> None:
    """Note that a session is in use."""
    session.connection().execute(
        update(StaffSession)
        .where(col(StaffSession.token_hash) == token_hash)
        .values(last_seen_at=now)
    )


def mark(session: Session, token_hash: str, **values: datetime) -> None:
    """Note ``second_factor_at`` or ``confirmed_at``."""
    session.connection().execute(
        update(StaffSession).where(col(StaffSession.token_hash) == token_hash).values(**values)
    )


def renew(session: Session, token_hash: str, token: str) -> None:
    """Put a new cookie in the place of an old one, which opens nothing from here on."""
    session.connection().execute(
        update(StaffSession)
        .where(col(StaffSession.token_hash) == token_hash)
        .values(token_hash=digest(token))
    )


def end(session: Session, token_hash: str, account_id: int, now: datetime, reason: str) -> bool:
    """End one session of an account; False when it was not theirs or over already."""
    done = session.connection().execute(
        update(StaffSession)
        .where(
            col(StaffSession.token_hash) == token_hash,
            col(StaffSession.account_id) == account_id,
            col(StaffSession.ended_at).is_(None),
        )
        .values(ended_at=now, end_reason=reason)
    )
    return done.rowcount > 0


def end_all(session: Session, account_id: int, now: datetime, reason: str, *, but: str = "") -> int:
    """End every session of an account, ``but`` one; answers how many."""
    done = session.connection().execute(
        update(StaffSession)
        .where(
            col(StaffSession.account_id) == account_id,
            col(StaffSession.token_hash) != but,
            col(StaffSession.ended_at).is_(None),
        )
        .values(ended_at=now, end_reason=reason)
    )
    return done.rowcount


def of_account(
    session: Session, account_id: int, now: datetime, idle: timedelta
) -> Sequence[StaffSession]:
    """The sessions of an account that still work, the one used last first."""
    return session.exec(
        select(StaffSession)
        .where(
            StaffSession.account_id == account_id,
            col(StaffSession.ended_at).is_(None),
            col(StaffSession.expires_at) > now,
            col(StaffSession.last_seen_at) > now - idle,
        )
        .order_by(col(StaffSession.last_seen_at).desc())
    ).all()


def drop(session: Session, before: datetime, limit: int) -> int:
    """Forget sessions that expired before a moment."""
    chosen = (
        select(StaffSession.token_hash).where(col(StaffSession.expires_at) < before).limit(limit)
    )
    return (
        session.connection()
        .execute(delete(StaffSession).where(col(StaffSession.token_hash).in_(chosen)))
        .rowcount
    )
