"""``app.py db move``: a province outgrows its SQLite file, or changes its server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from settings import Settings
from store import backups, migrate, moving
from store.engine import using
from store.migrate import Standing
from store.moving import NotMoved

__all__ = ["NotMoved", "move"]

_ALIVE = timedelta(seconds=30)


def move(settings: Settings, target: str, now: datetime, say: Callable[[str], None]) -> int:
    """Copy everything of the settings' database into ``target``; answers how many rows.

    `NotMoved` while a worker lives, when the schemas differ or the target holds anything: it is
    then as empty as it was. ``say`` gets a line for each table that has rows.
    """
    wanted = settings.model_validate({"database_url": target}).database_url
    if wanted == settings.database_url:
        raise NotMoved("that is the database it is in already")
    with using(settings.database_url) as old:
        if migrate.standing(migrate.current(old)) is not Standing.same:
            raise NotMoved("the schema is not the one of this version: db upgrade first")
        if backups.worker_lives(old, now - _ALIVE):
            raise NotMoved("a worker is running: stop every process first, then wait 30 s")
        migrate.upgrade(wanted)
        with using(wanted) as new:

            def told(name: str, number: int) -> None:
                if number:
                    say(f"{name}: {number}")

            try:
                return moving.copy(old, new, told)
            except SQLAlchemyError as error:
                raise NotMoved(_told(error)) from None


def _told(error: SQLAlchemyError) -> str:
    """What the database said without the row it said it of."""
    said = str(getattr(error, "orig", None) or type(error).__name__)
    return f"the new database refused a row: {said.splitlines()[0][:200]}"
