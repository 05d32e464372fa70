"""Answers kept for requests that carry an Idempotency-Key, so that a repeat changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from store.tables import IdempotencyRecord

#: No request takes this long: one that is still open then died with its process.
_ABANDONED = timedelta(minutes=2)
_RUNNING = 0


class Standing(StrEnum):
    """What a key means for the request that carries it."""

    fresh = "fresh"
    answered = "answered"
    running = "running"
    other_request = "other_request"


@dataclass(frozen=True)
class Claim:
    """The standing, and the kept answer where there is one."""

    standing: Standing
    status: int = 0
    answer: dict[str, Any] | None = None


def claim(session: Session, api_key_id: int, key: str, request_hash: str, now: datetime) -> Claim:
    """Take a key for this request; exactly one of many at once gets ``fresh``."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        insert(IdempotencyRecord)
        .values(
            api_key_id=api_key_id,
            key=key,
            request_hash=request_hash,
            status=_RUNNING,
            answer={},
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(col(IdempotencyRecord.key))
    )
    if session.connection().execute(statement).first() is not None:
        return Claim(Standing.fresh)
    row = session.get(IdempotencyRecord, (api_key_id, key), with_for_update=True)
    if row is None:
        # Released between the two statements: the other request failed, so this one may try.
        return claim(session, api_key_id, key, request_hash, now)
    if row.request_hash != request_hash:
        return Claim(Standing.other_request)
    if row.status != _RUNNING:
        return Claim(Standing.answered, row.status, row.answer)
    if now - row.created_at < _ABANDONED:
        return Claim(Standing.running)
    row.created_at = now
    session.add(row)
    return Claim(Standing.fresh)


def keep(session: Session, api_key_id: int, key: str, status: int, answer: dict[str, Any]) -> None:
    """Write the answer that repeats of the request get."""
    row = session.get(IdempotencyRecord, (api_key_id, key), with_for_update=True)
    if row is not None:
        row.status, row.answer = status, answer
        session.add(row)


def release(session: Session, api_key_id: int, key: str) -> None:
    """Let the request be tried again: it failed on our side."""
    session.connection().execute(
        delete(IdempotencyRecord).where(
            col(IdempotencyRecord.api_key_id) == api_key_id,
            col(IdempotencyRecord.key) == key,
            col(IdempotencyRecord.status) == _RUNNING,
        )
    )
