"""Requests of data subjects and incidents as they are kept (Law 91/2025, domain 4.5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, update
from sqlmodel import Session, col, select

from store import spelt
from store.tables import (
    Broadcast,
    BroadcastRecipient,
    Consent,
    Dossier,
    DossierWatch,
    Feedback,
    Follower,
    InboundEvent,
    InboundState,
    Incident,
    Outbox,
    PhoneLink,
    PrivacyRequest,
    TopicChoice,
)

OPEN = ("new", "acknowledged")
_MOST_OPEN = 500
#: Counting stops here; nobody needs to know more exactly.
COUNTED = 1000
#: What a finished request forgets; what remains names nobody.
_PERSONAL: dict[str, Any] = {"uid": "", "phone": "", "name": "", "dossier_code": "", "details": ""}


def add(session: Session, row: PrivacyRequest) -> PrivacyRequest:
    """Store a new request."""
    session.add(row)
    session.flush()
    return row


def get(session: Session, request_id: int, *, lock: bool = False) -> PrivacyRequest | None:
    """One request; locked until the transaction ends when it is read to be changed."""
    return session.get(
        PrivacyRequest, request_id, with_for_update=lock or None, populate_existing=lock
    )


def by_code(session: Session, code: str) -> PrivacyRequest | None:
    """The request with this code."""
    return session.exec(select(PrivacyRequest).where(PrivacyRequest.code == code)).first()


def open_of(session: Session, uid: str, kind: str) -> PrivacyRequest | None:
    """The follower's request of this kind that still waits."""
    return session.exec(
        select(PrivacyRequest)
        .where(
            PrivacyRequest.uid == uid,
            PrivacyRequest.kind == kind,
            col(PrivacyRequest.state).in_(OPEN),
        )
        .limit(1)
    ).first()


def waiting(session: Session) -> Sequence[PrivacyRequest]:
    """The requests that wait, at most 500, the one due first first."""
    return session.exec(
        select(PrivacyRequest)
        .where(col(PrivacyRequest.state).in_(OPEN))
        .order_by(col(PrivacyRequest.due_at), col(PrivacyRequest.id))
        .limit(_MOST_OPEN)
    ).all()


def ended(session: Session, *, before: int = 0, limit: int = 50) -> Sequence[PrivacyRequest]:
    """Finished requests, newest first; ``before`` goes on below an id already shown."""
    wanted = select(PrivacyRequest).where(col(PrivacyRequest.state).not_in(OPEN))
    if before:
        wanted = wanted.where(col(PrivacyRequest.id) < before)
    return session.exec(wanted.order_by(col(PrivacyRequest.id).desc()).limit(limit)).all()


def count_waiting(session: Session) -> int:
    """How many requests wait."""
    some = (
        select(PrivacyRequest.id).where(col(PrivacyRequest.state).in_(OPEN)).limit(COUNTED)
    ).subquery()
    return int(session.exec(select(func.count()).select_from(some)).one())


def count_late(session: Session, now: datetime) -> int:
    """How many requests are past a legal clock of theirs."""
    return sum(
        (row.acknowledged_at is None and row.acknowledge_due_at < now)
        or (row.extended_until or row.due_at) < now
        for row in waiting(session)
    )


def end(
    session: Session, row: PrivacyRequest, *, state: str, outcome: str, by: str, now: datetime
) -> None:
    """Close a request and forget whose it was: only code, kind, times and outcome stay."""
    row.state, row.outcome, row.done_at, row.done_by = state, outcome, now, by
    for name, nothing in _PERSONAL.items():
        setattr(row, name, nothing)
    touch(session, row, now)


def touch(session: Session, row: PrivacyRequest, now: datetime) -> None:
    """Write a changed request."""
    row.updated_at, row.version = now, row.version + 1
    session.add(row)
    session.flush()


def told(session: Session, keys: Collection[str]) -> Sequence[Outbox]:
    """The messages queued under these keys, oldest first."""
    return session.exec(
        select(Outbox).where(col(Outbox.dedupe_key).in_(list(keys))).order_by(col(Outbox.id))
    ).all()


@dataclass(frozen=True)
class Kept:
    """How much is kept about somebody, in numbers only; counted to `COUNTED`."""

    named: bool = False
    links: int = 0
    watched: int = 0
    dossiers: int = 0
    sent: int = 0
    received: int = 0
    consents: int = 0
    feedback: int = 0
    topics: int = 0
    announcements: int = 0

    @property
    def anything(self) -> bool:
        """Whether there is anything at all."""
        return self != Kept()


def kept_of_user(session: Session, uid: str) -> Kept:
    """What is kept about a follower."""
    follower = session.get(Follower, uid)
    return Kept(
        named=follower is not None and bool(follower.display_name),
        links=_count(session, select(PhoneLink.id).where(PhoneLink.uid == uid)),
        watched=_count(session, select(DossierWatch.dossier_id).where(DossierWatch.uid == uid)),
        sent=_count(session, select(Outbox.id).where(Outbox.uid == uid, full(col(Outbox.body)))),
        received=_count(
            session,
            select(InboundEvent.id).where(
                InboundEvent.subject == uid,
                spelt.is_(col(InboundEvent.state), InboundState.handled),
                col(InboundEvent.body).is_not(None),
            ),
        ),
        consents=_count(session, select(Consent.id).where(Consent.uid == uid)),
        feedback=_count(session, select(Feedback.id).where(Feedback.uid == uid)),
        topics=_count(session, select(TopicChoice.topic).where(TopicChoice.uid == uid)),
        announcements=_count(
            session,
            select(BroadcastRecipient.broadcast_id).where(
                col(BroadcastRecipient.broadcast_id).in_(select(Broadcast.id)),
                BroadcastRecipient.uid == uid,
            ),
        ),
    )


def kept_of_phone(session: Session, phone: str) -> Kept:
    """What is kept about a phone (E.164)."""
    return Kept(
        links=_count(session, select(PhoneLink.id).where(PhoneLink.phone == phone)),
        dossiers=_count(session, select(Dossier.id).where(Dossier.phone == phone)),
        consents=_count(session, select(Consent.id).where(Consent.phone == phone)),
    )


def full(body: Any) -> ColumnElement[bool]:
    """Whether a message still has its contents: those erased or past their time are ``{}``."""
    held: ColumnElement[bool] = cast(body, String) != "{}"
    return held


def _count(session: Session, some: Any) -> int:
    chosen = some.limit(COUNTED).subquery()
    return int(session.exec(select(func.count()).select_from(chosen)).one())


def incidents(session: Session, *, before: int = 0, limit: int = 50) -> Sequence[Incident]:
    """Incidents, newest first; ``before`` goes on below an id already shown."""
    wanted = select(Incident)
    if before:
        wanted = wanted.where(col(Incident.id) < before)
    return session.exec(wanted.order_by(col(Incident.id).desc()).limit(limit)).all()


def incident(session: Session, incident_id: int, *, lock: bool = False) -> Incident | None:
    """One incident; locked when it is read to be changed."""
    return session.get(Incident, incident_id, with_for_update=lock or None, populate_existing=lock)


def put_incident(session: Session, row: Incident, now: datetime) -> Incident:
    """Write a new or changed incident."""
    row.version = row.version + 1 if row.id is not None else 1
    row.updated_at = now
    session.add(row)
    session.flush()
    return row


def count_unreported(session: Session, before: datetime) -> int:
    """Open incidents that the authority was not told of and whose 72 hours end before a moment."""
    return _count(
        session,
        select(Incident.id).where(
            col(Incident.authority_notified_at).is_(None),
            col(Incident.closed_at).is_(None),
            col(Incident.notify_due_at) < before,
        ),
    )


def link(session: Session, link_id: int) -> PhoneLink | None:
    """One link between a phone and a follower."""
    return session.get(PhoneLink, link_id)


def links_of_phone(session: Session, phone: str) -> Sequence[int]:
    """The ids of a phone's live links."""
    rows = session.exec(
        select(PhoneLink.id).where(PhoneLink.phone == phone, col(PhoneLink.revoked_at).is_(None))
    ).all()
    return [one for one in rows if one is not None]


def silence_user(session: Session, uid: str) -> None:
    """No more notices to a follower."""
    session.connection().execute(
        update(Follower).where(col(Follower.uid) == uid).values(notify=False)
    )


def silence_phone(session: Session, phone: str) -> int:
    """Take the tick off every dossier of a phone; how many had it."""
    done = session.connection().execute(
        update(Dossier)
        .where(col(Dossier.phone) == phone, col(Dossier.zalo_notify).is_(True))
        .values(zalo_notify=False)
    )
    return done.rowcount


def open_requests_of(session: Session, uid: str) -> Sequence[PrivacyRequest]:
    """Everything a follower asked that still waits, held to be changed."""
    return session.exec(
        select(PrivacyRequest)
        .where(PrivacyRequest.uid == uid, col(PrivacyRequest.state).in_(OPEN))
        .order_by(col(PrivacyRequest.id))
        .with_for_update()
    ).all()
