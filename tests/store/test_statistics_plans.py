"""Counting a day walks only the day's rows, however long the history is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from store import daily_counts, statistics
from store.engine import Database
from tests.store.test_plans import plans

START = datetime(2026, 11, 17, 17, 0, tzinfo=UTC)
END = START + timedelta(days=1)
DAY = date(2026, 11, 18)
_TABLES = ("dossier", "outbox", "inbound_event", "dossier_event", "feedback", "daily_count")

QUERIES: dict[str, Callable[[Session], Any]] = {
    "received": lambda s: statistics.received(s, START, END),
    "finished": lambda s: statistics.finished(s, START, END),
    "messages": lambda s: statistics.messages(s, START, END),
    "messages of units": lambda s: statistics.messages_of_units(s, START, END),
    "to the phone": lambda s: statistics.seconds_to_phone(s, START, END),
    "events": lambda s: statistics.events(s, START, END),
    "chats": lambda s: statistics.chats(s, START, END),
    "feedback received": lambda s: statistics.feedback_received(s, START, END),
    "feedback answered": lambda s: statistics.feedback_answered(s, START, END),
    "totals": lambda s: daily_counts.totals(s, ["sent", "seen"], DAY, DAY),
    "days": lambda s: daily_counts.days(s, ["sent"], DAY, DAY),
    "family": lambda s: daily_counts.family(s, "sent", DAY, DAY),
    "a day": lambda s: daily_counts.everything(s, DAY),
}
_ALL = pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())


@_ALL
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_walks_only_the_days_rows(db: Database, query: Callable[[Session], Any]) -> None:
    steps = plans(db, query, "EXPLAIN QUERY PLAN")
    assert [s for s in steps if s.startswith(tuple(f"SCAN {name}" for name in _TABLES))] == []


@_ALL
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_can_walk_only_the_days_rows(
    db: Database, query: Callable[[Session], Any]
) -> None:
    steps = plans(db, query, "EXPLAIN", "SET LOCAL enable_seqscan = off")
    assert [s for s in steps if any(f"Seq Scan on {name}" in s for name in _TABLES)] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_how_dossiers_stand_is_read_from_two_indexes(db: Database) -> None:
    steps = plans(db, lambda s: statistics.standing(s, START, END), "EXPLAIN QUERY PLAN")
    assert [s for s in steps if s.startswith("SCAN dossier") and "COVERING" not in s] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_handed_over_without_being_ready_is_not_looked_for_among_all_open(
    db: Database,
) -> None:
    steps = plans(db, lambda s: statistics.finished(s, START, END), "EXPLAIN QUERY PLAN")
    used = [step for step in steps if "dossier" in step]
    assert any("ix_dossier_ready" in step for step in used)
    assert any("ix_dossier_handed" in step for step in used)
