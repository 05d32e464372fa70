"""Fixing the recipients of an announcement walks along the followers' key, however rare they seem."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, text

from store import audience_walks
from store.audience import Question
from store.engine import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_piece_of_followers_reads_no_further_than_it_must(db: Database) -> None:
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO follower (uid, display_name, language, followed, follow_count,"
                " followed_at, first_seen_at, last_interaction_at, welcome_sent, notify, unreachable)"
                " SELECT md5(n::text), 'Mẫu', 'vi', TRUE, 1, :now, :now, :now, 0,"
                " TRUE, '' FROM generate_series(1, 50000) n"
            ),
            {"now": NOW},
        )
        connection.execute(text("ANALYZE follower"))
    asked: list[tuple[str, Any]] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT follower.uid"):
            asked.append((statement, values))

    with db.read() as session:
        audience_walks.followers_after(session, Question(now=NOW, topic="hours"), [0], "", 1000)
        statement, values = asked[0]
        plan = session.connection().exec_driver_sql(f"EXPLAIN {statement}", values)
        steps = "\n".join(str(step[0]) for step in plan)
    assert "Index" in steps and "Sort" not in steps, steps
