"""The sender's side of the outbox: claim by lease, write results, free what dead workers held.

Plain SQL on plain rows: beside the webhook this is the hottest path (libraries 7d, 7e).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session, col, select

from store import driver, restored, spelt
from store.tables import LANE_RANK, Lane, Outbox, OutboxState

#: Written out, not bound: the partial indexes serve only exactly these words.
_DUE = "state IN ('queued', 'uncertain')"
_OPEN = "state IN ('queued', 'leased', 'uncertain')"
_OWN = [
    "id",
    "lane",
    "kind",
    "uid",
    "phone",
    "order_key",
    "body",
    "facts",
    "dossier_id",
    "broadcast_id",
    "correlation_id",
    "created_at",
    "expires_at",
    "reason",
    "attempts",
]
THEIRS = [
    "followed",
    "followed_at",
    "unfollowed_at",
    "last_interaction_at",
    "welcome_sent",
    "notify",
    "unreachable",
    "withdrawn_at",
]
TIE = (
    "CASE WHEN d.id IS NULL THEN 0"
    " WHEN EXISTS (SELECT 1 FROM dossier_watch w WHERE w.dossier_id = d.id AND w.uid = o.uid)"
    " THEN 2 ELSE COALESCE((SELECT MAX(CASE l.proof WHEN 'claimed' THEN 1 ELSE 2 END)"
    " FROM phone_link l WHERE l.uid = o.uid AND l.phone = d.phone AND l.revoked_at IS NULL), 0) END"
)
_SAME_ORDER = f"FROM outbox e WHERE e.order_key = o.order_key AND e.id < o.id AND e.{_OPEN}"
# Asked again at every claim, so that pausing an announcement holds back all that nobody began with.
_RUNNING = (
    " AND (o.broadcast_id IS NULL OR EXISTS (SELECT 1 FROM broadcast b"
    " WHERE b.id = o.broadcast_id AND b.state = 'sending'))"
)
# One lane at a time: with all in one ORDER BY, every claim would wade through the lane of replies
# that wait for the morning.
_COLUMNS = (
    f"{', '.join('o.' + n for n in _OWN)}, {', '.join('f.' + n for n in THEIRS)},"
    f" d.phone, d.zalo_notify, {TIE}, (SELECT COUNT(*) {_SAME_ORDER})"
)
# The database came from a backup and nobody said yet that it may go on.
_HELD = "EXISTS (SELECT 1 FROM restoration WHERE continued_at IS NULL)"
# What may go is chosen first, from the outbox alone: as a join PostgreSQL, with statistics of a
# quiet night, compared every waiting message with every other. A scalar subquery is asked row by
# row through its index, in the order of the index, and only until the limit is reached.
_CLAIM = (
    "WITH chosen AS MATERIALIZED (SELECT o.id FROM outbox o"
    f" WHERE o.rank = :rank AND o.{_DUE} AND o.due_at <= :now AND NOT {_HELD}{{only}}"
    f" AND (SELECT 1 {_SAME_ORDER} AND (e.state = 'leased' OR e.due_at > o.due_at) LIMIT 1) IS NULL"
    " ORDER BY o.due_at, o.id LIMIT :limit{lock})"
    " SELECT {columns} FROM chosen JOIN outbox o ON o.id = chosen.id"
    " LEFT JOIN follower f ON f.uid = o.uid LEFT JOIN dossier d ON d.id = o.dossier_id"
    " ORDER BY o.due_at, o.id"
)
_RANKS = range(4)
_EPOCH = datetime.fromtimestamp(0, UTC)
_FIRST = f"(SELECT MIN(due_at) FROM outbox WHERE rank = %d AND {_DUE}%s)"
_LOOKED = [_FIRST % (rank, later) for rank in _RANKS for later in ("", " AND due_at > :now")]
_LOOK = f"SELECT {', '.join(_LOOKED)}, {_HELD}"
_LEASE = (
    "UPDATE outbox SET state = 'leased', lease_owner = :owner, lease_until = :until WHERE {ids}"
)
_BACK = (
    "UPDATE outbox SET state = 'queued', lease_owner = '', lease_until = NULL"
    " WHERE lease_owner = :owner AND state = 'leased'{only}"
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A leased message with what was known of its recipient and dossier when it was claimed.

    The follower's members are None where this OA does not know the UID.
    """

    id: int
    lane: str
    kind: str
    uid: str
    phone: str
    order_key: str
    body: dict[str, Any]
    facts: dict[str, str]
    dossier_id: int | None
    broadcast_id: int | None
    correlation_id: str
    created_at: datetime
    expires_at: datetime | None
    reason: str
    attempts: int
    followed: bool | None
    followed_at: datetime | None
    unfollowed_at: datetime | None
    last_interaction_at: datetime | None
    welcome_sent: int | None
    notify: bool | None
    unreachable: str | None
    withdrawn_at: datetime | None
    dossier_phone: str | None
    tick: bool | None
    #: 2: a proven link or a held receipt ties them to the dossier; 1: a claim; 0: nothing.
    tie: int
    #: Open messages of the same order with a smaller id.
    earlier: int


@dataclass(frozen=True, slots=True)
class Result:
    """What becomes of one claimed message; members as in `store.tables.Outbox`."""

    id: int
    state: OutboxState
    due_at: datetime
    reason: str = ""
    attempts: int = 0
    channel: str = ""
    zalo_message_id: str = ""
    cost_vnd: int = 0
    error_code: int | None = None
    sent_at: datetime | None = None
    #: Body and facts are emptied: a one-time code is not kept once it was handed over.
    forget: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """Which lanes (by rank) have something due, and when the next thing falls due after now."""

    due: tuple[int, ...]
    next_at: datetime | None


def look(session: Session, now: datetime) -> Outlook:
    """What a claim could find; takes no lock, costs the same however long the outbox is."""
    found = driver.execute(session.connection(), _LOOK, {"now": now}).one()
    if found[-1]:
        return Outlook((), None)
    firsts = [driver.moment(found[2 * rank]) for rank in _RANKS]
    later = [at for rank in _RANKS if (at := driver.moment(found[2 * rank + 1])) is not None]
    due = tuple(rank for rank in _RANKS if (first := firsts[rank]) is not None and first <= now)
    return Outlook(due, min(later, default=None))


def claim(
    session: Session,
    owner: str,
    now: datetime,
    limit: int,
    lease_seconds: int,
    *,
    ranks: Sequence[int] = tuple(_RANKS),
    phone_only: bool = False,
    grant: Callable[[Sequence[Claimed]], int] = len,
) -> list[Claimed]:
    """Lease up to ``limit`` due messages, replies first, each lane by due time.

    Rows of one ``order_key`` come in the order of their ids and never while an earlier one is
    leased or still has to wait, whoever else claims at the same time. ``grant`` may allow fewer
    than were found (the first so many). ``phone_only`` leaves messages with a UID alone.
    A row carries the message, what is known of its recipient and of its dossier.
    """
    connection = session.connection()
    found: list[Claimed] = []
    for rank in ranks:
        if len(found) >= limit:
            break
        values = {"rank": rank, "now": now, "limit": limit - len(found)}
        found += [_claimed(row) for row in _select(connection, phone_only, values)]
    taken = _in_order(found)
    taken = taken[: grant(taken)] if taken else []
    if taken:
        until = now + timedelta(seconds=lease_seconds)
        which = driver.among(connection, "id", "ids")
        values = {"owner": owner, "until": until, "ids": [row.id for row in taken]}
        driver.execute(connection, _LEASE.format(ids=which), values)
    return taken


def _select(
    connection: Connection, phone_only: bool, values: Mapping[str, Any]
) -> Iterable[Sequence[Any]]:
    only = " AND o.uid = ''" if phone_only else ""
    if values["rank"] == LANE_RANK[Lane.broadcast]:
        only += _RUNNING
    if connection.dialect.name == "postgresql":
        lock = " FOR UPDATE SKIP LOCKED"
        statement = _CLAIM.format(columns=_COLUMNS, only=only, lock=lock)
        rows: Sequence[Sequence[Any]] = driver.execute(connection, statement, values).all()
        return rows
    # All rows as one value: see `store.results` on what each step of the driver costs.
    row = f"json_array({_COLUMNS.replace('o.body, o.facts', 'json(o.body), json(o.facts)')}) AS row"
    statement = _CLAIM.format(columns=row, only=only, lock="")
    gathered = f"SELECT json_group_array(json(row)) FROM ({statement})"
    found: list[list[Any]] = json.loads(driver.execute(connection, gathered, values).scalar_one())
    return found


def _claimed(row: Sequence[Any]) -> Claimed:
    id_, lane, kind, uid, phone, order, body, facts, dossier, broadcast = row[:10]
    correlation, created, expires, reason, attempts, followed, followed_at = row[10:17]
    unfollowed_at, spoke, welcome_sent, notify, unreachable, withdrawn_at = row[17:23]
    dossier_phone, tick, tie, earlier = row[23:]
    moment = driver.moment
    return Claimed(
        id_,
        lane,
        kind,
        uid,
        phone,
        order,
        driver.document(body),
        driver.document(facts),
        dossier,
        broadcast,
        correlation,
        moment(created) or _EPOCH,
        moment(expires),
        reason,
        attempts,
        None if followed is None else bool(followed),
        moment(followed_at),
        moment(unfollowed_at),
        moment(spoke),
        welcome_sent,
        None if notify is None else bool(notify),
        unreachable,
        moment(withdrawn_at),
        dossier_phone,
        bool(tick),
        tie,
        earlier,
    )


def _in_order(found: Sequence[Claimed]) -> list[Claimed]:
    """Keep a row only when all earlier ones of its order are kept too.

    An earlier one may be missing because another claimer holds it at this moment (SKIP LOCKED).
    """
    if all(row.earlier == 0 for row in found):
        return list(found)
    kept: dict[str, int] = {}
    good: set[int] = set()
    for row in sorted(found, key=lambda row: row.id):
        if row.earlier == kept.get(row.order_key, 0):
            kept[row.order_key] = row.earlier + 1
            good.add(row.id)
    return [row for row in found if row.id in good]


def hand_back(session: Session, owner: str, ids: Sequence[int] | None = None) -> int:
    """A worker stops: what it leased (or only ``ids`` of it) and never sent is free at once."""
    connection = session.connection()
    values: dict[str, object] = {"owner": owner}
    only = ""
    if ids is not None:
        only = f" AND {driver.among(connection, 'id', 'ids')}"
        values["ids"] = list(ids)
    done = driver.execute(connection, _BACK.format(only=only), values)
    return int(done.rowcount)


def sweep_expired_leases(
    session: Session,
    now: datetime,
    *,
    pause_seconds: int,
    max_attempts: int,
    echo_seconds: int,
) -> int:
    """Free messages whose sender died; answers how many.

    Whether such a request left is unknown, so it counts as uncertain: it goes once more after a
    pause (a short one for replies), until ``max_attempts``; an announcement, and what a backup
    held, only if Zalo's chat has it not. Its owner may still write the true result late.
    """
    found = session.exec(
        select(Outbox)
        .where(spelt.is_(col(Outbox.state), OutboxState.leased), col(Outbox.lease_until) < now)
        .order_by(col(Outbox.lease_until), col(Outbox.id))
        .limit(500)
        .with_for_update(skip_locked=True)
    ).all()
    for row in found:
        row.attempts += 1
        row.lease_until = None
        # Of an announcement nobody may get two: it is looked for in the chat before it goes again.
        if row.reason != restored.REASON:
            row.reason = "uncertain" if row.lane == Lane.broadcast else "lease_expired"
        if row.attempts >= max_attempts:
            row.state = OutboxState.parked
            continue
        row.state = OutboxState.uncertain
        pause = repeat_pause(row.lane, pause_seconds, echo_seconds)
        row.due_at = now + timedelta(seconds=pause)
    return len(found)


def repeat_pause(lane: str, pause_seconds: int, echo_seconds: int) -> int:
    """Seconds before an uncertain message goes once more: somebody waits for a reply, and an
    announcement waits long enough for Zalo to deliver an echo late."""
    if lane == Lane.broadcast:
        return echo_seconds
    return min(pause_seconds, 10) if lane == Lane.reply else pause_seconds
