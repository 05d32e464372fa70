"""A change of a dossier becomes messages, in the transaction that changes it (design, "Change").

Whoever may know is written to: full cards for proven phones and held receipts, "there is news"
for claims, ZBS by phone where nobody follows and the counter's tick was given. Where no channel
exists, a dropped row says why, so that staff see it. Whether a message really goes is decided
when it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.messages import File, Message, Text, to_json
from dossiers.card import View
from dossiers.own_receipt import PREFIX, own_receipt
from dossiers.workdays import Calendar
from notify import cards
from notify.calendars import calendar_of
from notify.cards import Change
from notify.templates import configured
from settings import Settings
from store import recipients
from store.outbox import Draft, enqueue
from store.recipients import Recipient
from store.tables import Dossier, DossierEvent, Lane
from wording import Words

#: Tells no more than that there is news; the only kind a bare claim may get.
HINT = "status_hint"
#: The rest of a card that did not fit; no template may stand in for half a card.
CONTINUED = "continued"
RECEIPT = "receipt_file"
_RECEPTION = 2
#: A receipt that arrives later than this after the reception is no news any more.
_RECEIPT_LIFE = timedelta(days=30)


def announce_change(
    session: Session,
    dossier: Dossier,
    event_row: DossierEvent,
    *,
    settings: Settings,
    now: datetime,
    correlation_id: str,
) -> int:
    """Queue what one event means for everybody who may know; answers how many rows are new."""
    change = Change(dossier, event_row)
    return announce_changes(
        session, [change], settings=settings, now=now, correlation_id=correlation_id
    )


def announce_changes(
    session: Session,
    changes: Sequence[Change],
    *,
    settings: Settings,
    now: datetime,
    correlation_id: str,
) -> int:
    """The same for a list, with a number of queries that does not grow with it.

    Events must have their ids. Rows queued before for the same event and recipient are left as
    they are, so announcing twice says nothing twice.
    """
    if not changes:
        return 0
    ids = sorted({change.dossier.id for change in changes if change.dossier.id is not None})
    desk = _Desk(
        settings,
        now,
        correlation_id,
        recipients.of_dossiers(session, (change.dossier for change in changes)),
        recipients.histories(session, ids),
        recipients.receipt_media(session, ids),
    )
    return enqueue(session, [draft for change in changes for draft in desk.drafts(change)], now)


def announce_receipt(
    session: Session,
    dossier: Dossier,
    *,
    settings: Settings,
    now: datetime,
    correlation_id: str,
) -> int:
    """Send the receipt PDF that came after the reception was told, once to each follower.

    Before the reception nothing is sent: the file then goes behind the card of "Tiếp nhận".
    """
    if dossier.id is None:
        return 0
    media = recipients.receipt_media(session, [dossier.id]).get(dossier.id)
    since = now - _RECEIPT_LIFE
    if media is None or not recipients.reception_announced(session, dossier.id, since):
        return 0
    people = recipients.of_dossiers(session, [dossier]).get(dossier.id, [])
    desk = _Desk(settings, now, correlation_id, {}, {}, {dossier.id: media})
    before = recipients.receipts_sent(session, dossier.id)
    drafts = []
    for who in people:
        waits, named = before.get(who.uid, (False, ""))
        # One that still waits takes the new file by itself when it goes.
        if who.entitled and not waits:
            ours = named.startswith(PREFIX)
            drafts.append(desk.receipt(dossier, None, who, again=ours))
    return enqueue(session, drafts, now)


@dataclass
class _Desk:
    """Everything read once for a batch; writes the drafts of each change."""

    settings: Settings
    now: datetime
    correlation_id: str
    people: Mapping[int, Sequence[Recipient]]
    histories: Mapping[int, Sequence[DossierEvent]]
    media: Mapping[int, str]
    _words: dict[str, Words] = field(default_factory=dict)
    _cards: dict[tuple[int | None, str, View], list[Message]] = field(default_factory=dict)

    def drafts(self, change: Change) -> Iterator[Draft]:
        """All rows one change causes, in the order they are to arrive."""
        people = self.people.get(change.dossier.id or 0, ())
        entitled = [person for person in people if person.entitled]
        yield from self._to_entitled(change, entitled)
        for person in people:
            if not person.entitled:
                yield from self._hint(change, person)
        # A stranger's claim must not take the message away from the phone's owner.
        if not entitled:
            yield self._to_phone(change, claimed=bool(people))

    def _to_entitled(self, change: Change, entitled: Sequence[Recipient]) -> Iterator[Draft]:
        dossier, event = change.dossier, change.event
        spare = self._spare_phone(dossier, entitled)
        for person in entitled:
            words = self.words(person.language)
            for number, message in enumerate(self._card(change, words, View.full)):
                kind = CONTINUED if number else change.kind
                told = {} if number else cards.facts(change, words, full=True)
                phone = dossier.phone if person is spare and not number else ""
                yield self._draft(change, person.uid, kind, message, told, phone=phone, part=number)
            if event.national_state == _RECEPTION and self.receipt_key(dossier):
                yield self.receipt(dossier, event, person)

    def _spare_phone(self, dossier: Dossier, entitled: Sequence[Recipient]) -> Recipient | None:
        """Who may be reached by ZBS at the dossier's phone instead: one, or it rings twice."""
        proven = [person for person in entitled if person.verified]
        return proven[0] if proven and dossier.zalo_notify else None

    def _hint(self, change: Change, person: Recipient) -> Iterator[Draft]:
        words = self.words(person.language)
        told = {"code_tail": change.dossier.code[-4:]}
        for number, message in enumerate(self._card(change, words, View.code_only)):
            kind = CONTINUED if number else HINT
            yield self._draft(
                change, person.uid, kind, message, {} if number else told, part=number
            )

    def _to_phone(self, change: Change, *, claimed: bool) -> Draft:
        """ZBS by phone, or the record of why nobody is told."""
        words = self.words("vi")
        dossier = change.dossier
        reason = self._why_unreachable(change, claimed)
        if reason:
            return self._draft(change, "", change.kind, None, {}, dropped=reason)
        told = cards.facts(change, words, full=False)
        text = Text(words("notices.by_phone", **{k: told[k] for k in ("code", "state", "date")}))
        return self._draft(change, "", change.kind, text, told, phone=dossier.phone)

    def _why_unreachable(self, change: Change, claimed: bool) -> str:
        dossier = change.dossier
        if not dossier.phone:
            problem = dossier.phone_problem
            return ("erased" if problem == "erased" else "phone_invalid") if problem else "no_phone"
        if not dossier.zalo_notify:
            return "not_verified" if claimed else "no_tick"
        if configured(change.kind, self.settings) is None:
            return "not_verified" if claimed else "no_follower"
        return ""

    def receipt_key(self, dossier: Dossier) -> str:
        """The media key of the dossier's receipt: the one-stop software's, else our own."""
        return self.media.get(dossier.id or 0, "") or own_receipt(dossier, self.settings)

    def receipt(
        self,
        dossier: Dossier,
        event: DossierEvent | None,
        person: Recipient,
        *,
        again: bool = False,
    ) -> Draft:
        """The receipt PDF for one follower; the key makes it once a dossier and follower.

        Ours waits a little: the one-stop software's own may follow on the heels of the event; when
        it comes after ours went, it goes too (``again``), once.
        """
        stored = dossier.id in self.media
        wait = timedelta(seconds=0 if stored else self.settings.receipt_wait_seconds)
        name = self.words(person.language)("notices.receipt_name", code=dossier.code)
        return Draft(
            dedupe_key=f"receipt:{dossier.id}:{person.uid}{':given' if again else ''}",
            lane=Lane.status,
            kind=RECEIPT,
            body=to_json(File(self.receipt_key(dossier), name)),
            correlation_id=self.correlation_id,
            due_at=self.now + wait,
            uid=person.uid,
            dossier_id=dossier.id,
            dossier_event_id=event.id if event else None,
            expires_at=self._expiry(),
        )

    def _draft(
        self,
        change: Change,
        uid: str,
        kind: str,
        message: Message | None,
        told: dict[str, str],
        *,
        phone: str = "",
        part: int = 0,
        dropped: str = "",
    ) -> Draft:
        recipient = uid or "phone"
        suffix = f":{part}" if part else ""
        return Draft(
            dedupe_key=f"ev:{change.event.id}:{recipient}:{kind}{suffix}",
            lane=Lane.status,
            kind=kind,
            body=to_json(message) if message else {},
            correlation_id=self.correlation_id,
            due_at=self.now,
            uid=uid,
            phone=phone,
            facts=told,
            dossier_id=change.dossier.id,
            dossier_event_id=change.event.id,
            expires_at=self._expiry(),
            dropped=dropped,
        )

    def _expiry(self) -> datetime:
        return self.now + timedelta(hours=self.settings.status_expiry_hours)

    def words(self, language: str) -> Words:
        """The catalogue in a language, made once."""
        if language not in self._words:
            self._words[language] = Words(language, self.settings)
        return self._words[language]

    def _card(self, change: Change, words: Words, view: View) -> list[Message]:
        key = (change.event.id, words.language, view)
        if key not in self._cards:
            dossier_id = change.dossier.id or 0
            self._cards[key] = cards.card(
                change,
                self.histories.get(dossier_id, ()),
                view,
                bool(self.receipt_key(change.dossier)),
                words,
                self._calendar,
                self.now,
                self.settings,
            )
        return self._cards[key]

    @property
    def _calendar(self) -> Calendar:
        return calendar_of(self.settings)
