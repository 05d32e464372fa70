"""Column kinds the tables share, each with the trap it avoids."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

#: Named constraints can be altered by a later migration, on SQLite too.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: SQLite autoincrements only INTEGER keys; a million messages a month want 64 bits elsewhere.
BigId = BigInteger().with_variant(Integer(), "sqlite")
#: Assign a new dict to change it: changes in place are not noticed.
Json = JSON().with_variant(JSONB(), "postgresql")


def big_key() -> Any:
    """A surrogate key that counts up on both databases."""
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of only those rows that ``where`` names; on SQLite see `store.spelt`."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def one_of(column: str, values: type[Any] | tuple[str, ...], name: str) -> CheckConstraint:
    """The database itself refuses a state nobody declared."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)
