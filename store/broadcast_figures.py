"""What became of an announcement: counted, listed person by person, and who left because of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from store import spelt
from store.tables import (
    BroadcastRecipient,
    Consent,
    Dossier,
    Follower,
    Outbox,
    OutboxState,
)

#: The message of each person that counts; pictures and files go along.
MAIN = "broadcast"
#: Ends that are nobody's failure: the person's own word, Zalo's windows, our own decision.
RULED_OUT = frozenset(
    {
        "allowance",
        "cancelled",
        "expired",
        "no_channel",
        "not_linked",
        "opted_out",
        "unfollowed",
        "window",
        "withdrawn",
        "no_tick",
    }
)
#: After these nobody tries again: their own word, or perhaps they have it already.
NOT_AGAIN = (
    "opted_out",
    "withdrawn",
    "unfollowed",
    "blocked",
    "uncertain",
    "lease_expired",
    "restored",
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many main messages ended alike, and what they cost in VND."""

    state: str
    channel: str
    reason: str
    count: int
    cost: int


@dataclass(frozen=True, slots=True)
class Told:
    """One recipient in the report."""

    uid: str
    phone: str
    name: str
    code: str
    state: str
    channel: str
    reason: str
    cost: int
    sent_at: datetime | None
    delivered_at: datetime | None
    seen_at: datetime | None


def tally(session: Session, broadcast_id: int) -> list[Tally]:
    """The announcement's main messages, counted by what became of them."""
    rows = session.execute(
        core_select(
            col(Outbox.state),
            col(Outbox.channel),
            col(Outbox.reason),
            func.count(),
            func.sum(col(Outbox.cost_vnd)),
        )
        .where(*_main(broadcast_id))
        .group_by(col(Outbox.state), col(Outbox.channel), col(Outbox.reason))
    )
    return [
        Tally(str(state), str(channel), str(reason), int(count), int(cost or 0))
        for state, channel, reason, count, cost in rows
    ]


def whole_cost(session: Session, broadcast_id: int) -> int:
    """VND of all its messages, pictures and files with them."""
    found = session.execute(
        core_select(func.sum(col(Outbox.cost_vnd))).where(
            spelt.as_written("broadcast_id IS NOT NULL"), col(Outbox.broadcast_id) == broadcast_id
        )
    )
    return int(found.scalar_one() or 0)


def left_since(session: Session, broadcast_id: int, since: datetime) -> dict[str, int]:
    """How many of its recipients stopped all messages, or left the OA, after it began."""
    mine = exists().where(
        col(BroadcastRecipient.broadcast_id) == broadcast_id,
    )
    stopped = core_select(func.count(func.distinct(col(Consent.uid)))).where(
        col(Consent.at) >= since,
        col(Consent.kind) == "notify",
        col(Consent.action) == "withdrawn",
        mine.where(col(BroadcastRecipient.uid) == col(Consent.uid)),
    )
    unfollowed = core_select(func.count()).where(
        spelt.as_written("unfollowed_at IS NOT NULL"),
        col(Follower.unfollowed_at) >= since,
        mine.where(col(BroadcastRecipient.uid) == col(Follower.uid)),
    )
    return {
        "stopped": int(session.execute(stopped).scalar_one()),
        "unfollowed": int(session.execute(unfollowed).scalar_one()),
    }


def told(
    session: Session,
    broadcast_id: int,
    *,
    states: Sequence[str] = (),
    reason: str = "",
    after: int = 0,
    limit: int,
) -> list[tuple[int, Told]]:
    """Recipients in the order of sending, each with the number to go on from."""
    wanted = (
        core_select(
            col(Outbox.id),
            col(Outbox.uid),
            col(Outbox.phone),
            col(Follower.display_name),
            col(Dossier.code),
            col(Outbox.state),
            col(Outbox.channel),
            col(Outbox.reason),
            col(Outbox.cost_vnd),
            col(Outbox.sent_at),
            col(Outbox.delivered_at),
            col(Outbox.seen_at),
        )
        .join(Follower, col(Follower.uid) == col(Outbox.uid), isouter=True)
        .join(Dossier, col(Dossier.id) == col(Outbox.dossier_id), isouter=True)
        .where(*_main(broadcast_id), col(Outbox.id) > after)
        .order_by(col(Outbox.id))
        .limit(limit)
    )
    if states:
        wanted = wanted.where(col(Outbox.state).in_(states))
    if reason:
        wanted = wanted.where(col(Outbox.reason) == reason)
    return [
        (int(row[0] or 0), Told(row[1], row[2], row[3] or "", row[4] or "", *row[5:]))
        for row in session.execute(wanted)
    ]


def failed_after(
    session: Session, broadcast_id: int, after: int, limit: int
) -> tuple[list[tuple[str, str, int | None]], int]:
    """(uid, phone, dossier) of those it did not reach and who may be tried again."""
    rows = session.execute(
        core_select(col(Outbox.id), col(Outbox.uid), col(Outbox.phone), col(Outbox.dossier_id))
        .where(
            *_main(broadcast_id),
            col(Outbox.id) > after,
            col(Outbox.state).in_([OutboxState.parked.value, OutboxState.dropped.value]),
            col(Outbox.reason).not_in(NOT_AGAIN),
            or_(col(Outbox.uid) != "", col(Outbox.phone) != ""),
        )
        .order_by(col(Outbox.id))
        .limit(limit)
    ).all()
    people = [(str(uid), str(phone), dossier) for _, uid, phone, dossier in rows]
    return people, int(rows[-1][0] or 0) if len(rows) == limit else 0


def times(session: Session, broadcast_id: int) -> tuple[int, int] | None:
    """Seconds from Zalo's yes to the phone: the median and the slowest; None when nobody knows.

    Sorts all of them: ask for announcements of tens of thousands, not of millions.
    """
    if session.get_bind().dialect.name == "sqlite":
        arrived = func.julianday(col(Outbox.delivered_at))
        took: Any = (arrived - func.julianday(col(Outbox.sent_at))) * 86_400
    else:
        took = func.extract("epoch", col(Outbox.delivered_at) - col(Outbox.sent_at))
    where = [
        *_main(broadcast_id),
        col(Outbox.delivered_at).is_not(None),
        col(Outbox.sent_at).is_not(None),
    ]
    counted, slowest = session.execute(
        core_select(func.count(), func.max(took)).where(*where)
    ).one()
    if not counted:
        return None
    middle = core_select(took).where(*where).order_by(took).offset(int(counted) // 2).limit(1)
    # Zalo's clock and ours may disagree by a little.
    return max(0, round(session.execute(middle).scalar_one())), max(0, round(slowest))


def _main(broadcast_id: int) -> list[ColumnElement[bool]]:
    return [
        spelt.as_written("outbox.broadcast_id IS NOT NULL"),
        col(Outbox.broadcast_id) == broadcast_id,
        col(Outbox.kind) == MAIN,
    ]
