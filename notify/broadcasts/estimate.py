"""What an announcement will reach, cost and take, before a word of it is sent.

The policy that decides at send time is asked here too, once for each kind of person, so that the
estimate and the bill cannot follow different rules.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from pydantic import BaseModel
from sqlmodel import Session

from clock import VIETNAM
from notify.broadcasts.audience import Audience
from notify.broadcasts.content import content_of, terms_of
from notify.broadcasts.topics import BY_KEY
from notify.pace import paced_limit
from notify.policy import (
    Channel,
    Drop,
    Facts,
    Quotas,
    RecipientFacts,
    Send,
    Terms,
    decide,
    next_opening,
)
from settings import Settings
from store import allowances, audience, broadcasts, scopes
from store.audience import Kind, Question
from store.tables import Broadcast, Lane

#: Facts stand for people whose moments lie well inside their span.
_SPOKE = {3: timedelta(hours=1), 2: timedelta(days=3), 1: timedelta(days=30)}
_YEARS_AGO = timedelta(days=400)


class Share(BaseModel):
    """What goes by one way: people, messages, VND."""

    people: int = 0
    messages: int = 0
    cost: int = 0


class Estimate(BaseModel):
    """The promise. ``shares`` by channel, ``allowance`` for package messages; reasons by word."""

    at: datetime
    matched: int = 0
    reach: int = 0
    shares: dict[str, Share] = {}
    excluded: dict[str, int] = {}
    cost: int = 0
    messages: int = 0
    #: Messages of the monthly package that will be used, and that are left before.
    allowance: int = 0
    allowance_left: int = 0
    #: How long the sending takes at the permitted rate.
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Sorted:
    """An estimate with the kinds of people that belong to it, for fixing the recipients."""

    estimate: Estimate
    codes: tuple[int, ...]
    by_phone: bool


@dataclass(frozen=True, slots=True)
class Met:
    """An audience as it was counted: people by `Kind`, phones without a follower, the allowance."""

    now: datetime
    at: datetime
    left: int
    phones: int
    kinds: dict[int, int]


@dataclass
class _Sum:
    shares: dict[str, Share] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)
    codes: list[int] = field(default_factory=list)
    allowance: int = 0

    def add(self, name: str, people: int, messages: int, cost: int) -> None:
        share = self.shares.setdefault(name, Share())
        share.people += people
        share.messages += messages
        share.cost += cost


def question(session: Session, row: Broadcast, settings: Settings, now: datetime) -> Question:
    """The announcement's audience as the database is asked for it."""
    wanted = Audience.model_validate(row.audience)
    agencies = wanted.agencies or ((row.agency_id,) if row.agency_id else ())
    topic = BY_KEY.get(row.topic)
    since = now - timedelta(days=settings.broadcast_pause_days)
    recent = broadcasts.started_since(session, since, but=row.id) if not row.urgent else ()
    return Question(
        now=now,
        topic=row.topic,
        topic_wanted=topic.wanted if topic else True,
        urgent=row.urgent,
        units=scopes.units_of(session, agencies) if agencies else None,
        fields=wanted.fields,
        procedures=wanted.procedures,
        states=wanted.states,
        promised=(_midnight(wanted.promised_from, 0), _midnight(wanted.promised_to, 1)),
        received_after=now - timedelta(days=wanted.submitted_days),
        interacted_after=(
            now - timedelta(days=wanted.interacted_days) if wanted.interacted_days else None
        ),
        tags=wanted.tags,
        languages=wanted.languages,
        subscribed_only=wanted.subscribed_only,
        listed=row.id if wanted.listed else None,
        about_dossiers=wanted.about_dossiers or bool(row.agency_id),
        follow_opens_window=settings.follow_opens_window,
        recent=recent,
    )


def estimate(
    session: Session, row: Broadcast, settings: Settings, now: datetime, at: datetime
) -> Sorted:
    """Count and sort the audience as if it were told at ``at``; reads only.

    People the policy would only make wait (for the morning) are reached.
    """
    content = content_of(row)
    met = meet(session, row, settings, now, at)
    terms = terms_of(row.way, content, urgent=row.urgent)
    return sort(met, terms, len(content.parts()), settings)


def meet(session: Session, row: Broadcast, settings: Settings, now: datetime, at: datetime) -> Met:
    """The audience in numbers, asked of the database once; `sort` may then be asked many times.

    What may not disturb anybody now is judged as of the hour when it may.
    """
    at = at if row.urgent else next_opening(at, settings)
    asked = question(session, row, settings, at)
    return Met(
        now=now,
        at=at,
        left=allowances.left(session, now, settings.consultation_allowance),
        phones=audience.phones(session, asked),
        kinds=audience.kinds(session, asked),
    )


def sort(met: Met, terms: Terms, parts: int, settings: Settings) -> Sorted:
    """What each person of the audience gets under these terms; ``parts`` messages a person."""
    at, left, phones, found = met.at, met.left, met.phones, met.kinds
    total = _Sum()
    by_phone = Channel.zbs_phone in terms.channels
    # Those who cost nothing first, then those the package pays, as the allowance runs out.
    for code, people in sorted(found.items(), key=lambda item: -(item[0] & 3)):
        left -= _sort(total, code, people, parts, terms, at, settings, left)
    if phones and by_phone:
        price = terms.phone_price
        cost = settings.zbs_phone_price if price is None else price
        total.add(Channel.zbs_phone.value, phones, phones, phones * cost)
    elif phones:
        total.excluded["no_follower"] += phones
    return Sorted(
        _told(total, sum(found.values()) + phones, met.now, left, settings),
        tuple(total.codes),
        by_phone,
    )


def _sort(
    total: _Sum,
    code: int,
    people: int,
    parts: int,
    terms: Terms,
    at: datetime,
    settings: Settings,
    left: int,
) -> int:
    """Add one kind of person to the sum; answers how many package messages they use."""
    if reason := _unwanted(code):
        total.excluded[reason] += people
        return 0
    facts = _facts(terms, at)
    person = recipient_of(code, at)
    decision = decide(facts, person, at, settings, Quotas(left))
    if isinstance(decision, Drop):
        total.excluded[decision.reason] += people
        return 0
    total.codes.append(code)
    if not isinstance(decision, Send):
        total.add("night", people, people, 0)
        return 0
    if not decision.allowance:
        messages = parts if decision.channel is Channel.consultation else 1
        count = people * messages
        total.add(decision.channel.value, people, count, count * decision.cost)
        return 0
    covered = min(people, left // parts)
    total.add("allowance", covered, covered * parts, 0)
    total.allowance += covered * parts
    if people > covered:
        _beyond(total, people - covered, parts, decide(facts, person, at, settings, Quotas(0)))
    return covered * parts


def _beyond(total: _Sum, people: int, parts: int, decision: object) -> None:
    """Those for whom the package has nothing left."""
    if not isinstance(decision, Send):
        total.excluded["allowance"] += people
        return
    messages = people * (parts if decision.channel is Channel.consultation else 1)
    total.add(decision.channel.value, people, messages, messages * decision.cost)


def _unwanted(code: int) -> str:
    """Reasons that are no business of the policy: the topic, and too much of a good thing."""
    kind = Kind(code)
    silent = Kind.silenced | Kind.withdrawn | Kind.refused_us | Kind.left
    if kind & silent:
        return ""
    if kind & Kind.declined:
        return "topic"
    return "told_recently" if kind & Kind.told else ""


def _facts(terms: Terms, at: datetime) -> Facts:
    return Facts(
        lane=Lane.broadcast,
        kind="broadcast",
        created_at=at,
        free_form=Channel.consultation in terms.channels,
        template=bool(terms.channels & {Channel.zbs_uid, Channel.zbs_phone}),
        terms=terms,
    )


def recipient_of(code: int, at: datetime) -> RecipientFacts:
    """A person of this kind as the policy sees them."""
    kind = Kind(code)
    spoke = _SPOKE.get(code & 3)
    last = at - spoke if spoke else None
    followed_at = None
    if kind & Kind.known_this_year and last is None:
        followed_at = at - timedelta(days=100)
    elif not kind & Kind.known_this_year and last is not None:
        last = at - _YEARS_AGO
    return RecipientFacts(
        uid="somebody",
        followed=bool(kind & Kind.followed),
        followed_at=followed_at,
        unfollowed_at=at if kind & Kind.left else None,
        last_interaction_at=last,
        welcome_sent=99,
        notify=not kind & Kind.silenced,
        unreachable="blocked"
        if kind & Kind.refused_us
        else "inactive"
        if kind & Kind.unreachable
        else "",
        withdrawn=bool(kind & Kind.withdrawn),
    )


def _told(total: _Sum, matched: int, now: datetime, left: int, settings: Settings) -> Estimate:
    messages = sum(share.messages for share in total.shares.values())
    rate = paced_limit(settings.zalo_rate_per_minute, settings.broadcast_reserve_percent)
    return Estimate(
        at=now,
        matched=matched,
        reach=sum(share.people for share in total.shares.values()),
        shares=total.shares,
        excluded=dict(total.excluded),
        cost=sum(share.cost for share in total.shares.values()),
        messages=messages,
        allowance=total.allowance,
        allowance_left=left + total.allowance,
        seconds=-(-messages * 60 // rate),
    )


def _midnight(day: date | None, days: int) -> datetime | None:
    """The beginning of a Vietnamese day, or of one so many days later."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=days), time(0), VIETNAM)
