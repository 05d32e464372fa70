"""From the events of a dossier to its row, and what each event means for citizens (domain 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dossiers.names import fold
from dossiers.replay import EventFacts, replay
from store.tables import Dossier, DossierEvent, State

#: Historic loads must not set off a storm of old news; a weekend's backlog still is news.
NEWS_LASTS = timedelta(days=3)
#: Marks events made from a dossier's own fields; a changed date alone is not a new state.
DATE_ONLY = "ngay-hen:"


def facts_of(event: DossierEvent) -> EventFacts:
    """The part of an event that the fold needs."""
    return EventFacts(
        id=event.id or 0,
        national=event.national_state,
        step=event.step,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        content=event.content,
        promised_at=event.promised_at,
    )


def outcome_of(
    event: DossierEvent, earlier: Sequence[DossierEvent], owner: str, now: datetime
) -> str:
    """Whether citizens are told: "announced", or why not.

    "foreign": another system owns the dossier's state; "date": only the promised date moved;
    "late": something newer was known already; "repeat": nothing in it is new; "old": it happened
    more than three days before it was told. ("silent", by `ingest`: an import that tells nobody.)
    """
    if event.source_system != owner:
        return "foreign"
    if event.source_event_id.startswith(DATE_ONLY):
        return "date"
    if any(_when(known) > _when(event) for known in earlier):
        return "late"
    last = max(earlier, key=_when, default=None)
    if last is not None and _says_the_same(last, event):
        return "repeat"
    return "old" if now - event.occurred_at > NEWS_LASTS else "announced"


def refold(dossier: Dossier, events: Sequence[DossierEvent], now: datetime) -> None:
    """Write what all its own events amount to into the dossier's row."""
    own = [e for e in events if e.source_system == dossier.source_system]
    if not own:
        return
    facts = replay([facts_of(event) for event in own], dossier.promised_at)
    dossier.state, dossier.national_state = facts.state, facts.national
    dossier.step, dossier.open_reason = facts.step, facts.open_reason
    dossier.state_at = facts.state_at or dossier.state_at
    dossier.submitted_at = facts.submitted_at or dossier.submitted_at
    dossier.received_at = facts.received_at or dossier.received_at
    dossier.promised_at = facts.promised_at
    dossier.result_ready_at, dossier.delivered_at = facts.result_ready_at, facts.delivered_at
    dossier.pauses = [
        [pause.start.isoformat(), pause.end.isoformat() if pause.end else None]
        for pause in facts.pauses
    ]
    dossier.updated_at = now
    dossier.version += 1


def unstarted_state(dossier: Dossier) -> State:
    """The state of a dossier without events: its own dates are all there is."""
    return State.received if dossier.received_at else State.submitted


def _when(event: DossierEvent) -> tuple[datetime, datetime]:
    return event.occurred_at, event.recorded_at


def _says_the_same(last: DossierEvent, event: DossierEvent) -> bool:
    """One system repeats itself: same state, and no words that were not there before."""
    if last.state != event.state:
        return False
    step = not event.step or fold(event.step) == fold(last.step)
    content = not event.content or event.content == last.content
    return step and content
