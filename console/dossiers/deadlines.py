"""How a dossier stands against its promised date, in words that need no colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dossiers.workdays import Calendar, PauseLike
from store.tables import Dossier, State

_ENDED = (
    State.refused,
    State.withdrawn,
    State.stopped,
    State.result_ready,
    State.result_delivered,
)
#: Working days before the date from which on it is near.
NEAR_DAYS = 2


@dataclass(frozen=True)
class Standing:
    """The date that holds, pauses counted, and how near it is; ``kind`` names a style."""

    due: datetime | None
    words: str
    #: "", "near", "late" or "paused".
    kind: str = ""


def standing(dossier: Dossier, calendar: Calendar, now: datetime) -> Standing:
    """What the list and the page say of the promised date (domain 4.3)."""
    if dossier.promised_at is None:
        return Standing(None, "")
    pauses = pauses_of(dossier)
    due = calendar.with_pauses(dossier.promised_at, pauses, now)
    state = State(dossier.state)
    if state in _ENDED:
        done = dossier.result_ready_at or dossier.delivered_at
        if done is None:
            return Standing(due, "")
        return Standing(
            due, "đúng hẹn" if done <= due else "trễ hẹn", "" if done <= due else "late"
        )
    if state is State.supplement_required:
        return Standing(due, "tạm dừng tính giờ", "paused")
    days = calendar.days_left(dossier.promised_at, now, pauses)
    if days < 0:
        return Standing(due, f"quá hạn {-days} ngày làm việc", "late")
    if now > due:
        return Standing(due, "quá giờ hẹn", "late")
    if days == 0:
        return Standing(due, "hẹn hôm nay", "near")
    return Standing(due, f"còn {days} ngày làm việc", "near" if days <= NEAR_DAYS else "")


def pauses_of(dossier: Dossier) -> list[PauseLike]:
    """The intervals in which a supplement stopped the clock."""
    return [
        (datetime.fromisoformat(start or ""), datetime.fromisoformat(end) if end else None)
        for start, end in dossier.pauses
        if start
    ]
