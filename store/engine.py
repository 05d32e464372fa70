"""Engines and sessions for SQLite and PostgreSQL behind one small object.

SQLite: WAL, ``synchronous=FULL``, ``BEGIN IMMEDIATE`` for writes (the driver's defaults lose
updates silently) and a file lock round each write, because SQLite's busy handler is unfair.
PostgreSQL: READ COMMITTED; rows that are read to be changed need ``with_for_update()``.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlmodel import Session, SQLModel

from store.wakeups import CHANNEL, Wakeups

#: The kernel holds the file's pages once for everybody: a large cache in each of the many
#: connections would only repeat them (the default is 2 MB each).
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "cache_size=-512",
)


class _FairLock:
    """Threads queue on a mutex, processes on ``flock``; the kernel frees it when one dies."""

    def __init__(self, path: str | None) -> None:
        self._mutex = threading.Lock()
        self._fd = -1
        # Where no file may be made SQLite refuses every write by itself, and says so in words;
        # reading goes on.
        with suppress(OSError):
            self._fd = os.open(path, os.O_CREAT | os.O_RDWR, 0o600) if path else -1

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._mutex:
            if self._fd >= 0:
                fcntl.flock(self._fd, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if self._fd >= 0:
                    fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class Database:
    """One database for one process; make it after a fork, never before."""

    def __init__(self, url: str, *, pool_size: int = 24) -> None:
        self.url = url
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        lock_path = None
        arguments: dict[str, Any] = {}
        if self.is_sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            lock_path = parsed.database + ".lock"
        if not self.is_sqlite:
            # The driver reads times of this form only, whatever the server was told to write.
            options = "-c timezone=UTC -c datestyle=ISO"
            arguments = {"connect_timeout": 5, "options": options}
        self.engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=not self.is_sqlite,
            connect_args=arguments,
        )
        if self.is_sqlite:
            event.listen(self.engine, "connect", _sqlite_connect)
            event.listen(self.engine, "begin", _sqlite_begin)
        self.reader: Engine = self.engine.execution_options(readonly=True)
        #: Single statements on PostgreSQL need no BEGIN and COMMIT round trips.
        self.autocommit: Engine = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        self._lock = _FairLock(lock_path)
        self.wakeups = Wakeups(self)

    @contextmanager
    def write(self, *, wake: bool = False) -> Iterator[Session]:
        """A transaction: commits at the end, rolls back on an exception.

        ``wake=True`` tells every worker, in this process and in others, that there is
        something to do. Never hold one open during an HTTP call.
        """
        with self.exclusive(), Session(self.engine, expire_on_commit=False) as session:
            yield session
            if wake and not self.is_sqlite:
                session.connection().execute(text(f"NOTIFY {CHANNEL}"))
            session.commit()
        if wake:
            self.wakeups.notify()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only session; passes a running writer on SQLite."""
        with Session(self.reader, expire_on_commit=False) as session:
            yield session

    def raw_connection(self) -> Any:
        """A driver connection that begins and commits nothing by itself, for the hottest paths.

        The caller keeps it and closes it, and on SQLite writes only inside `exclusive`. It never
        returns to the pool: a session must not meet a connection that commits by itself.
        """
        connection = self.engine.raw_connection()
        connection.detach()
        if not self.is_sqlite:
            connection.dbapi_connection.autocommit = True  # type: ignore[union-attr]
        return connection

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """The fair write lock of SQLite; nothing on PostgreSQL."""
        if self.is_sqlite:
            with self._lock():
                yield
        else:
            yield

    def create_all(self) -> None:
        """Create the tables without migrations: for templates in tests and benchmarks."""
        import store.tables  # noqa: F401 - registers the tables

        SQLModel.metadata.create_all(self.engine)

    def dispose(self) -> None:
        """Close every connection."""
        self.wakeups.close()
        self.engine.dispose()
        self._lock.close()


@contextmanager
def using(url: str) -> Iterator[Database]:
    """A database closed at the end; the last one of SQLite writes its log into the file."""
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver itself begins nothing
    for pragma in _PRAGMAS:
        connection.execute("PRAGMA " + pragma)


def _sqlite_begin(connection: Any) -> None:
    readonly = connection.get_execution_options().get("readonly")
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")
