"""Messages the clock causes: reminders of what the citizen must do, apologies for being late."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.messages import Button, Query, Text, split, to_json
from clock import VIETNAM
from dossiers import times
from dossiers.card import payment_button
from dossiers.workdays import Calendar
from notify import cards
from notify.calendars import calendar_of
from notify.templates import configured
from settings import Settings
from store import recipients, reminders
from store.engine import Database
from store.outbox import Draft, enqueue
from store.recipients import Recipient
from store.tables import Dossier, Lane, State
from wording import Words

APOLOGY = "apology"
KINDS = tuple(f"reminder_{state.value}" for state in reminders.WAITING)
#: Without a promised date a request is repeated after this many working days.
_DAYS_AFTER_REQUEST = 3
#: Older requests are history that was loaded, or hopeless.
_REQUEST_LIFE = timedelta(days=180)
#: A reminder that a stopped machine missed is still worth sending this long.
_CATCH_UP = timedelta(days=7)
#: Who is late for longer than this when apologies are switched on was told otherwise.
_OVERDUE_LIFE = timedelta(days=30)
_PAGE = 300


def reminder_day(dossier: Dossier, calendar: Calendar, days_before: int) -> date:
    """The day on which the citizen is reminded of a standing request.

    ``days_before`` working days before the promised date, when that lies after the day of the
    request; else 3 working days after the request.
    """
    asked = times.local_date(dossier.state_at)
    if dossier.promised_at is not None:
        day = times.local_date(dossier.promised_at)
        for _ in range(days_before):
            day = _workday_before(day, calendar)
        if day > asked:
            return day
    return times.local_date(calendar.add_workdays(dossier.state_at, _DAYS_AFTER_REQUEST))


def _workday_before(day: date, calendar: Calendar) -> date:
    day -= timedelta(days=1)
    while not calendar.is_workday(day):
        day -= timedelta(days=1)
    return day


def remind(database: Database, settings: Settings, now: datetime) -> int:
    """Queue today's reminders; answers how many rows. Running it again adds nothing."""
    calendar = calendar_of(settings)
    today = now.astimezone(VIETNAM).date()
    total = after = 0
    while True:
        with database.read() as session:
            page = reminders.waiting(session, now - _REQUEST_LIFE, KINDS, after, _PAGE)
        if not page:
            return total
        after = page[-1].id or 0
        due = [
            dossier
            for dossier in page
            if today - _CATCH_UP
            <= reminder_day(dossier, calendar, settings.reminder_days_before)
            <= today
        ]
        if due:
            with database.write(wake=True) as session:
                people = recipients.of_dossiers(session, due)
                drafts = [draft for one in due for draft in _reminders(one, people, settings, now)]
                total += enqueue(session, drafts, now)


def apologise(database: Database, settings: Settings, now: datetime) -> int:
    """Queue an apology for each dossier that just became late; answers how many rows.

    Once in a dossier's life, and never while a supplement still extends the promised date.
    """
    calendar = calendar_of(settings)
    total = after = 0
    while True:
        with database.write(wake=True) as session:
            page = reminders.overdue(session, now - _OVERDUE_LIFE, now, after, _PAGE)
            if not page:
                return total
            after = page[-1].id or 0
            late = [dossier for dossier in page if _is_late(dossier, calendar, now)]
            if late:
                people = recipients.of_dossiers(session, late)
                drafts = [draft for one in late for draft in _apologies(one, people, settings, now)]
                total += enqueue(session, drafts, now)
                reminders.mark_excused(session, [one.id for one in late if one.id], now)


def _is_late(dossier: Dossier, calendar: Calendar, now: datetime) -> bool:
    if dossier.promised_at is None:
        return False
    pauses = [
        (datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None)
        for start, end in dossier.pauses
        if start
    ]
    return calendar.with_pauses(dossier.promised_at, pauses) < now


def _reminders(
    dossier: Dossier,
    people: Mapping[int, Sequence[Recipient]],
    settings: Settings,
    now: datetime,
) -> Iterator[Draft]:
    kind = f"reminder_{dossier.state}"
    cause = f"rem:{dossier.id}:{int(dossier.state_at.timestamp())}"

    def said(words: Words) -> Sequence[Text]:
        text = words(
            f"notices.reminder.{dossier.state}",
            code=dossier.code,
            reason=dossier.open_reason,
            promised=times.show(dossier.promised_at) if dossier.promised_at else "",
            unit=dossier.unit_name,
        )
        return split(
            f"{text}\n{words('notices.reminder.done')}", _buttons(dossier, words, settings)
        )

    return _to_all(dossier, people, kind, cause, said, settings, now)


def _apologies(
    dossier: Dossier,
    people: Mapping[int, Sequence[Recipient]],
    settings: Settings,
    now: datetime,
) -> Iterator[Draft]:
    def said(words: Words) -> Sequence[Text]:
        text = words(
            "notices.apology.text",
            code=dossier.code,
            promised=times.show(dossier.promised_at) if dossier.promised_at else "",
            unit=dossier.unit_name,
        )
        return split(text, _buttons(dossier, words, settings))

    return _to_all(dossier, people, APOLOGY, f"late:{dossier.id}", said, settings, now)


def _buttons(dossier: Dossier, words: Words, settings: Settings) -> list[Button]:
    found: list[Button] = [Query(words("notices.button.look"), f"#hoso {dossier.code}")]
    pay = payment_button(dossier, words, settings)
    if dossier.state == State.payment_required and pay:
        found.append(pay)
    found.append(Query(words("card.button.menu"), "#menu"))
    return found


def _to_all(
    dossier: Dossier,
    people: Mapping[int, Sequence[Recipient]],
    kind: str,
    cause: str,
    said: Callable[[Words], Sequence[Text]],
    settings: Settings,
    now: datetime,
) -> Iterator[Draft]:
    """One message to everybody who may see the dossier, else to its phone by ZBS."""
    entitled = [person for person in people.get(dossier.id or 0, ()) if person.entitled]
    for person in entitled:
        words = Words(person.language, settings)
        for number, message in enumerate(said(words)):
            # Half a message must not become a second template.
            facts = (
                {} if number else cards.dossier_facts(dossier, dossier.state_at, words, full=True)
            )
            part = f":{number}" if number else ""
            yield _draft(
                dossier,
                f"{cause}:{person.uid}{part}",
                "continued" if number else kind,
                message,
                facts,
                settings,
                now,
                uid=person.uid,
            )
    reachable = dossier.phone and dossier.zalo_notify and configured(kind, settings)
    if not entitled and reachable:
        words = Words("vi", settings)
        facts = cards.dossier_facts(dossier, dossier.state_at, words, full=False)
        text = Text(words("notices.by_phone", **{k: facts[k] for k in ("code", "state", "date")}))
        yield _draft(
            dossier, f"{cause}:phone", kind, text, facts, settings, now, phone=dossier.phone
        )


def _draft(
    dossier: Dossier,
    key: str,
    kind: str,
    message: Text,
    facts: dict[str, str],
    settings: Settings,
    now: datetime,
    *,
    uid: str = "",
    phone: str = "",
) -> Draft:
    return Draft(
        dedupe_key=key,
        lane=Lane.reminder,
        kind=kind,
        body=to_json(message),
        correlation_id=f"clock-{key.split(':')[0]}-{dossier.id}",
        due_at=now,
        uid=uid,
        phone=phone,
        facts=facts,
        dossier_id=dossier.id,
        expires_at=now + timedelta(hours=settings.status_expiry_hours),
    )
