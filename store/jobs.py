"""Ticks of periodic jobs, each claimed by one worker, and the workers' heartbeats.

Several workers run the same clock. Whoever inserts the (job, slot) row runs it; a row whose
worker died is taken over when its lease is out (libraries 8: neither double nor missed).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, update
from sqlalchemy import select as core_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from store.tables import JobRun, WorkerHeartbeat

#: A slot that fails this often is left to the next one.
MAX_ATTEMPTS = 3


def taken(session: Session, job: str, slot: datetime, now: datetime) -> bool:
    """Whether a claim would be in vain: a look that takes no write lock."""
    found = session.execute(
        core_select(col(JobRun.finished_at), col(JobRun.lease_until), col(JobRun.attempts)).where(
            col(JobRun.job) == job, col(JobRun.slot) == slot
        )
    ).first()
    if found is None:
        return False
    finished, lease, attempts = found
    return finished is not None or lease >= now or attempts >= MAX_ATTEMPTS


def claim(
    session: Session, job: str, slot: datetime, owner: str, now: datetime, lease: timedelta
) -> bool:
    """Make this tick ours: True for exactly one worker, and again after its lease ran out."""
    insert = (
        sqlite.insert(JobRun)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(JobRun)
    )
    statement = (
        insert.values(
            job=job, slot=slot, owner=owner, lease_until=now + lease, attempts=1, problem=""
        )
        .on_conflict_do_update(
            index_elements=["job", "slot"],
            set_={
                "owner": owner,
                "lease_until": now + lease,
                "attempts": col(JobRun.attempts) + 1,
            },
            where=and_(
                col(JobRun.finished_at).is_(None),
                col(JobRun.lease_until) < now,
                col(JobRun.attempts) < MAX_ATTEMPTS,
            ),
        )
        .returning(col(JobRun.attempts))
    )
    return session.connection().execute(statement).first() is not None


def finish(session: Session, job: str, slot: datetime, owner: str, now: datetime) -> bool:
    """The tick is done; False when another worker had taken it over meanwhile."""
    done = session.connection().execute(
        update(JobRun)
        .where(col(JobRun.job) == job, col(JobRun.slot) == slot, col(JobRun.owner) == owner)
        .values(finished_at=now, problem="")
    )
    return done.rowcount > 0


def fail(
    session: Session, job: str, slot: datetime, owner: str, problem: str, retry_at: datetime
) -> None:
    """The tick raised; it may be claimed again from ``retry_at`` on."""
    session.connection().execute(
        update(JobRun)
        .where(col(JobRun.job) == job, col(JobRun.slot) == slot, col(JobRun.owner) == owner)
        .values(lease_until=retry_at, problem=problem)
    )


def expired(session: Session, now: datetime, since: datetime) -> list[tuple[str, datetime]]:
    """Ticks after ``since`` whose worker died or failed, oldest first."""
    rows = session.execute(
        core_select(col(JobRun.job), col(JobRun.slot))
        .where(
            col(JobRun.finished_at).is_(None),
            col(JobRun.lease_until) < now,
            col(JobRun.slot) >= since,
            col(JobRun.attempts) < MAX_ATTEMPTS,
        )
        .order_by(col(JobRun.slot))
        .limit(50)
    )
    return [(str(job), slot) for job, slot in rows]


def beat(session: Session, worker: str, started_at: datetime, now: datetime) -> None:
    """Say that this worker lives."""
    insert = (
        sqlite.insert(WorkerHeartbeat)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(WorkerHeartbeat)
    )
    session.connection().execute(
        insert.values(worker=worker, at=now, started_at=started_at).on_conflict_do_update(
            index_elements=["worker"], set_={"at": now}
        )
    )


def gone(session: Session, worker: str) -> None:
    """Take a worker's heartbeat away when it stops in order."""
    row = session.get(WorkerHeartbeat, worker)
    if row is not None:
        session.delete(row)
