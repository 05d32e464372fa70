"""Numbers given in a row: the last one of every series, counted up in one statement."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from store import restored
from store.tables import CodeSequence


def next_number(session: Session, scope: str) -> int:
    """The next number of a series ("feedback:261129"), from 1.

    One statement, so that two workers never get the same. It belongs to the caller's transaction:
    when that fails, the number is given again and the series has no gap.
    """
    insert = (
        sqlite.insert(CodeSequence)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(CodeSequence)
    )
    first = 1 + restored.gap(session, scope)
    statement = (
        insert.values(scope=scope, last=first)
        .on_conflict_do_update(index_elements=["scope"], set_={"last": col(CodeSequence.last) + 1})
        .returning(col(CodeSequence.last))
    )
    return int(session.connection().execute(statement).scalar_one())
