"""What happened on a day, counted from the rows themselves; only the day's own rows are walked.

``start`` and ``end`` are the day's first moment and the next day's (aware). Every count by unit has
the unit code as it stands in the rows, "" where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from store import spelt
from store.tables import (
    Agency,
    ChatRequest,
    Dossier,
    DossierEvent,
    Feedback,
    InboundEvent,
    InboundState,
    Lane,
    Outbox,
    State,
)
from store.tables.dossiers import OPEN

#: Feedback answered later than this after it came is counted with the day it came no more.
_FEEDBACK_LIFE = timedelta(days=400)
#: Parts of a message that are no news of their own: their way to the phone tells nothing.
_NOT_NEWS = ("receipt_file", "continued")


@dataclass(frozen=True)
class Finished:
    """Dossiers of a unit whose result was ready (or handed over) on the day."""

    unit: str
    number: int
    on_time: int
    late: int


@dataclass(frozen=True)
class Standing:
    """Dossiers of a unit at this moment."""

    unit: str
    #: Somebody works on them: neither ended nor waiting for the citizen's papers.
    running: int = 0
    near: int = 0
    overdue: int = 0
    supplement: int = 0


@dataclass(frozen=True)
class Messages:
    """Messages queued on the day that share channel, lane, state and reason."""

    channel: str
    lane: str
    state: str
    reason: str
    number: int
    cost: int
    unit: str = ""


def received(session: Session, start: datetime, end: datetime) -> dict[str, int]:
    """Dossiers received on the day, by unit."""
    rows = session.execute(
        core_select(col(Dossier.unit_code), func.count())
        .where(col(Dossier.received_at) >= start, col(Dossier.received_at) < end)
        .group_by(col(Dossier.unit_code))
    )
    return {unit: int(number) for unit, number in rows}


def finished(session: Session, start: datetime, end: datetime) -> list[Finished]:
    """Dossiers finished on the day, by unit, each once: by the moment its result was ready, else
    by when it was handed over. Without a promised date one is neither on time nor late.
    """
    ready, handed = col(Dossier.result_ready_at), col(Dossier.delivered_at)
    found: dict[str, list[int]] = {}
    ways = (
        (ready, and_(ready >= start, ready < end)),
        (handed, and_(ready.is_(None), handed >= start, handed < end)),
    )
    promised = col(Dossier.promised_at)
    for moment, which in ways:
        rows = session.execute(
            core_select(
                col(Dossier.unit_code),
                func.count(),
                func.sum(case((moment <= promised, 1), else_=0)),
                func.sum(case((moment > promised, 1), else_=0)),
            )
            .where(which)
            .group_by(col(Dossier.unit_code))
        )
        for unit, *numbers in rows:
            before = found.setdefault(unit, [0, 0, 0])
            found[unit] = [old + int(new) for old, new in zip(before, numbers, strict=True)]
    return [Finished(unit, *numbers) for unit, numbers in sorted(found.items())]


def standing(session: Session, now: datetime, near: datetime) -> list[Standing]:
    """How the open dossiers stand now, by unit; ``near``: promised before this moment."""
    unit, state = col(Dossier.unit_code), col(Dossier.state)
    found: dict[str, dict[str, int]] = {}
    # Served by the index of units and states alone, no row is read.
    for code, in_state, number in session.execute(
        core_select(unit, state, func.count()).where(_open()).group_by(unit, state)
    ):
        kind = "supplement" if in_state == State.supplement_required else "running"
        counts = found.setdefault(code, {})
        counts[kind] = counts.get(kind, 0) + int(number)
    promised = col(Dossier.promised_at)
    # An expression, or SQLite groups along the index of units and reads every dossier there is.
    of_unit = unit.concat("").label("of_unit")
    late = session.execute(
        core_select(
            of_unit,
            func.sum(case((promised < now, 1), else_=0)),
            func.sum(case((promised >= now, 1), else_=0)),
        )
        .where(_open(), promised < near, state != State.supplement_required.value)
        .group_by(of_unit)
    )
    for code, overdue, soon in late:
        found.setdefault(code, {}).update(overdue=int(overdue), near=int(soon))
    return [Standing(code, **counts) for code, counts in sorted(found.items())]


def _open() -> ColumnElement[bool]:
    return spelt.as_written(OPEN)


def messages(session: Session, start: datetime, end: datetime) -> list[Messages]:
    """Messages queued on the day, by what became of them until now."""
    keys = (col(Outbox.channel), col(Outbox.lane), col(Outbox.state), col(Outbox.reason))
    rows = session.execute(
        core_select(*keys, func.count(), func.sum(col(Outbox.cost_vnd)))
        .where(*_queued(start, end))
        .group_by(*keys)
    )
    return [
        Messages(channel, lane, state, reason, int(number), int(cost))
        for channel, lane, state, reason, number, cost in rows
    ]


def messages_of_units(session: Session, start: datetime, end: datetime) -> list[Messages]:
    """The same for messages about dossiers, by unit."""
    keys = (col(Outbox.channel), col(Outbox.lane), col(Outbox.state))
    unit = col(Dossier.unit_code)
    rows = session.execute(
        core_select(*keys, unit, func.count(), func.sum(col(Outbox.cost_vnd)))
        .join_from(Outbox, Dossier, col(Dossier.id) == col(Outbox.dossier_id))
        .where(*_queued(start, end))
        .group_by(*keys, unit)
    )
    return [
        Messages(channel, lane, state, "", int(number), int(cost), code)
        for channel, lane, state, code, number, cost in rows
    ]


def _queued(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    made = col(Outbox.created_at)
    return spelt.is_not(col(Outbox.order_key), ""), made >= start, made < end


def seconds_to_phone(session: Session, start: datetime, end: datetime) -> dict[int, int]:
    """For news of dossiers queued on the day that went out: how many took so many whole seconds
    from when we heard of the change until it was on the phone (until Zalo took it where no
    receipt came). Counted by the database: a busy day has tens of thousands.
    """
    recorded = col(DossierEvent.recorded_at)
    arrived = func.coalesce(col(Outbox.delivered_at), col(Outbox.sent_at))
    if session.get_bind().dialect.name == "sqlite":
        took: Any = (func.julianday(arrived) - func.julianday(recorded)) * 86_400
    else:
        took = func.extract("epoch", arrived - recorded)
    seconds = cast(func.round(took), Integer).label("seconds")
    rows = session.execute(
        core_select(seconds, func.count())
        .join_from(Outbox, DossierEvent, col(DossierEvent.id) == col(Outbox.dossier_event_id))
        .where(
            *_queued(start, end),
            col(Outbox.lane) == Lane.status.value,
            col(Outbox.kind).not_in(_NOT_NEWS),
            col(Outbox.sent_at).is_not(None),
        )
        .group_by(seconds)
    )
    found: dict[int, int] = {}
    for took_, number in rows:
        # Two machines' clocks may disagree by a little.
        found[max(int(took_), 0)] = found.get(max(int(took_), 0), 0) + int(number)
    return found


def events(session: Session, start: datetime, end: datetime) -> dict[tuple[str, str], int]:
    """Events of Zalo handled on the day by (event name, handler); known while bodies are kept."""
    name, handler = col(InboundEvent.event_name), col(InboundEvent.handler)
    came = col(InboundEvent.received_at)
    rows = session.execute(
        core_select(name, handler, func.count())
        .where(
            col(InboundEvent.body).is_not(None),
            came >= start,
            came < end,
            col(InboundEvent.state) == InboundState.handled.value,
        )
        .group_by(name, handler)
    )
    return {(event, by): int(number) for event, by, number in rows}


def chats(session: Session, start: datetime, end: datetime) -> int:
    """Chats in which a citizen asked for a person on the day."""
    opened = col(ChatRequest.opened_at)
    found = session.scalar(
        core_select(func.count())
        .select_from(ChatRequest)
        .where(opened >= start, opened < end, col(ChatRequest.reason).in_(("asked", "feedback")))
    )
    return int(found or 0)


def feedback_received(session: Session, start: datetime, end: datetime) -> dict[str, int]:
    """Feedback that came on the day, by the code of the agency it is with."""
    came = col(Feedback.created_at)
    rows = session.execute(
        core_select(func.coalesce(col(Agency.code), ""), func.count())
        .select_from(Feedback)
        .outerjoin(Agency, col(Agency.id) == col(Feedback.agency_id))
        .where(came >= start, came < end)
        .group_by(col(Agency.code))
    )
    return {code: int(number) for code, number in rows}


def feedback_answered(
    session: Session, start: datetime, end: datetime
) -> dict[str, tuple[int, int]]:
    """Feedback answered on the day, and how many of them within their target, by agency code."""
    came, answered = col(Feedback.created_at), col(Feedback.answered_at)
    in_time = or_(col(Feedback.answer_due_at).is_(None), answered <= col(Feedback.answer_due_at))
    rows = session.execute(
        core_select(
            func.coalesce(col(Agency.code), ""),
            func.count(),
            func.sum(case((in_time, 1), else_=0)),
        )
        .select_from(Feedback)
        .outerjoin(Agency, col(Agency.id) == col(Feedback.agency_id))
        .where(came >= start - _FEEDBACK_LIFE, came < end, answered >= start, answered < end)
        .group_by(col(Agency.code))
    )
    return {code: (int(number), int(on_time)) for code, number, on_time in rows}
