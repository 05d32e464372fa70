"""``python app.py understand``: what the chat would understand and answer, line by line.

It runs the chat's own router over a database of its own that holds nothing but the catalogue, so
the reply is the very text a citizen would get and no server is needed (contract 1).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot.router import Router
from clock import Clock
from crypto import Vault
from dossiers.workdays import Calendar
from handlers import ROUTES, trial, understanding
from procedures.catalogue import import_file, put_records
from procedures.search import index_of
from settings import ROOT, Settings
from store import migrate
from store import procedures as table
from store.engine import Database

#: Longer lines are answered with an error instead of being read.
LINE_LIMIT = 64 * 1024


class Line(BaseModel):
    """One line of the input; other members are ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)

    text: Annotated[str, Field(max_length=20_000)]


@dataclass(frozen=True)
class Desk:
    """The chat without Zalo: a throw-away database, the real routes."""

    database: Database
    settings: Settings
    clock: Clock
    router: Router
    calendar: Calendar

    def answer(self, text: str, uid: str) -> dict[str, str]:
        """What is understood in ``text`` from somebody who never wrote before, and the reply."""
        with self.database.write() as session:
            understood = understanding.understand(text, index_of(session))
            reply = self._reply(session, text, uid)
        return {
            "intent": understood.intent,
            "entity_type": understood.entity_type,
            "entity_value": understood.entity_value,
            "facet": understood.facet,
            "reply": reply,
        }

    def _reply(self, session: Session, text: str, uid: str) -> str:
        found = trial.route(
            session,
            self.router,
            text,
            uid,
            settings=self.settings,
            vault=Vault(self.settings.secret_key.get_secret_value() or "understand"),
            calendar=self.calendar,
            now=self.clock.now(),
        )
        return "\n".join(trial.said(message) for message in found[1].messages) if found else ""


def lines(source: Iterable[str], settings: Settings, clock: Clock) -> Iterator[tuple[bool, str]]:
    """A JSON line for each line of ``source``, and whether it could be read."""
    with tempfile.TemporaryDirectory() as folder:
        desk = _open(Path(folder), settings, clock)
        try:
            for number, line in enumerate(source, 1):
                if line.strip():
                    yield _answered(desk, line, number)
        finally:
            desk.database.dispose()


def _answered(desk: Desk, line: str, number: int) -> tuple[bool, str]:
    try:
        if len(line) > LINE_LIMIT:
            raise ValueError(f"longer than {LINE_LIMIT} characters")
        text = Line.model_validate(json.loads(line)).text
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return False, _dump({"error": f"line {number}: {place or 'line'}: {first['msg']}"})
    except (ValueError, RecursionError) as error:
        return False, _dump({"error": f"line {number}: not a JSON object: {error}"[:300]})
    return True, _dump(desk.answer(text, f"understand-{number}"))


def _dump(answer: dict[str, str]) -> str:
    return json.dumps(answer, ensure_ascii=False)


def _open(folder: Path, settings: Settings, clock: Clock) -> Desk:
    address = f"sqlite:///{folder / 'understand.db'}"
    migrate.upgrade(address)
    database = Database(address)
    records = _catalogue(settings)
    if records:
        put_records(database, records, clock.now())
    else:
        import_file(database, ROOT / "data" / "procedures.json", clock.now(), by="understand")
    return Desk(database, settings, clock, Router(ROUTES), Calendar.from_settings(settings))


def _catalogue(settings: Settings) -> list[dict[str, object]]:
    """The records of the configured database; none when it is away, not there yet or empty."""
    if settings.database_url.startswith("sqlite:///"):
        path = Path(settings.database_url.removeprefix("sqlite:///"))
        if not path.is_file():
            return []
    try:
        database = Database(settings.database_url)
        try:
            with database.read() as session:
                return list(table.records(session).values())
        finally:
            database.dispose()
    except SQLAlchemyError:
        return []
