"""Bring a database to the present schema with Alembic, and say how far it is.

The rule every migration keeps, so that the release before works on: docs/upgrades.md.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from enum import StrEnum
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url

from store.engine import Database

_FOLDER = Path(__file__).parent / "migrations"
#: Of all programs that upgrade one PostgreSQL database.
_LOCK = 7_360_001


class Standing(StrEnum):
    """How a database's schema stands to what this version of the program means."""

    empty = "empty"
    older = "older"
    same = "same"
    #: A later release upgraded it; by our rule this version works on beside it.
    newer = "newer"


def config(url: str) -> Config:
    """Alembic's configuration without an ini file: folder and address are known here."""
    made = Config()
    made.set_main_option("script_location", str(_FOLDER))
    made.attributes["url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Upgrade to ``revision``; safe to repeat, and serialised between processes and machines.

    A database that a newer release upgraded already is left as it is. The folder of a new SQLite
    file is made; a first start has none.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(config(url), revision)


@cache
def head() -> str:
    """The newest revision this code knows."""
    return ScriptDirectory(str(_FOLDER)).get_current_head() or ""


@cache
def _known() -> frozenset[str]:
    return frozenset(one.revision for one in ScriptDirectory(str(_FOLDER)).walk_revisions())


def standing(at: str) -> Standing:
    """What a revision (as `current` answers it) means for this version of the program."""
    if not at:
        return Standing.empty
    if at not in _known():
        return Standing.newer
    return Standing.same if at == head() else Standing.older


def current(database: Database) -> str:
    """The revision the database is at; "" when it was never upgraded."""
    # A look that works on a database that takes no writes, too.
    with database.reader.connect() as connection:
        return at(connection)


def at(connection: Connection) -> str:
    """The revision of the database behind a connection; "" when it was never upgraded."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found or "")


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """The only program that upgrades this database; the others wait.

    PostgreSQL: an advisory lock of the session. SQLite: a file beside the database, which the
    kernel frees when its holder dies.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
        connection.commit()
        yield
        connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
        connection.commit()
        return
    with ExitStack() as held:
        # Where no file may be made the migration itself fails, with SQLite's own words.
        with suppress(OSError):
            lock = f"{connection.engine.url.database}.upgrade.lock"
            descriptor = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
            held.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
