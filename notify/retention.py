"""How long we keep what, and the nightly round that forgets the rest (domain 4.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

import journal
from settings import Settings
from store import (
    feedback_files,
    feedback_forgetting,
    import_jobs,
    pruning,
    sessions,
    stored_files,
)
from store import retention as store
from store.engine import Database

#: Rows a transaction: writers wait for a few milliseconds at most.
CHUNK = 500
#: Rows of one kind that are looked at in a night: half an hour at most on a slow disk.
NIGHTLY = 1_000_000
_Piece = Callable[[Session, datetime, Any, int], pruning.Piece]
_Step = Callable[[Session, datetime, int], int]
#: What only serves the machinery, with its life. Throttles and codes count over a day.
_SHORT: tuple[tuple[_Step, timedelta], ...] = (
    (store.drop_throttles, timedelta(days=2)),
    (store.drop_codes, timedelta(days=2)),
    (store.drop_receipt_codes, timedelta(days=1)),
    (store.drop_rates, timedelta(days=1)),
    (store.drop_job_runs, timedelta(days=7)),
    (store.drop_heartbeats, timedelta(days=1)),
    (store.drop_consent_links, timedelta(days=1)),
    (store.drop_answers, timedelta(days=3)),
    (store.drop_early_receipts, timedelta(days=2)),
    (store.drop_uploads, timedelta(0)),
    (store.drop_alarms, timedelta(days=90)),
    (sessions.drop, timedelta(days=30)),
    (store.end_conversations, timedelta(days=1)),
    (import_jobs.empty, timedelta(days=7)),
    (feedback_files.drop_old_drafts, timedelta(days=2)),
)


def forget(database: Database, settings: Settings, now: datetime, chunk: int = CHUNK) -> int:
    """Empty or delete everything past its time; answers how many rows.

    Bodies of webhooks go after KEEP_EVENT_BODIES_DAYS, contents of messages after
    KEEP_MESSAGES_DAYS, lists of those an announcement reached as long after its end, sentences
    citizens asked after KEEP_QUESTIONS_DAYS; closed feedback is emptied after KEEP_FEEDBACK_DAYS.
    Keys, states, times and costs stay for longer: they keep repeated events from counting twice
    and say what was sent. `prune` deletes them at last.
    """
    steps: tuple[tuple[_Step, timedelta], ...] = (
        (store.empty_events, timedelta(days=settings.keep_event_bodies_days)),
        (store.empty_messages, timedelta(days=settings.keep_messages_days)),
        (feedback_forgetting.empty_old, timedelta(days=settings.keep_feedback_days)),
        (store.drop_asked, timedelta(days=settings.keep_questions_days)),
        (store.drop_recipients, timedelta(days=settings.keep_messages_days)),
        (store.drop_listed, timedelta(days=settings.keep_messages_days)),
        (stored_files.drop_unused, timedelta(days=settings.keep_messages_days)),
        *_SHORT,
    )
    total = 0
    for step, life in steps:
        done = _all(database, step, now - life, chunk)
        if done:
            journal.get("retention").info("forgotten", name=step.__name__, count=done)
        total += done
    return total


def prune(database: Database, settings: Settings, now: datetime, chunk: int = CHUNK) -> int:
    """Delete history rows past their periods; answers how many (docs/decisions/history-is-pruned).

    Never less than was promised: contents are emptied first, so a row lives as long as its
    contents may. Bounded a night; what is left is gone the next.
    """
    steps: tuple[tuple[_Piece, int, int], ...] = (
        (pruning.events, settings.keep_events_days, chunk),
        (pruning.messages, settings.keep_history_days, chunk),
        (pruning.dossiers, settings.keep_dossiers_days, max(1, chunk // 10)),
    )
    total = 0
    for step, days, size in steps:
        if not days:
            continue
        done = _along(database, step, now - timedelta(days=days), size)
        if done:
            journal.get("retention").info("pruned", name=step.__name__, count=done)
        total += done
    return total


def _along(database: Database, step: _Piece, before: datetime, chunk: int) -> int:
    done, looked, after = 0, 0, None
    while looked < NIGHTLY:
        with database.write() as session:
            piece = step(session, before, after, chunk)
        done, looked, after = done + piece.gone, looked + chunk, piece.after
        if after is None:
            break
    return done


def _all(database: Database, step: _Step, before: datetime, chunk: int) -> int:
    total = 0
    while True:
        with database.write() as session:
            done = step(session, before, chunk)
        total += done
        if done < chunk:
            return total
