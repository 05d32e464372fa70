"""One-time codes on their way to a phone; only keyed hashes are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from store.tables import OtpChallenge


@dataclass(frozen=True)
class Sent:
    """How many codes were sent since a moment, by this follower and to this phone."""

    by_follower: int
    to_phone: int


def sent_since(session: Session, uid: str, phone: str, since: datetime) -> Sent:
    """Counts for the two throttles: one person asking, and one phone being rung by many."""
    made = func.count(col(OtpChallenge.id))
    recent = select(made).where(OtpChallenge.created_at > since)
    return Sent(
        session.exec(recent.where(OtpChallenge.uid == uid)).one(),
        session.exec(recent.where(OtpChallenge.phone == phone)).one(),
    )


def issue(
    session: Session, uid: str, phone: str, code_hash: str, now: datetime, expires_at: datetime
) -> OtpChallenge:
    """Store a new code's hash; every earlier code of this follower is void from here on."""
    void(session, uid, now)
    challenge = OtpChallenge(
        uid=uid, phone=phone, code_hash=code_hash, created_at=now, expires_at=expires_at
    )
    session.add(challenge)
    session.flush()
    return challenge


def current(session: Session, uid: str, phone: str, now: datetime) -> OtpChallenge | None:
    """The code that still counts for this follower and phone, locked until the commit."""
    return session.exec(
        select(OtpChallenge)
        .where(
            OtpChallenge.uid == uid,
            OtpChallenge.phone == phone,
            col(OtpChallenge.used_at).is_(None),
            OtpChallenge.expires_at > now,
        )
        .order_by(col(OtpChallenge.id).desc())
        .limit(1)
        .with_for_update()
    ).first()


def void(session: Session, uid: str, now: datetime) -> None:
    """No earlier code of this follower works any more."""
    session.connection().execute(
        update(OtpChallenge)
        .where(col(OtpChallenge.uid) == uid, col(OtpChallenge.used_at).is_(None))
        .values(used_at=now)
    )
