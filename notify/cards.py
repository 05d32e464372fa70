"""What is said of one change: the card, and the facts a ZBS template may be filled with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.messages import Message, shorten
from dossiers import card_lines, times
from dossiers.card import View, status_card
from dossiers.workdays import Calendar
from settings import Settings
from store.tables import Dossier, DossierEvent
from wording import Words

#: National codes whose content is a reason or a request (domain 3.2).
_SPEAKS = frozenset({3, 5, 6, 8})
_LONGEST_FACT = 200


@dataclass(frozen=True)
class Change:
    """One event of one dossier that citizens are to hear of."""

    dossier: Dossier
    event: DossierEvent

    @property
    def kind(self) -> str:
        """The message kind, which names ZBS templates: "status_received"."""
        return f"status_{self.event.state}"


def as_of(change: Change) -> Dossier:
    """The dossier as this event left it.

    A list may carry several events of one dossier; each card must tell its own step although
    the row already stands at the last one. Never added to a session.
    """
    dossier, event = change.dossier, change.event
    told = event.content.strip() if event.national_state in _SPEAKS else ""
    same_step = event.step in ("", dossier.step)
    if dossier.state == event.state and same_step and told in ("", dossier.open_reason):
        return dossier
    members = dossier.model_dump() | {
        "state": event.state,
        "national_state": event.national_state,
        "step": event.step,
        "state_at": event.occurred_at,
        "open_reason": told,
    }
    return Dossier(**members)


def card(
    change: Change,
    history: Sequence[DossierEvent],
    view: View,
    has_receipt: bool,
    words: Words,
    calendar: Calendar,
    now: datetime,
    settings: Settings,
) -> list[Message]:
    """The messages that tell this change in the given view (guides, "Status card")."""
    until = (change.event.occurred_at, change.event.id or 0)
    walked = [event for event in history if (event.occurred_at, event.id or 0) <= until]
    return status_card(
        as_of(change),
        walked,
        words,
        calendar,
        now,
        view,
        settings,
        linked=True,
        has_receipt=has_receipt,
    )


def facts(change: Change, words: Words, *, full: bool) -> dict[str, str]:
    """Every fact of a change a template may name."""
    return dossier_facts(as_of(change), change.event.occurred_at, words, full=full)


def dossier_facts(dossier: Dossier, at: datetime, words: Words, *, full: bool) -> dict[str, str]:
    """Facts for ZBS templates, each at most 200 characters, "" where nothing is known.

    ``at`` is the moment the message is about. ``full`` gives the owner's whole name; a phone
    number written down at a counter may be somebody else's, so messages to bare phones carry
    it masked.
    """
    step = f"card.step.{dossier.state}"
    values = {
        "code": dossier.code,
        "name": card_lines.owner(dossier, full),
        "state": card_lines.status_words(dossier, words, full),
        "step": words(step) if words.has(step) else "",
        "procedure": dossier.procedure_name,
        "field": dossier.field_name,
        "unit": dossier.unit_name,
        "agency": dossier.agency_name,
        "date": times.show(at),
        "received": _shown(dossier.received_at),
        "promised": _shown(dossier.promised_at),
        "reason": dossier.open_reason,
        "next": card_lines.next_step(dossier, words),
    }
    return {name: shorten(value, _LONGEST_FACT) for name, value in values.items()}


def _shown(at: datetime | None) -> str:
    return times.show(at) if at else ""
