"""What lies around the system and goes wrong slowly: disks, clocks, backups, the holiday file.

Each check answers "ok" or one sentence for whoever operates it. None of them makes a machine
unready: nothing is gained by taking it out of service.
"""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from clock import VIETNAM
from dossiers.days_off import read_files
from settings import Settings
from store import backups, restored
from store import health as queries
from store.engine import Database

#: Below so much free space a day's growth may fill the disk.
LOW_BYTES = 512 * 1024**2
_SKEW = timedelta(seconds=2)
_BACKUP_AGE = timedelta(hours=36)
#: From this month on next year's days off are announced.
_ANNOUNCED_MONTH = 12
_WORDS_HELD = (
    "held: restored from a backup, nothing is sent; docs/backup.md, then app.py restore --continue"
)
_WORDS_CUT_OFF = "a restoration has not ended: run restore again, see docs/backup.md"


def disk(settings: Settings) -> str:
    """Free space where SQLite and the backups lie; folders of another machine are not seen."""
    source = backups.sqlite_path(settings.database_url)
    folders = {"database": source.parent if source else None}
    folders["backups"] = Path(settings.backup_dir) if settings.backup_dir else None
    short = []
    for name, folder in folders.items():
        if folder is None:
            continue
        try:
            free = shutil.disk_usage(_nearest(folder)).free
        except OSError:
            short.append(f"{name}: the folder cannot be read")
            continue
        if free < LOW_BYTES:
            short.append(f"{name}: only {free // 1024**2} MB free")
    return "; ".join(short) or "ok"


def _nearest(folder: Path) -> Path:
    """The folder, or the first one above it that is there."""
    return next((one for one in (folder, *folder.parents) if one.exists()), folder)


def held(database: Database) -> str:
    """Whether sending waits for a person after a restored backup."""
    if restored.unfinished(database):
        return _WORDS_CUT_OFF
    with database.read() as session:
        return _WORDS_HELD if queries.held(session) else "ok"


def warnings(database: Database, settings: Settings) -> dict[str, str]:
    """What `/readyz` tells beside the parts that make it ready."""
    found = {"disk": disk(settings), "sending": held(database)}
    return {name: said for name, said in found.items() if said != "ok"}


def clock_skew(database: Database, now: datetime) -> str:
    """Our clock beside the database server's: leases and rates are told by both."""
    with database.read() as session:
        theirs = queries.database_now(session)
    if theirs is None or abs(theirs - now) <= _SKEW:
        return "ok"
    seconds = (theirs - now).total_seconds()
    return f"the database's clock is {seconds:+.0f} s from ours: run NTP on both machines"


def backup(database: Database, settings: Settings, now: datetime) -> str:
    """Whether a backup was made lately; a system that has just begun needs none yet."""
    with database.read() as session:
        last = backups.last(session)
        first = backups.first_moment(session)
    if last is not None and last.problem:
        return f"the last one failed: {last.problem}"
    if last is not None and now - last.at < _BACKUP_AGE:
        return "ok"
    if last is None and (first is None or now - first < _BACKUP_AGE):
        return "ok"
    way = "set BACKUP_DIR" if database.is_sqlite else "let a timer run app.py backup"
    if last is None:
        return f"there is none: {way}, see docs/backup.md"
    hours = int((now - last.at).total_seconds() // 3600)
    return f"the newest is {hours} hours old: {way}"


def holidays(settings: Settings, now: datetime) -> str:
    """Whether this year's days off are known from the files or the console, and in December next
    year's: other years are reckoned from the law, without the days that are swapped."""
    try:
        rows = read_files(settings.holidays_file, settings.extra_holidays_file)
    except (OSError, ValueError) as error:
        return f"the file cannot be read: {error}"
    known = {row.day.year for row in rows} | {one.day.year for one in settings.extra_days_off}
    today = now.astimezone(VIETNAM).date()
    wanted = [today.year] + [today.year + 1] * (today.month >= _ANNOUNCED_MONTH)
    missing = [str(year) for year in wanted if year not in known]
    if not missing:
        return "ok"
    return f"{' and '.join(missing)} missing: add the announced days (console, or HOLIDAYS_FILE)"
