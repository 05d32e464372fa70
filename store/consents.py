"""What citizens agreed to and took back: append-only proof (Law 91/2025 Art. 9, domain 4.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlmodel import Session, col, select

from store.tables import Consent

Action = Literal["given", "withdrawn"]


def record(
    session: Session,
    *,
    kind: str,
    action: Action,
    version: str,
    now: datetime,
    uid: str = "",
    phone: str = "",
    dossier_id: int | None = None,
    by: str = "citizen",
) -> Consent:
    """Add one line of proof; nothing is ever changed or removed.

    ``kind`` is "link_phone", "watch_dossier", "notify" or "counter_tick"; ``version`` names the
    wording that was shown; ``by`` is "citizen", an API key's name or a staff name.
    """
    row = Consent(
        kind=kind,
        action=action,
        uid=uid,
        phone=phone,
        dossier_id=dossier_id,
        wording_version=version,
        at=now,
        by=by,
    )
    session.add(row)
    session.flush()
    return row


def latest(session: Session, *, kind: str, uid: str = "", phone: str = "") -> Consent | None:
    """The newest line about this subject: it says what holds now."""
    return session.exec(
        select(Consent)
        .where(Consent.kind == kind, Consent.uid == uid, Consent.phone == phone)
        .order_by(col(Consent.id).desc())
        .limit(1)
    ).first()
