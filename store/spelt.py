"""Conditions with their values written out, so that partial indexes serve them.

SQLite takes a partial index only when the statement itself repeats the index's condition; with a
bound value it would walk through the whole table, however few rows are open.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, literal, text

from store.tables import InboundState, OutboxState

#: As the partial indexes of the two queues say it.
OPEN_EVENTS = (InboundState.queued, InboundState.leased)
OPEN_MESSAGES = (OutboxState.queued, OutboxState.leased, OutboxState.uncertain)


def is_(column: Any, value: StrEnum | str) -> ColumnElement[bool]:
    """``column = 'value'``, the value in the statement."""
    return _told(column == _written(value))


def is_not(column: Any, value: StrEnum | str) -> ColumnElement[bool]:
    """``column != 'value'``, the value in the statement."""
    return _told(column != _written(value))


def one_of(column: Any, values: Sequence[StrEnum]) -> ColumnElement[bool]:
    """``column IN ('a', 'b')``, the values in the statement and in this order."""
    return _told(column.in_([_written(value) for value in values]))


def as_written(condition: str) -> ColumnElement[bool]:
    """The condition of a partial index in its own words, a constant of ours."""
    return _told(text(condition))


def _written(value: StrEnum | str) -> ColumnElement[str]:
    return literal(str(value), literal_execute=True)


def _told(condition: Any) -> ColumnElement[bool]:
    checked: ColumnElement[bool] = condition
    return checked
