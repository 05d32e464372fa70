"""Keys of other systems: shown once, limited, rolled, revoked, and each of it written down."""

from __future__ import annotations

import re

import pytest
from sqlmodel import select

from store.tables import ApiKey
from tests.console.conftest import Clerk, Office


@pytest.fixture
def admin(office: Office) -> Clerk:
    """An administrator at the desk."""
    return office.sign_in("quan", "admin")


def made(office: Office, admin: Clerk, **more: object) -> tuple[str, ApiKey]:
    """A new key for "igate" and its row."""
    form = {"name": "igate", "scopes": ["dossiers:write", "events:write"], **more}
    page = admin.post("/console/khoa-api/moi", form).get_data(as_text=True)
    found = re.search(r'class="ticket break"><code>(mc_[^<]+)<', page)
    assert found, page
    return found[1], row(office)


def row(office: Office) -> ApiKey:
    """The only key."""
    with office.database.read() as session:
        return session.exec(select(ApiKey)).one()


def push(office: Office, key: str, **more: str) -> int:
    """What the API answers a system that pushes a dossier with this key."""
    answer = office.app.test_client().post(
        "/api/v1/dossiers",
        json={"MaHoSo": "000.00.04.H60-230215-0028", **more},
        headers={"Authorization": f"Bearer {key}"},
    )
    return answer.status_code


def test_a_key_is_shown_once_and_works(office: Office, admin: Clerk) -> None:
    key, stored = made(office, admin)
    assert stored.scopes == "dossiers:write events:write"
    page = admin.text("/console/khoa-api")
    assert key not in page
    assert key[:8] in page
    assert "chưa lần nào" in page
    assert push(office, key) == 200
    assert "chưa lần nào" not in admin.text("/console/khoa-api")
    (entry,) = office.audited("api_key.created")
    assert entry.subject == "igate"
    assert key not in str(entry.details)


def test_a_key_is_limited_to_source_systems(office: Office, admin: Clerk) -> None:
    key, stored = made(office, admin, sources="vnpt\n vnpt \nviettel")
    assert stored.sources == ["viettel", "vnpt"]
    assert push(office, key, HeThongNguon="khac") == 422
    assert push(office, key, HeThongNguon="vnpt") == 200
    form = {"scopes": ["dossiers:write"], "sources": ""}
    assert admin.post(f"/console/khoa-api/{stored.id}", form).status_code == 303
    assert row(office).sources == []
    assert push(office, key, HeThongNguon="khac") == 200
    assert office.audited("api_key.limited")


def test_rolling_and_revoking_stop_the_old_key_at_once(office: Office, admin: Clerk) -> None:
    key, stored = made(office, admin)
    page = admin.post(f"/console/khoa-api/{stored.id}/thay").get_data(as_text=True)
    new = re.search(r"<code>(mc_[^<]+)<", page)
    assert new
    assert push(office, key) == 401
    assert push(office, new[1]) == 200
    assert admin.post(f"/console/khoa-api/{stored.id}/thu-hoi").status_code == 303
    assert push(office, new[1]) == 401
    assert "Đã thu hồi" in admin.text("/console/khoa-api")
    names = [entry.action for entry in office.audited() if entry.action.startswith("api_key")]
    assert names == ["api_key.created", "api_key.rolled", "api_key.revoked"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "có dấu"}, "name"),
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["all"]}, "scopes"),
        ({"sources": "\n".join(f"s{n}" for n in range(21))}, "sources"),
        ({"sources": "x" * 121}, "sources"),
    ],
)
def test_a_wrong_field_is_named(admin: Clerk, changed: dict[str, object], field: str) -> None:
    form = {"name": "igate", "scopes": ["dossiers:write"], **changed}
    answer = admin.post("/console/khoa-api/moi", form)
    assert answer.status_code == 422
    assert f'href="#o-{field}"' in answer.get_data(as_text=True)


def test_a_name_is_given_once(office: Office, admin: Clerk) -> None:
    made(office, admin)
    again = admin.post("/console/khoa-api/moi", {"name": "igate", "scopes": ["dossiers:write"]})
    assert again.status_code == 422
    assert "Đã có khóa mang tên này" in again.get_data(as_text=True)
    assert admin.get("/console/khoa-api/999").status_code == 404
    assert admin.post("/console/khoa-api/999/thay").status_code == 404


def test_the_password_is_asked_again_before_a_key_is_made(office: Office, admin: Clerk) -> None:
    office.clock.advance(minutes=office.settings.confirm_minutes + 1)
    answer = admin.get("/console/khoa-api/moi")
    assert answer.status_code == 303
    assert "/console/xac-nhan" in answer.headers["Location"]
