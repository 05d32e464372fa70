"""How fast news of dossiers was handed to Zalo on a day, counted by the database; and how long
workers were at work. Only the day's own rows are walked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from store import spelt
from store.tables import DossierEvent, JobRun, Lane, Outbox, OutboxState

#: Parts of a message that are no news of their own.
_NOT_NEWS = ("receipt_file", "continued")


@dataclass(frozen=True)
class Handed:
    """News of one day: by the smallest limit (ms) its way to Zalo did not exceed; 0 = none did.

    ``waiting``: older than ``grace`` and not handed over yet, for whatever reason but a decision
    not to send.
    """

    within: dict[int, int]
    waiting: int


def handed(
    session: Session, start: datetime, end: datetime, limits: Sequence[int], overdue: datetime
) -> Handed:
    """News queued between two moments; ``overdue``: what was queued before it and still waits
    is late. Counted from when we heard of the change until Zalo took the message."""
    since, taken = col(DossierEvent.recorded_at), col(Outbox.sent_at)
    if session.get_bind().dialect.name == "sqlite":
        took: Any = (func.julianday(taken) - func.julianday(since)) * 86_400_000
    else:
        took = func.extract("epoch", taken - since) * 1000
    # Half a millisecond of room: SQLite's days are no exact numbers.
    limit = case(*((took <= one + 0.5, one) for one in limits), else_=0).label("within")
    news = (
        spelt.is_not(col(Outbox.order_key), ""),
        col(Outbox.created_at) >= start,
        col(Outbox.created_at) < end,
        col(Outbox.lane) == Lane.status.value,
        col(Outbox.kind).not_in(_NOT_NEWS),
    )
    rows = session.execute(
        core_select(limit, func.count())
        .join_from(Outbox, DossierEvent, col(DossierEvent.id) == col(Outbox.dossier_event_id))
        .where(*news, taken.is_not(None))
        .group_by(limit)
    )
    within = {int(one): int(number) for one, number in rows}
    waiting = session.scalar(
        core_select(func.count())
        .select_from(Outbox)
        .where(
            *news,
            col(Outbox.dossier_event_id).is_not(None),
            taken.is_(None),
            col(Outbox.created_at) < overdue,
            col(Outbox.state) != OutboxState.dropped.value,
        )
    )
    return Handed(within, int(waiting or 0))


def minutes_at_work(session: Session, job: str, start: datetime, end: datetime) -> tuple[int, int]:
    """In how many minutes a job of every minute was done, of how many since ``start`` or since
    the first one known; ticks are known for a week."""
    slot = col(JobRun.slot)
    of_job = col(JobRun.job) == job
    first = session.scalar(core_select(slot).where(of_job).order_by(slot).limit(1))
    if first is None or first >= end:
        return 0, 0
    begin = max(start, first)
    done = session.scalar(
        core_select(func.count())
        .select_from(JobRun)
        .where(of_job, slot >= begin, slot < end, col(JobRun.finished_at).is_not(None))
    )
    whole = int((end - begin) / timedelta(minutes=1))
    return min(int(done or 0), whole), whole
