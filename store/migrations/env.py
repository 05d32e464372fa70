"""Alembic's entry: one program at a time, each migration wholly or not at all."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, event, pool
from sqlmodel import SQLModel

import store.tables  # noqa: F401 - registers the tables
from store import migrate

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
sqlite = engine.dialect.name == "sqlite"
if sqlite:

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # The driver itself begins nothing, or it would leave DDL outside of any transaction and
        # a program killed in the middle of a migration half of its tables.
        connection.isolation_level = None
        # Batch mode drops and renames tables; with foreign keys on, ON DELETE CASCADE would
        # empty their children and the migration would still report success.
        for pragma in ("busy_timeout=60000", "foreign_keys=OFF", "journal_mode=WAL"):
            connection.execute("PRAGMA " + pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


with engine.connect() as connection, migrate.alone(connection):
    known = {one.revision for one in context.script.walk_revisions()}
    at = migrate.at(connection)
    connection.commit()
    # A newer release was here: its schema serves this version too (docs/upgrades.md).
    if not at or at in known:
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"foreign keys broken after migration: {broken[:5]}")
            connection.commit()
