"""Citizens as this OA sees them: found, locked, and erased when they ask for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy import select as core_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store import consents, feedback_forgetting
from store.tables import (
    VERIFIED,
    WAITING,
    Broadcast,
    BroadcastListed,
    BroadcastRecipient,
    ChatRequest,
    Consent,
    Conversation,
    Dossier,
    DossierWatch,
    Follower,
    FollowerTag,
    InboundEvent,
    InboundState,
    OtpChallenge,
    Outbox,
    OutboxState,
    PhoneLink,
    TopicChoice,
)


def get(session: Session, uid: str) -> Follower | None:
    """The follower as stored, not locked; None when this OA never heard of them."""
    return session.get(Follower, uid)


def lock(session: Session, uid: str, now: datetime) -> Follower:
    """The follower's row held until the transaction ends, made on first sight.

    Two workers that meet a new citizen at once both come out with the same row.
    """
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(Follower) if dialect == "sqlite" else postgresql.insert(Follower)
    fresh = Follower(uid=uid, first_seen_at=now).model_dump()
    session.connection().execute(insert.values(fresh).on_conflict_do_nothing())
    return session.exec(select(Follower).where(Follower.uid == uid).with_for_update()).one()


def erase(
    session: Session, uid: str, now: datetime, *, version: str = "", by: str = "staff"
) -> bool:
    """Forget the person behind ``uid`` and tell them nothing more (Law 91/2025 Art. 14).

    Name, chat, phone links, watched dossiers, one-time codes, chosen topics, tags, places in the
    lists of announcements, and the contents of messages in both directions go; what was waiting to be sent is dropped; feedback loses its writer, and
    its text too while nobody has accepted it. What stays: the bare UID with the
    time of withdrawal, proof of consent without the phone, and the keys that keep a repeated
    webhook from counting twice. Events still to be handled keep their bodies until they are.
    False when this OA never heard of them.
    """
    follower = session.exec(
        select(Follower).where(Follower.uid == uid).with_for_update()
    ).one_or_none()
    if follower is None:
        return False
    since = follower.first_seen_at - timedelta(days=1)
    follower.display_name, follower.notify, follower.follow_count = "", False, 0
    follower.human_until = follower.human_requested_at = None
    follower.withdrawn_at = now
    session.add(follower)
    session.flush()
    connection = session.connection()
    connection.execute(
        update(ChatRequest)
        .where(col(ChatRequest.uid) == uid, col(ChatRequest.closed_at).is_(None))
        .values(closed_at=now, closed_by="system")
    )
    proven = core_select(col(PhoneLink.phone)).where(
        col(PhoneLink.uid) == uid,
        col(PhoneLink.revoked_at).is_(None),
        col(PhoneLink.proof).in_([proof.value for proof in VERIFIED]),
    )
    known = core_select(col(Broadcast.id))
    connection.execute(
        delete(BroadcastListed).where(
            col(BroadcastListed.broadcast_id).in_(known), col(BroadcastListed.phone).in_(proven)
        )
    )
    for owned in (
        PhoneLink,
        DossierWatch,
        OtpChallenge,
        TopicChoice,
        FollowerTag,
    ):
        connection.execute(delete(owned).where(col(owned.uid) == uid))
    # Announcement by announcement: that is how their recipients are found without a look at all.
    connection.execute(
        delete(BroadcastRecipient).where(
            col(BroadcastRecipient.broadcast_id).in_(known), col(BroadcastRecipient.uid) == uid
        )
    )
    connection.execute(
        update(Conversation)
        .where(col(Conversation.uid) == uid)
        .values(flow="", step="", data={}, last_answer="", repeats=0, expires_at=None)
    )
    connection.execute(update(Consent).where(col(Consent.uid) == uid).values(phone=""))
    feedback_forgetting.forget_writer(session, uid, now)
    _empty_messages(session, uid=uid)
    connection.execute(
        update(InboundEvent)
        .where(
            col(InboundEvent.subject) == uid,
            col(InboundEvent.received_at) >= since,
            col(InboundEvent.body).is_not(None),
            col(InboundEvent.state).not_in([InboundState.queued.value, InboundState.leased.value]),
        )
        .values(body=None)
    )
    consents.record(
        session, kind="all", action="withdrawn", version=version, now=now, uid=uid, by=by
    )
    return True


def erase_phone(
    session: Session, phone: str, now: datetime, *, version: str = "", by: str = "staff"
) -> int:
    """Forget a phone (E.164): its links, codes and messages, its place in dossiers and lists.

    The dossiers themselves stay: they belong to the office that handles them. They remember that
    their phone was erased, so that a later push does not bring it back (`dossiers.filling`). Only the proof of the withdrawal
    keeps the number.
    Answers how many dossiers and links let go of it.
    """
    connection = session.connection()
    links = connection.execute(delete(PhoneLink).where(col(PhoneLink.phone) == phone))
    connection.execute(delete(OtpChallenge).where(col(OtpChallenge.phone) == phone))
    known = core_select(col(Broadcast.id))
    connection.execute(
        delete(BroadcastListed).where(
            col(BroadcastListed.broadcast_id).in_(known), col(BroadcastListed.phone) == phone
        )
    )
    connection.execute(
        delete(BroadcastRecipient).where(
            col(BroadcastRecipient.broadcast_id).in_(known),
            col(BroadcastRecipient.uid) == "",
            col(BroadcastRecipient.phone) == phone,
        )
    )
    dossiers = connection.execute(
        update(Dossier)
        .where(col(Dossier.phone) == phone)
        .values(phone="", phone_problem="erased", zalo_notify=False)
    )
    connection.execute(update(Consent).where(col(Consent.phone) == phone).values(phone=""))
    feedback_forgetting.forget_phone(session, phone, now)
    _empty_messages(session, phone=phone)
    consents.record(
        session,
        kind="counter_tick",
        action="withdrawn",
        version=version,
        now=now,
        phone=phone,
        by=by,
    )
    return links.rowcount + dossiers.rowcount


def _empty_messages(session: Session, *, uid: str = "", phone: str = "") -> None:
    whose = col(Outbox.uid) == uid if uid else col(Outbox.phone) == phone
    connection = session.connection()
    # The lease is taken away too, or the sender would write its result over "dropped".
    connection.execute(
        update(Outbox)
        .where(whose, col(Outbox.state).in_([state.value for state in WAITING]))
        .values(state=OutboxState.dropped.value, reason="erased", lease_owner="", lease_until=None)
    )
    order = {"order_key": col(Outbox.lane)} if phone else {}
    connection.execute(update(Outbox).where(whose).values(body={}, facts={}, phone="", **order))
