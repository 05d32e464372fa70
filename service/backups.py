"""``app.py backup``: one file for the whole database, with its checksum, the newest kept.

The files hold personal data and are not encrypted here: a key on the same machine would protect
nothing (docs/backup.md says how they are).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import journal
from settings import Settings
from store import backups, restored
from store.engine import Database

_NAME = re.compile(r"motcua-[0-9]{8}T[0-9]{6}Z\.(?:db|dump)")
_CHUNK = 1024 * 1024
_BROKEN_OFF_SECONDS = 6 * 3600


class BackupFailed(Exception):
    """No backup was made, or none can be used; one line says why and what to do."""


def take(
    database: Database, settings: Settings, folder: Path, keep: int, now: datetime
) -> tuple[Path, int]:
    """Write a checked backup into the folder, keep the newest ``keep``; the file and its size.

    The system may be in use. Success and failure are remembered in the database.
    """
    if restored.unfinished(database):
        # Half a database; in time it would push the whole ones out of the folder.
        raise BackupFailed("a restoration has not ended: run restore again, docs/backup.md")
    try:
        made = _take(settings, folder, now)
    except (OSError, backups.Unusable, BackupFailed) as error:
        said = str(error) or type(error).__name__
        journal.get("backup").error("backup_failed", problem=type(error).__name__)
        with database.write() as session:
            backups.note(session, now, problem=said)
        raise BackupFailed(said) from None
    except Exception as error:
        journal.get("backup").error("backup_failed", problem=type(error).__name__)
        raise
    size, digest = made.stat().st_size, sha256_of(made)
    with database.write() as session:
        backups.note(session, now, file_name=made.name, size=size, sha256=digest)
    _forget_old(folder, keep)
    journal.get("backup").info("backup_taken", bytes=size)
    return made, size


def _take(settings: Settings, folder: Path, now: datetime) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    source = backups.sqlite_path(settings.database_url)
    stamp = f"motcua-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    target = folder / f"{stamp}.{'db' if source else 'dump'}"
    if target.exists():
        raise BackupFailed(f"{target.name} is there already: wait a second")
    _forget_broken_off(folder)
    unfinished = folder / f".{target.name}.part"
    try:
        if source is not None:
            if not source.exists():
                raise BackupFailed(f"there is no database at {source}")
            backups.copy_sqlite(source, unfinished)
            backups.check_sqlite(unfinished)
        else:
            os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            aside = [f"--exclude-schema={name}*" for name in (backups.ASIDE, restored.UNFINISHED)]
            told = ("-Fc", "--no-owner", "--no-privileges", *aside, f"-f{unfinished}")
            _tool(settings, "pg_dump", *told)
            _tool(settings, "pg_restore", "--list", str(unfinished))
        digest = sha256_of(unfinished)
        checksum = checksum_of(target)
        checksum.touch(mode=0o600)
        checksum.write_text(f"{digest}  {target.name}\n")
        # Last: a file under its final name is always whole and has its checksum.
        unfinished.rename(target)
    except sqlite_errors() as error:
        raise BackupFailed(f"the database could not be copied: {error}") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def sqlite_errors() -> type[Exception]:
    """What SQLite raises when a file cannot be read or written."""
    import sqlite3

    return sqlite3.Error


def checksum_of(path: Path) -> Path:
    """Where the checksum of a backup stands, as ``sha256sum -c`` reads it."""
    return path.with_name(f"{path.name}.sha256")


def sha256_of(path: Path) -> str:
    """The digest of a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def verify(path: Path) -> None:
    """`BackupFailed` unless the file is what its checksum says."""
    checksum = checksum_of(path)
    if not checksum.exists():
        raise BackupFailed(f"{checksum.name} is missing: copy it beside the file")
    if checksum.read_text().split(maxsplit=1)[:1] != [sha256_of(path)]:
        raise BackupFailed(f"{path.name} is not what {checksum.name} says: it is damaged or cut")


def _forget_broken_off(folder: Path) -> None:
    """Pieces of backups whose process was killed; one that is being written is never so old."""
    for path in folder.glob(".motcua-*.part*"):
        if time.time() - path.stat().st_mtime > _BROKEN_OFF_SECONDS:
            path.unlink(missing_ok=True)


def _forget_old(folder: Path, keep: int) -> None:
    """Only files we named ourselves; by name, which is by time."""
    ours = sorted(p for p in folder.iterdir() if _NAME.fullmatch(p.name))
    for path in ours[:-keep]:
        path.unlink(missing_ok=True)
        checksum_of(path).unlink(missing_ok=True)


def _tool(settings: Settings, name: str, *arguments: str) -> None:
    run_tool(settings.database_url, name, *arguments)


def run_tool(url: str, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own tools on a database; `BackupFailed` with its last words."""
    found = shutil.which(name)
    if found is None:
        raise BackupFailed(
            f"{name} is not on PATH: install PostgreSQL's client of the server's version"
        )
    done = subprocess.run(  # noqa: S603 - a tool of the database's, arguments of ours
        [found, *arguments],
        env={**os.environ, **backups.libpq(url), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise BackupFailed(f"{name}: {said[-1][:300]}")
