"""The legal clocks: working days to acknowledge, calendar days to finish, 72 hours of an incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dossiers.workdays import Calendar
from privacy.clocks import INCIDENT_LIMIT, days_left, due_times, end_of_day, hours_left
from settings import Settings
from tests.conftest import MORNING

#: A Friday afternoon in Vietnam.
FRIDAY = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "days"), [("see", 15), ("correct", 15), ("withdraw", 15), ("delete", 20)]
)
def test_each_kind_has_its_days(settings: Settings, kind: str, days: int) -> None:
    due = due_times(kind, MORNING, Calendar.from_settings(settings), settings)
    assert due.done == end_of_day(MORNING + timedelta(days=days))


def test_acknowledging_counts_working_days_only(settings: Settings) -> None:
    # Tuesday the 24th is Ngày Văn hóa Việt Nam: Monday, then Wednesday.
    due = due_times("see", FRIDAY, Calendar.from_settings(settings), settings)
    assert due.acknowledge.astimezone(UTC).date() == datetime(2026, 11, 25).date()


def test_the_days_are_settings(settings: Settings) -> None:
    other = settings.model_copy(update={"privacy_delete_days": 10})
    due = due_times("delete", MORNING, Calendar.from_settings(other), other)
    assert due.done == end_of_day(MORNING + timedelta(days=10))


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (timedelta(days=3), "còn 3 ngày"),
        (timedelta(hours=1), "hạn hôm nay"),
        (-timedelta(minutes=1), "vừa quá hạn hôm nay"),
        (-timedelta(days=2), "quá hạn 2 ngày"),
    ],
)
def test_what_is_left_is_said_in_days(offset: timedelta, words: str) -> None:
    assert days_left(MORNING + offset, MORNING) == words


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (INCIDENT_LIMIT, "còn 72 giờ"),
        (timedelta(minutes=59), "còn 59 phút"),
        (-timedelta(hours=3, minutes=20), "quá hạn 3 giờ"),
    ],
)
def test_what_is_left_of_an_incident_is_said_in_hours(offset: timedelta, words: str) -> None:
    assert hours_left(MORNING + offset, MORNING) == words
