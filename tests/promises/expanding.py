"""Whether a migration leaves the release before it able to work on (docs/upgrades.md): expand, then
contract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect

from store.engine import Database

#: Types that hold all that the narrower one held.
_WIDER = {("INTEGER", "BIGINT"), ("VARCHAR", "TEXT"), ("JSON", "JSONB")}
_LITERAL = re.compile(r"'([^']*)'")


@dataclass(frozen=True)
class Shape:
    """What of a table the other release relies on."""

    columns: dict[str, dict[str, Any]]
    key: tuple[str, ...]
    unique: frozenset[tuple[str, ...]]
    foreign: frozenset[tuple[str, ...]]
    #: Name of each check and its words.
    checks: dict[str, str]


def shapes(database: Database) -> dict[str, Shape]:
    """Every table of a database, as it stands."""
    with database.engine.connect() as connection:
        look = inspect(connection)
        found = {}
        for table in look.get_table_names():
            if table == "alembic_version" or table.startswith("sqlite_"):
                continue
            unique = {tuple(one["column_names"]) for one in look.get_unique_constraints(table)}
            unique |= {
                tuple(str(name) for name in one["column_names"])
                for one in look.get_indexes(table)
                if one["unique"]
            }
            found[table] = Shape(
                {column["name"]: dict(column) for column in look.get_columns(table)},
                tuple(look.get_pk_constraint(table)["constrained_columns"]),
                frozenset(unique),
                frozenset(
                    tuple(one["constrained_columns"]) for one in look.get_foreign_keys(table)
                ),
                {
                    str(one["name"]): str(one["sqltext"])
                    for one in look.get_check_constraints(table)
                },
            )
    return found


def broken(before: dict[str, Shape], after: dict[str, Shape]) -> list[str]:
    """What the release that means ``before`` could not do any more over ``after``; [] = nothing."""
    found = [f"{name}: the table is gone" for name in before if name not in after]
    for name in before.keys() & after.keys():
        found += [f"{name}: {problem}" for problem in _in_table(before[name], after[name])]
    return sorted(found)


def _in_table(old: Shape, new: Shape) -> list[str]:
    found = [f"column {name} is gone" for name in old.columns if name not in new.columns]
    for name, column in new.columns.items():
        was = old.columns.get(name)
        found += _new_column(name, column) if was is None else _changed(name, was, column)
    if old.key != new.key:
        found.append(f"the key is {new.key}, was {old.key}")
    ours = set(old.columns)
    # Without its index an ON CONFLICT of the other release is an error; a new one refuses rows.
    found += [f"{one} is no longer unique" for one in old.unique - new.unique]
    found += [f"{one} must now be unique" for one in new.unique - old.unique if set(one) <= ours]
    found += [f"{one} must now refer" for one in new.foreign - old.foreign if set(one) <= ours]
    for name, words in new.checks.items():
        if name in old.checks:
            lost = set(_LITERAL.findall(old.checks[name])) - set(_LITERAL.findall(words))
            found += [f"check {name} no longer knows {value!r}" for value in sorted(lost)]
        elif ours & set(re.findall(r"\w+", words)):
            found.append(f"there is a new check {name}")
    return found


def _new_column(name: str, column: dict[str, Any]) -> list[str]:
    if column["nullable"] or column["default"] is not None or column.get("computed"):
        return []
    return [f"the new column {name} must be filled, which the other release does not do"]


def _changed(name: str, was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    found = []
    if was["nullable"] and not now["nullable"]:
        found.append(f"column {name} may no longer be empty")
    if was["default"] is not None and now["default"] is None and not now["nullable"]:
        found.append(f"column {name} has lost its default")
    kinds = (_kind(was["type"]), _kind(now["type"]))
    if kinds[0] != kinds[1] and kinds not in _WIDER:
        found.append(f"column {name} is {kinds[1]}, was {kinds[0]}")
    return found


def _kind(kind: object) -> str:
    return str(kind).split("(", maxsplit=1)[0].upper()
