"""The numbers kept for each day: put for a whole day at once, read by subject and days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement, delete, func
from sqlalchemy import select as core_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from store.tables import DailyCount

_CHUNK = 400
Item = TypeVar("Item")


def of_unit(subject: str, unit: str) -> str:
    """The subject of a unit's own number: "received:unit:H60.04"."""
    return f"{subject}:unit:{unit}"


def put(session: Session, day: date, families: Collection[str], numbers: Mapping[str, int]) -> int:
    """Make ``numbers`` all that is known of the day's ``families`` (the words before the first
    ":"); other families stay. Only what differs is written: running it again writes nothing.
    Answers how many rows changed.
    """
    stored = everything(session, day)
    old = {name for name in stored if name.partition(":")[0] in families}
    gone = sorted(old - numbers.keys())
    new = [
        {"subject": name, "day": day, "value": value}
        for name, value in sorted(numbers.items())
        if stored.get(name) != value
    ]
    for names in _chunks(gone):
        session.connection().execute(
            delete(DailyCount).where(col(DailyCount.day) == day, col(DailyCount.subject).in_(names))
        )
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(DailyCount) if dialect == "sqlite" else postgresql.insert(DailyCount)
    for rows in _chunks(new):
        session.connection().execute(
            insert.values(rows).on_conflict_do_update(
                index_elements=["subject", "day"], set_={"value": insert.excluded.value}
            )
        )
    return len(gone) + len(new)


def everything(session: Session, day: date) -> dict[str, int]:
    """Every number of a day."""
    rows = session.execute(
        core_select(col(DailyCount.subject), col(DailyCount.value)).where(
            col(DailyCount.day) == day
        )
    )
    return {str(subject): int(value) for subject, value in rows}


def latest(session: Session, subject: str, day: date) -> int:
    """The newest number of a subject up to a day; 0 where there is none."""
    found = session.scalar(
        core_select(col(DailyCount.value))
        .where(col(DailyCount.subject) == subject, col(DailyCount.day) <= day)
        .order_by(col(DailyCount.day).desc())
        .limit(1)
    )
    return int(found or 0)


def totals(session: Session, subjects: Iterable[str], first: date, last: date) -> dict[str, int]:
    """The sum of each subject over the days from ``first`` to ``last``; 0 where there is none."""
    found: dict[str, int] = defaultdict(int)
    name = col(DailyCount.subject)
    for chunk in _chunks(sorted(set(subjects))):
        rows = session.execute(
            core_select(name, func.sum(col(DailyCount.value)))
            .where(name.in_(chunk), *_between(first, last))
            .group_by(name)
        )
        found.update((subject, int(value)) for subject, value in rows)
    return found


def days(
    session: Session, subjects: Iterable[str], first: date, last: date
) -> dict[str, dict[date, int]]:
    """The number of each subject on each day that has one."""
    found: dict[str, dict[date, int]] = defaultdict(dict)
    name = col(DailyCount.subject)
    for chunk in _chunks(sorted(set(subjects))):
        rows = session.execute(
            core_select(name, col(DailyCount.day), col(DailyCount.value)).where(
                name.in_(chunk), *_between(first, last)
            )
        )
        for subject, day, value in rows:
            found[subject][day] = int(value)
    return found


def family(session: Session, name: str, first: date, last: date) -> dict[str, int]:
    """The sums of every subject "name:..." over the days, units' own left out, by what follows."""
    own = ~col(DailyCount.subject).startswith(f"{name}:unit:", autoescape=True)
    return _under(session, f"{name}:", first, last, own)


def units_of(session: Session, subject: str, first: date, last: date) -> dict[str, int]:
    """The sums of a subject by unit over the days."""
    return _under(session, of_unit(subject, ""), first, last)


def _under(
    session: Session, start: str, first: date, last: date, *more: ColumnElement[bool]
) -> dict[str, int]:
    # Along the index of days: a range of names would depend on the database's collation.
    name = col(DailyCount.subject)
    rows = session.execute(
        core_select(name, func.sum(col(DailyCount.value)))
        .where(*_between(first, last), name.startswith(start, autoescape=True), *more)
        .group_by(name)
    )
    return {str(subject).removeprefix(start): int(value) for subject, value in rows}


def _between(first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    return col(DailyCount.day) >= first, col(DailyCount.day) <= last


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
