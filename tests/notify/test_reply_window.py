"""The window staff see is what the sender will decide, with its price and its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notify.reply_window import remaining, window
from settings import Settings
from store import allowances
from store.engine import Database
from store.tables import Follower
from tests.conftest import MORNING

NOW = MORNING


def told(db: Database, settings: Settings, **facts: object) -> tuple[bool, bool, int, str]:
    follower = Follower(uid="7", first_seen_at=NOW, **facts)
    with db.read() as session:
        found = window(session, follower, NOW, settings)
    return found.open, found.free, found.cost, found.words


def spoke(**ago: float) -> dict[str, object]:
    return {"last_interaction_at": NOW - timedelta(**ago)}


def spend(db: Database, used: int) -> None:
    with db.write() as session:
        allowances.note(session, NOW, used, None)


def test_within_two_days_answers_are_free(db: Database, settings: Settings) -> None:
    open_, free, cost, words = told(db, settings, **spoke(hours=45))
    assert (open_, free, cost) == (True, True, 0)
    assert words == "Trả lời miễn phí đến 18/11/2026 13:00 (còn 3 giờ)."


def test_until_seven_days_each_answer_uses_the_package(db: Database, settings: Settings) -> None:
    spend(db, 490)
    open_, free, cost, words = told(db, settings, **spoke(days=3))
    assert (open_, free, cost) == (True, False, 0)
    assert "còn 10 lượt" in words
    assert "22/11/2026 10:00 (còn 4 ngày)" in words


def test_beyond_the_package_the_price_is_named(db: Database, settings: Settings) -> None:
    spend(db, 500)
    open_, free, cost, words = told(db, settings, **spoke(days=3))
    assert (open_, free, cost) == (True, False, settings.consultation_price)
    assert "mỗi tin 55 đ" in words


def test_without_leave_to_pay_nothing_can_go(db: Database, settings: Settings) -> None:
    spend(db, 500)
    strict = settings.model_copy(update={"pay_beyond_allowance": False})
    open_, _, _, words = told(db, strict, **spoke(days=3))
    assert not open_
    assert words


@pytest.mark.parametrize("days", [7, 30, 400])
def test_after_seven_days_it_is_over(db: Database, settings: Settings, days: int) -> None:
    open_, _, _, words = told(db, settings, **spoke(days=days))
    assert not open_
    assert "quá 7 ngày" in words


def test_who_follows_and_never_wrote_can_be_welcomed(db: Database, settings: Settings) -> None:
    facts: dict[str, object] = {"followed": True, "followed_at": NOW}
    assert told(db, settings, **facts)[:2] == (True, True)
    spent = {**facts, "welcome_sent": settings.welcome_messages}
    open_, _, _, words = told(db, settings, **spent)
    assert not open_
    assert "chưa từng nhắn" in words


def test_an_erased_citizen_is_left_alone_until_they_write(db: Database, settings: Settings) -> None:
    gone = {"withdrawn_at": NOW - timedelta(hours=1)}
    assert not told(db, settings, **gone, **spoke(hours=2))[0]
    assert told(db, settings, **gone, **spoke(minutes=5))[0]


def test_a_word_of_zalos_is_passed_on(db: Database, settings: Settings) -> None:
    open_, _, _, words = told(db, settings, unreachable="blocked", **spoke(hours=1))
    assert open_
    assert "đã chặn OA" in words


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=2, hours=3), "2 ngày 3 giờ"),
        (timedelta(days=1), "1 ngày"),
        (timedelta(hours=5, minutes=20), "5 giờ 20 phút"),
        (timedelta(minutes=1, seconds=59), "1 phút"),
        (timedelta(seconds=20), "chưa đầy một phút"),
        (timedelta(seconds=-9), "chưa đầy một phút"),
    ],
)
def test_time_is_said_in_at_most_two_units(left: timedelta, words: str) -> None:
    assert remaining(NOW + left, NOW) == words
