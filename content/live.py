"""Settings that change while the process runs, because staff changed them in the console.

`LiveSettings` is a `Settings`: whoever holds one reads attributes as ever, at no cost. A thread
of each process looks every two seconds whether anything was saved, and then swaps all values at
once. When the database is away, what was known last stays in force.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any, Self

from pydantic import PrivateAttr
from sqlalchemy.exc import SQLAlchemyError

import journal
from content import checks, texts
from content import guides as own
from content.groups import CHANGEABLE
from settings import Settings
from store import content as table
from store.content import Stamp
from store.engine import Database
from store.tables import Content

#: How old a change may get before every process has it.
EVERY_SECONDS = 2.0
_LOG = journal.get("settings")


class LiveSettings(Settings):
    """The settings of the environment with what staff changed laid over them; thread-safe."""

    _base: Settings = PrivateAttr()
    _database: Database = PrivateAttr()
    _stamp: Stamp | None = PrivateAttr(default=None)
    _texts: dict[str, dict[str, str]] = PrivateAttr(default_factory=dict)
    _guides: dict[tuple[str, str], str] = PrivateAttr(default_factory=dict)
    _refreshing: Any = PrivateAttr(default_factory=threading.Lock)

    @classmethod
    def over(cls, base: Settings, database: Database) -> Self:
        """Live settings of a database, refreshed once; those that are live already stay."""
        if isinstance(base, cls):
            return base
        made = cls.model_construct(**dict(base))
        made._base, made._database = base, database
        made.refresh()
        return made

    @property
    def texts(self) -> Mapping[str, Mapping[str, str]]:
        """Texts staff put in place of shipped ones: language -> key -> text."""
        return self._texts

    @property
    def guides(self) -> Mapping[tuple[str, str], str]:
        """Filing guides staff wrote: (key, language) -> the guide as JSON."""
        return self._guides

    @property
    def shipped(self) -> Settings:
        """What the environment says, without anything staff changed."""
        return self._base

    def refresh(self) -> bool:
        """Take over what was saved since the last look; False when nothing was, or no database."""
        with self._refreshing:
            try:
                with self._database.read() as session:
                    stamp = table.stamp(session)
                    if stamp == self._stamp:
                        return False
                    rows = table.everything(session)
            except SQLAlchemyError as error:
                _LOG.warning("content_unreadable", error_type=type(error).__name__)
                return False
            self._take(rows)
            self._stamp = stamp
            return True

    def follow(self, stop: threading.Event) -> None:
        """Refresh until told to stop; run it on a thread of its own."""
        while not stop.wait(EVERY_SECONDS):
            self.refresh()

    def _take(self, rows: Any) -> None:
        changes: dict[str, Any] = {}
        reworded: dict[str, dict[str, str]] = {}
        guides: dict[tuple[str, str], str] = {}
        for row in rows:
            if row.kind == table.SETTINGS:
                changes |= _of_group(row)
            elif row.kind == table.MESSAGE:
                text = str(row.body.get("text") or "")
                if text and texts.usable(row.key, row.language, text):
                    reworded.setdefault(row.language, {})[row.key] = text
            elif row.kind == table.GUIDE and row.body and own.usable(row.body):
                guides[row.key, row.language] = json.dumps(row.body, ensure_ascii=False)
        values, wrong = checks.with_changes(self._base, changes)
        for name in wrong:
            # Good when it was saved; a newer release thinks otherwise. The environment's counts.
            _LOG.warning("setting_unusable", name=name)
        self._texts, self._guides = reworded, guides
        # One assignment: nobody ever sees half of a group.
        object.__setattr__(self, "__dict__", {**dict(self._base), **values})


def _of_group(row: Content) -> dict[str, Any]:
    """The values of a group's row, without what is not changeable there (any more)."""
    return {
        name: value
        for name, value in row.body.items()
        if name in CHANGEABLE and CHANGEABLE[name].key == row.key
    }


def start(settings: Settings, stop: threading.Event) -> None:
    """Follow live settings on a daemon thread; plain settings stay as they are."""
    if isinstance(settings, LiveSettings):
        threading.Thread(target=settings.follow, args=(stop,), name="settings", daemon=True).start()
