"""``app.py db move``: every row of every table arrives in the other kind of database, or none."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from clock import FixedClock
from service import moving
from settings import Settings
from store import audit, jobs, migrate, staff
from store.engine import Database, using
from tests.notify import outgoing
from tests.notify.outgoing import draft
from tests.security import hostile_rows


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def other(db: Database, tmp_path: Path, postgresql_empty: str) -> str:
    """The address of a new database of the other kind."""
    return postgresql_empty if db.is_sqlite else f"sqlite:///{tmp_path / 'neu' / 'neu.db'}"


def seal(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    with database.engine.connect() as connection:
        return {
            table.name: [
                dict(row)
                for row in connection.execute(
                    select(table).order_by(*table.primary_key.columns)
                ).mappings()
            ]
            for table in SQLModel.metadata.sorted_tables
        }


def test_every_row_of_every_table_arrives_and_work_goes_on(
    db: Database, settings: Settings, clock: FixedClock, other: str
) -> None:
    now = clock.now()
    with db.write() as session:
        staff.create(
            session,
            username="lan",
            full_name="Lan Mẫu",
            password_hash="x",
            grants=[("reception", 0)],
            now=now,
            by="test",
        )
    hostile_rows.fill(db, now, {"procedure.record": {"key": "x"}})
    with db.write() as session:
        for action in ("first", "second"):
            audit.add(session, seal, actor="lan", action=action, now=now, details={"n": 1})
    said: list[str] = []
    total = moving.move(settings, other, now, said.append)
    before = everything(db)
    assert total == sum(map(len, before.values()))
    assert "follower: 1" in "\n".join(said)
    with using(other) as new:
        assert everything(new) == before
        with db.read() as old_session, new.read() as session:
            # Every seal fits, but that of the row which is no entry of ours.
            assert audit.verify(session, seal) == audit.verify(old_session, seal)
            assert audit.verify(session, seal).entries == 2
        # Keys go on behind those that came over.
        last = max(row["id"] for row in before["outbox"])
        outgoing.queue(new, [draft("next", now, uid="u")], now)
        assert outgoing.rows(new)["next"].id > last


def test_a_database_in_use_of_another_version_or_with_rows_is_left_alone(
    db: Database, settings: Settings, clock: FixedClock, other: str
) -> None:
    migrate.upgrade(other)
    outgoing.followers(db, ["u"], clock.now())
    with using(other) as new:
        outgoing.followers(new, ["v"], clock.now())
        with pytest.raises(moving.NotMoved, match="not empty: follower"):
            moving.move(settings, other, clock.now(), print)
        assert [row["uid"] for row in everything(new)["follower"]] == ["v"]
    with pytest.raises(moving.NotMoved, match="in already"):
        moving.move(settings, settings.database_url, clock.now(), print)
    with db.write() as session:
        jobs.beat(session, "w", clock.now(), clock.now())
    with pytest.raises(moving.NotMoved, match="stop every process"):
        moving.move(settings, other, clock.now(), print)


def test_a_row_the_new_database_refuses_moves_nothing_and_is_not_shown(
    settings: Settings, clock: FixedClock, tmp_path: Path, postgresql_empty: str
) -> None:
    source = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'a.db'}"})
    migrate.upgrade(source.database_url)
    with using(source.database_url) as old:
        outgoing.followers(old, ["u", "v\0"], clock.now())
    with pytest.raises(moving.NotMoved) as refused:
        moving.move(source, postgresql_empty, clock.now(), print)
    assert "v" not in str(refused.value).partition(":")[2].split()
    with using(postgresql_empty) as new:
        assert not any(everything(new).values())
