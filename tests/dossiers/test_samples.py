"""The demonstration's dossiers: taken in whole, in every state, on any day of the year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clock import VIETNAM
from crypto import Vault
from dossiers import samples
from dossiers.ingest import apply_events, upsert_dossiers
from dossiers.times import read_time
from dossiers.workdays import Calendar
from settings import Settings
from store import dossiers as store
from store.engine import Database
from store.tables import State


@pytest.mark.parametrize("day", range(0, 365, 29))
def test_they_are_taken_in_without_a_warning_and_show_every_state(
    settings: Settings, vault: Vault, sqlite_db: Database, day: int
) -> None:
    now = datetime(2026, 1, 1, 23, 50, tzinfo=UTC) + timedelta(days=day)
    listed = samples.load(now, Calendar.from_settings(settings))
    common = {"source": "x", "by": "x", "now": now, "settings": settings, "vault": vault}
    plain = [{k: v for k, v in s.items() if not k.startswith("_")} for s in listed]
    events = [event for sample in listed for event in sample["_events"]]
    results = upsert_dossiers(sqlite_db, plain, **common)
    assert {r.status for r in results} == {"created"}
    landlines = [w for r in results for w in r.warnings]
    assert len(landlines) == 1 and "landline" in landlines[0]
    assert {r.status for r in apply_events(sqlite_db, events, **common)} == {"created"}
    with sqlite_db.read() as session:
        rows = [store.by_code(session, sample["MaHoSo"]) for sample in listed]
    assert {row.state for row in rows if row} == set(State)


def test_the_guides_two_are_there(settings: Settings) -> None:
    now = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    first, second, *rest = samples.load(now, Calendar.from_settings(settings))
    assert first["MaHoSo"] == "000.00.04.H60-230215-0028"
    assert [event["TrangThai"] for event in first["_events"]] == [1]
    assert second["MaHoSo"] == "000.00.13.H60-230208-0005"
    assert second["_events"][0]["ThoiDiemXuLy"] == "20230208083900"
    assert len(rest) >= 18
    assert len({sample["MaHoSo"] for sample in [first, second, *rest]}) == len(rest) + 2


def test_nothing_but_the_filing_of_today_is_news_and_nothing_lies_ahead(
    settings: Settings,
) -> None:
    now = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    for sample in samples.load(now, Calendar.from_settings(settings)):
        moments = [read_time(event["ThoiDiemXuLy"]) for event in sample["_events"]]
        assert moments == sorted(moments)
        assert moments[-1] <= now
        assert moments[0].astimezone(VIETNAM).year in (2023, 2026)


@pytest.fixture
def sqlite_db(tmp_path, sqlite_template):  # type: ignore[no-untyped-def]
    import shutil

    shutil.copy(sqlite_template, tmp_path / "s.db")
    database = Database(f"sqlite:///{tmp_path / 's.db'}")
    yield database
    database.dispose()
