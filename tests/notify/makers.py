"""Sample dossiers, followers and links for the tests of this room."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from dossiers.national import from_national
from store.engine import Database
from store.tables import (
    Dossier,
    DossierEvent,
    DossierWatch,
    Follower,
    Outbox,
    PhoneLink,
    Proof,
    ReceiptFile,
)

PHONE = "+84900000001"
CODE = "000.00.04.H60-230215-0028"


def dossier(session: Session, now: datetime, **members: Any) -> Dossier:
    """A sample dossier that was received two days ago."""
    code = members.pop("code", CODE)
    row = Dossier(
        **{
            "code": code,
            "procedure_code": "2.002011",
            "procedure_name": "Đăng ký thay đổi thành viên (mẫu)",
            "owner_name": "NGUYỄN THỊ MẪU",
            "phone": PHONE,
            "unit_name": "Trung tâm mẫu",
            "received_at": now - timedelta(days=2),
            "promised_at": now + timedelta(days=5),
            "state": "received",
            "national_state": 2,
            "state_at": now,
            "receipt_token": f"token-{code}",
            "created_at": now,
            "updated_at": now,
            **members,
        }
    )
    session.add(row)
    session.flush()
    return row


def event(
    session: Session, of: Dossier, national: int, at: datetime, content: str = "", step: str = ""
) -> DossierEvent:
    """A progress event that the dossier now stands at."""
    state = from_national(national, step)
    row = DossierEvent(
        dossier_id=of.id or 0,
        source_system="mau",
        source_event_id=f"{of.code}-{national}-{at.timestamp()}-{step}",
        national_state=national,
        state=state,
        step=step,
        occurred_at=at,
        recorded_at=at,
        content=content,
    )
    session.add(row)
    of.state, of.national_state, of.step, of.state_at = state, national, step, at
    of.open_reason = content if national in (3, 5, 6, 8) else ""
    session.add(of)
    session.flush()
    return row


def follower(session: Session, uid: str, now: datetime, **members: Any) -> Follower:
    """A follower who wrote an hour ago."""
    row = Follower(
        **{
            "uid": uid,
            "followed": True,
            "followed_at": now - timedelta(days=3),
            "first_seen_at": now - timedelta(days=3),
            "last_interaction_at": now - timedelta(hours=1),
            **members,
        }
    )
    session.add(row)
    session.flush()
    return row


def link(
    session: Session, uid: str, now: datetime, proof: Proof = Proof.otp, **members: Any
) -> None:
    """A phone link of a follower; made together with the follower when there is none."""
    if session.get(Follower, uid) is None:
        follower(session, uid, now)
    verified = now if proof is not Proof.claimed else None
    session.add(
        PhoneLink(
            **{
                "uid": uid,
                "phone": PHONE,
                "proof": proof,
                "claimed_at": now,
                "verified_at": verified,
                **members,
            }
        )
    )
    session.flush()


def watch(session: Session, uid: str, of: Dossier, now: datetime) -> None:
    """A held receipt."""
    if session.get(Follower, uid) is None:
        follower(session, uid, now)
    session.add(DossierWatch(dossier_id=of.id or 0, uid=uid, created_at=now))
    session.flush()


def receipt(session: Session, of: Dossier, now: datetime) -> None:
    """A stored receipt PDF."""
    session.add(
        ReceiptFile(
            dossier_id=of.id or 0,
            media=f"sha256:{of.id:064x}",
            content=b"%PDF-1.4 sample",
            size=15,
            source="mau",
            created_at=now,
        )
    )
    session.flush()


def queued(db: Database) -> list[Outbox]:
    """Everything in the outbox, oldest first."""
    with db.read() as session:
        return list(session.exec(select(Outbox).order_by(Outbox.id)).all())
