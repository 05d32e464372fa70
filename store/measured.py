"""Counters of all processes together: each adds what it counted, whoever is asked tells the sum."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select as core_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from store.tables import MetricSample

#: (name, labels as Prometheus writes them).
Key = tuple[str, str]
#: Three values a row: far below SQLite's limit on parameters.
_CHUNK = 300


def add(session: Session, deltas: Mapping[Key, float]) -> None:
    """Add to the sums, in one order everywhere, or two processes could lock rows crosswise."""
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(MetricSample) if dialect == "sqlite" else postgresql.insert(MetricSample)
    keys = sorted(deltas)
    for start in range(0, len(keys), _CHUNK):
        rows = [
            {"name": name, "labels": labels, "value": deltas[name, labels]}
            for name, labels in keys[start : start + _CHUNK]
        ]
        statement = insert.values(rows)
        session.connection().execute(
            statement.on_conflict_do_update(
                index_elements=["name", "labels"],
                set_={"value": col(MetricSample.value) + statement.excluded.value},
            )
        )


def sums(session: Session) -> dict[Key, float]:
    """Every sum there is: a few hundred rows."""
    rows = session.execute(
        core_select(col(MetricSample.name), col(MetricSample.labels), col(MetricSample.value))
    )
    return {(str(name), str(labels)): float(value) for name, labels, value in rows}
