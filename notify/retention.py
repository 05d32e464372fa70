"""How long we keep what, and the nightly round that forgets the rest (domain 4.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session

import journal
from settings import Settings
from store import feedback_files, feedback_forgetting, import_jobs, sessions, stored_files
from store import retention as store
from store.engine import Database

#: Rows a transaction: writers wait for a few milliseconds at most.
CHUNK = 500
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
    KEEP_MESSAGES_DAYS, lists of those an announcement reached as long after its end, sentences citizens asked after KEEP_QUESTIONS_DAYS; closed feedback is emptied
    after KEEP_FEEDBACK_DAYS. Keys, states, times and costs stay: they keep repeated events from
    counting twice and say what was sent.
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


def _all(database: Database, step: _Step, before: datetime, chunk: int) -> int:
    total = 0
    while True:
        with database.write() as session:
            done = step(session, before, chunk)
        total += done
        if done < chunk:
            return total
