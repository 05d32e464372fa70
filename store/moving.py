"""Copying a whole database into an empty one of either kind, all or nothing."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlmodel import SQLModel

import store.tables  # noqa: F401 - registers the tables
from store.engine import Database

#: Rows held in memory at a time; one with a file, or with five thousand people, is large.
_ROWS, _LARGE_ROWS = 1000, 10
_LARGE = frozenset({"broadcast_piece", "import_job", "receipt_file", "stored_file"})


class NotMoved(Exception):
    """The copy cannot be made or is not complete; the text says why. Nothing was changed."""


def copy(source: Database, target: Database, told: Callable[[str, int], None]) -> int:
    """Copy every row of ours into a target with the same schema; answers how many.

    Nobody may use either meanwhile; `NotMoved` when the target holds any row. ``told`` gets each
    table's name and number of rows. JSON columns never hold NULL, so they come over as they are.
    """
    total = 0
    with source.reader.connect() as reading, target.exclusive(), target.engine.begin() as writing:
        for table in SQLModel.metadata.sorted_tables:
            if _number(writing, table):
                raise NotMoved(f"the new database is not empty: {table.name} has rows")
        for table in SQLModel.metadata.sorted_tables:
            _rows(reading, writing, table)
            number = _number(writing, table)
            if number != _number(reading, table):
                raise NotMoved(f"{table.name}: only {number} rows arrived")
            _next_key(writing, table)
            told(table.name, number)
            total += number
    return total


def _rows(reading: Connection, writing: Connection, table: Table) -> None:
    size = _LARGE_ROWS if table.name in _LARGE else _ROWS
    found = reading.execution_options(yield_per=size).execute(
        select(table).order_by(*table.primary_key.columns)
    )
    for piece in found.mappings().partitions(size):
        writing.execute(insert(table), [dict(row) for row in piece])


def _number(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _next_key(writing: Connection, table: Table) -> None:
    """PostgreSQL counts keys apart from the rows; SQLite goes on from the highest."""
    if writing.dialect.name == "sqlite" or "id" not in table.columns:
        return
    told = {"table": f'"{table.name}"'}
    sequence = writing.execute(text("SELECT pg_get_serial_sequence(:table, 'id')"), told).scalar()
    if sequence:
        highest = writing.execute(select(func.max(table.c.id))).scalar()
        if highest is not None:
            writing.execute(
                text("SELECT setval(:name, :last)"), {"name": sequence, "last": highest}
            )
