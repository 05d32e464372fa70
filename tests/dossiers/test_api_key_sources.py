"""A key may be limited to source systems: items and dossiers of any other are refused."""

from __future__ import annotations

import pytest
from sqlmodel import select

from clock import FixedClock
from service.web import build
from settings import Settings
from store import api_keys
from store.engine import Database
from store.tables import ApiKey, Dossier, DossierEvent
from tests.dossiers.office import CODE, Office, problem

OTHER = "000.00.04.H60-230215-0029"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


@pytest.fixture
def limited(db: Database, small: Settings, clock: FixedClock) -> Office:
    """A system whose key speaks for itself and for "vnpt" only."""
    with db.write() as session:
        key = api_keys.create(session, "igate", api_keys.SCOPES, clock.now(), ["vnpt"])
    return Office(build(small, db, clock), db, key, clock)


@pytest.fixture
def free(limited: Office) -> Office:
    """Another system at the same office whose key has no limit."""
    with limited.db.write() as session:
        key = api_keys.create(session, "khac", api_keys.SCOPES, limited.clock.now())
    return Office(limited.app, limited.db, key, limited.clock)


def test_items_of_another_system_are_errors_and_leave_nothing_behind(limited: Office) -> None:
    answer = limited.post(
        "dossiers",
        [
            {"MaHoSo": CODE, "HeThongNguon": "vnpt"},
            {"MaHoSo": OTHER, "HeThongNguon": "he-thong-khac"},
        ],
    )
    assert answer.status_code == 200
    good, bad = answer.get_json()["results"]
    assert good["status"] == "created"
    assert bad["status"] == "error"
    assert bad["errors"][0]["field"] == "HeThongNguon"
    assert bad["errors"][0]["pointer"] == "#/1/HeThongNguon"
    assert limited.count(Dossier) == 1
    own = limited.post("dossiers", {"MaHoSo": OTHER})
    assert own.get_json()["results"][0]["status"] == "created"


def test_an_item_that_names_no_system_may_not_act_for_the_owner(
    limited: Office, free: Office
) -> None:
    free.post("dossiers", {"MaHoSo": CODE, "ChuHoSo": "NGUYỄN THỊ MẪU"})
    told = problem(limited.post("dossiers", {"MaHoSo": CODE, "ChuHoSo": "KẺ KHÁC"}), 422)
    assert told["errors"][0]["field"] == "HeThongNguon"
    told = problem(limited.post("events", limited.event()), 422)
    assert told["errors"][0]["field"] == "HeThongNguon"
    named = limited.event(HeThongNguon="khac")
    assert problem(limited.post("events", named), 422)["errors"][0]["field"] == "HeThongNguon"
    assert limited.count(DossierEvent) == 0
    with limited.db.read() as session:
        dossier = session.exec(select(Dossier)).one()
        assert dossier.owner_name == "NGUYỄN THỊ MẪU"


def test_dossiers_of_another_system_are_neither_read_nor_given_a_receipt(
    limited: Office, free: Office
) -> None:
    free.post("dossiers", {"MaHoSo": CODE})
    for path in ("", "/receipt", "/qr.png", "/forms/02"):
        told = problem(limited.call("GET", f"dossiers/{CODE}{path}"), 403)
        assert told["code"] == "source"
    put = limited.call(
        "PUT", f"dossiers/{CODE}/receipt", data=PDF, headers={"Content-Type": "application/pdf"}
    )
    assert problem(put, 403)["code"] == "source"
    assert free.call("GET", f"dossiers/{CODE}").status_code == 200
    limited.post("dossiers", {"MaHoSo": OTHER})
    assert limited.call("GET", f"dossiers/{OTHER}").status_code == 200


def test_a_key_without_a_limit_speaks_for_any_system(free: Office) -> None:
    answer = free.post("dossiers", {"MaHoSo": CODE, "HeThongNguon": "bat-ky"})
    assert answer.get_json()["results"][0]["status"] == "created"


def test_a_rolled_key_replaces_the_old_one_at_once_even_a_revoked_one(limited: Office) -> None:
    old = limited.key
    with limited.db.write() as session:
        key_id = api_keys.by_name(session, "igate").id  # type: ignore[union-attr]
        new = api_keys.roll(session, key_id or 0)
        assert api_keys.roll(session, 999_999) is None
    assert problem(limited.call("GET", f"dossiers/{CODE}"), 401)
    assert new is not None
    limited.key = new
    limited.post("dossiers", {"MaHoSo": CODE})
    assert limited.call("GET", f"dossiers/{CODE}").status_code == 200
    with limited.db.write() as session:
        assert api_keys.revoke(session, "igate", limited.clock.now())
    assert problem(limited.call("GET", f"dossiers/{CODE}"), 401)
    with limited.db.write() as session:
        revived = api_keys.roll(session, key_id or 0)
        row = session.exec(select(ApiKey).where(ApiKey.name == "igate")).one()
        assert row.revoked_at is None
        assert row.sources == ["vnpt"]
    assert revived not in (None, old, new)


def test_keys_are_listed_live_ones_first(limited: Office, free: Office) -> None:
    with limited.db.write() as session:
        api_keys.revoke(session, "igate", limited.clock.now())
        assert [row.name for row in api_keys.everything(session)] == ["khac", "igate"]
