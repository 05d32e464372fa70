"""The lines a card is made of; a line without anything to say is ""."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from clock import VIETNAM
from dossiers import times
from dossiers.names import fold, mask_name
from dossiers.states import FINAL, progress
from dossiers.workdays import Calendar
from store.tables import Dossier, DossierEvent, State
from wording import Words

#: Shapes, not colours, tell the steps apart (domain 4.7).
MARKS = {"done": "✔", "current": "●", "ahead": "○"}
_WITHIN_PROCESSING = (State.assigned, State.appraising, State.signing)
_ASKS_CITIZEN = (State.supplement_required, State.refused, State.stopped, State.payment_required)


def owner(dossier: Dossier, full: bool) -> str:
    """The owner's name, masked for strangers."""
    return dossier.owner_name if full else mask_name(dossier.owner_name)


def greeting(dossier: Dossier, words: Words, full: bool) -> str:
    """ "Xin chào ông/bà {TÊN}"; strangers are greeted without the name."""
    if not (full and dossier.owner_name):
        return words("card.hello")
    known = "organisation" if dossier.applicant_type == "organisation" else "citizen"
    return words(f"card.hello_{known}", name=dossier.owner_name)


def headline(dossier: Dossier, words: Words) -> str:
    """The code, marked "(Nộp online)" when it was filed before anybody received it.

    A dossier handed in at the counter is filed and received in one act, so an earlier filing
    time means that it came online; the exchange has no agreed field for it (domain 3.3).
    """
    filed, received = dossier.submitted_at, dossier.received_at
    online = filed is not None and (received is None or filed < received)
    return f"{dossier.code} {words('card.online')}" if online else dossier.code


def status_words(dossier: Dossier, words: Words, full: bool) -> str:
    """The state in citizens' words with the step inside it.

    Step words nobody mapped are the source system's free text: only owners see them.
    """
    state = State(dossier.state)
    label = words(f"card.state.{state.value}")
    step = words(f"card.step.{state.value}") if state in _WITHIN_PROCESSING else ""
    told = dossier.step if full else ""
    if told and fold(told) not in fold(label):
        step = told
    return f"{label} – {step}" if step else label


def status_fields(dossier: Dossier, words: Words, full: bool) -> list[str]:
    """The fields of the status card in the guide's order, nothing cut."""
    pairs = [
        ("receipt_number", (full and dossier.receipt_number) or dossier.code),
        ("code", dossier.code if full and dossier.receipt_number else ""),
        ("owner", owner(dossier, full)),
        *_places(dossier),
        ("received", _at(dossier.received_at)),
        ("promised", _at(dossier.promised_at)),
        ("state", status_words(dossier, words, full)),
    ]
    return _labelled(pairs, words)


def lookup_fields(dossier: Dossier, words: Words, full: bool) -> list[str]:
    """The fields of the lookup result: subject, owner, office and the five dates."""
    subject = (full and dossier.summary) or dossier.procedure_name
    ready = dossier.result_ready_at
    pairs = [
        ("subject", subject),
        ("receipt_number", dossier.receipt_number if full else ""),
        ("owner", owner(dossier, full)),
        *_places(dossier, beside=subject),
        ("submitted", _at(dossier.submitted_at)),
        ("received", _at(dossier.received_at)),
        ("promised", _at(dossier.promised_at)),
        ("ready", _at(ready)),
    ]
    between = words("card.ready_since", code=dossier.code) if ready else ""
    if dossier.state == State.result_ready:
        postal = "buu" in fold(dossier.result_form)
        between = words("card.waiting_post" if postal else "card.waiting", code=dossier.code)
    rest = [
        ("delivered", _at(dossier.delivered_at)),
        ("state", status_words(dossier, words, full)),
    ]
    dashed = [f"- {line}" for line in _labelled(pairs, words)]
    return [*dashed, between, *(f"- {line}" for line in _labelled(rest, words))]


def _places(dossier: Dossier, beside: str = "") -> list[tuple[str, str]]:
    return [
        ("field", dossier.field_name),
        ("procedure", dossier.procedure_name if dossier.procedure_name != beside else ""),
        ("unit", dossier.unit_name),
        ("agency", dossier.agency_name),
        ("result_form", dossier.result_form),
    ]


def _labelled(pairs: Iterable[tuple[str, str]], words: Words) -> list[str]:
    return [f"{words(f'card.field.{name}')}: {value}" for name, value in pairs if value]


def _at(moment: datetime | None) -> str:
    return times.show_seconds(moment) if moment else ""


def progress_lines(dossier: Dossier, events: Sequence[DossierEvent], words: Words) -> list[str]:
    """Where it stands on the six steps: once as a sentence, once as a line of marks."""
    walked = sorted(
        (event for event in events if event.outcome != "foreign"),
        key=lambda event: (event.occurred_at, event.id or 0),
    )
    state = State(dossier.state)
    steps = progress(state, [State(event.state) for event in walked]).steps
    reached = max((at for at, (_, mark) in enumerate(steps) if mark != "ahead"), default=0)
    name = words(f"card.step.{steps[reached][0]}")
    kind = "done" if reached == len(steps) - 1 and state is State.result_delivered else "at"
    if state in FINAL and kind != "done":
        kind = "ended"
    said = words(f"card.progress.{kind}", step=reached + 1, steps=len(steps), name=name)
    drawn = " → ".join(f"{MARKS[mark]} {words(f'card.step.{key}')}" for key, mark in steps)
    return [said, drawn]


def term(dossier: Dossier, words: Words, calendar: Calendar, now: datetime) -> str:
    """Working days left, late, or how the result came against the promised date (domain 4.3)."""
    state = State(dossier.state)
    if dossier.promised_at is None or state in (State.refused, State.withdrawn, State.stopped):
        return ""
    pauses = _pauses(dossier)
    due = calendar.with_pauses(dossier.promised_at, pauses, now)
    if state in (State.result_ready, State.result_delivered):
        return _outcome(dossier.result_ready_at or dossier.delivered_at, due, words, calendar)
    if state is State.supplement_required:
        return words("card.term.paused")
    days = calendar.days_left(dossier.promised_at, now, pauses)
    spoken = times.spoken_date(due) if words.language == "vi" else times.show(due)
    if now > due:
        return words("card.term.late" if days < 0 else "card.term.late_today", days=-days)
    today = due.astimezone(VIETNAM).date() == now.astimezone(VIETNAM).date()
    kind = "left" if days > 0 else "today" if today else "soon"
    return words(f"card.term.{kind}", days=days, date=spoken)


def _outcome(done: datetime | None, due: datetime, words: Words, calendar: Calendar) -> str:
    if done is None:
        return ""
    days = calendar.workdays_between(
        done.astimezone(VIETNAM).date(), due.astimezone(VIETNAM).date()
    )
    if days > 0:
        return words("card.term.early", days=days)
    return words("card.term.on_time") if days == 0 else words("card.term.overran", days=-days)


def _pauses(dossier: Dossier) -> list[tuple[datetime, datetime | None]]:
    return [
        (datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None)
        for start, end in dossier.pauses
        if start
    ]


def reason(dossier: Dossier, words: Words, full: bool) -> str:
    """Why, or what to add: the text for owners, the way to it for others."""
    state = State(dossier.state)
    if full and dossier.open_reason:
        name = state.value if state in _ASKS_CITIZEN else "other"
        return words(f"card.reason.{name}", reason=dossier.open_reason)
    return words("card.reason.hidden") if dossier.open_reason and state in _ASKS_CITIZEN else ""


def next_step(dossier: Dossier, words: Words) -> str:
    """What the citizen must do now; never a bare status (domain 6)."""
    return words(f"card.next.{State(dossier.state).value}")
