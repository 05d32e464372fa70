"""Values as the drivers take and give them, for the few statements that bypass SQLAlchemy.

Beside the plain driver SQLAlchemy's conversion of times and JSON doubled the cost of claiming a
message and of writing its result (`bench/sender.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

_NAMED = re.compile(r"(?<!:):([a-z_]+)")


def execute(connection: Connection, statement: str, values: Mapping[str, Any]) -> Any:
    """Run a statement with ``:named`` parameters, times and lists of ids among them."""
    if connection.dialect.name != "sqlite":
        return connection.exec_driver_sql(_NAMED.sub(r"%(\1)s", statement), dict(values))
    return connection.exec_driver_sql(statement, {k: to_sqlite(v) for k, v in values.items()})


def to_sqlite(value: Any) -> Any:
    """A value as SQLAlchemy would store it: UTC without offset; lists as JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return json.dumps(value) if isinstance(value, list) else value


def moment(value: Any) -> datetime | None:
    """A stored time, aware and in UTC, from either driver."""
    if value is None:
        return None
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    found: datetime = value
    return found


def document(value: Any) -> dict[str, Any]:
    """A stored JSON object, from either driver."""
    found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found


def among(connection: Connection, column: str, name: str) -> str:
    """``column`` is one of the list bound as ``name``; one text whatever its length."""
    if connection.dialect.name == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(:{name}))"
    return f"{column} = ANY(:{name})"


def sqlite_rows(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows as one parameter that `json_each` takes apart."""
    return [[to_sqlite(value) for value in row] for row in rows]
