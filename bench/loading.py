"""Filling a database quickly: rows made by the database itself, indexes made afterwards.

Indexes are sorted once at the end; kept up row by row they take ten times as long. What guards
against a crash is switched off for the time of the fill only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, event, text
from sqlmodel import SQLModel

from store.engine import Database

#: Out of WAL first: from there no way leads to OFF, and the fill would be written twice.
_OFF = (
    "synchronous=OFF",
    "journal_mode=DELETE",
    "journal_mode=OFF",
    "foreign_keys=OFF",
    "cache_size=-1000000",
)


class Loader:
    """Statements in one dialect; every moment is given in seconds since 1970 and kept in UTC."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._connection = connection
        self.is_sqlite = database.is_sqlite

    def insert(self, table: str, columns: dict[str, str], count: int, joins: str = "") -> None:
        """``count`` rows: each column an expression of ``i``, which runs from 0.

        A table that was empty is truncated in the same transaction: PostgreSQL then writes the
        rows once, not a second time into its log.
        """
        names, values = ", ".join(columns), ", ".join(columns.values())
        if self.is_sqlite:
            series = (
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
                f" WHERE i + 1 < {count})"
            )
        else:
            series = f"WITH n(i) AS (SELECT generate_series(0, {count - 1}::bigint))"
        self.run(f"INSERT INTO {table} ({names}) {series} SELECT {values} FROM n {joins}")

    def run(self, statement: str) -> None:
        """A statement of constants, as it stands."""
        driver: Any = self._connection.connection.dbapi_connection
        # By the driver itself: its "%" are arithmetic, not marks for values.
        driver.execute(statement)

    def names(self, table: str, rows: Sequence[tuple[str, str]]) -> None:
        """A temporary table ``(place, name, folded)`` of texts that rows are put together from."""
        self.run(f"CREATE TEMP TABLE {table} (place INTEGER PRIMARY KEY, name TEXT, folded TEXT)")
        values = [
            {"place": i, "name": name, "folded": folded} for i, (name, folded) in enumerate(rows)
        ]
        self._connection.execute(
            text(f"INSERT INTO {table} VALUES (:place, :name, :folded)"), values
        )

    def moment(self, seconds: str) -> str:
        """A moment as the columns keep it."""
        if self.is_sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', {seconds}, 'unixepoch')"
        return f"to_timestamp({seconds})"

    def day(self, seconds: str) -> str:
        """The day of a moment as yymmdd."""
        if self.is_sqlite:
            return f"substr(strftime('%Y%m%d', {seconds}, 'unixepoch'), 3)"
        return f"to_char(to_timestamp({seconds}) AT TIME ZONE 'UTC', 'YYMMDD')"

    def padded(self, number: str, width: int) -> str:
        """A number with zeros before it, at least so wide."""
        if self.is_sqlite:
            return f"printf('%0{width}d', {number})"
        text_ = f"({number})::text"
        # It would cut a longer one.
        return f"lpad({text_}, GREATEST({width}, length({text_})), '0')"

    def hexed(self, number: str, width: int) -> str:
        """A number in hexadecimal digits."""
        if self.is_sqlite:
            return f"printf('%0{width}x', {number})"
        return f"lpad(to_hex({number}), {width}, '0')"

    def least(self, one: str, other: str) -> str:
        """The smaller of two."""
        return f"{'min' if self.is_sqlite else 'LEAST'}({one}, {other})"

    def json(self, value: str) -> str:
        """A JSON text as the columns keep it."""
        return value if self.is_sqlite else f"({value})::jsonb"


@contextmanager
def loading(database: Database, tables: Sequence[type[SQLModel]]) -> Iterator[Loader]:
    """Fill these empty tables in one transaction; their indexes and statistics come at the end."""
    indexes = [index for table in tables for index in _indexes(table)]
    with database.engine.begin() as begun:
        for index in indexes:
            index.drop(begun)
    with ExitStack() as stack:
        if database.is_sqlite:
            stack.enter_context(_careless(database))
        connection = stack.enter_context(database.engine.connect())
        with connection.begin():
            loader = Loader(database, connection)
            if not database.is_sqlite:
                loader.run("SET LOCAL work_mem = '1GB'")
                loader.run("SET LOCAL session_replication_role = replica")
                names = ", ".join(str(table.__tablename__) for table in tables)
                loader.run(f"TRUNCATE {names} CASCADE")
            yield loader
        for index in indexes:
            with connection.begin():
                if not database.is_sqlite:
                    connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '1GB'")
                index.create(connection)
    if not database.is_sqlite:
        _keep_numbers(database, tables)
        raw = database.raw_connection()
        raw.dbapi_connection.execute("VACUUM ANALYZE")
        raw.close()


def epoch(moment: datetime) -> int:
    """Seconds since 1970."""
    return int(moment.timestamp())


def _indexes(table: type[SQLModel]) -> list[Index]:
    found = SQLModel.metadata.tables[str(table.__tablename__)].indexes
    return sorted(found, key=lambda index: str(index.name))


def _keep_numbers(database: Database, tables: Sequence[type[SQLModel]]) -> None:
    """The keys' sequences go on behind the rows that named their keys themselves."""
    with database.engine.begin() as connection:
        for table in tables:
            name = str(table.__tablename__)
            columns: Any = SQLModel.metadata.tables[name].columns
            if "id" in columns and columns["id"].primary_key:
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'),"
                    f" (SELECT COALESCE(MAX(id), 0) + 1 FROM {name}))"
                )


@contextmanager
def _careless(database: Database) -> Iterator[None]:
    """SQLite connections without journal or waiting for the disk; afterwards new ones as ever."""

    def switch_off(connection: Any, _record: Any) -> None:
        for pragma in _OFF:
            connection.execute(f"PRAGMA {pragma}").fetchall()

    database.engine.dispose()
    event.listen(database.engine, "connect", switch_off)
    try:
        yield
    finally:
        event.remove(database.engine, "connect", switch_off)
        database.engine.dispose()
