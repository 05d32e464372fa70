"""Who may see and hear about which dossier: phone links and watched dossiers.

A link carries its proof; "verified" is any proof but ``claimed`` (design, "Whose dossier is it?").
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import VERIFIED, Dossier, DossierWatch, PhoneLink, Proof


def live(session: Session, uid: str) -> Sequence[PhoneLink]:
    """The follower's links that were not revoked, oldest first."""
    return session.exec(
        select(PhoneLink)
        .where(PhoneLink.uid == uid, col(PhoneLink.revoked_at).is_(None))
        .order_by(col(PhoneLink.id))
    ).all()


def verified_phones(session: Session, uid: str) -> frozenset[str]:
    """The phones (E.164) this follower has proven to be theirs."""
    return frozenset(link.phone for link in live(session, uid) if link.proof in VERIFIED)


def holders(session: Session, phone: str) -> list[str]:
    """UIDs of followers who have proven this phone (E.164) to be theirs, oldest proof first."""
    return list(
        session.exec(
            select(PhoneLink.uid)
            .where(
                PhoneLink.phone == phone,
                col(PhoneLink.proof).in_([proof.value for proof in VERIFIED]),
                col(PhoneLink.revoked_at).is_(None),
            )
            .order_by(col(PhoneLink.id))
            .limit(20)
        )
    )


def claim(session: Session, uid: str, phone: str, now: datetime) -> PhoneLink:
    """The live link of this follower to this phone, made as a bare claim when there is none."""
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(PhoneLink) if dialect == "sqlite" else postgresql.insert(PhoneLink)
    session.connection().execute(
        insert.values(
            uid=uid, phone=phone, proof=Proof.claimed.value, claimed_at=now
        ).on_conflict_do_nothing()
    )
    return session.exec(
        select(PhoneLink)
        .where(PhoneLink.uid == uid, PhoneLink.phone == phone, col(PhoneLink.revoked_at).is_(None))
        .with_for_update()
    ).one()


def verify(session: Session, uid: str, phone: str, proof: Proof, now: datetime) -> bool:
    """Give a live claim its proof; False when there is none or it was proven before.

    A proof is never replaced by another: what was first shown stays on record.
    """
    link = session.exec(
        select(PhoneLink)
        .where(
            PhoneLink.uid == uid,
            PhoneLink.phone == phone,
            PhoneLink.proof == Proof.claimed,
            col(PhoneLink.revoked_at).is_(None),
        )
        .with_for_update()
    ).first()
    if link is None:
        return False
    link.proof, link.verified_at = proof, now
    session.add(link)
    session.flush()
    return True


def revoke(session: Session, uid: str, link_id: int, now: datetime) -> PhoneLink | None:
    """End a live link of this follower and what hangs on it; None when it is not theirs.

    The dossiers of that phone which they watched go too: who takes the phone back expects
    silence about all of it (domain 4.5, withdrawal as easy as giving).
    """
    link = session.exec(
        select(PhoneLink)
        .where(PhoneLink.id == link_id, PhoneLink.uid == uid, col(PhoneLink.revoked_at).is_(None))
        .with_for_update()
    ).first()
    if link is None:
        return None
    link.revoked_at = now
    session.add(link)
    of_phone = select(col(Dossier.id)).where(Dossier.phone == link.phone)
    session.connection().execute(
        delete(DossierWatch).where(
            col(DossierWatch.uid) == uid, col(DossierWatch.dossier_id).in_(of_phone)
        )
    )
    session.flush()
    return link


def watch(session: Session, uid: str, dossier_id: int, now: datetime) -> bool:
    """Tie the follower to one dossier because they held its receipt; False when it was so."""
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(DossierWatch) if dialect == "sqlite" else postgresql.insert(DossierWatch)
    made = session.connection().execute(
        insert.values(dossier_id=dossier_id, uid=uid, created_at=now)
        .on_conflict_do_nothing()
        .returning(col(DossierWatch.dossier_id))
    )
    return made.first() is not None


def unwatch(session: Session, uid: str, dossier_id: int) -> bool:
    """Let go of one dossier; False when the follower did not watch it."""
    gone = session.connection().execute(
        delete(DossierWatch).where(
            col(DossierWatch.uid) == uid, col(DossierWatch.dossier_id) == dossier_id
        )
    )
    return gone.rowcount > 0


def watched(session: Session, uid: str, dossier_ids: Sequence[int]) -> frozenset[int]:
    """Which of these dossiers the follower watches."""
    if not dossier_ids:
        return frozenset()
    found = session.exec(
        select(DossierWatch.dossier_id).where(
            DossierWatch.uid == uid, col(DossierWatch.dossier_id).in_(dossier_ids)
        )
    ).all()
    return frozenset(found)


def watched_with_phone(session: Session, uid: str, phone: str) -> bool:
    """Whether the follower holds the receipt of some dossier of this phone: proof for a claim."""
    found = session.exec(
        select(DossierWatch.dossier_id)
        .join(Dossier, col(Dossier.id) == col(DossierWatch.dossier_id))
        .where(DossierWatch.uid == uid, Dossier.phone == phone)
        .limit(1)
    ).first()
    return found is not None


def entitled(session: Session, uid: str, dossiers: Sequence[Dossier]) -> frozenset[int]:
    """The ids of those dossiers this follower may see wholly: proven phone, or held receipt."""
    phones = verified_phones(session, uid)
    by_phone = {row.id for row in dossiers if row.id and row.phone and row.phone in phones}
    held = watched(session, uid, [row.id for row in dossiers if row.id])
    return frozenset(by_phone) | held
