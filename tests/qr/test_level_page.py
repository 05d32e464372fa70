"""`/hieu-nang`: what everybody may know of how well the service does, at no cost worth naming."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from clock import FixedClock
from notify import service_level, statistics
from settings import Settings
from store import daily_counts, jobs
from store.engine import Database
from tests.conftest import MORNING
from tests.notify import makers
from tests.notify.test_statistics import at, known, message
from tests.qr.conftest import Town

TODAY = date(2026, 11, 18)


def put(db: Database, day: date, **numbers: int) -> None:
    named = {name.replace("__", ":"): value for name, value in numbers.items()}
    families = {name.partition(":")[0] for name in named}
    with db.write() as session:
        daily_counts.put(session, day, families, named)


def thirty_days(db: Database, clock: FixedClock) -> None:
    """A month of numbers, some of them bad."""
    for back in range(29, -1, -1):
        bad = 40 if back == 7 else back % 3
        put(
            db,
            TODAY - timedelta(days=back),
            level__ms__500=600 - bad,
            level__ms__2000=390,
            level__ms__60000=bad,
            sent__consultation=1400,
            sent__zbs_phone=230,
            feedback__answered=8,
            feedback__on_time=7,
            uptime__done=1440,
            uptime__minutes=1440,
            counted__at=int(clock.now().timestamp()),
        )


def test_news_is_counted_from_the_change_until_zalo_took_it(
    db: Database, settings: Settings
) -> None:
    made = at(9)
    with db.write() as session:
        row = makers.dossier(session, made)
        change = makers.event(session, row, 4, made)

    def news(seconds: float | None, state: str = "sent", **more: Any) -> None:
        taken = None if seconds is None else made + timedelta(seconds=seconds)
        message(db, made, state, dossier_event_id=change.id, sent_at=taken, **more)

    for seconds in (0.1, 0.25, 4, 10, 10.2, 4000):
        news(seconds)
    # Their clock may be behind ours; that is fast too.
    news(-0.4)
    news(None, "parked")
    news(None, "queued")
    news(None, "dropped", reason="no_follower")
    news(0.1, kind="receipt_file")
    news(0.1, kind="continued")
    message(db, made, "sent", sent_at=made, lane="reply")
    statistics.count_day(db, settings, TODAY, made + timedelta(seconds=5))
    counted = {k: v for k, v in known(db, TODAY).items() if k.startswith("level")}
    assert counted == {
        "level:ms:100": 2,
        "level:ms:300": 1,
        "level:ms:5000": 1,
        "level:ms:10000": 1,
        "level:ms:20000": 1,
        "level:ms:0": 1,
    }
    # After ten seconds what waits is late; what was decided not to be sent never is.
    statistics.count_day(db, settings, TODAY, made + timedelta(seconds=30))
    assert known(db, TODAY)["level:waiting"] == 2
    with db.read() as session:
        period = service_level.read(session, TODAY).today
    assert (period.changes, period.within, period.share) == (9, 5, 55.5)
    assert (period.median, period.p95) == (5.0, None)


def test_minutes_at_work_are_those_whose_tick_was_done(db: Database, settings: Settings) -> None:
    with db.write() as session:
        for minute in (*range(0, 20), *range(25, 60)):
            slot = at(8, minute)
            jobs.claim(session, "watch", slot, "w", slot, timedelta(minutes=1))
            jobs.finish(session, "watch", slot, "w", slot)
    statistics.count_day(db, settings, TODAY, at(9, 2))
    # Counted from the first minute known: the system was not there before.
    assert (known(db, TODAY)["uptime:done"], known(db, TODAY)["uptime:minutes"]) == (55, 60)
    # A week later the ticks are gone, the number is not.
    statistics.count_day(db, settings, TODAY, at(9) + timedelta(days=6))
    assert known(db, TODAY)["uptime:done"] == 55


def test_a_share_is_cut_and_never_rounded_up_to_all() -> None:
    assert service_level.percent(9999, 10_000) == 99.9
    assert service_level.percent(3, 3) == 100
    assert service_level.percent(0, 0) is None


def test_the_page_says_what_is_counted_when_and_draws_it(town: Town) -> None:
    thirty_days(town.db, town.clock)
    answer = town.client.get("/hieu-nang")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Cache-Control" in answer.headers and "max-age=60" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    for words in (
        "100 %",
        "990 trong 990 tin báo thay đổi hồ sơ",
        "29.631 trong 29.700",
        "99,7 %",
        "0,5 giây",
        "2 giây",
        "42.000",
        "6.900",
        "87,5 % (210/240)",
        "Số liệu tính lúc 18/11/2026 10:00",
        "Không đếm hồ sơ không có cách nào báo",
    ):
        assert words in page, words
    assert "<svg" in page and "<title" in page
    assert not re.search(r"\bstyle=|<style|<script", page)
    english = town.client.get("/hieu-nang?lang=en").get_data(as_text=True)
    assert "Handed to Zalo within 10 seconds" in english
    # Every public page leads here.
    assert 'href="/hieu-nang"' in town.client.get("/dich-vu-cong").get_data(as_text=True)


def test_machines_get_the_same_numbers(town: Town) -> None:
    thirty_days(town.db, town.clock)
    told = town.client.get("/hieu-nang.json").get_json()
    assert told["counted_at"] == MORNING.isoformat()
    assert told["today"]["within_10_seconds_percent"] == 100
    assert told["last_30_days"]["changes"] == 29_700
    assert told["last_30_days"]["worker_up_percent"] == 100
    assert told["last_30_days"]["messages"] == {
        "consultation": 42_000,
        "zbs_uid": 0,
        "zbs_phone": 6900,
    }
    assert [one["day"] for one in told["days"]][::29] == ["2026-10-20", "2026-11-18"]


def test_the_first_day_has_an_empty_page_and_no_number(town: Town) -> None:
    page = town.client.get("/hieu-nang").get_data(as_text=True)
    assert "Chưa có số liệu" in page and "Chưa có tin báo thay đổi nào" in page
    told = town.client.get("/hieu-nang.json").get_json()
    assert told["counted_at"] is None
    assert told["today"]["within_10_seconds_percent"] is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_looking_a_thousand_times_asks_the_database_once_and_never_for_messages(
    town: Town,
) -> None:
    thirty_days(town.db, town.clock)
    asked: list[str] = []

    @sqlalchemy_event.listens_for(town.db.engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    for _ in range(20):
        town.client.get("/hieu-nang")
        town.client.get("/hieu-nang.json?x=1")
    read = [one for one in asked if "daily_count" in one]
    assert 0 < len(read) <= 3
    assert not [one for one in asked if "outbox" in one or "dossier" in one]
    town.clock.advance(minutes=2)
    put(town.db, TODAY, level__ms__500=7, counted__at=int(datetime.now(UTC).timestamp()))
    assert town.client.get("/hieu-nang.json").get_json()["today"]["changes"] == 7
