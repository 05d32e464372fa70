"""What staff save is in force in every process, and nothing unusable ever is."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from clock import FixedClock
from content import checks, fields
from content.groups import CHANGEABLE, GROUPS, Group
from content.live import EVERY_SECONDS, LiveSettings, start
from notify.calendars import calendar_of
from settings import Settings
from store import content as table
from store.content import Outdated
from store.engine import Database
from wording import Words

#: What opens the system or leads it elsewhere is never changed in a browser.
_NEVER = ("secret", "token", "database", "openapi", "oauth", "business", "public_url", "zalo_app")


def save(
    db: Database, group: str, body: dict[str, object], now: datetime, expected: int = 0
) -> int:
    with db.write() as session:
        return table.put(session, table.SETTINGS, group, body, by="mau", now=now, expected=expected)


def test_every_changeable_name_is_a_setting_and_none_is_secret_or_an_address_of_zalo() -> None:
    for name in CHANGEABLE:
        assert name in Settings.model_fields, name
        assert not any(part in name for part in _NEVER), name
    assert len(CHANGEABLE) == sum(len(group.names) for group in GROUPS), "one name, one group"


def test_a_saved_change_is_read_by_whoever_holds_the_settings(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    live = LiveSettings.over(settings, db)
    assert live.consultation_price == 55
    save(db, "kenh", {"consultation_price": 60}, clock.now())
    assert live.refresh()
    assert live.consultation_price == 60
    assert live.secret_key == settings.secret_key
    assert not live.refresh(), "nothing new costs one small question"


def test_back_to_the_environment_is_an_empty_group(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    live = LiveSettings.over(settings, db)
    save(db, "ten-dia-chi", {"hotline": "1900 1111"}, clock.now())
    live.refresh()
    save(db, "ten-dia-chi", {}, clock.now(), expected=1)
    live.refresh()
    assert live.hotline == settings.hotline


def test_nobody_overwrites_what_they_have_not_read(db: Database, clock: FixedClock) -> None:
    save(db, "kenh", {"zbs_uid_price": 210}, clock.now())
    with pytest.raises(Outdated):
        save(db, "kenh", {"zbs_uid_price": 220}, clock.now())
    with db.read() as session:
        row = table.get(session, table.SETTINGS, "kenh")
        assert row is not None
        assert row.body == {"zbs_uid_price": 210}
        assert [one.version for one in table.versions(session, table.SETTINGS, "kenh")] == [1]


def test_two_who_save_at_once_are_told_apart(db: Database, clock: FixedClock) -> None:
    outcomes: list[str] = []

    def one(price: int) -> None:
        try:
            save(db, "kenh", {"zbs_uid_price": price}, clock.now())
            outcomes.append("saved")
        except Outdated:
            outcomes.append("outdated")

    threads = [threading.Thread(target=one, args=(price,)) for price in (201, 202, 203, 204)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["outdated"] * 3 + ["saved"]


def test_the_same_again_makes_no_new_version(db: Database, clock: FixedClock) -> None:
    assert save(db, "kenh", {"zbs_uid_price": 210}, clock.now()) == 1
    assert save(db, "kenh", {"zbs_uid_price": 210}, clock.now(), expected=1) == 1


def test_what_a_release_no_longer_accepts_is_left_out_not_everything(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    body = {"office_hours": "sáng và chiều", "extra_days_off": [["2026-12-24", "Mẫu"]]}
    save(db, "lich", body, clock.now())
    save(db, "kenh", {"secret_key": "x", "consultation_price": 61, "gone": 1}, clock.now())
    live = LiveSettings.over(settings, db)
    assert live.office_hours == settings.office_hours
    assert live.extra_days_off[0].day == date(2026, 12, 24)
    assert live.consultation_price == 61
    assert live.secret_key == settings.secret_key


def test_a_database_that_goes_away_leaves_the_last_known_in_force(
    settings: Settings, tmp_path: Path
) -> None:
    db = Database(f"sqlite:///{tmp_path / 'a.db'}")
    db.create_all()
    save(db, "kenh", {"consultation_price": 62}, datetime.now(UTC))
    live = LiveSettings.over(settings, db)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE content")
    assert not live.refresh()
    assert live.consultation_price == 62
    db.dispose()


@pytest.mark.parametrize(
    ("changes", "name", "said"),
    [
        ({"consultation_price": "abc"}, "consultation_price", "số nguyên"),
        ({"welcome_messages": 21}, "welcome_messages", "20"),
        ({"office_hours": "T2 07:00-11:00"}, "office_hours", "T2 đến T6"),
        ({"portal_url": "ftp://a"}, "portal_url", "https://"),
        ({"oa_name": " "}, "oa_name", "trống"),
        ({"extra_days_off": [["2026-13-01", "Mẫu"]]}, "extra_days_off", "Ngày"),
        ({"extra_days_off": [["2026-12-01", ""]]}, "extra_days_off", "tên"),
        ({"zbs_templates": {"status": {"params": {}}}}, "zbs_templates", "template_id"),
    ],
)
def test_a_wrong_value_is_named_and_good_ones_beside_it_are_kept(
    settings: Settings, changes: dict[str, object], name: str, said: str
) -> None:
    values, wrong = checks.with_changes(settings, {**changes, "zbs_phone_price": "310"})
    assert said in wrong[name]
    assert values == {"zbs_phone_price": 310}


def test_the_calendar_follows(db: Database, settings: Settings, clock: FixedClock) -> None:
    live = LiveSettings.over(settings, db)
    assert calendar_of(live).is_open(clock.now())
    today = clock.now().date().isoformat()
    save(db, "lich", {"extra_days_off": [[today, "Nghỉ đột xuất (mẫu)"]]}, clock.now())
    live.refresh()
    assert not calendar_of(live).is_open(clock.now())
    assert calendar_of(live).holiday(clock.now().date()) == "Nghỉ đột xuất (mẫu)"


def test_names_in_texts_follow(db: Database, settings: Settings, clock: FixedClock) -> None:
    live = LiveSettings.over(settings, db)
    save(db, "ten-dia-chi", {"hotline": "1900 2222"}, clock.now())
    live.refresh()
    assert "1900 2222" in Words("vi", live)("help.text")


def test_another_thread_has_it_within_seconds(
    db: Database, settings: Settings, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content.live.EVERY_SECONDS", 0.02)
    live, stop = LiveSettings.over(settings, db), threading.Event()
    start(live, stop)
    save(db, "kenh", {"consultation_price": 63}, clock.now())
    ends = time.monotonic() + 30
    while live.consultation_price != 63 and time.monotonic() < ends:
        time.sleep(0.02)
    stop.set()
    assert live.consultation_price == 63


_OTHER = """
import sys, threading, time
from content.live import LiveSettings, start
from settings import Settings
from store.engine import Database
live = LiveSettings.over(Settings(_env_file=None, environment="test"), Database(sys.argv[1]))
start(live, threading.Event())
print(live.consultation_price, flush=True)
while live.consultation_price != 64:
    time.sleep(0.02)
print(live.consultation_price, flush=True)
"""


def test_another_process_has_it_within_seconds(
    db: Database, database_url: str, clock: FixedClock
) -> None:
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", _OTHER, database_url],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "55"
        save(db, "kenh", {"consultation_price": 64}, clock.now())
        assert other.stdout.readline().strip() == "64"
    assert EVERY_SECONDS <= 2


@pytest.mark.parametrize("group", GROUPS, ids=[group.key for group in GROUPS])
def test_every_group_can_be_saved_as_its_form_shows_it(
    group: Group, db: Database, settings: Settings, clock: FixedClock
) -> None:
    plain = [one for one in group.names if one.name not in ("extra_days_off", "zbs_templates")]
    form = {}
    for one in plain:
        field = fields.shown(one, settings, settings)
        form[one.name] = ("on" if field.on else "") if field.kind == "flag" else field.value
    given = {one.name: fields.given(one, form) for one in plain}
    values, wrong = checks.with_changes(settings, given)
    assert wrong == {}
    save(db, group.key, {name: fields.plain(value) for name, value in values.items()}, clock.now())
    live = LiveSettings.over(settings, db)
    for one in plain:
        assert getattr(live, one.name) == getattr(settings, one.name), one.name


def test_the_hours_of_announcements_must_be_in_order(settings: Settings) -> None:
    good, wrong = checks.with_changes(
        settings, {"broadcast_from": "21:00", "broadcast_to": "07:00"}
    )
    assert "sau giờ bắt đầu" in wrong["broadcast_to"] and "broadcast_to" not in good
