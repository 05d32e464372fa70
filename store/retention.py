"""Forgetting what is no longer needed, a small piece at a time (domain 4.5).

Every function does at most ``limit`` rows in the caller's short transaction and answers how many
it did; the caller goes on until nothing is left, so that no lock is held for long.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, or_, tuple_, update
from sqlalchemy import select as core_select
from sqlmodel import Session, SQLModel, col

from store import spelt
from store.tables import (
    AT_WORK,
    Alarm,
    AskedSentence,
    Broadcast,
    BroadcastListed,
    BroadcastRecipient,
    BroadcastState,
    Conversation,
    EarlyReceipt,
    IdempotencyRecord,
    InboundEvent,
    JobRun,
    OauthAttempt,
    OtpChallenge,
    Outbox,
    RateWindow,
    ReceiptCode,
    Throttle,
    WorkerHeartbeat,
    ZaloUpload,
)


def empty_events(session: Session, before: datetime, limit: int) -> int:
    """Empty webhook bodies received before a moment; the rows stay, their keys deduplicate."""
    chosen = (
        core_select(col(InboundEvent.id))
        .where(
            col(InboundEvent.body).is_not(None),
            col(InboundEvent.received_at) < before,
            ~spelt.one_of(col(InboundEvent.state), spelt.OPEN_EVENTS),
        )
        .order_by(col(InboundEvent.received_at))
        .limit(limit)
    )
    return _update(session, InboundEvent, col(InboundEvent.id).in_(chosen), {"body": None})


def empty_messages(session: Session, before: datetime, limit: int) -> int:
    """Empty the contents and phone numbers of ended messages; what became of them stays."""
    chosen = (
        core_select(col(Outbox.id))
        .where(
            spelt.is_not(col(Outbox.order_key), ""),
            col(Outbox.created_at) < before,
            ~spelt.one_of(col(Outbox.state), spelt.OPEN_MESSAGES),
        )
        .order_by(col(Outbox.created_at))
        .limit(limit)
    )
    nothing: dict[str, Any] = {"body": {}, "facts": {}, "phone": "", "order_key": ""}
    return _update(session, Outbox, col(Outbox.id).in_(chosen), nothing)


def end_conversations(session: Session, before: datetime, limit: int) -> int:
    """Forget what abandoned conversations had gathered."""
    chosen = (
        core_select(col(Conversation.uid))
        .where(col(Conversation.flow) != "", col(Conversation.expires_at) < before)
        .limit(limit)
    )
    nothing: dict[str, Any] = {"flow": "", "step": "", "data": {}, "expires_at": None}
    return _update(session, Conversation, col(Conversation.uid).in_(chosen), nothing)


def drop_throttles(session: Session, before: datetime, limit: int) -> int:
    """Counters of windows that began before a moment."""
    return _delete(session, Throttle, col(Throttle.window_start) < before, limit)


def drop_codes(session: Session, before: datetime, limit: int) -> int:
    """One-time codes made before a moment."""
    return _delete(session, OtpChallenge, col(OtpChallenge.created_at) < before, limit)


def drop_receipt_codes(session: Session, before: datetime, limit: int) -> int:
    """Codes shown behind receipts that expired before a moment."""
    return _delete(session, ReceiptCode, col(ReceiptCode.expires_at) < before, limit)


def drop_rates(session: Session, before: datetime, limit: int) -> int:
    """Counts of calls in clock minutes before a moment."""
    minute = int(before.timestamp()) // 60
    return _delete(session, RateWindow, col(RateWindow.minute) < minute, limit)


def drop_job_runs(session: Session, before: datetime, limit: int) -> int:
    """Ticks of jobs before a moment."""
    return _delete(session, JobRun, col(JobRun.slot) < before, limit)


def drop_heartbeats(session: Session, before: datetime, limit: int) -> int:
    """Workers not heard of since a moment."""
    return _delete(session, WorkerHeartbeat, col(WorkerHeartbeat.at) < before, limit)


def drop_consent_links(session: Session, before: datetime, limit: int) -> int:
    """Consent links made before a moment."""
    return _delete(session, OauthAttempt, col(OauthAttempt.created_at) < before, limit)


def drop_answers(session: Session, before: datetime, limit: int) -> int:
    """Remembered answers to API requests with an Idempotency-Key."""
    return _delete(session, IdempotencyRecord, col(IdempotencyRecord.created_at) < before, limit)


def drop_early_receipts(session: Session, before: datetime, limit: int) -> int:
    """Echoes and receipts that never met a message of ours."""
    return _delete(session, EarlyReceipt, col(EarlyReceipt.created_at) < before, limit)


def drop_uploads(session: Session, before: datetime, limit: int) -> int:
    """Upload tokens that stopped working before a moment."""
    return _delete(session, ZaloUpload, col(ZaloUpload.expires_at) < before, limit)


def drop_alarms(session: Session, before: datetime, limit: int) -> int:
    """Alarms closed before a moment."""
    return _delete(session, Alarm, col(Alarm.closed_at) < before, limit)


def drop_asked(session: Session, before: datetime, limit: int) -> int:
    """Sentences nobody asked since a moment; those staff made something of stay."""
    old = and_(col(AskedSentence.last_at) < before, col(AskedSentence.resolved) == "")
    return _delete(session, AskedSentence, old, limit)


def drop_recipients(session: Session, before: datetime, limit: int) -> int:
    """Who was told by announcements that ended before a moment; their figures stay."""
    ended = _ended_before(before)
    return _delete(
        session, BroadcastRecipient, col(BroadcastRecipient.broadcast_id).in_(ended), limit
    )


def drop_listed(session: Session, before: datetime, limit: int) -> int:
    """Uploaded lists of announcements that ended before a moment."""
    ended = _ended_before(before)
    return _delete(session, BroadcastListed, col(BroadcastListed.broadcast_id).in_(ended), limit)


def _ended_before(before: datetime) -> Select[Any]:
    ended = (BroadcastState.done.value, BroadcastState.cancelled.value)
    kept = [*ended, *(state.value for state in AT_WORK)]
    return core_select(col(Broadcast.id)).where(
        # Forgotten drafts and stopped ones too: nobody touched them for as long.
        or_(
            and_(col(Broadcast.state).in_(ended), col(Broadcast.finished_at) < before),
            and_(col(Broadcast.state).not_in(kept), col(Broadcast.updated_at) < before),
        )
    )


def _update(
    session: Session, table: type[SQLModel], which: ColumnElement[bool], values: Mapping[str, Any]
) -> int:
    return session.connection().execute(update(table).where(which).values(**values)).rowcount


def _delete(session: Session, table: type[SQLModel], which: ColumnElement[bool], limit: int) -> int:
    key = list(SQLModel.metadata.tables[str(table.__tablename__)].primary_key.columns)
    chosen = core_select(*key).where(which).limit(limit)
    statement = delete(table).where(tuple_(*key).in_(chosen))
    return session.connection().execute(statement).rowcount
