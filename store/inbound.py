"""The inbox: webhook bodies stored before they are answered, claimed by lease, handled once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select, text, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from store import spelt
from store.tables import InboundEvent, InboundState

#: An event that fails this often waits for a person instead of blocking its citizen's chat.
MAX_ATTEMPTS = 5
_BLAMELESS_PAUSE = timedelta(seconds=5)
#: PostgreSQL: claims take turns, or two workers could hold one citizen's events out of order.
_CLAIM_LOCK = 7_360_002


def anything(session: Session, now: datetime) -> bool:
    """Whether a claim could find something: a look that takes no write lock."""
    return bool(session.scalar(select(exists(select(col(InboundEvent.id)).where(_free(now))))))


def _free(now: datetime) -> ColumnElement[bool]:
    state = col(InboundEvent.state)
    return and_(
        spelt.one_of(state, spelt.OPEN_EVENTS),
        or_(state == InboundState.queued.value, col(InboundEvent.lease_until) < now),
    )


def claim(
    session: Session, owner: str, now: datetime, limit: int, lease_seconds: int
) -> list[InboundEvent]:
    """Lease up to ``limit`` events, oldest first, one citizen's never to two workers at once.

    Events whose lease ran out (a worker died) are taken again; one that was taken
    `MAX_ATTEMPTS` times is parked for a person instead.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text(f"SELECT pg_advisory_xact_lock({_CLAIM_LOCK})"))
    earlier = aliased(InboundEvent)
    held_elsewhere = exists(
        select(col(earlier.id)).where(
            col(earlier.subject) == col(InboundEvent.subject),
            col(earlier.subject) != "",
            col(earlier.id) < col(InboundEvent.id),
            spelt.is_(col(earlier.state), InboundState.leased),
            col(earlier.lease_owner) != owner,
        )
    )
    found = session.scalars(
        select(InboundEvent)
        .where(_free(now), ~held_elsewhere)
        .order_by(col(InboundEvent.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    taken = []
    for row in found:
        row.attempts += 1
        if row.attempts > MAX_ATTEMPTS:
            row.state, row.problem = InboundState.parked, row.problem or "too many attempts"
            continue
        row.state, row.lease_owner = InboundState.leased, owner
        row.lease_until = now + timedelta(seconds=lease_seconds)
        taken.append(row)
    return taken


def failed(
    session: Session,
    event_id: int,
    problem: str,
    now: datetime,
    *,
    owner: str = "",
    blameless: bool = False,
) -> None:
    """Handling raised: try again after a growing pause; later events of this citizen wait.

    ``blameless`` when it was no fault of the event's (a full disk): that is not counted, or a
    night without space would leave everybody's messages to a person. ``owner``: told late, a
    failure must not take the lease of another worker, who has the event by now.
    """
    row = session.get(InboundEvent, event_id, with_for_update=True)
    if row is None or row.state != InboundState.leased or (owner and row.lease_owner != owner):
        return
    row.problem = problem
    if blameless:
        row.attempts -= 1
        row.lease_owner, row.lease_until = "retry", now + _BLAMELESS_PAUSE
        return
    if row.attempts >= MAX_ATTEMPTS:
        row.state, row.lease_until = InboundState.parked, None
    else:
        row.lease_owner = "retry"
        row.lease_until = now + timedelta(seconds=2**row.attempts)


def hand_back(session: Session, owner: str) -> int:
    """A worker stops: what it leased and did not handle is free at once."""
    done = session.connection().execute(
        update(InboundEvent)
        .where(
            spelt.is_(col(InboundEvent.state), InboundState.leased),
            col(InboundEvent.lease_owner) == owner,
        )
        .values(
            state=InboundState.queued.value,
            lease_owner="",
            lease_until=None,
            attempts=col(InboundEvent.attempts) - 1,
        )
    )
    return done.rowcount


def sweep(session: Session, now: datetime) -> Sequence[int]:
    """Free the events of dead workers; answer the ids of events that a person must look at."""
    session.connection().execute(
        update(InboundEvent)
        .where(
            spelt.is_(col(InboundEvent.state), InboundState.leased),
            col(InboundEvent.lease_until) < now,
        )
        .values(state=InboundState.queued.value, lease_owner="", lease_until=None)
    )
    parked = select(col(InboundEvent.id)).where(
        spelt.is_(col(InboundEvent.state), InboundState.parked)
    )
    return [int(found) for found in session.scalars(parked.limit(1000)) if found is not None]


def replay(session: Session, event_id: int) -> bool:
    """Queue a parked or handled event again (``events replay ID``); False when it is unknown.

    Replies already queued for it keep their ``dedupe_key``, so nothing is said twice.
    """
    row = session.get(InboundEvent, event_id, with_for_update=True)
    if row is None or row.body is None:
        return False
    row.state, row.attempts, row.lease_until = InboundState.queued, 0, None
    row.problem = ""
    return True
