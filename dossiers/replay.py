"""What a pile of progress events amounts to: a pure fold, the same for every order of arrival.

Source systems repeat events, send them late and go backwards (domain 3.2). The facts of a dossier
are therefore never updated in place but folded anew from all its events in order of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from dossiers.national import NEEDS_REASON, from_national
from store.tables.dossiers import State


@dataclass(frozen=True)
class EventFacts:
    """What the fold needs of one event. Times are aware; ``national`` is 1-10."""

    id: int
    national: int
    step: str
    occurred_at: datetime
    recorded_at: datetime
    content: str = ""
    promised_at: datetime | None = None


class Pause(NamedTuple):
    """An interval in which a supplement stopped the clock; ``end`` is None while it still does."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class DossierFacts:
    """What is true of a dossier after all its events.

    ``state_at`` is when the present state was entered (None without events). The five dates are
    None until they happened; a result that was taken back (a later event is at work again) has
    no date. ``pauses`` are those that still move ``promised_at``: a new promised date already
    accounts for the ones before it. ``open_reason`` is what a supplement, payment, refusal or
    stop that still stands says. ``history`` is the states passed, oldest first, repeats merged.
    """

    state: State
    national: int
    step: str
    state_at: datetime | None
    submitted_at: datetime | None
    received_at: datetime | None
    promised_at: datetime | None
    result_ready_at: datetime | None
    delivered_at: datetime | None
    pauses: tuple[Pause, ...]
    open_reason: str
    history: tuple[State, ...]


@dataclass(frozen=True)
class _Stay:
    """A run of events in one state."""

    state: State
    events: tuple[EventFacts, ...]

    @property
    def since(self) -> datetime:
        return self.events[0].occurred_at


#: Codes whose content stays open while the state stands; 6 says what to pay.
_SPEAKS = NEEDS_REASON | {6}
_AT_WORK_AGAIN = frozenset({1, 2, 4, 5, 6})


def replay(events: Sequence[EventFacts], promised_at: datetime | None = None) -> DossierFacts:
    """Fold events, in any order and with repeats, into the dossier's facts.

    Order is (occurred_at, recorded_at, id): the source's clock decides, not the arrival.
    ``promised_at`` is the date told with the dossier itself, before any event. Events with a
    code outside 1-10 change nothing.
    """
    ordered = _in_order(events)
    stays = _stays(ordered)
    promised, since = _promise(ordered, promised_at)
    last = stays[-1] if stays else None
    return DossierFacts(
        state=last.state if last else State.submitted,
        national=last.events[-1].national if last else 1,
        step=_last_words(event.step for event in last.events) if last else "",
        state_at=last.since if last else None,
        submitted_at=_first(ordered, 1),
        received_at=_first(ordered, 2),
        promised_at=promised,
        result_ready_at=_standing(stays, State.result_ready),
        delivered_at=_standing(stays, State.result_delivered),
        pauses=_pauses(stays, since),
        open_reason=_open_reason(last),
        history=tuple(stay.state for stay in stays),
    )


def _in_order(events: Sequence[EventFacts]) -> list[EventFacts]:
    known = {event.id: event for event in sorted(events, key=_order) if 1 <= event.national <= 10}
    return sorted(known.values(), key=_order)


def _order(event: EventFacts) -> tuple[datetime, datetime, int, int, str, str, str]:
    # Beyond the id only so that even a repeated id folds the same in every order of arrival.
    promised = event.promised_at.isoformat() if event.promised_at else ""
    key = (event.occurred_at, event.recorded_at, event.id)
    return (*key, event.national, event.step, event.content, promised)


def _stays(ordered: Iterable[EventFacts]) -> list[_Stay]:
    stays: list[_Stay] = []
    for event in ordered:
        state = from_national(event.national, event.step)
        if stays and stays[-1].state == state:
            stays[-1] = _Stay(state, (*stays[-1].events, event))
        else:
            stays.append(_Stay(state, (event,)))
    return stays


def _first(ordered: Iterable[EventFacts], code: int) -> datetime | None:
    return next((event.occurred_at for event in ordered if event.national == code), None)


def _standing(stays: Sequence[_Stay], state: State) -> datetime | None:
    """When a state was entered, unless the dossier went back to work after it."""
    found: datetime | None = None
    for stay in stays:
        if stay.state == state:
            found = found or stay.since
        elif stay.events[0].national in _AT_WORK_AGAIN:
            found = None
    return found


def _promise(
    ordered: Iterable[EventFacts], promised_at: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """The promised date that counts and the moment from which it does."""
    since: datetime | None = None
    for event in ordered:
        # Many systems repeat the old date in every event; only another date is a new promise.
        if event.promised_at and event.promised_at != promised_at:
            promised_at, since = event.promised_at, event.occurred_at
    return promised_at, since


def _pauses(stays: Sequence[_Stay], since: datetime | None) -> tuple[Pause, ...]:
    found: list[Pause] = []
    ends: list[datetime | None] = [stay.since for stay in stays[1:]]
    for stay, end in zip(stays, [*ends, None], strict=False):
        if stay.state != State.supplement_required or end == stay.since:
            continue
        if since is None or end is None or end > since:
            found.append(Pause(stay.since, end))
    return tuple(found)


def _open_reason(last: _Stay | None) -> str:
    if last is None or last.events[0].national not in _SPEAKS:
        return ""
    return _last_words(event.content for event in last.events)


def _last_words(texts: Iterable[str]) -> str:
    said = [text.strip() for text in texts if text.strip()]
    return said[-1] if said else ""
