"""Sample dossiers and one-line questions to the database, for tests of the chat."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from store.tables import Consent, Dossier, Follower, PhoneLink, Proof, ReceiptFile, State
from tests.handlers.conftest import Talk

CODE = "000.00.04.H60-230215-0028"
OTHER = "000.00.13.H60-230208-0005"
PHONE = "+84900000001"
TYPED = "0900 000 001"
IDENTITY = "008199000321"
NAME = "NGUYỄN THỊ MẪU"
TOKEN = "mau-token-0123456789"
ZBS = {"otp": {"template_id": "900001", "params": {"otp": "{otp}"}}}


def add_dossier(talk: Talk, **changes: Any) -> int:
    """Store a sample dossier; its id."""
    now = talk.clock.now()
    values: dict[str, Any] = {
        "code": CODE,
        "procedure_name": "Đăng ký thay đổi thành viên",
        "owner_name": NAME,
        "owner_folded": "nguyen thi mau",
        "identity_hash": talk.vault.identity_hash(IDENTITY),
        "identity_last3": IDENTITY[-3:],
        "phone": PHONE,
        "received_at": now - timedelta(days=1),
        "promised_at": now + timedelta(days=2),
        "state": State.appraising,
        "national_state": 4,
        "state_at": now,
        "summary": f"Hồ sơ của {NAME}",
        "receipt_token": TOKEN,
        "created_at": now,
        "updated_at": now,
    }
    if "code" in changes and "receipt_token" not in changes:
        changes["receipt_token"] = f"mau-token-{changes['code']}".replace(".", "-")
    with talk.db.write() as session:
        row = Dossier(**{**values, **changes})
        session.add(row)
        session.flush()
        return row.id or 0


def add_link(talk: Talk, proof: Proof = Proof.counter, phone: str = PHONE, uid: str = "") -> None:
    """A phone link that exists already."""
    now = talk.clock.now()
    with talk.db.write() as session:
        uid = uid or talk.uid
        if session.get(Follower, uid) is None:
            session.add(Follower(uid=uid, first_seen_at=now, followed=True, followed_at=now))
        session.add(PhoneLink(uid=uid, phone=phone, proof=proof, claimed_at=now))


def add_receipt(talk: Talk, dossier_id: int) -> None:
    """A stored receipt PDF."""
    with talk.db.write() as session:
        session.add(
            ReceiptFile(
                dossier_id=dossier_id,
                media="sha256:00",
                content=b"%PDF-1.4 sample",
                size=15,
                source="test",
                created_at=talk.clock.now(),
            )
        )


def links(talk: Talk, uid: str = "") -> list[tuple[str, str]]:
    """Phone and proof of the live links."""
    with talk.db.read() as session:
        rows = session.exec(
            select(PhoneLink).where(
                PhoneLink.uid == (uid or talk.uid), col(PhoneLink.revoked_at).is_(None)
            )
        ).all()
        return [(row.phone, str(row.proof)) for row in rows]


def consents(talk: Talk) -> list[tuple[str, str, str, str]]:
    """Kind, action, phone and version of the citizen's consents, oldest first."""
    with talk.db.read() as session:
        rows = session.exec(
            select(Consent).where(Consent.uid == talk.uid).order_by(col(Consent.id))
        ).all()
        return [(row.kind, row.action, row.phone, row.wording_version) for row in rows]


def said(talk: Talk, text: str) -> str:
    """The answer to a text, as one text."""
    return "\n---\n".join(talk(text))


def told(talk: Talk) -> str:
    """All ever queued for anybody, as stored."""
    return " ".join(str(row.body) for row in talk.outbox())


def watched(talk: Talk, uid: str = "") -> list[int]:
    """The ids of the dossiers a follower watches."""
    from store.tables import DossierWatch

    with talk.db.read() as session:
        rows = session.exec(select(DossierWatch).where(DossierWatch.uid == (uid or talk.uid))).all()
    return sorted(row.dossier_id for row in rows)
