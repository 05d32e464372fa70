"""What `/metrics` says of this moment; each question costs the same however long history is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from store import daily_counts, spelt
from store.tables import (
    AT_WORK,
    Alarm,
    BackupTaken,
    Broadcast,
    BroadcastState,
    Dossier,
    Follower,
    JobRun,
    Outbox,
    OutboxState,
    RateWindow,
    WorkerHeartbeat,
)

#: Up to so many rows are counted at every look; above it the number of the last night is told.
COUNTED = 20_000
#: States in which an announcement waits for somebody or something.
_LIVE = (*AT_WORK, BroadcastState.paused, BroadcastState.stopped, BroadcastState.missed)


@dataclass(frozen=True)
class Rate:
    """Calls of a clock minute reserved so far; ``learned``: a stricter limit Zalo told, or 0."""

    used: int
    learned: int


def heartbeats(session: Session) -> list[datetime]:
    """When each worker that did not stop in order last said that it lives, newest first."""
    at = col(WorkerHeartbeat.at)
    return list(session.scalars(core_select(at).order_by(at.desc()).limit(1000)))


def alarms(session: Session) -> dict[str, int]:
    """Open alarms by kind."""
    kind = col(Alarm.kind)
    rows = session.execute(
        core_select(kind, func.count())
        .where(spelt.as_written("closed_at IS NULL"))
        .group_by(kind)
        .order_by(kind)
    )
    return {str(name): int(number) for name, number in rows}


def oldest_uncertain(session: Session) -> datetime | None:
    """When the oldest message of unknown fate was made that still waits for its turn."""
    state = col(Outbox.state)
    return session.scalar(
        core_select(func.min(col(Outbox.created_at))).where(
            spelt.one_of(state, (OutboxState.queued, OutboxState.uncertain)),
            state == OutboxState.uncertain.value,
        )
    )


def broadcasts(session: Session) -> dict[str, int]:
    """Announcements in work or held, by state."""
    state = col(Broadcast.state)
    rows = session.execute(
        core_select(state, func.count())
        .where(state.in_([one.value for one in _LIVE]))
        .group_by(state)
    )
    counted = {str(name): int(number) for name, number in rows}
    return {one.value: counted.get(one.value, 0) for one in _LIVE}


def last_backup(session: Session) -> datetime | None:
    """When the newest backup that succeeded was made."""
    return session.scalar(
        core_select(func.max(col(BackupTaken.at))).where(col(BackupTaken.problem) == "")
    )


def last_run(session: Session, job: str) -> datetime | None:
    """When a periodic job was last done; known for a week."""
    return session.scalar(
        core_select(col(JobRun.finished_at))
        .where(col(JobRun.job) == job, col(JobRun.finished_at).is_not(None))
        .order_by(col(JobRun.slot).desc())
        .limit(1)
    )


def rate(session: Session, scope: str, minute: int) -> Rate:
    """What was used of one minute: scope "oa:<id>" or "app:<id>"."""
    row = session.get(RateWindow, (scope, minute))
    return Rate(row.used, row.learned_limit) if row else Rate(0, 0)


def costs(session: Session, first: date, last: date) -> dict[str, int]:
    """VND by channel over the days, as the workers counted them; without the whole."""
    return daily_counts.family(session, "cost", first, last)


def size(session: Session, subject: str, today: date) -> int:
    """How many "followers" (now) or "dossiers" there are; above `COUNTED` as last counted."""
    few: Select[Any] = core_select(col(Dossier.id))
    if subject == "followers":
        few = core_select(col(Follower.uid)).where(col(Follower.followed).is_(True))
    few = few.limit(COUNTED + 1)
    counted = int(session.scalar(core_select(func.count()).select_from(few.subquery())) or 0)
    if counted <= COUNTED:
        return counted
    return max(counted, daily_counts.latest(session, f"size:{subject}", today))


def whole_size(session: Session, subject: str) -> int:
    """The same counted to the end: for the night."""
    if subject == "followers":
        everyone = core_select(func.count()).where(col(Follower.followed).is_(True))
        return int(session.scalar(everyone.select_from(Follower)) or 0)
    return int(session.scalar(core_select(func.count()).select_from(Dossier)) or 0)
