"""Databases in trouble: read-only, and full, as the server or the file system would have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from store.engine import Database

_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@contextmanager
def read_only(db: Database) -> Iterator[None]:
    """Nothing can be written; what is open stays open on SQLite, is cut off on PostgreSQL.

    SQLite: every connection that is opened or taken from the pool says no to writes. PostgreSQL:
    the database is read-only for every new connection, as on a standby that was not promoted.
    """
    with _sqlite_read_only(db) if db.is_sqlite else _postgresql_read_only(db):
        yield


@contextmanager
def full(db: Database) -> Iterator[None]:
    """PostgreSQL says "disk full" to every write; for SQLite see `small_disk`."""
    assert not db.is_sqlite
    tables = ("inbound_event", "outbox", "job_run", "worker_heartbeat", "dossier", "dossier_event")
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$"
        )
        for table in tables:
            connection.exec_driver_sql(
                f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION no_room()"
            )
    try:
        yield
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP FUNCTION no_room CASCADE")


@contextmanager
def _sqlite_read_only(db: Database) -> Iterator[None]:
    state = "ON"

    def taken(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA query_only={state}")

    event.listen(db.engine, "checkout", taken)
    try:
        yield
    finally:
        # It stays: a connection that was ill must be cured when it is taken the next time.
        state = "OFF"


@contextmanager
def _postgresql_read_only(db: Database) -> Iterator[None]:
    def make(word: str) -> None:
        with db.autocommit.connect() as connection:
            connection.exec_driver_sql("SET default_transaction_read_only = off")
            name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
            connection.exec_driver_sql(f"ALTER DATABASE {name} {word}")
            connection.exec_driver_sql(_OTHERS)
            connection.invalidate()

    make("SET default_transaction_read_only = on")
    try:
        yield
    finally:
        make("RESET default_transaction_read_only")
