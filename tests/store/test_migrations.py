"""The migrations and the tables say the same, on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

import store.tables  # noqa: F401 - registers the tables
from store import migrate
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
