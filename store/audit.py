"""The audit's chain: every entry sealed with the one before it, nothing changed, nothing cut off."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import AuditEntry, AuditHead

#: A keyed hash of a text (`crypto.Vault.audit_seal`).
Seal = Callable[[str], str]
_CHAIN = "audit"
_CHUNK = 1000


def add(
    session: Session,
    seal: Seal,
    *,
    actor: str,
    action: str,
    now: datetime,
    subject_kind: str = "",
    subject: str = "",
    details: Mapping[str, Any] | None = None,
    ip: str = "",
) -> AuditEntry:
    """Add one entry in the caller's transaction: it exists exactly when the act does.

    The head is locked until that transaction ends, so that two acts never share a predecessor;
    add it last and keep transactions short.
    """
    head = _locked_head(session)
    entry = AuditEntry(
        id=head.last_id + 1,
        at=now,
        actor=actor,
        action=action,
        subject_kind=subject_kind,
        subject=subject,
        details=dict(details or {}),
        ip=ip,
        previous_hash=head.last_hash,
        hash="",
    )
    entry.hash = seal(_canonical(entry))
    head.last_id, head.last_hash = entry.id, entry.hash
    session.add(entry)
    session.add(head)
    session.flush()
    return entry


def _locked_head(session: Session) -> AuditHead:
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(AuditHead) if dialect == "sqlite" else postgresql.insert(AuditHead)
    fresh = insert.values(name=_CHAIN, last_id=0, last_hash="").on_conflict_do_nothing()
    session.connection().execute(fresh)
    return session.exec(
        select(AuditHead)
        .where(AuditHead.name == _CHAIN)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _canonical(entry: AuditEntry) -> str:
    told = [
        entry.id,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.action,
        entry.subject_kind,
        entry.subject,
        entry.details,
        entry.ip,
        entry.previous_hash,
    ]
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class ChainState:
    """What a check of the chain found; ``broken_at`` is the first entry that does not fit."""

    entries: int
    broken_at: int | None = None
    problem: str = ""


def verify(session: Session, seal: Seal) -> ChainState:
    """Walk the whole chain: every seal, every predecessor, no gap, no cut-off tail."""
    before, last = "", 0
    while True:
        rows = session.exec(
            select(AuditEntry)
            .where(col(AuditEntry.id) > last)
            .order_by(col(AuditEntry.id))
            .limit(_CHUNK)
        ).all()
        for row in rows:
            if row.id != last + 1:
                return ChainState(last, row.id, "an entry before it is missing")
            if row.previous_hash != before or row.hash != seal(_canonical(row)):
                return ChainState(last, row.id, "it was changed after it was written")
            before, last = row.hash, row.id
            session.expunge(row)
        if len(rows) < _CHUNK:
            break
    head = session.get(AuditHead, _CHAIN)
    told = (head.last_id, head.last_hash) if head else (0, "")
    if told != (last, before):
        return ChainState(last, last + 1, "entries at the end are missing")
    return ChainState(last)


@dataclass(frozen=True)
class AuditFilter:
    """Which entries to list; empty members filter nothing."""

    actor: str = ""
    action: str = ""
    subject_kind: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries(
    session: Session, wanted: AuditFilter, *, before: int | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Entries that fit, newest first; ``before`` goes on below an entry already shown."""
    statement = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    for name in ("actor", "action", "subject_kind", "subject"):
        if value := getattr(wanted, name):
            statement = statement.where(getattr(AuditEntry, name) == value)
    if wanted.since:
        statement = statement.where(col(AuditEntry.at) >= wanted.since)
    if wanted.until:
        statement = statement.where(col(AuditEntry.at) < wanted.until)
    if before is not None:
        statement = statement.where(col(AuditEntry.id) < before)
    return session.exec(statement).all()


def actors(session: Session) -> list[str]:
    """Everybody who ever did something, in order."""
    return list(session.exec(select(AuditEntry.actor).distinct().order_by(AuditEntry.actor)))
