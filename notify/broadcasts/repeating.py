"""Announcements that come back: on a day of the week or month, moved off days nobody works."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from clock import VIETNAM
from dossiers.workdays import Calendar

_LOOK_AHEAD = 400


class Rule(BaseModel):
    """When it comes back, Vietnam time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: Literal["week", "month"] = "month"
    #: Monday is 0; for "week".
    weekday: Annotated[int, Field(ge=0, le=6)] = 0
    #: Day of the month; 0 is the last one. For "month".
    day: Annotated[int, Field(ge=0, le=31)] = 1
    at: time = time(8)
    #: On a day off it goes on the working day before.
    workday: bool = True


def next_time(rule: Rule, after: datetime, calendar: Calendar) -> datetime:
    """The first moment of the rule behind ``after``."""
    start = after.astimezone(VIETNAM).date()
    for offset in range(_LOOK_AHEAD):
        day = start + timedelta(days=offset)
        if not _meant(rule, day):
            continue
        while rule.workday and not calendar.is_workday(day):
            day -= timedelta(days=1)
        moment = datetime.combine(day, rule.at, VIETNAM)
        if moment > after:
            return moment
    raise ValueError("the rule never comes")


def _meant(rule: Rule, day: date) -> bool:
    if rule.every == "week":
        return day.weekday() == rule.weekday
    last = (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    # In a short month the 31st means its last day.
    return day.day == (min(rule.day, last.day) if rule.day else last.day)
