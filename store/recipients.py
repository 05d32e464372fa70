"""Who hears of a dossier: proven phones, held receipts, and bare claims, in two queries a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from store.tables import (
    VERIFIED,
    WAITING,
    Dossier,
    DossierEvent,
    DossierWatch,
    Follower,
    Outbox,
    PhoneLink,
    ReceiptFile,
)

#: Newest events a card looks at; a dossier that loops for ever stays cheap.
_EVENTS = 200
#: Anybody may claim a phone: so many claims of one are told that there is news, no more.
_CLAIMS = 20


@dataclass(frozen=True)
class Recipient:
    """A follower who hears of one dossier, and by what right."""

    uid: str
    language: str
    #: Holds a proven link to the dossier's phone.
    verified: bool
    #: Holds the dossier's receipt.
    watching: bool
    last_interaction_at: datetime | None = None

    @property
    def entitled(self) -> bool:
        """Whether they may see everything; else they only claim the phone."""
        return self.verified or self.watching


def of_dossiers(session: Session, dossiers: Iterable[Dossier]) -> Mapping[int, list[Recipient]]:
    """The recipients of each dossier by its id: entitled ones first, oldest link first.

    Followers who withdrew are left out; whether the others still want messages is asked when a
    message goes. A dossier without anybody has no entry.
    """
    chosen = {dossier.id: dossier for dossier in dossiers if dossier.id is not None}
    phones = defaultdict(list)
    for dossier_id, dossier in chosen.items():
        if dossier.phone:
            phones[dossier.phone].append(dossier_id)
    found: dict[int, dict[str, Recipient]] = defaultdict(dict)
    for phone, proof, *who in session.execute(_links(list(phones))) if phones else ():
        for dossier_id in phones[phone]:
            _add(found[dossier_id], who, verified=proof in VERIFIED, watching=False)
    for dossier_id, *who in session.execute(_watches(list(chosen))) if chosen else ():
        _add(found[dossier_id], who, verified=False, watching=True)
    return {dossier_id: _ranked(people.values()) for dossier_id, people in found.items()}


def _links(phones: Sequence[str]) -> Select[str, str, str, str, datetime | None]:
    return (
        core_select(
            col(PhoneLink.phone),
            col(PhoneLink.proof),
            col(Follower.uid),
            col(Follower.language),
            col(Follower.last_interaction_at),
        )
        .join(Follower, col(Follower.uid) == col(PhoneLink.uid))
        .where(
            col(PhoneLink.phone).in_(phones),
            col(PhoneLink.revoked_at).is_(None),
            col(Follower.withdrawn_at).is_(None),
        )
        .order_by(col(PhoneLink.id))
    )


def _watches(dossier_ids: Sequence[int]) -> Select[int, str, str, datetime | None]:
    return (
        core_select(
            col(DossierWatch.dossier_id),
            col(Follower.uid),
            col(Follower.language),
            col(Follower.last_interaction_at),
        )
        .join(Follower, col(Follower.uid) == col(DossierWatch.uid))
        .where(col(DossierWatch.dossier_id).in_(dossier_ids), col(Follower.withdrawn_at).is_(None))
        .order_by(col(DossierWatch.created_at), col(DossierWatch.uid))
    )


def _add(
    people: dict[str, Recipient], who: Sequence[Any], *, verified: bool, watching: bool
) -> None:
    uid, language, spoke = who
    known = people.get(uid)
    people[uid] = Recipient(
        uid,
        language,
        verified or bool(known and known.verified),
        watching or bool(known and known.watching),
        spoke,
    )


def _ranked(people: Iterable[Recipient]) -> list[Recipient]:
    everybody = list(people)
    claims = [person for person in everybody if not person.entitled]
    return [person for person in everybody if person.entitled] + claims[:_CLAIMS]


def histories(session: Session, dossier_ids: Sequence[int]) -> Mapping[int, list[DossierEvent]]:
    """The newest events of each dossier, oldest first, in order of the time they happened."""
    place = (
        func.row_number()
        .over(
            partition_by=col(DossierEvent.dossier_id),
            order_by=(col(DossierEvent.occurred_at).desc(), col(DossierEvent.id).desc()),
        )
        .label("place")
    )
    numbered = (
        core_select(col(DossierEvent.id).label("id"), place)
        .where(col(DossierEvent.dossier_id).in_(dossier_ids))
        .subquery()
    )
    rows = session.exec(
        select(DossierEvent)
        .join(numbered, numbered.c.id == col(DossierEvent.id))
        .where(numbered.c.place <= _EVENTS)
        .order_by(col(DossierEvent.occurred_at), col(DossierEvent.id))
    ).all()
    found: dict[int, list[DossierEvent]] = defaultdict(list)
    for row in rows:
        found[row.dossier_id].append(row)
    return found


def receipt_media(session: Session, dossier_ids: Sequence[int]) -> Mapping[int, str]:
    """The key of the stored receipt PDF of each dossier that has one."""
    rows = session.execute(
        core_select(col(ReceiptFile.dossier_id), col(ReceiptFile.media)).where(
            col(ReceiptFile.dossier_id).in_(dossier_ids)
        )
    )
    return {int(dossier_id): str(media) for dossier_id, media in rows}


def reception_announced(session: Session, dossier_id: int, since: datetime) -> bool:
    """Whether citizens were told, after ``since``, that this dossier was received."""
    found = session.exec(
        select(DossierEvent.id)
        .where(
            DossierEvent.dossier_id == dossier_id,
            DossierEvent.national_state == 2,
            DossierEvent.outcome == "announced",
            DossierEvent.recorded_at >= since,
        )
        .limit(1)
    ).first()
    return found is not None


def receipts_sent(session: Session, dossier_id: int) -> Mapping[str, tuple[bool, str]]:
    """By follower: whether a receipt of this dossier still waits, and the media key it names."""
    rows = session.exec(
        select(Outbox)
        .where(Outbox.dossier_id == dossier_id, Outbox.kind == "receipt_file")
        .order_by(col(Outbox.id))
    ).all()
    return {row.uid: (row.state in WAITING, str(row.body.get("media", ""))) for row in rows}
