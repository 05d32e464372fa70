"""Everything that is kept about one person, read for a copy they asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from store import broadcasts, spelt
from store.privacy import full
from store.tables import (
    VERIFIED,
    Broadcast,
    BroadcastRecipient,
    ChatRequest,
    Consent,
    Dossier,
    DossierWatch,
    Feedback,
    FeedbackEntry,
    Follower,
    FollowerTag,
    InboundEvent,
    InboundState,
    Outbox,
    PhoneLink,
    PrivacyRequest,
    TopicChoice,
)

#: The newest of each kind; a copy with more says that it is cut.
MOST = 2000


@dataclass
class Everything:
    """The rows about somebody, newest first."""

    follower: Follower | None = None
    links: Sequence[PhoneLink] = ()
    consents: Sequence[Consent] = ()
    watched: Sequence[Dossier] = ()
    by_phone: Sequence[Dossier] = ()
    sent: Sequence[Outbox] = ()
    received: Sequence[InboundEvent] = ()
    feedback: Sequence[Feedback] = ()
    #: What the citizen added to their feedback later.
    added: Sequence[FeedbackEntry] = ()
    chats: Sequence[ChatRequest] = ()
    requests: Sequence[PrivacyRequest] = ()
    topics: Sequence[TopicChoice] = ()
    tags: Sequence[str] = ()
    #: Announcements they belonged to the recipients of.
    announcements: Sequence[Broadcast] = ()
    #: Announcements that rows of ``sent`` are parts of: their texts stand there.
    texts: Mapping[int, Broadcast] = field(default_factory=dict)
    #: Names of the parts that hold more than `MOST`.
    cut: list[str] = field(default_factory=list)


def of_user(session: Session, uid: str) -> Everything:
    """What is kept about a follower, with the dossiers of phones they have proven."""
    links = session.exec(
        select(PhoneLink).where(PhoneLink.uid == uid).order_by(col(PhoneLink.id).desc())
    ).all()
    phones = {one.phone for one in links if one.revoked_at is None and one.proof in VERIFIED}
    watched = select(DossierWatch.dossier_id).where(DossierWatch.uid == uid)
    found = Everything(
        follower=session.get(Follower, uid),
        links=links,
        consents=session.exec(
            select(Consent).where(Consent.uid == uid).order_by(col(Consent.id).desc()).limit(MOST)
        ).all(),
        watched=session.exec(
            select(Dossier)
            .where(col(Dossier.id).in_(watched))
            .order_by(col(Dossier.id).desc())
            .limit(MOST)
        ).all(),
        by_phone=_dossiers(session, phones),
        sent=session.exec(
            select(Outbox)
            .where(Outbox.uid == uid, full(col(Outbox.body)))
            .order_by(col(Outbox.id).desc())
            .limit(MOST)
        ).all(),
        received=session.exec(
            select(InboundEvent)
            .where(
                InboundEvent.subject == uid,
                spelt.is_(col(InboundEvent.state), InboundState.handled),
                col(InboundEvent.body).is_not(None),
            )
            .order_by(col(InboundEvent.id).desc())
            .limit(MOST)
        ).all(),
        feedback=session.exec(
            select(Feedback).where(Feedback.uid == uid).order_by(col(Feedback.id).desc())
        ).all(),
        added=session.exec(
            select(FeedbackEntry)
            .join(Feedback, col(Feedback.id) == col(FeedbackEntry.feedback_id))
            .where(Feedback.uid == uid, FeedbackEntry.by == "citizen")
            .order_by(col(FeedbackEntry.id).desc())
            .limit(MOST)
        ).all(),
        chats=session.exec(
            select(ChatRequest)
            .where(ChatRequest.uid == uid)
            .order_by(col(ChatRequest.id).desc())
            .limit(MOST)
        ).all(),
        requests=session.exec(
            select(PrivacyRequest)
            .where(PrivacyRequest.uid == uid)
            .order_by(col(PrivacyRequest.id).desc())
        ).all(),
        topics=session.exec(
            select(TopicChoice).where(TopicChoice.uid == uid).order_by(col(TopicChoice.topic))
        ).all(),
        tags=session.exec(
            select(FollowerTag.tag).where(FollowerTag.uid == uid).order_by(col(FollowerTag.tag))
        ).all(),
        announcements=_announcements(session, col(BroadcastRecipient.uid) == uid),
    )
    found.texts = broadcasts.several(session, (row.broadcast_id for row in found.sent))
    for name in ("watched", "by_phone", "sent", "received", "announcements"):
        if len(getattr(found, name)) == MOST:
            found.cut.append(name)
    return found


def of_phone(session: Session, phone: str) -> Everything:
    """What is kept about a phone (E.164): its dossiers, who linked it, what was sent to it."""
    dossiers = _dossiers(session, {phone})
    ids = [row.id for row in dossiers[:500] if row.id is not None]
    found = Everything(
        links=session.exec(
            select(PhoneLink).where(PhoneLink.phone == phone).order_by(col(PhoneLink.id).desc())
        ).all(),
        consents=session.exec(
            select(Consent)
            .where(Consent.phone == phone)
            .order_by(col(Consent.id).desc())
            .limit(MOST)
        ).all(),
        by_phone=dossiers,
        sent=session.exec(
            select(Outbox)
            .where(col(Outbox.dossier_id).in_(ids), Outbox.phone == phone, full(col(Outbox.body)))
            .order_by(col(Outbox.id).desc())
            .limit(MOST)
        ).all(),
        feedback=session.exec(
            select(Feedback).where(Feedback.phone == phone).order_by(col(Feedback.id).desc())
        ).all(),
        # By phone alone there is no uid: the index narrows it to those rows.
        announcements=_announcements(
            session, col(BroadcastRecipient.uid) == "", col(BroadcastRecipient.phone) == phone
        ),
        cut=["by_phone"] if len(dossiers) == MOST else [],
    )
    found.texts = broadcasts.several(session, (row.broadcast_id for row in found.sent))
    return found


def linked(session: Session, phone: str) -> Sequence[tuple[PhoneLink, Follower | None]]:
    """The live links of a phone with the followers who hold them, oldest first."""
    rows = session.exec(
        select(PhoneLink)
        .where(PhoneLink.phone == phone, col(PhoneLink.revoked_at).is_(None))
        .order_by(col(PhoneLink.id))
    ).all()
    return [(row, session.get(Follower, row.uid)) for row in rows]


def _announcements(session: Session, *whose: ColumnElement[bool]) -> Sequence[Broadcast]:
    return session.exec(
        select(Broadcast)
        .join(BroadcastRecipient, col(BroadcastRecipient.broadcast_id) == col(Broadcast.id))
        .where(*whose, col(Broadcast.started_at).is_not(None))
        .order_by(col(Broadcast.id).desc())
        .limit(MOST)
    ).all()


def _dossiers(session: Session, phones: set[str]) -> Sequence[Dossier]:
    if not phones:
        return []
    return session.exec(
        select(Dossier)
        .where(col(Dossier.phone).in_(sorted(phones)))
        .order_by(col(Dossier.id).desc())
        .limit(MOST)
    ).all()
