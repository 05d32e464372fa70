"""Why a database does not take what is written: full, read-only or away, from either driver."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from enum import StrEnum

import psycopg
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError, TimeoutError

from store.engine import Database
from store.tables import JobRun

#: The one row that `probe` writes over and over.
_JOB, _SLOT = "write_probe", datetime.fromtimestamp(0, UTC)
#: PostgreSQL: connection exception, operator intervention, system error.
_AWAY_CLASSES = ("08", "57", "58")
_AWAY_NAMES = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_CANTOPEN")


class Trouble(StrEnum):
    """What ails the database itself, whatever was asked of it."""

    full = "full"
    read_only = "read_only"
    away = "away"


def trouble(error: BaseException) -> Trouble | None:
    """What the error says of the database; None when the fault lies in what was asked."""
    if isinstance(error, InterfaceError | TimeoutError):
        return Trouble.away
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(getattr(cause, "sqlite_errorname", "") or "")
    if isinstance(cause, psycopg.Error):
        return _of_postgresql(cause)
    return None


def _of_sqlite(name: str) -> Trouble | None:
    if name == "SQLITE_FULL":
        return Trouble.full
    if name.startswith("SQLITE_READONLY"):
        return Trouble.read_only
    return Trouble.away if name.startswith(_AWAY_NAMES) else None


def _of_postgresql(error: psycopg.Error) -> Trouble | None:
    state = error.sqlstate or ""
    if state == "53100":
        return Trouble.full
    if state == "25006":
        return Trouble.read_only
    if not state:
        # The driver's own word: the connection was never made or broke off.
        lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return Trouble.away if lost else None
    # 53300: no connection left for us; 57014: a statement of ours took too long.
    away = state == "53300" or (state[:2] in _AWAY_CLASSES and state != "57014")
    return Trouble.away if away else None


def probe(database: Database, now: datetime) -> Trouble | None:
    """Write one row and commit it; what hinders that, or None when the database takes it.

    Nothing less shows a full disk: reading works on, and a transaction that is rolled back is
    never written.
    """
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    row = {"owner": "", "lease_until": now, "finished_at": now, "attempts": 1, "problem": ""}
    put = insert(JobRun).values(job=_JOB, slot=_SLOT, **row)
    put = put.on_conflict_do_update(index_elements=["job", "slot"], set_=row)
    try:
        with database.write() as session:
            session.connection().execute(put)
    except SQLAlchemyError as error:
        return trouble(error) or Trouble.away
    return None
