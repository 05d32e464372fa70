"""What a dossier's page shows beside its events: notes, who hears of it, consent, messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from store.tables import (
    VERIFIED,
    Consent,
    Dossier,
    DossierEvent,
    DossierNote,
    DossierWatch,
    Follower,
    Outbox,
    PhoneLink,
)

_MOST = 200


@dataclass(frozen=True)
class Listener:
    """A Zalo account tied to a dossier: by a link to its phone, or by holding its receipt."""

    uid: str
    name: str
    followed: bool
    notify: bool
    #: "claimed", "receipt", "otp", "counter"; "watch" for a held receipt alone.
    proof: str
    #: None where only the receipt ties them.
    link_id: int | None
    since: datetime


def seen_by(session: Session, dossier_id: int, units: frozenset[str] | None) -> Dossier | None:
    """The dossier, if it lies within the units (None: everywhere)."""
    row = session.get(Dossier, dossier_id)
    return row if row is not None and (units is None or row.unit_code in units) else None


def held_by(session: Session, dossier_id: int, units: frozenset[str] | None) -> Dossier | None:
    """The same, locked for a change until the transaction ends."""
    row = session.get(Dossier, dossier_id, with_for_update=True)
    return row if row is not None and (units is None or row.unit_code in units) else None


def several(
    session: Session, dossier_ids: Sequence[int], units: frozenset[str] | None
) -> list[Dossier]:
    """Those of the dossiers (at most 500) that lie within the units, oldest first."""
    asked = select(Dossier).where(col(Dossier.id).in_(list(dossier_ids)[:500]))
    if units is not None:
        asked = asked.where(col(Dossier.unit_code).in_(sorted(units)))
    return list(session.exec(asked.order_by(col(Dossier.id))))


def by_event(session: Session, source: str, event_id: str) -> int | None:
    """The dossier that an event of a source system belongs to."""
    return session.exec(
        select(DossierEvent.dossier_id).where(
            DossierEvent.source_system == source, DossierEvent.source_event_id == event_id
        )
    ).first()


def listeners(session: Session, dossier: Dossier) -> list[Listener]:
    """Everybody tied to the dossier's phone or receipt, oldest first."""
    found: list[Listener] = []
    if dossier.phone:
        linked = session.exec(
            select(PhoneLink, Follower)
            .join(Follower, col(Follower.uid) == col(PhoneLink.uid))
            .where(PhoneLink.phone == dossier.phone, col(PhoneLink.revoked_at).is_(None))
            .order_by(col(PhoneLink.id))
            .limit(_MOST)
        )
        found += [
            Listener(
                who.uid,
                who.display_name,
                who.followed,
                who.notify,
                link.proof,
                link.id,
                link.verified_at or link.claimed_at,
            )
            for link, who in linked
        ]
    watching = session.exec(
        select(DossierWatch, Follower)
        .join(Follower, col(Follower.uid) == col(DossierWatch.uid))
        .where(DossierWatch.dossier_id == dossier.id)
        .order_by(col(DossierWatch.created_at))
        .limit(_MOST)
    )
    known = {one.uid for one in found if one.proof in VERIFIED}
    found += [
        Listener(
            who.uid, who.display_name, who.followed, who.notify, "watch", None, watch.created_at
        )
        for watch, who in watching
        if who.uid not in known
    ]
    return found


def phone_standing(session: Session, phone: str) -> str:
    """ "linked" when a follower has proven the phone, "claimed" when one only says so, else "" ."""
    proofs = session.exec(
        select(PhoneLink.proof)
        .join(Follower, col(Follower.uid) == col(PhoneLink.uid))
        .where(
            PhoneLink.phone == phone,
            col(PhoneLink.revoked_at).is_(None),
            col(Follower.withdrawn_at).is_(None),
            col(Follower.followed).is_(True),
        )
        .limit(50)
    ).all()
    if any(proof in VERIFIED for proof in proofs):
        return "linked"
    return "claimed" if proofs else ""


def messages(session: Session, dossier_id: int) -> Sequence[Outbox]:
    """The newest messages about a dossier, newest first."""
    return session.exec(
        select(Outbox)
        .where(Outbox.dossier_id == dossier_id)
        .order_by(col(Outbox.id).desc())
        .limit(_MOST)
    ).all()


def names_of(session: Session, uids: Sequence[str]) -> dict[str, str]:
    """The display names of followers."""
    rows = session.exec(
        select(Follower.uid, Follower.display_name).where(col(Follower.uid).in_(list(uids)))
    )
    return dict(rows.all())


def last_tick(session: Session, dossier_id: int, phone: str) -> Consent | None:
    """The newest proof of the counter's tick for a dossier."""
    return session.exec(
        select(Consent)
        .where(
            Consent.kind == "counter_tick",
            Consent.phone == phone,
            Consent.dossier_id == dossier_id,
        )
        .order_by(col(Consent.id).desc())
        .limit(1)
    ).first()


def add_note(session: Session, dossier_id: int, text: str, by: str, now: datetime) -> None:
    """Write a note for other staff."""
    session.add(DossierNote(dossier_id=dossier_id, at=now, by=by, text=text))
    session.flush()


def notes(session: Session, dossier_id: int) -> Sequence[DossierNote]:
    """The newest notes, newest first."""
    return session.exec(
        select(DossierNote)
        .where(DossierNote.dossier_id == dossier_id)
        .order_by(col(DossierNote.id).desc())
        .limit(_MOST)
    ).all()
