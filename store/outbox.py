"""Queueing messages: the one way into the outbox, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from store import restored
from store.tables import LANE_RANK, Lane, Outbox, OutboxState


@dataclass(frozen=True)
class Draft:
    """A message to be queued; see `store.tables.Outbox` for the members."""

    dedupe_key: str
    lane: Lane
    kind: str
    body: dict[str, Any]
    correlation_id: str
    due_at: datetime
    uid: str = ""
    phone: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    dossier_id: int | None = None
    dossier_event_id: int | None = None
    broadcast_id: int | None = None
    expires_at: datetime | None = None
    #: Why it can never be sent: the row is then only a record for staff, dropped at once.
    dropped: str = ""


#: Rows a statement: far below the databases' limits on parameters.
_CHUNK = 500


def enqueue(session: Session, drafts: Sequence[Draft], now: datetime) -> int:
    """Insert the drafts; one that is already there (same ``dedupe_key``) is left alone.

    Answers how many were new. The caller's transaction decides whether they exist, and should
    be opened with ``wake=True``. After a backup was restored, what may have been said before it
    was lost is marked, so that it is looked for in the chat first (`store.restored`).
    """
    doubted = restored.doubted(session, drafts, now)
    return sum(
        _insert(session, drafts[start : start + _CHUNK], now, doubted)
        for start in range(0, len(drafts), _CHUNK)
    )


def _order(draft: Draft) -> str:
    """Announcements do not wait for each other: one of them may be paused."""
    whose = f"{draft.uid or draft.phone}|{draft.lane.value}"
    return f"{whose}|{draft.broadcast_id}" if draft.broadcast_id is not None else whose


def _insert(
    session: Session, drafts: Sequence[Draft], now: datetime, doubted: Collection[str]
) -> int:
    insert = (
        sqlite.insert(Outbox)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(Outbox)
    )
    rows = [
        {
            "dedupe_key": draft.dedupe_key,
            "lane": draft.lane.value,
            "rank": LANE_RANK[draft.lane],
            "kind": draft.kind,
            "uid": draft.uid,
            "phone": draft.phone,
            "order_key": _order(draft),
            "body": draft.body,
            "facts": draft.facts,
            "dossier_id": draft.dossier_id,
            "dossier_event_id": draft.dossier_event_id,
            "broadcast_id": draft.broadcast_id,
            "correlation_id": draft.correlation_id,
            "created_at": now,
            "due_at": draft.due_at,
            "expires_at": draft.expires_at,
            "state": (OutboxState.dropped if draft.dropped else OutboxState.queued).value,
            "reason": draft.dropped or (restored.REASON if draft.dedupe_key in doubted else ""),
            "attempts": 0,
            "lease_owner": "",
            "channel": "",
            "zalo_message_id": "",
            "cost_vnd": 0,
        }
        for draft in drafts
    ]
    statement = (
        insert.values(rows)
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .returning(col(Outbox.id))
    )
    return len(session.connection().execute(statement).all())


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
