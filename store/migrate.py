"""Bring a database to the present schema with Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url

from store.engine import Database

_FOLDER = Path(__file__).parent / "migrations"


def config(url: str) -> Config:
    """Alembic's configuration without an ini file: folder and address are known here."""
    made = Config()
    made.set_main_option("script_location", str(_FOLDER))
    made.attributes["url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Upgrade to ``revision``; safe to repeat, and serialised between machines.

    The folder of a new SQLite file is made; a first start has none.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(config(url), revision)


def head() -> str:
    """The newest revision this code knows."""
    return ScriptDirectory(str(_FOLDER)).get_current_head() or ""


def current(database: Database) -> str:
    """The revision the database is at; "" when it was never upgraded."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return str(found or "")
