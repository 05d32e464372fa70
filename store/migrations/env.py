"""Alembic's entry: one connection, foreign keys off on SQLite while tables are rebuilt."""

from alembic import context
from sqlalchemy import create_engine, pool, text
from sqlmodel import SQLModel

import store.tables  # noqa: F401 - registers the tables

#: Two machines that start together upgrade one after the other.
_LOCK = 7_360_001

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # Batch mode drops and renames tables; with foreign keys on, ON DELETE CASCADE would
        # empty their children and the migration would still report success.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    else:
        connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    if sqlite:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"foreign keys broken after migration: {broken[:5]}")
    else:
        connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
        connection.commit()
