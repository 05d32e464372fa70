"""The database goes away and comes back, as a province would see it: refused, not slow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from store.engine import Database


@contextmanager
def away(database: Database) -> Iterator[None]:
    """No connection works within the block; everything that was committed is there after it.

    PostgreSQL: nobody is let in any more and who was in is thrown out. SQLite: the file is on a
    disk that is gone, and nobody holds it open but a webhook that wrote before.
    """
    url = make_url(database.url)
    if database.is_sqlite:
        database.engine.dispose()
        path = Path(str(url.database))
        files = [one for one in path.parent.glob(path.name + "*") if not one.name.endswith(".lock")]
        aside = path.parent / "aside"
        aside.mkdir()
        for one in files:
            one.rename(aside / one.name)
        path.mkdir()
        try:
            yield
        finally:
            path.rmdir()
            for one in files:
                (aside / one.name).rename(one)
            aside.rmdir()
        return
    name = str(url.database)
    _let_in(name, False)
    with _server() as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
    try:
        yield
    finally:
        _let_in(name, True)


def _let_in(name: str, allowed: bool) -> None:
    with _server() as server:
        word = sql.SQL("true" if allowed else "false")
        server.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(sql.Identifier(name), word)
        )


def _server() -> psycopg.Connection[object]:
    return psycopg.connect(os.environ["TEST_PG_URL"], autocommit=True)
