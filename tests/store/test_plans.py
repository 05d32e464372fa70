"""The queues stay fast however long their history is: no query walks through the whole table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from store import chat_lines, chat_queue, health, inbound, retention, sending
from store.engine import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)

QUERIES: dict[str, Callable[[Session], Any]] = {
    "is there an event": lambda s: inbound.anything(s, NOW),
    "claim events": lambda s: inbound.claim(s, "w", NOW, 16, 60),
    "hand back events": lambda s: inbound.hand_back(s, "w"),
    "sweep events": lambda s: inbound.sweep(s, NOW),
    "is there a message": lambda s: sending.look(s, NOW),
    "claim messages": lambda s: sending.claim(s, "w", NOW, 16, 60),
    "hand back messages": lambda s: sending.hand_back(s, "w", [1]),
    "sweep messages": lambda s: sending.sweep_expired_leases(
        s, NOW, pause_seconds=1, max_attempts=3, echo_seconds=600
    ),
    "oldest event": health.oldest_queued_event,
    "last webhook": health.last_webhook,
    "parked events": health.parked_events,
    "messages due": lambda s: health.outbox_due(s, NOW),
    "messages by state": health.outbox_states,
    "page of a chat": lambda s: chat_lines.events_before(s, "u", None, 40),
    "older page of a chat": lambda s: chat_lines.events_before(s, "u", 500, 40),
    "news of a chat": lambda s: chat_lines.events_after(s, "u", 500, NOW),
    "our side of a chat": lambda s: chat_lines.messages_before(s, "u", 500, 40),
    "our news of a chat": lambda s: chat_lines.messages_after(s, "u", 500, NOW),
    "unanswered messages": lambda s: chat_queue.unanswered(s, "u", NOW),
    "empty events": lambda s: retention.empty_events(s, NOW, 10),
    "empty messages": lambda s: retention.empty_messages(s, NOW, 10),
}


_ALL = pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())


def plans(db: Database, query: Callable[[Session], Any], explain: str, *before: str) -> list[str]:
    """How the database would serve each statement of a query, step by step."""
    asked: list[tuple[str, Any]] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.split(maxsplit=1)[0].upper() in ("SELECT", "WITH", "UPDATE", "DELETE"):
            asked.append((statement, values))

    with db.write() as session:
        query(session)
        connection = session.connection()
        for setting in before:
            connection.execute(text(setting))
        found = [
            str(step[-1])
            for statement, values in list(asked)
            if "advisory" not in statement
            for step in connection.exec_driver_sql(f"{explain} {statement}", values)
        ]
    assert found
    return found


@_ALL
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_serves_it_from_an_index(db: Database, query: Callable[[Session], Any]) -> None:
    walks = [
        step
        for step in plans(db, query, "EXPLAIN QUERY PLAN")
        if step.startswith(("SCAN inbound_event", "SCAN outbox")) and "USING" not in step
    ]
    # The newest event is the first step of a walk backwards along the key.
    assert walks == [] or query is health.last_webhook


@_ALL
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_can_serve_it_from_an_index(
    db: Database, query: Callable[[Session], Any]
) -> None:
    # Empty tables are always walked through; forbidden, it shows whether there is another way.
    found = plans(db, query, "EXPLAIN", "SET LOCAL enable_seqscan = off")
    assert [s for s in found if "Seq Scan on inbound_event" in s or "Seq Scan on outbox" in s] == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_quiet_nights_statistics_do_not_make_the_next_claim_compare_all_with_all(
    db: Database,
) -> None:
    def fill(state: str, first: int) -> None:
        with db.write() as session:
            session.connection().execute(
                text(
                    "INSERT INTO outbox (dedupe_key, lane, rank, kind, uid, phone, order_key, body,"
                    " facts, correlation_id, created_at, due_at, state, reason, attempts,"
                    " lease_owner, channel, zalo_message_id, cost_vnd)"
                    " SELECT 'k' || n, 'status', 1, 'x', 'u' || n, '', 'u' || n, '{}', '{}', 'c',"
                    " :now, :now, :state, '', 0, '', '', '', 0"
                    " FROM generate_series(:first, :first + 999) n"
                ),
                {"now": NOW, "state": state, "first": first},
            )

    fill("sent", 0)
    with db.engine.connect() as connection:
        connection.execute(text("ANALYZE outbox"))
    fill("queued", 1000)
    plan = "\n".join(plans(db, QUERIES["claim messages"], "EXPLAIN"))
    assert "Anti Join" not in plan
    assert "Join Filter" not in plan
    assert "Index Cond: (((order_key)" in plan
