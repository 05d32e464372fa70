"""What readiness, `doctor` and metrics ask of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from store import spelt
from store.tables import (
    Alarm,
    Broadcast,
    BroadcastState,
    InboundEvent,
    InboundState,
    OaToken,
    Outbox,
    OutboxState,
    Restoration,
    WorkerHeartbeat,
)


@dataclass(frozen=True)
class TokenHealth:
    """The OA's token pair without the tokens."""

    state: str
    expires_at: datetime
    refresh_expires_at: datetime


def last_heartbeat(session: Session) -> datetime | None:
    """When any worker last said that it lives."""
    return session.scalar(select(func.max(col(WorkerHeartbeat.at))))


def token(session: Session, oa_id: str) -> TokenHealth | None:
    """State and ages of the OA's token pair; None when there is none."""
    row = session.get(OaToken, oa_id)
    return TokenHealth(row.state, row.expires_at, row.refresh_expires_at) if row else None


def oldest_queued_event(session: Session) -> datetime | None:
    """When the event that waits longest was received."""
    return session.scalar(
        select(func.min(col(InboundEvent.received_at))).where(
            spelt.one_of(col(InboundEvent.state), spelt.OPEN_EVENTS),
            col(InboundEvent.state) == InboundState.queued.value,
        )
    )


def last_webhook(session: Session) -> datetime | None:
    """When the newest event was received."""
    newest = select(col(InboundEvent.received_at)).order_by(col(InboundEvent.id).desc()).limit(1)
    return session.scalar(newest)


def outbox_due(session: Session, now: datetime) -> dict[str, tuple[int, datetime]]:
    """Per lane: how many messages are due and waiting, and since when the oldest is.

    Those of an announcement somebody paused are not: nothing stands still that should move.
    """
    running = select(col(Broadcast.id)).where(
        col(Broadcast.id) == col(Outbox.broadcast_id),
        col(Broadcast.state) == BroadcastState.sending.value,
    )
    rows = session.execute(
        select(col(Outbox.lane), func.count(), func.min(col(Outbox.due_at)))
        .where(
            spelt.one_of(col(Outbox.state), spelt.OPEN_MESSAGES),
            col(Outbox.state) == OutboxState.queued.value,
            col(Outbox.due_at) <= now,
            or_(col(Outbox.broadcast_id).is_(None), running.exists()),
        )
        .group_by(col(Outbox.lane))
    ).all()
    return {lane: (int(count), since) for lane, count, since in rows}


def outbox_states(session: Session) -> dict[str, int]:
    """How many messages wait, are parked or uncertain (ends are counted as they happen)."""
    state = col(Outbox.state)
    counted = select(state, func.count()).group_by(state)
    waiting = session.execute(counted.where(spelt.one_of(state, spelt.OPEN_MESSAGES)))
    parked = session.execute(counted.where(spelt.is_(state, OutboxState.parked)))
    return {name: int(count) for rows in (waiting, parked) for name, count in rows}


def database_now(session: Session) -> datetime | None:
    """The database server's own clock; None for SQLite, which has ours."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    return session.scalar(select(func.clock_timestamp()))


def held(session: Session) -> bool:
    """Whether nothing is sent until a person goes on after a restored backup."""
    waits = select(col(Restoration.id)).where(col(Restoration.continued_at).is_(None)).limit(1)
    return session.scalar(waits) is not None


def parked_events(session: Session) -> list[int]:
    """Events a person must look at, oldest first, at most 20."""
    found = session.scalars(
        select(col(InboundEvent.id))
        .where(spelt.is_(col(InboundEvent.state), InboundState.parked))
        .order_by(col(InboundEvent.id))
        .limit(20)
    )
    return [int(event_id) for event_id in found if event_id is not None]


def open_alarm_texts(session: Session) -> list[str]:
    """Sentences of the open alarms, oldest first, at most 50."""
    alarms = select(col(Alarm.text)).where(col(Alarm.closed_at).is_(None))
    return list(session.scalars(alarms.order_by(col(Alarm.id)).limit(50)))
