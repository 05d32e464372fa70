"""Dossiers and events from another system: kept, folded, told once, whatever order they come in."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlmodel import select

from clock import FixedClock
from crypto import Vault
from dossiers.ingest import Result, apply_events, upsert_dossiers
from settings import Settings
from store import dossiers as store
from store import followers
from store.engine import Database
from store.tables import Consent, Dossier, DossierEvent, Outbox, State

CODE = "000.00.04.H60-230215-0028"
_numbers = itertools.count(1)


class Desk:
    """A one-stop software that talks to the ingest service."""

    def __init__(self, db: Database, clock: FixedClock, settings: Settings, vault: Vault) -> None:
        self.db, self.clock, self.settings, self.vault = db, clock, settings, vault

    def _common(self, source: str) -> dict[str, Any]:
        return {
            "source": source,
            "by": "khoa-mau",
            "now": self.clock.now(),
            "settings": self.settings,
            "vault": self.vault,
        }

    def dossier(self, source: str = "igate", **fields: Any) -> Result:
        return upsert_dossiers(self.db, [{"MaHoSo": CODE, **fields}], **self._common(source))[0]

    def dossiers(self, items: Sequence[object]) -> list[Result]:
        return upsert_dossiers(self.db, items, **self._common("igate"))

    def event(self, state: int, *, ago: timedelta = timedelta(0), **fields: Any) -> Result:
        return self.events([self.made(state, ago=ago, **fields)])[0]

    def events(self, items: Sequence[object], source: str = "igate") -> list[Result]:
        return apply_events(self.db, items, **self._common(source))

    def made(self, state: int, *, ago: timedelta = timedelta(0), **fields: Any) -> dict[str, Any]:
        return {
            "MaSuKien": f"e{next(_numbers)}",
            "MaHoSo": CODE,
            "TrangThai": state,
            "ThoiDiemXuLy": (self.clock.now() - ago).isoformat(),
            "NoiDungXuLy": "Lý do mẫu" if state in (3, 5, 8) else "",
            **fields,
        }

    def row(self) -> Dossier:
        with self.db.read() as session:
            found = store.by_code(session, CODE)
        assert found is not None
        return found

    def outcomes(self) -> list[str]:
        with self.db.read() as session:
            events = session.exec(select(DossierEvent).order_by("id")).all()
        return [event.outcome for event in events]


@pytest.fixture
def desk(db: Database, clock: FixedClock, settings: Settings, vault: Vault) -> Desk:
    return Desk(db, clock, settings, vault)


def test_a_dossier_is_created_then_unchanged_then_updated(desk: Desk) -> None:
    assert desk.dossier(ChuHoSo="NGUYỄN THỊ MẪU").status == "created"
    assert desk.dossier(ChuHoSo="NGUYỄN THỊ MẪU").status == "unchanged"
    assert desk.dossier(ChuHoSo="TRẦN VĂN MẪU").status == "updated"
    assert desk.row().owner_folded == "tran van mau"


def test_any_spelling_of_a_code_is_the_same_dossier(desk: Desk) -> None:
    desk.dossier()
    (result,) = desk.dossiers([{"MaHoSo": "000 00 04 h60 – 230215 – 0028"}])
    assert (result.key, result.status) == (CODE, "unchanged")


def test_the_identity_number_is_kept_as_hash_and_three_digits_only(
    desk: Desk, vault: Vault
) -> None:
    desk.dossier(MaDoiTuong="008 090 000 123")
    row = desk.row()
    assert row.identity_hash == vault.identity_hash("008090000123")
    assert row.identity_last3 == "123"
    assert "008090000123" not in str(row.model_dump())


def test_an_unusable_phone_is_a_warning_not_a_refusal(desk: Desk) -> None:
    result = desk.dossier(SoDienThoai="024 3825 3536")
    assert result.status == "created"
    assert "SoDienThoai" in result.warnings[0]
    assert (desk.row().phone, desk.row().phone_problem) == ("", "landline")
    desk.dossier(SoDienThoai="0162 234 5678")
    assert (desk.row().phone, desk.row().phone_problem) == ("+84322345678", "")


def test_an_erased_phone_does_not_come_back_with_the_next_push(
    desk: Desk, db: Database, clock: FixedClock
) -> None:
    told = {"SoDienThoai": "0900000001", "ThongBaoZalo": True}
    desk.dossier(**told)
    with db.write() as session:
        assert followers.erase_phone(session, "+84900000001", clock.now())
    result = desk.dossier(**told, ChuHoSo="NGUYỄN THỊ MẪU")
    assert result.status == "updated"
    assert "xóa dữ liệu" in result.warnings[0]
    row = desk.row()
    assert (row.phone, row.phone_problem, row.zalo_notify) == ("", "erased", False)


def test_the_tick_is_kept_as_consent_with_who_and_which_wording(
    desk: Desk, db: Database, settings: Settings
) -> None:
    desk.dossier(SoDienThoai="0900000001", ThongBaoZalo=True)
    desk.dossier(ThongBaoZalo=True)
    desk.dossier(ThongBaoZalo="0")
    with db.read() as session:
        rows = session.exec(select(Consent).order_by("id")).all()
    assert [(r.kind, r.action, r.by) for r in rows] == [
        ("counter_tick", "given", "khoa-mau"),
        ("counter_tick", "withdrawn", "khoa-mau"),
    ]
    assert rows[0].wording_version == settings.consent_version


def test_wrong_items_name_field_and_index_and_good_ones_are_kept(desk: Desk) -> None:
    results = desk.dossiers(
        [
            {"MaHoSo": CODE},
            {"MaHoSo": "không phải mã"},
            "chuỗi",
            {"MaHoSo": "H60.04-250715-0012", "NgayNop": "32/13/2025"},
            {"MaHoSo": "H60.04-250715-0013", "TrangThaiHoSo": 11},
            {"MaHoSo": "H60.04-250715-0014", "LaLam": 1},
        ]
    )
    assert [r.status for r in results] == ["created", "error", "error", "error", "error", "created"]
    assert [r.index for r in results] == list(range(6))
    fields = [r.errors[0].field for r in results if r.errors]
    assert fields == ["MaHoSo", "", "NgayNop", "TrangThaiHoSo"]
    assert "LaLam" in results[5].warnings[0]


def test_an_event_is_taken_once_whatever_is_repeated(desk: Desk) -> None:
    desk.dossier()
    event = desk.made(2)
    assert [r.status for r in desk.events([event])] == ["created"]
    assert [r.status for r in desk.events([event, event])] == ["duplicate", "duplicate"]
    assert desk.outcomes() == ["announced"]


def test_the_same_event_twice_in_one_list_is_one_event(desk: Desk) -> None:
    desk.dossier()
    event = desk.made(2)
    assert [r.status for r in desk.events([event, event])] == ["created", "duplicate"]


def test_events_need_a_reason_for_supplement_refusal_and_stop(desk: Desk) -> None:
    desk.dossier()
    for state in (3, 5, 8):
        result = desk.event(state, NoiDungXuLy="  ")
        assert (result.status, result.errors[0].field) == ("error", "NoiDungXuLy")
    assert desk.event(4).status == "created"


def test_an_event_of_an_unknown_dossier_or_of_the_future_is_named(desk: Desk) -> None:
    assert desk.event(2).errors[0].field == "MaHoSo"
    desk.dossier()
    assert desk.event(2, ago=timedelta(days=-2)).errors[0].field == "ThoiDiemXuLy"


def test_state_and_dates_follow_the_events(desk: Desk) -> None:
    desk.dossier()
    for state in (1, 2, 4, 9, 10):
        desk.clock.advance(minutes=5)
        desk.event(state, BuocXuLy="Thẩm định hồ sơ" if state == 4 else "")
    row = desk.row()
    assert (row.state, row.national_state) == (State.result_delivered, 10)
    assert row.submitted_at and row.received_at and row.result_ready_at and row.delivered_at
    assert row.submitted_at < row.received_at < row.result_ready_at < row.delivered_at


def test_a_late_event_keeps_the_state_and_is_no_news(desk: Desk) -> None:
    desk.dossier()
    desk.event(9)
    desk.event(4, ago=timedelta(hours=2))
    assert desk.row().state == State.result_ready
    assert desk.outcomes() == ["announced", "late"]


def test_a_backward_step_is_news(desk: Desk) -> None:
    desk.dossier()
    for state in (4, 5, 4):
        desk.clock.advance(minutes=1)
        desk.event(state)
    assert desk.outcomes() == ["announced"] * 3
    assert desk.row().pauses


def test_a_repetition_and_an_old_load_are_no_news(desk: Desk) -> None:
    desk.dossier()
    desk.event(1, ago=timedelta(days=30))
    desk.event(2)
    desk.clock.advance(minutes=1)
    desk.event(2)
    assert desk.outcomes() == ["old", "announced", "repeat"]


def test_a_list_sent_at_once_is_told_like_events_sent_one_by_one(desk: Desk) -> None:
    desk.dossier()
    later = [desk.made(4, ago=timedelta(minutes=1)), desk.made(2, ago=timedelta(minutes=2))]
    desk.events(later)
    assert desk.outcomes() == ["announced", "announced"]
    assert desk.row().national_state == 4


def test_only_one_source_system_owns_the_state(desk: Desk) -> None:
    desk.dossier(HeThongNguon="igate")
    desk.event(4, HeThongNguon="igate")
    result = desk.event(10, HeThongNguon="bo-khac")
    assert (result.status, desk.outcomes()) == ("created", ["announced", "foreign"])
    assert result.warnings
    assert desk.row().national_state == 4
    assert desk.dossier(source="bo-khac", HeThongNguon="bo-khac", ChuHoSo="X").status == "unchanged"


def test_a_state_told_with_the_dossier_becomes_an_event(desk: Desk) -> None:
    desk.dossier(TrangThaiHoSo=2, NgayTiepNhan=desk.clock.now().isoformat())
    desk.clock.advance(minutes=1)
    assert desk.dossier(TrangThaiHoSo=2).status == "unchanged"
    assert desk.dossier(TrangThaiHoSo=4).status == "updated"
    assert desk.row().state == State.assigned
    assert desk.outcomes() == ["announced", "announced"]


def test_a_new_promised_date_is_kept_without_a_new_state(desk: Desk) -> None:
    desk.dossier(TrangThaiHoSo=4)
    desk.clock.advance(minutes=1)
    desk.dossier(NgayHenTra="2026-11-30 17:00:00")
    row = desk.row()
    assert row.promised_at is not None and row.promised_at.day == 30
    assert (row.state, desk.outcomes()) == (State.assigned, ["announced", "date"])


def test_without_a_channel_the_reason_is_recorded(desk: Desk, db: Database) -> None:
    desk.dossier(SoDienThoai="0900000001")
    desk.event(2)
    with db.read() as session:
        (message,) = session.exec(select(Outbox)).all()
    assert (message.state, message.reason) == ("dropped", "no_tick")


def test_a_dry_run_says_everything_and_changes_nothing(desk: Desk, db: Database) -> None:
    (result,) = upsert_dossiers(db, [{"MaHoSo": CODE}], **desk._common("igate"), dry_run=True)
    assert result.status == "created"
    with db.read() as session:
        assert store.by_code(session, CODE) is None


def test_five_hundred_items_are_taken_and_more_refused(desk: Desk) -> None:
    items = [{"MaHoSo": f"H60.04-250715-{n:04}"} for n in range(501)]
    assert {r.status for r in desk.dossiers(items[:500])} == {"created"}
    with pytest.raises(ValueError, match="500"):
        desk.dossiers(items)


def test_many_machines_posting_the_same_things_create_them_once(desk: Desk, db: Database) -> None:
    items = [{"MaHoSo": f"H60.04-250715-{n:04}", "TrangThaiHoSo": 2} for n in range(20)]
    events = [{**desk.made(4), "MaHoSo": item["MaHoSo"]} for item in items]
    created: list[str] = []

    def post(turn: int) -> None:
        ordered = items if turn % 2 else items[::-1]
        created.extend(r.status for r in desk.dossiers(ordered))
        created.extend(r.status for r in desk.events(events if turn % 2 else events[::-1]))

    threads = [threading.Thread(target=post, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(created) == 160
    assert created.count("created") == 40
    assert "error" not in created


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(range(6)), split=st.integers(1, 6))
def test_any_order_of_arrival_ends_in_the_same_state(
    desk: Desk, order: list[int], split: int
) -> None:
    tag = next(_numbers)
    code = f"H60.04-250715-{tag:06}"
    desk.dossiers([{"MaHoSo": code}])
    states = (1, 2, 4, 5, 4, 9)
    events = [
        desk.made(state, ago=timedelta(minutes=60 - n), MaHoSo=code)
        for n, state in enumerate(states)
    ]
    shuffled = [events[n] for n in order]
    desk.events(shuffled[:split])
    desk.events(shuffled[split:])
    with desk.db.read() as session:
        row = store.by_code(session, code)
    assert row is not None
    assert (row.state, row.open_reason) == (State.result_ready, "")
