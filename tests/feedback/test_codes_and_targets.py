"""Codes typed any way, given once whoever asks at the same time; targets by the calendar."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from clock import FixedClock
from dossiers.workdays import Calendar
from feedback import codes
from feedback.targets import clock_of, targets
from settings import Settings
from store.engine import Database
from store.tables import Feedback


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("PA-261129-0001", "PA-261129-0001"),
        ("pa 261129 0001", "PA-261129-0001"),
        ("PA2611290001", "PA-261129-0001"),
        ("Pa.261129/12", "PA-261129-0012"),
        ("mã của tôi là P A 261129 – 0001 đấy", "PA-261129-0001"),
        ("PA-261129-12345", "PA-261129-12345"),
        ("PA-261341-0001", None),
        ("PAN-261129-0001", None),
        ("000.00.04.H60-261129-0001", None),
        ("pa", None),
        ("", None),
    ],
)
def test_a_code_is_found_however_it_is_typed(typed: str, code: str | None) -> None:
    assert codes.find_code(typed) == code


def test_a_long_text_without_a_code_is_read_fast() -> None:
    assert codes.find_code("pa 2611 " * 4000) is None


def test_many_at_once_get_different_numbers_without_gaps(db: Database, clock: FixedClock) -> None:
    made: list[str] = []

    def issue() -> None:
        for _ in range(5):
            with db.write() as session:
                made.append(codes.issue(session, clock.now()))

    threads = [threading.Thread(target=issue) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [f"PA-261118-{n:04d}" for n in range(1, 21)]


def test_a_failed_transaction_gives_its_number_again(db: Database, clock: FixedClock) -> None:
    with pytest.raises(RuntimeError), db.write() as session:
        codes.issue(session, clock.now())
        raise RuntimeError
    with db.write() as session:
        assert codes.issue(session, clock.now()).endswith("-0001")


def test_the_day_in_a_code_is_vietnams(db: Database) -> None:
    with db.write() as session:
        late = datetime(2026, 11, 18, 17, 30, tzinfo=UTC)
        assert codes.issue(session, late).startswith("PA-261119-")


def test_targets_count_office_hours_and_working_days(settings: Settings) -> None:
    calendar = Calendar.from_settings(settings)
    # Saturday morning; Tuesday 24/11 is a holiday.
    came = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    own = settings.model_copy(update={"feedback_accept_hours": 4, "feedback_answer_days": 1})
    due = targets(came, own, calendar)
    assert due.accept == datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
    assert due.answer == datetime(2026, 11, 25, 0, 30, tzinfo=UTC)


def test_the_clock_shows_what_is_owed_now(settings: Settings, clock: FixedClock) -> None:
    calendar, now = Calendar.from_settings(settings), clock.now()
    row = Feedback(
        code="x", kind="other", text="x", created_at=now, updated_at=now,
        accept_due_at=now - timedelta(hours=1), answer_due_at=now + timedelta(days=1),
    )  # fmt: skip
    shown = clock_of(row, now, calendar)
    assert (shown.what, shown.late) == ("accept", True)
    row.state = "accepted"
    shown = clock_of(row, now, calendar)
    assert (shown.what, shown.late, shown.near) == ("answer", False, True)
    for state in ("answered", "closed", "merged"):
        row.state = state
        assert clock_of(row, now, calendar).what == ""
