"""Copies of the whole database: taken while it is in use, checked, and what is known of them."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, text
from sqlalchemy import select as core_select
from sqlalchemy.engine import make_url
from sqlmodel import Session, SQLModel, col

from store import migrate, restored
from store.engine import Database
from store.tables import BackupTaken, Dossier, InboundEvent, OaToken, WorkerHeartbeat

#: Begins the names of schemas in PostgreSQL that hold what a restoration replaced.
ASIDE = "motcua_before_"
#: A database with a row in one of these is somebody's.
_PRECIOUS = ("dossier", "follower", "inbound_event", "outbox", "feedback", "staff_account")


class Unusable(Exception):
    """The file is no sound copy of a database of ours; the text says why."""


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite database; None for another kind."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def sqlite_url(path: Path) -> str:
    """The address of an SQLite file."""
    return f"sqlite:///{path}"


def libpq(url: str) -> dict[str, str]:
    """Where a PostgreSQL database is, as environment variables of its own tools: a password on a
    command line could be read by everybody on the machine."""
    parsed = make_url(url)
    told: dict[str, Any] = {
        "PGHOST": parsed.host or parsed.query.get("host"),
        "PGPORT": parsed.port or parsed.query.get("port"),
        "PGUSER": parsed.username,
        "PGPASSWORD": parsed.password,
        "PGDATABASE": parsed.database,
        "PGSSLMODE": parsed.query.get("sslmode"),
        "PGSSLROOTCERT": parsed.query.get("sslrootcert"),
    }
    return {name: str(value) for name, value in told.items() if value}


def copy_sqlite(source: Path, target: Path) -> None:
    """Write a consistent copy while others go on reading and writing; ``target`` must not exist.

    ``VACUUM INTO`` reads one snapshot and leaves out deleted pages, in which forgotten people
    would live on; the online backup API would copy them too.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(source, isolation_level=None, timeout=30)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    with target.open("rb") as written:
        os.fsync(written.fileno())


def check_sqlite(path: Path) -> None:
    """Read the whole file; `Unusable` when a page is broken or it is no database of ours."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise Unusable(f"{path.name} is damaged: {str(found)[:200]}")
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise Unusable(f"{path.name} is no database of this system: {error}") from None


def is_empty(database: Database) -> bool:
    """Whether nobody would miss anything: no tables yet, or none of the precious has a row."""
    with database.engine.connect() as connection:
        known = set(inspect(connection).get_table_names())
        return not any(
            connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first()
            for name in _PRECIOUS
            if name in known
        )


def worker_lives(database: Database, since: datetime) -> bool:
    """Whether any worker gave a sign of life after a moment; False without tables."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("worker_heartbeat"):
            return False
    with database.read() as session:
        newest = session.scalar(core_select(func.max(col(WorkerHeartbeat.at))))
    return newest is not None and newest > since


def token_of(database: Database, oa_id: str) -> dict[str, Any] | None:
    """The OA's sealed token pair as a row, to be kept over a restoration; None when there is none.

    Also None when the schema is another one: then a person gives consent again.
    """
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("oa_token"):
            return None
    if migrate.current(database) != migrate.head():
        return None
    with database.read() as session:
        row = session.get(OaToken, oa_id)
        return row.model_dump() if row else None


def keep_newer_token(session: Session, kept: dict[str, Any]) -> bool:
    """Put a token pair over an older one: its refresh token was spent, Zalo takes it once
    (protocol 8.9)."""
    row = session.get(OaToken, kept["oa_id"])
    if row is not None and row.issued_at >= kept["issued_at"]:
        return False
    session.merge(OaToken(**kept))
    return True


def set_aside(database: Database, schema: str) -> None:
    """Make a schema and move every table of ours in PostgreSQL into it, all or none.

    While a schema of such a name (`restored.UNFINISHED`) stands, no process of ours begins to
    work on the database: `keep_aside` or `put_back` end that.
    """
    with database.engine.begin() as connection:
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))
        _move(connection, _here(connection), schema)


def keep_aside(database: Database, schema: str) -> str:
    """The restoration ended: what it replaced gets the name under which it stays, which is
    answered; "" when it replaced nothing."""
    kept = schema.replace(restored.UNFINISHED, ASIDE, 1)
    with database.engine.begin() as connection:
        if not _ours(connection, schema):
            connection.execute(text(f'DROP SCHEMA "{schema}"'))
            return ""
        connection.execute(text(f'ALTER SCHEMA "{schema}" RENAME TO "{kept}"'))
    return kept


def put_back(database: Database, schema: str) -> None:
    """Tables that `set_aside` moved stand where they stood, in place of what came meanwhile."""
    with database.engine.begin() as connection:
        here = _here(connection)
        functions = _functions(connection, here)
        for name in _ours(connection, here):
            connection.execute(text(f'DROP TABLE "{here}"."{name}" CASCADE'))
        for name in functions:
            connection.execute(text(f'DROP FUNCTION "{here}"."{name}"()'))
        _move(connection, schema, here)
        connection.execute(text(f'DROP SCHEMA "{schema}"'))


def _here(connection: Connection) -> str:
    return str(connection.execute(text("SELECT current_schema()")).scalar_one())


def _move(connection: Connection, source: str, target: str) -> None:
    tables = _ours(connection, source)
    # Those that triggers of ours call: a restoration makes them anew.
    for name in _functions(connection, source):
        connection.execute(text(f'ALTER FUNCTION "{source}"."{name}"() SET SCHEMA "{target}"'))
    for name in tables:
        connection.execute(text(f'ALTER TABLE "{source}"."{name}" SET SCHEMA "{target}"'))


def _ours(connection: Connection, schema: str) -> list[str]:
    known = set(SQLModel.metadata.tables) | {"alembic_version"}
    return sorted(known & set(inspect(connection).get_table_names(schema)))


def _functions(connection: Connection, schema: str) -> list[str]:
    found = text(
        "SELECT DISTINCT f.proname FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid"
        " JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal AND f.pronamespace = CAST(:schema AS regnamespace)"
        " AND c.relname = ANY(:tables)"
    )
    told = {"schema": f'"{schema}"', "tables": _ours(connection, schema)}
    return sorted(str(name) for (name,) in connection.execute(found, told))


def note(
    session: Session,
    now: datetime,
    *,
    file_name: str = "",
    size: int = 0,
    sha256: str = "",
    problem: str = "",
) -> None:
    """Remember a backup that was made, or why it was not."""
    session.add(
        BackupTaken(at=now, file_name=file_name, size=size, sha256=sha256, problem=problem[:500])
    )


def first_moment(session: Session) -> datetime | None:
    """Since when there is something that would be missed."""
    firsts = [
        session.scalar(core_select(moment).order_by(key).limit(1))
        for moment, key in (
            (col(InboundEvent.received_at), col(InboundEvent.id)),
            (col(Dossier.created_at), col(Dossier.id)),
        )
    ]
    return min([at for at in firsts if at is not None], default=None)


def last(session: Session) -> BackupTaken | None:
    """The newest try, good or bad."""
    return session.scalars(
        core_select(BackupTaken).order_by(col(BackupTaken.at).desc(), col(BackupTaken.id).desc())
    ).first()
