"""The sender's side of the outbox: claim by lease, write results, free what dead workers held.

Plain SQL on plain rows: beside the webhook this is the hottest path (libraries 7d, 7e).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlmodel import Session, SQLModel, col, select

from store.tables import Lane, Outbox, OutboxState

_TABLE = SQLModel.metadata.tables["outbox"]
_FOLLOWER = SQLModel.metadata.tables["follower"]
_MOMENT = _TABLE.c.due_at.type
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
    "correlation_id",
    "created_at",
    "expires_at",
    "reason",
    "attempts",
]
_THEIRS = [
    "followed",
    "followed_at",
    "unfollowed_at",
    "last_interaction_at",
    "welcome_sent",
    "notify",
    "unreachable",
    "withdrawn_at",
]
_TYPES: dict[str, Any] = {
    n: _TABLE.c[n].type for n in ("body", "facts", "created_at", "expires_at")
}
_TYPES |= {name: _FOLLOWER.c[name].type for name in _THEIRS}
_TIE = (
    "CASE WHEN d.id IS NULL THEN 0"
    " WHEN EXISTS (SELECT 1 FROM dossier_watch w WHERE w.dossier_id = d.id AND w.uid = o.uid)"
    " THEN 2 ELSE COALESCE((SELECT MAX(CASE l.proof WHEN 'claimed' THEN 1 ELSE 2 END)"
    " FROM phone_link l WHERE l.uid = o.uid AND l.phone = d.phone AND l.revoked_at IS NULL), 0) END"
)
_SAME_ORDER = f"FROM outbox e WHERE e.order_key = o.order_key AND e.id < o.id AND e.{_OPEN}"
# One lane at a time: with all in one ORDER BY, every claim would wade through the lane of replies
# that wait for the morning.
_CLAIM = (
    f"SELECT {', '.join('o.' + n for n in _OWN)}, {', '.join('f.' + n for n in _THEIRS)},"
    f" d.phone AS dossier_phone, d.zalo_notify AS tick, {_TIE} AS tie,"
    f" (SELECT COUNT(*) {_SAME_ORDER}) AS earlier"
    " FROM outbox o LEFT JOIN follower f ON f.uid = o.uid LEFT JOIN dossier d ON d.id = o.dossier_id"
    f" WHERE o.rank = :rank AND o.{_DUE} AND o.due_at <= :now{{only}}"
    f" AND NOT EXISTS (SELECT 1 {_SAME_ORDER} AND (e.state = 'leased' OR e.due_at > o.due_at))"
    " ORDER BY o.due_at, o.id LIMIT :limit{lock}"
)
_RANKS = range(4)
_LOOK = text(
    "SELECT "
    + ", ".join(
        f"(SELECT MIN(due_at) FROM outbox WHERE rank = {rank} AND {_DUE}) AS first{rank},"
        f" (SELECT MIN(due_at) FROM outbox WHERE rank = {rank} AND {_DUE} AND due_at > :now)"
        f" AS next{rank}"
        for rank in _RANKS
    )
).bindparams(bindparam("now", type_=_MOMENT))
_LOOK_TYPED = _LOOK.columns(**{f"{n}{r}": _MOMENT for n in ("first", "next") for r in _RANKS})


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
    found = session.connection().execute(_LOOK_TYPED, {"now": now}).one()._mapping
    firsts = {rank: found[f"first{rank}"] for rank in _RANKS}
    later = [found[f"next{rank}"] for rank in _RANKS if found[f"next{rank}"] is not None]
    due = tuple(rank for rank, first in firsts.items() if first is not None and first <= now)
    return Outlook(due, min(later, default=None))


def next_due(session: Session, now: datetime) -> datetime | None:
    """When the next message is due: ``now`` when one is already, None when nothing waits."""
    outlook = look(session, now)
    return now if outlook.due else outlook.next_at


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
    dialect = session.get_bind().dialect.name
    statement = _claim_statement(dialect, phone_only)
    found: list[Claimed] = []
    for rank in ranks:
        if len(found) >= limit:
            break
        values = {"rank": rank, "now": now, "limit": limit - len(found)}
        rows = session.connection().execute(statement, values)
        found += [Claimed(*row) for row in rows]
    taken = _in_order(found)
    taken = taken[: grant(taken)] if taken else []
    if taken:
        until = now + timedelta(seconds=lease_seconds)
        _lease(session, [row.id for row in taken], owner, until)
    return taken


def _claim_statement(dialect: str, phone_only: bool) -> TextClause:
    only = " AND o.uid = ''" if phone_only else ""
    lock = " FOR UPDATE OF o SKIP LOCKED" if dialect == "postgresql" else ""
    statement = text(_CLAIM.format(only=only, lock=lock))
    return statement.bindparams(bindparam("now", type_=_MOMENT)).columns(**_TYPES)  # type: ignore[return-value]


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


def _lease(session: Session, ids: Sequence[int], owner: str, until: datetime) -> None:
    session.connection().execute(
        _ids_statement(
            session,
            "UPDATE outbox SET state = 'leased', lease_owner = :owner, lease_until = :until"
            " WHERE {ids}",
        ).bindparams(bindparam("until", type_=_MOMENT)),
        {"owner": owner, "until": until, "ids": _ids(session, ids)},
    )


def _ids_statement(session: Session, statement: str) -> TextClause:
    """One text whatever the number of ids, so that it is prepared once."""
    if session.get_bind().dialect.name == "sqlite":
        return text(statement.format(ids="id IN (SELECT value FROM json_each(:ids))"))
    return text(statement.format(ids="id = ANY(:ids)"))


def _ids(session: Session, ids: Sequence[int]) -> object:
    return json.dumps(list(ids)) if session.get_bind().dialect.name == "sqlite" else list(ids)


def hand_back(session: Session, owner: str, ids: Sequence[int] | None = None) -> int:
    """A worker stops: what it leased (or only ``ids`` of it) and never sent is free at once."""
    which = "lease_owner = :owner AND state = 'leased'"
    values: dict[str, object] = {"owner": owner}
    if ids is not None:
        which += " AND {ids}"
        values["ids"] = _ids(session, ids)
    statement = (
        f"UPDATE outbox SET state = 'queued', lease_owner = '', lease_until = NULL WHERE {which}"
    )
    done = session.connection().execute(_ids_statement(session, statement), values)
    return done.rowcount


def sweep_expired_leases(
    session: Session, now: datetime, *, pause_seconds: int, max_attempts: int
) -> int:
    """Free messages whose sender died; answers how many.

    Whether such a request left is unknown, so it counts as uncertain: a broadcast is never
    repeated, everything else goes once more after a pause (a short one for replies), until
    ``max_attempts``. Its owner may still write the true result late.
    """
    found = session.exec(
        select(Outbox)
        .where(col(Outbox.state) == OutboxState.leased.value, col(Outbox.lease_until) < now)
        .order_by(col(Outbox.id))
        .limit(500)
        .with_for_update(skip_locked=True)
    ).all()
    for row in found:
        row.attempts += 1
        row.lease_until = None
        row.reason = "lease_expired"
        if row.lane == Lane.broadcast or row.attempts >= max_attempts:
            row.state = OutboxState.parked
            continue
        row.state = OutboxState.uncertain
        row.due_at = now + timedelta(seconds=repeat_pause(row.lane, pause_seconds))
    return len(found)


def repeat_pause(lane: str, pause_seconds: int) -> int:
    """Seconds before an uncertain message goes once more: somebody waits for a reply."""
    return min(pause_seconds, 10) if lane == Lane.reply else pause_seconds


def requeue(session: Session, message_id: int, now: datetime) -> bool:
    """Queue a parked, dropped or uncertain message again (``outbox requeue ID``).

    False when it is unknown, on its way or sent, or when its contents are gone.
    """
    row = session.get(Outbox, message_id, with_for_update=True)
    ends = (OutboxState.parked, OutboxState.dropped, OutboxState.uncertain)
    if row is None or row.state not in ends or not (row.body or row.facts):
        return False
    row.state, row.reason, row.attempts, row.error_code = OutboxState.queued, "", 0, None
    row.due_at, row.expires_at = now, None
    row.lease_owner, row.lease_until = "", None
    return True
