"""Who belongs to an audience, and what decides the way each of them can be reached.

Everything the policy looks at is folded into one number a person (`code_of`), so that a million
people are counted in one pass and the policy itself is asked once a kind of person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntFlag
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, union
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from store.tables import (
    VERIFIED,
    BroadcastListed,
    BroadcastRecipient,
    Dossier,
    DossierWatch,
    Follower,
    FollowerTag,
    PhoneLink,
    State,
    TopicChoice,
)

_PROVEN = tuple(proof.value for proof in VERIFIED)
_FREE, _PAID, _YEAR = timedelta(hours=48), timedelta(days=7), timedelta(days=365)
#: Words of Zalo or of the citizen after which nothing of ours goes (`notify.policy`).
_REFUSED_US = ("blocked", "opted_out")


class Kind(IntFlag):
    """One person's facts; the lowest two bits say how long ago they wrote."""

    #: 3: under 48 hours, 2: under 7 days, 1: longer ago, 0: never.
    spoke_week = 1
    spoke_recently = 2
    known_this_year = 4
    followed = 8
    silenced = 16
    withdrawn = 32
    refused_us = 64
    unreachable = 128
    left = 256
    declined = 512
    #: Got another announcement not long ago.
    told = 1024


@dataclass(frozen=True)
class Question:
    """An audience as the database is asked for it; empty members ask nothing."""

    now: datetime
    topic: str
    #: What counts for those who never chose.
    topic_wanted: bool = True
    urgent: bool = False
    #: Unit codes; None = everywhere.
    units: frozenset[str] | None = None
    fields: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    #: From this moment on, and before that one.
    promised: tuple[datetime | None, datetime | None] = (None, None)
    received_after: datetime | None = None
    interacted_after: datetime | None = None
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    subscribed_only: bool = False
    #: The announcement whose uploaded list counts.
    listed: int | None = None
    #: A dossier decides who belongs to it.
    about_dossiers: bool = False
    #: Whether following alone opens Zalo's window (a setting; protocol 11.6).
    follow_opens_window: bool = False
    #: Announcements of the last days that count against this one.
    #: With each how far it got: None for all of its people, else up to this UID.
    recent: tuple[tuple[int, str | None], ...] = ()

    @property
    def only_list(self) -> bool:
        """Whether standing in the uploaded list is enough; else a dossier must fit as well."""
        narrowed = self.units is not None or self.fields or self.procedures or self.states
        return self.listed is not None and not narrowed and self.promised == (None, None)


def code_of(asked: Question) -> ColumnElement[int]:
    """The `Kind` of a follower's row as a number."""
    spoke, since = col(Follower.last_interaction_at), col(Follower.followed_at)
    opened: ColumnElement[bool] = spoke.is_not(None)
    if not asked.follow_opens_window:
        opened = and_(opened, or_(since.is_(None), spoke > since))
    word = col(Follower.unreachable)
    flags: list[tuple[ColumnElement[bool], int]] = [
        (and_(opened, spoke > asked.now - _FREE), 3),
        (and_(opened, spoke <= asked.now - _FREE, spoke > asked.now - _PAID), 2),
        (and_(opened, spoke <= asked.now - _PAID), 1),
        (or_(spoke > asked.now - _YEAR, since > asked.now - _YEAR), Kind.known_this_year),
        (col(Follower.followed).is_(True), Kind.followed),
        (col(Follower.notify).is_(False), Kind.silenced),
        (col(Follower.withdrawn_at).is_not(None), Kind.withdrawn),
        (word.in_(_REFUSED_US), Kind.refused_us),
        (and_(word != "", word.not_in(_REFUSED_US)), Kind.unreachable),
        (
            and_(col(Follower.followed).is_(False), col(Follower.unfollowed_at).is_not(None)),
            Kind.left,
        ),
        (~_wants(asked), Kind.declined),
    ]
    if asked.recent and not asked.urgent:
        which = [
            col(BroadcastRecipient.broadcast_id) == number
            if fed is None
            else and_(
                col(BroadcastRecipient.broadcast_id) == number, col(BroadcastRecipient.uid) <= fed
            )
            for number, fed in asked.recent
        ]
        told = exists().where(col(BroadcastRecipient.uid) == col(Follower.uid), or_(*which))
        flags.append((told, Kind.told))
    total: ColumnElement[int] = literal(0)
    for condition, number in flags:
        total = total + case((condition, int(number)), else_=0)
    return total


def _wants(asked: Question) -> ColumnElement[bool]:
    if not asked.topic or asked.urgent:
        return literal(True)
    word = and_(col(TopicChoice.uid) == col(Follower.uid), col(TopicChoice.topic) == asked.topic)
    if asked.topic_wanted and not asked.subscribed_only:
        return ~exists().where(word, ~col(TopicChoice.wanted))
    return exists().where(word, col(TopicChoice.wanted))


def kinds(session: Session, asked: Question) -> dict[int, int]:
    """How many people of each `Kind` belong to the audience."""
    code = code_of(asked).label("code")
    inner = core_select(code).where(*people_of(asked))
    if asked.about_dossiers:
        inner = inner.where(col(Follower.uid).in_(_matched(asked)))
    counted = inner.subquery()
    rows = session.execute(core_select(counted.c.code, func.count()).group_by(counted.c.code)).all()
    return {int(number): int(count) for number, count in rows}


def phones(session: Session, asked: Question) -> int:
    """How many phones without any follower behind them belong to it, with the counter's tick."""
    if not asked.about_dossiers:
        return 0
    found = session.execute(
        core_select(func.count(func.distinct(col(Dossier.phone)))).where(*phone_rows(asked))
    )
    return int(found.scalar_one())


def tags(session: Session, limit: int = 200) -> list[tuple[str, int]]:
    """The OA's tags with how many people carry each, by name."""
    rows = session.execute(
        core_select(col(FollowerTag.tag), func.count())
        .group_by(col(FollowerTag.tag))
        .order_by(col(FollowerTag.tag))
        .limit(limit)
    )
    return [(str(tag), int(count)) for tag, count in rows]


def sample(session: Session, asked: Question, codes: Sequence[int], limit: int) -> list[Follower]:
    """A few of the people who would be told, those who wrote last first."""
    if not codes:
        return []
    wanted = core_select(Follower).where(*people_of(asked), code_of(asked).in_(codes))
    if asked.about_dossiers:
        wanted = wanted.where(col(Follower.uid).in_(_matched(asked)))
    rows = session.scalars(
        wanted.order_by(col(Follower.last_interaction_at).desc().nulls_last()).limit(limit)
    )
    return list(rows)


def people_of(asked: Question) -> list[ColumnElement[bool]]:
    """Everybody who could be told at all: followers, and those who wrote."""
    found: list[ColumnElement[bool]] = [
        or_(col(Follower.followed), col(Follower.last_interaction_at).is_not(None))
    ]
    if asked.interacted_after is not None:
        found.append(col(Follower.last_interaction_at) >= asked.interacted_after)
    if asked.languages:
        found.append(col(Follower.language).in_(asked.languages))
    if asked.tags:
        tagged = exists().where(
            col(FollowerTag.uid) == col(Follower.uid), col(FollowerTag.tag).in_(asked.tags)
        )
        found.append(tagged)
    return found


def dossiers_of(asked: Question) -> list[ColumnElement[bool]]:
    """Conditions on the dossiers that make somebody belong to it."""
    found: list[ColumnElement[bool]] = []
    if asked.units is not None:
        found.append(col(Dossier.unit_code).in_(sorted(asked.units)))
    if asked.fields:
        found.append(col(Dossier.field_name).in_(asked.fields))
    if asked.procedures:
        found.append(col(Dossier.procedure_code).in_(asked.procedures))
    if asked.states:
        found.append(col(Dossier.state).in_([state.value for state in asked.states]))
    start, end = asked.promised
    if start is not None:
        found.append(col(Dossier.promised_at) >= start)
    if end is not None:
        found.append(col(Dossier.promised_at) < end)
    if asked.received_after is not None:
        found.append(col(Dossier.created_at) >= asked.received_after)
    if asked.listed is not None:
        of_list = col(BroadcastListed.broadcast_id) == asked.listed
        found.append(
            or_(
                col(Dossier.phone).in_(
                    core_select(col(BroadcastListed.phone)).where(
                        of_list, col(BroadcastListed.phone) != ""
                    )
                ),
                col(Dossier.id).in_(
                    core_select(col(BroadcastListed.dossier_id)).where(
                        of_list, col(BroadcastListed.dossier_id) > 0
                    )
                ),
            )
        )
    return found


def ties_of(*conditions: ColumnElement[bool]) -> Any:
    """(uid, dossier_id) of proven links and held receipts (design, "Whose dossier is it?")."""
    linked: Any = (
        core_select(col(PhoneLink.uid).label("uid"), col(Dossier.id).label("dossier_id"))
        .join(Dossier, col(Dossier.phone) == col(PhoneLink.phone))
        .where(
            col(PhoneLink.revoked_at).is_(None),
            col(PhoneLink.proof).in_(_PROVEN),
            col(Dossier.phone) != "",
            *conditions,
        )
    )
    held: Any = (
        core_select(col(DossierWatch.uid), col(DossierWatch.dossier_id))
        .join(Dossier, col(Dossier.id) == col(DossierWatch.dossier_id))
        .where(*conditions)
    )
    return union(linked, held)


def _matched(asked: Question) -> Any:
    ties = ties_of(*dossiers_of(asked)).subquery()
    by_dossier = core_select(ties.c.uid)
    if asked.listed is None or not asked.only_list:
        return by_dossier
    return union(by_dossier, linked_to_list(asked.listed))


def linked_to_list(broadcast_id: int) -> Select[str]:
    """UIDs with a proven link to a phone of the uploaded list."""
    return (
        core_select(col(PhoneLink.uid))
        .join(BroadcastListed, col(BroadcastListed.phone) == col(PhoneLink.phone))
        .where(
            col(BroadcastListed.broadcast_id) == broadcast_id,
            col(PhoneLink.revoked_at).is_(None),
            col(PhoneLink.proof).in_(_PROVEN),
        )
    )


def phone_rows(asked: Question) -> list[ColumnElement[bool]]:
    """Dossiers whose phone may be told by ZBS: the tick, and no follower who hears it already."""
    linked = exists().where(
        col(PhoneLink.phone) == col(Dossier.phone),
        col(PhoneLink.revoked_at).is_(None),
        col(PhoneLink.proof).in_(_PROVEN),
    )
    held = exists().where(col(DossierWatch.dossier_id) == col(Dossier.id))
    return [
        *dossiers_of(asked),
        col(Dossier.zalo_notify).is_(True),
        col(Dossier.phone) != "",
        ~linked,
        ~held,
    ]
