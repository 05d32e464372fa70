"""Fixing the recipients when an announcement starts, then feeding them to the outbox in pieces.

Short transactions only: a reader finds who is next, a writer stores them. A crash between two
pieces loses nothing, for the place reached is written with each piece.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.messages import Image, Message, Text
from clock import VIETNAM
from notify.alarms import open_alarm
from notify.broadcasts import content as words
from notify.broadcasts import moves
from notify.broadcasts.content import content_of, names_in, terms_of
from notify.broadcasts.estimate import estimate, question
from notify.policy import Channel
from settings import Settings
from store import audience_walks, broadcast_figures, broadcast_sending, broadcasts
from store.broadcast_sending import Person
from store.delivery import text_digest
from store.engine import Database
from store.outbox import Draft, enqueue
from store.tables import Broadcast, BroadcastState, Lane
from wording import Words

#: uid, phone, dossier: one of the first two is "".
Recipient = tuple[str, str, int | None]
#: People, where to go on ({} = that was all), and a fresh estimate or None.
Looked = tuple[list[Recipient], dict[str, Any], dict[str, Any] | None]
#: Recipients stored a transaction: the lock is then held some tens of milliseconds.
PIECE = 5000
#: Messages queued a transaction.
_FEED = 500
#: Dossiers looked at a piece; each may concern several people.
_DOSSIERS = 2500
#: The kinds of the outbox rows: the one that counts for a person, and what goes along.
MAIN, ALONG = broadcast_figures.MAIN, "broadcast_more"


def prepare(database: Database, settings: Settings, broadcast_id: int, now: datetime) -> bool:
    """Fix the next piece of the recipients; True while there may be more to do at once."""
    with database.read() as session:
        row = broadcasts.get(session, broadcast_id)
        if row is None or row.state != BroadcastState.preparing:
            return False
        place = dict(row.preparing)
        people, following, estimated = _look(session, row, settings, place, now)
    with database.write() as session:
        locked = broadcasts.lock(session, broadcast_id)
        if locked is None or locked.state != BroadcastState.preparing or locked.preparing != place:
            return True
        if estimated is not None:
            locked.estimate = estimated
        if estimated is not None and moves.grew(locked, int(estimated["reach"]), settings, now):
            text = f"Thông báo “{locked.title}” chưa gửi: {locked.reason}"
            open_alarm(session, "broadcast_grew", str(broadcast_id), text, now)
            session.add(locked)
            return False
        locked.total += broadcast_sending.fix(session, broadcast_id, people)
        locked.preparing, locked.updated_at = following, now
        if not following:
            locked.state = BroadcastState.sending
        session.add(locked)
    return True


def _look(
    session: Any, row: Broadcast, settings: Settings, place: dict[str, Any], now: datetime
) -> Looked:
    """The next piece of people, where to go on ({} = that was all), and a fresh estimate."""
    step = place.get("step", "")
    if step == "start":
        return _begin(session, row, settings, now)
    if step == "again":
        failed, after = broadcast_figures.failed_after(
            session, row.again_of or 0, int(place["after"]), PIECE
        )
        return failed, place | {"after": after} if after else {}, None
    # Everything is judged as of the start, or the kinds would shift while pieces are stored.
    asked = question(session, row, settings, datetime.fromisoformat(place["at"]))
    codes = [int(code) for code in place["codes"]]
    if step == "followers":
        uids, last = audience_walks.followers_after(session, asked, codes, place["after"], PIECE)
        return _by_uid(uids), place | {"after": last} if last else {}, None
    if step == "list":
        return _by_uid(audience_walks.of_list(session, asked, codes)), {}, None
    ids, before = audience_walks.dossiers_before(session, asked, place["after"], _DOSSIERS)
    tied = audience_walks.of_dossiers(session, asked, codes, ids)
    found: list[Recipient] = [(uid, "", dossier) for uid, dossier in tied]
    if place["phones"]:
        found += [("", phone, one) for phone, one in audience_walks.phones_of(session, asked, ids)]
    if before is not None:
        return found, place | {"after": before}, None
    # People of the list without any dossier come last: those with one are there already.
    return found, place | {"step": "list"} if asked.only_list else {}, None


def _by_uid(uids: list[str]) -> list[Recipient]:
    return [(uid, "", None) for uid in uids]


def _begin(session: Any, row: Broadcast, settings: Settings, now: datetime) -> Looked:
    if row.again_of is not None:
        return [], {"step": "again", "after": 0}, None
    counted = estimate(session, row, settings, now, now)
    by_dossier = question(session, row, settings, now).about_dossiers
    following = {
        "step": "dossiers" if by_dossier else "followers",
        "after": None if by_dossier else "",
        "at": now.isoformat(),
        "codes": list(counted.codes),
        "phones": counted.by_phone,
    }
    return [], following, counted.estimate.model_dump(mode="json")


def feed(
    database: Database, settings: Settings, broadcast_id: int, now: datetime, room: int
) -> int:
    """Queue messages for up to ``room`` more people; answers for how many, -1 when all have theirs."""
    with database.write(wake=True) as session:
        row = broadcasts.lock(session, broadcast_id, skip=True)
        if row is None or row.state != BroadcastState.sending:
            return 0
        people = broadcast_sending.next_people(session, row, min(room, _FEED))
        if not people:
            return -1
        made = _Made(row, settings)
        drafts = [draft for person in people for draft in made.drafts(person, now)]
        enqueue(session, drafts, now)
        row.fed_uid, row.fed_phone = people[-1].uid, people[-1].phone
        row.fed += len(people)
        session.add(row)
    return len(people)


class _Made:
    """Outbox rows of one announcement; what does not differ between people is made once."""

    def __init__(self, row: Broadcast, settings: Settings) -> None:
        self._row = row
        self._content = content_of(row)
        self._parts = self._content.parts()
        self._names = names_in(self._content)
        self._zbs = Channel.zbs_uid in terms_of(row.way, self._content).channels
        self._words = {language: Words(language, settings) for language in ("vi", "en")}
        self._known: dict[tuple[str, str], list[str]] = {}

    def drafts(self, person: Person, now: datetime) -> list[Draft]:
        """The messages of one person, in order; by phone only the template can go."""
        facts = self._facts(person)
        parts = self._parts if person.uid else ("main",)
        return [self._draft(person, part, facts, now) for part in parts]

    def _draft(self, person: Person, part: str, facts: dict[str, str], now: datetime) -> Draft:
        broadcast_id = self._row.id or 0
        ends = now + moves.LIFE
        body: dict[str, Any] = {"part": part, "language": person.language}
        if person.uid:
            body["echoes"] = self._echoes(part, person.language, facts)
        return Draft(
            dedupe_key=f"bc:{broadcast_id}:{person.uid or person.phone}:{part}",
            lane=Lane.broadcast,
            kind=MAIN if part == "main" else ALONG,
            body=body,
            facts=facts if part == "main" else {},
            correlation_id=f"broadcast-{broadcast_id}",
            due_at=now,
            expires_at=min(ends, self._row.expires_at) if self._row.expires_at else ends,
            uid=person.uid,
            phone=person.phone,
            dossier_id=person.dossier_id,
            broadcast_id=broadcast_id,
            dropped="topic" if person.declined else "",
        )

    def _facts(self, person: Person) -> dict[str, str]:
        known = {
            "ten": person.name or self._words[_language(person)]("broadcast.citizen"),
            "ma_ho_so": person.code,
            "thu_tuc": person.procedure,
            "ngay_hen": f"{person.promised_at.astimezone(VIETNAM):%d/%m/%Y}"
            if person.promised_at
            else "",
        }
        return {name: value for name, value in known.items() if name in self._names and value}

    def _echoes(self, part: str, language: str, facts: Mapping[str, str]) -> list[str]:
        """What Zalo's echo of it may look like (`store.delivery.echoes_of`)."""
        if facts:
            return self._looks(part, language, facts)
        key = (part, language)
        if key not in self._known:
            self._known[key] = self._looks(part, language, facts)
        return self._known[key]

    def _looks(self, part: str, language: str, facts: Mapping[str, str]) -> list[str]:
        looks = looks_of(words.message(self._content, part, language, facts))
        return [*looks, "template"] if self._zbs and part == "main" else looks


def looks_of(said: Message | None) -> list[str]:
    """The digests by which a message may be recognised in its echo."""
    if isinstance(said, Text):
        return [text_digest(said.text)]
    if isinstance(said, Image):
        return ["image", text_digest(said.text)] if said.text else ["image"]
    return ["file"] if said is not None else []


def _language(person: Person) -> str:
    return "en" if person.language == "en" else "vi"
