"""``app.py restore FILE``: a backup becomes the database again, and nothing is sent until a person
says so: much of what waits in it was sent after it was made (`store.restored`)."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DatabaseError, OperationalError

from service.backups import BackupFailed, run_tool, verify
from settings import Settings
from store import backups, migrate, restored
from store.engine import Database, using

_ALIVE = timedelta(seconds=30)


@dataclass(frozen=True)
class Report:
    """What a restoration did."""

    #: Messages whose fate is open.
    unsure: int
    #: Where the database that was there before is now, in words; None when there was none.
    set_aside: str | None
    #: The token pair of the database before was newer and was kept.
    token_kept: bool


def restore(settings: Settings, file: Path, now: datetime, *, force: bool) -> Report:
    """Put the backup in place of the database; `BackupFailed` when it must not or cannot be.

    All other processes must have stopped. A database that holds something is replaced only with
    ``force``, and stays beside the new one: SQLite's as a file, PostgreSQL's tables in a schema.
    When the restoration fails, it is the database again.
    """
    verify(file)
    target = backups.sqlite_path(settings.database_url)
    wanted = "db" if target is not None else "dump"
    if file.suffix != f".{wanted}":
        raise BackupFailed(f"DATABASE_URL is of another kind than {file.name}")
    token = None
    if target is None or target.exists():
        token = _what_is_there(settings, now, force)
    try:
        if target is not None:
            return _sqlite(settings, file, target, token, now)
        return _postgresql(settings, file, token, now)
    except backups.Unusable as error:
        raise BackupFailed(str(error)) from None


def _what_is_there(settings: Settings, now: datetime, force: bool) -> dict[str, Any] | None:
    """The token pair to keep, once it is sure that the database may be replaced."""
    with using(settings.database_url) as database:
        try:
            return _looked_at(database, settings, now, force)
        except DatabaseError as error:
            # A file that is damaged is what backups are for; a server that is away is not.
            if not database.is_sqlite or isinstance(error, OperationalError):
                raise
            if not force:
                raise BackupFailed("the database cannot be read: --force replaces it") from None
            return None


def _looked_at(
    database: Database, settings: Settings, now: datetime, force: bool
) -> dict[str, Any] | None:
    cut_off = restored.unfinished(database)
    if backups.worker_lives(database, now - _ALIVE):
        raise BackupFailed("a worker is running: stop every process first, then wait 30 s")
    if not backups.is_empty(database) and not force:
        raise BackupFailed("the database is not empty: --force replaces it by the backup")
    if cut_off:
        # Another restoration did not end: the database is what it was before that.
        backups.put_back(database, cut_off)
        if not backups.is_empty(database) and not force:
            raise BackupFailed("the database is as it was; --force replaces it by the backup")
    standing = migrate.standing(migrate.current(database))
    if standing is migrate.Standing.newer and not database.is_sqlite:
        # Its tables are not all known here, so they could not be kept.
        raise BackupFailed("a newer release upgraded this database: restore with that release")
    return backups.token_of(database, settings.zalo_oa_id)


def _sqlite(
    settings: Settings, file: Path, target: Path, token: dict[str, Any] | None, now: datetime
) -> Report:
    backups.check_sqlite(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.restoring")
    for old in target.parent.glob(f"{fresh.name}*"):
        old.unlink()
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    shutil.copyfile(file, fresh)
    # Everything happens to the copy: until the last step the old database is untouched.
    unsure, kept = _settle(backups.sqlite_url(fresh), file, token, now)
    aside = None
    if target.exists():
        aside = target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%SZ}")
        for end in ("-wal", "-shm", ""):
            part = target.with_name(target.name + end)
            if part.exists():
                part.rename(aside.with_name(aside.name + end))
    fresh.rename(target)
    for left in target.parent.glob(f"{fresh.name}*"):
        left.unlink()
    return Report(unsure, str(aside) if aside else None, kept)


def _postgresql(
    settings: Settings, file: Path, token: dict[str, Any] | None, now: datetime
) -> Report:
    url = settings.database_url
    # Read to its end before anything is moved.
    run_tool(url, "pg_restore", "--list", str(file))
    schema = f"{restored.UNFINISHED}{now:%Y%m%dt%H%M%Sz}"
    # From here to the end no process of ours starts on this database.
    with using(url) as database:
        backups.set_aside(database, schema)
    try:
        _read_back(url, file)
        unsure, kept = _settle(url, file, token, now)
        with using(url) as database:
            aside = backups.keep_aside(database, schema)
    except BaseException:
        with using(url) as database:
            backups.put_back(database, schema)
        raise
    return Report(unsure, f"schema {aside}" if aside else None, kept)


def _read_back(url: str, file: Path) -> None:
    run_tool(
        url,
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        "--clean",
        "--if-exists",
        "--exit-on-error",
        "--single-transaction",
        f"--dbname={backups.libpq(url)['PGDATABASE']}",
        str(file),
    )


def _settle(url: str, file: Path, token: dict[str, Any] | None, now: datetime) -> tuple[int, bool]:
    migrate.upgrade(url)
    with using(url) as database, database.write() as session:
        row = restored.settle(session, file.name, now)
        kept = token is not None and backups.keep_newer_token(session, token)
    return row.unsure, kept
