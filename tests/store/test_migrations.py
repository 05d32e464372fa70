"""The migrations and the tables say the same, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

import store.tables  # noqa: F401 - registers the tables
from store import migrate, procedures
from store.engine import Database


def test_the_migrated_schema_is_the_one_the_code_means(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_partial_indexes_are_partial_after_migrating(db: Database) -> None:
    wanted = {
        index.name: str(index.dialect_options["sqlite"]["where"])
        for table in SQLModel.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"].get("where") is not None
    }
    with db.engine.connect() as connection:
        name = "sqlite_where" if db.is_sqlite else "postgresql_where"
        found = {
            index["name"]: str(index.get("dialect_options", {}).get(name, ""))
            for table in SQLModel.metadata.tables
            for index in inspect(connection).get_indexes(table)
        }
    assert wanted
    for index_name, condition in wanted.items():
        column = condition.split()[0]
        assert column in found[str(index_name)], index_name


def test_upgrading_again_changes_nothing(database_url: str, db: Database) -> None:
    before = migrate.current(db)
    migrate.upgrade(database_url)
    assert migrate.current(db) == before == migrate.head()


def test_0002_keeps_the_catalogue_and_makes_it_version_1(
    database_url: str, tmp_path: Path, postgresql_empty: str
) -> None:
    url = (
        f"sqlite:///{tmp_path / 'old.db'}"
        if database_url.startswith("sqlite")
        else postgresql_empty
    )
    migrate.upgrade(url, "0001")
    database = Database(url)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    columns = "key, code, slug, name, field_name, record, updated_at"
    with database.engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO procedure ({columns}) VALUES (:k, '', 's', 'Tên cũ', '', :r, :t)"),
            {"k": "s", "r": '{"name": "Tên cũ"}', "t": now if not database.is_sqlite else str(now)},
        )
    migrate.upgrade(url)
    try:
        with database.read() as session:
            row = procedures.by_key(session, "s")
            assert row is not None
            assert (row.name, row.version, row.changed_by) == ("Tên cũ", 1, "")
            (kept,) = procedures.versions(session, "s")
            assert (kept.version, kept.record) == (1, {"name": "Tên cũ"})
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, SQLModel.metadata) == []
    finally:
        database.dispose()
