"""Sentences citizens asked, counted and tied to nobody; what staff made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, case, func, or_, update
from sqlalchemy import select as core_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import AskedSentence

Made = Literal["alias", "test", "ignored", ""]
_COUNTED = 1000


@dataclass(frozen=True)
class Sentence:
    """A sentence without anything personal, and how it was read."""

    folded: str
    text: str
    intent: str
    procedure_key: str
    facet: str
    understood: bool


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended."""

    times: int
    folded: str


def note(session: Session, said: Sentence, now: datetime) -> None:
    """Once more, in one statement; how it was read last counts, unless staff settled it."""
    dialect = session.get_bind().dialect.name
    insert = (
        sqlite.insert(AskedSentence) if dialect == "sqlite" else postgresql.insert(AskedSentence)
    )
    settled = col(AskedSentence.resolved) != ""
    read = {
        name: case((settled, col(getattr(AskedSentence, name))), else_=getattr(said, name))
        for name in ("intent", "procedure_key", "facet")
    }
    first = {"times": 1, "first_at": now, "last_at": now, "resolved": "", "resolved_by": ""}
    session.connection().execute(
        insert.values(
            folded=said.folded,
            text=said.text,
            intent=said.intent,
            procedure_key=said.procedure_key,
            facet=said.facet,
            understood=said.understood,
            **first,
        ).on_conflict_do_update(
            index_elements=["folded"],
            set_={
                **read,
                "understood": said.understood,
                "times": col(AskedSentence.times) + 1,
                "last_at": now,
            },
        )
    )


def get(session: Session, folded: str, *, lock: bool = False) -> AskedSentence | None:
    """One sentence by its key."""
    return session.get(AskedSentence, folded, with_for_update=lock or None)


def page(
    session: Session,
    *,
    understood: bool | None = None,
    words: str = "",
    settled: bool = False,
    since: datetime | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> Sequence[AskedSentence]:
    """Sentences most often asked first; ``words`` is folded text they contain."""
    times, folded = col(AskedSentence.times), col(AskedSentence.folded)
    asked = select(AskedSentence).where(*_which(understood, words, settled, since))
    if after is not None:
        asked = asked.where(
            or_(times < after.times, and_(times == after.times, folded > after.folded))
        )
    return session.exec(asked.order_by(times.desc(), folded).limit(limit)).all()


def count(session: Session, *, understood: bool, since: datetime | None = None) -> int:
    """How many unsettled sentences there are, up to 1,000."""
    within = (
        core_select(col(AskedSentence.folded))
        .where(*_which(understood, "", False, since))
        .limit(_COUNTED)
    )
    return int(session.scalar(core_select(func.count()).select_from(within.subquery())) or 0)


def _which(
    understood: bool | None, words: str, settled: bool, since: datetime | None
) -> list[ColumnElement[bool]]:
    resolved = col(AskedSentence.resolved)
    found = [resolved != "" if settled else resolved == ""]
    if understood is not None:
        found.append(col(AskedSentence.understood).is_(understood))
    if words:
        found.append(col(AskedSentence.folded).contains(words, autoescape=True))
    if since is not None:
        found.append(col(AskedSentence.last_at) >= since)
    return found


def settle(
    session: Session,
    folded: str,
    made: Made,
    by: str,
    *,
    intent: str | None = None,
    procedure_key: str | None = None,
    facet: str | None = None,
) -> bool:
    """Write down what staff made of a sentence ("" opens it again); False when it is not there."""
    label = {"intent": intent, "procedure_key": procedure_key, "facet": facet}
    known = {name: value for name, value in label.items() if value is not None}
    done = session.connection().execute(
        update(AskedSentence)
        .where(col(AskedSentence.folded) == folded)
        .values(resolved=made, resolved_by=by if made else "", **known)
    )
    return done.rowcount > 0


def tests(session: Session, limit: int = 20_000) -> Sequence[AskedSentence]:
    """Sentences staff labelled as tests, in alphabetical order."""
    return session.exec(
        select(AskedSentence)
        .where(AskedSentence.resolved == "test")
        .order_by(col(AskedSentence.folded))
        .limit(limit)
    ).all()
