"""Files to import: uploaded, confirmed, worked off by lease, so that a killed worker loses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, or_, update
from sqlmodel import Session, col, select

from store import spelt
from store.tables import ImportJob

LEASE = timedelta(seconds=60)
_OPEN = ("queued", "running")


def add(
    session: Session, *, kind: str, file_name: str, content: bytes, by: str, now: datetime
) -> ImportJob:
    """Keep an uploaded file; nothing happens to it before `queue`."""
    row = ImportJob(kind=kind, file_name=file_name, content=content, by=by, created_at=now)
    session.add(row)
    session.flush()
    return row


def get(session: Session, job_id: int, kind: str) -> ImportJob | None:
    """One job of a kind."""
    row = session.get(ImportJob, job_id)
    return row if row is not None and row.kind == kind else None


def recent(session: Session, kind: str, by: str | None, limit: int = 20) -> Sequence[ImportJob]:
    """The newest jobs of a kind, of one person or of everybody (None), newest first."""
    asked = select(ImportJob).where(ImportJob.kind == kind)
    if by is not None:
        asked = asked.where(ImportJob.by == by)
    return session.exec(asked.order_by(col(ImportJob.id).desc()).limit(limit)).all()


def queue(
    session: Session, job: ImportJob, *, columns: dict[str, Any], dry_run: bool, announce: bool
) -> bool:
    """Give the job to the workers, from its first row; False when one has it already.

    A finished dry run may be queued again as the real run.
    """
    held = session.get(ImportJob, job.id, with_for_update=True)
    if held is None or held.state in _OPEN or held.content is None:
        return False
    held.columns, held.dry_run, held.announce = columns, dry_run, announce
    held.state, held.problem, held.problems, held.result = "queued", "", [], None
    held.rows_done = held.created = held.updated = held.unchanged = 0
    held.failed = held.warned = held.rows_total = 0
    held.started_at = held.finished_at = None
    session.add(held)
    session.flush()
    return True


def cancel(session: Session, job_id: int, now: datetime) -> bool:
    """End a job that was not finished; what it has imported stays."""
    ended = session.connection().execute(
        update(ImportJob)
        .where(col(ImportJob.id) == job_id, col(ImportJob.state).in_(("uploaded", *_OPEN)))
        .values(state="cancelled", finished_at=now, lease_owner="", lease_until=None, content=None)
    )
    return ended.rowcount > 0


def waiting(session: Session, kind: str, now: datetime) -> bool:
    """Whether there is a job to claim: a look that takes no lock."""
    found = session.exec(
        select(ImportJob.id)
        .where(
            _spelt_open(),
            ImportJob.kind == kind,
            or_(col(ImportJob.lease_until).is_(None), col(ImportJob.lease_until) < now),
        )
        .limit(1)
    )
    return found.first() is not None


def claim(session: Session, kind: str, owner: str, now: datetime) -> ImportJob | None:
    """The oldest job nobody works on, now ours for a while; None when there is none."""
    row = session.exec(
        select(ImportJob)
        .where(
            _spelt_open(),
            ImportJob.kind == kind,
            or_(col(ImportJob.lease_until).is_(None), col(ImportJob.lease_until) < now),
        )
        .order_by(col(ImportJob.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    row.state, row.started_at = "running", row.started_at or now
    row.lease_owner, row.lease_until = owner, now + LEASE
    session.add(row)
    session.flush()
    return row


def step(session: Session, job_id: int, owner: str, now: datetime, counts: dict[str, Any]) -> bool:
    """Write how far the work is and keep the lease; False when it was cancelled or taken over."""
    done = session.connection().execute(
        update(ImportJob)
        .where(
            col(ImportJob.id) == job_id,
            col(ImportJob.lease_owner) == owner,
            col(ImportJob.state) == "running",
        )
        .values(lease_until=now + LEASE, **counts)
    )
    return done.rowcount > 0


def hand_back(session: Session, job_id: int, owner: str) -> None:
    """Let another worker go on at once: this one stops."""
    session.connection().execute(
        update(ImportJob)
        .where(col(ImportJob.id) == job_id, col(ImportJob.lease_owner) == owner)
        .values(lease_owner="", lease_until=None)
    )


def finish(
    session: Session,
    job_id: int,
    owner: str,
    now: datetime,
    *,
    result: bytes | None,
    problem: str = "",
) -> bool:
    """The work has ended, well or with a problem that concerns the whole file."""
    done = session.connection().execute(
        update(ImportJob)
        .where(
            col(ImportJob.id) == job_id,
            col(ImportJob.lease_owner) == owner,
            col(ImportJob.state) == "running",
        )
        .values(
            state="failed" if problem else "done",
            problem=problem,
            result=result,
            finished_at=now,
            lease_owner="",
            lease_until=None,
            # A real run needs its file no more; a trial's is kept to be run in earnest.
            content=case((col(ImportJob.dry_run).is_(True), col(ImportJob.content)), else_=None),
        )
    )
    return done.rowcount > 0


def empty(session: Session, before: datetime, limit: int = 100) -> int:
    """Drop the files and results of jobs created before a moment that nobody works on."""
    old = session.exec(
        select(ImportJob)
        .where(
            ImportJob.created_at < before,
            col(ImportJob.state).not_in(_OPEN),
            or_(col(ImportJob.content).is_not(None), col(ImportJob.result).is_not(None)),
        )
        .limit(limit)
    ).all()
    for row in old:
        row.content, row.result = None, None
        if row.state == "uploaded":
            row.state = "cancelled"
        session.add(row)
    session.flush()
    return len(old)


def _spelt_open() -> Any:
    return spelt.one_of(col(ImportJob.state), _OPEN)  # type: ignore[arg-type]
