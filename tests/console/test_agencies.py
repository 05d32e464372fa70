"""Agencies in the console: the tree, mergers, the pattern's example, import in the browser."""

from __future__ import annotations

import io
from datetime import date

import pytest
from sqlmodel import select

from settings import ROOT
from store.tables import Agency, Dossier
from tests.console.conftest import Clerk, Office

FORM = {"name": "Sở Tài chính mẫu", "code": "h60.12"}


def rows(office: Office) -> dict[str, Agency]:
    """Every agency by code."""
    with office.database.read() as session:
        return {row.code: row for row in session.exec(select(Agency)).all()}


@pytest.fixture
def admin(office: Office) -> Clerk:
    """An administrator at the desk."""
    return office.sign_in("quan", "admin")


def test_an_agency_is_made_changed_and_ended(office: Office, admin: Clerk) -> None:
    assert "Chưa có cơ quan nào" in admin.text("/console/co-quan")
    assert admin.post("/console/co-quan/moi", FORM).status_code == 303
    old = rows(office)["H60.12"]
    admin.post("/console/co-quan/moi", {"name": "Sở mới mẫu", "code": "H60.14"})
    new = rows(office)["H60.14"]
    changed = {**FORM, "valid_to": "2025-02-28", "successor_id": str(new.id)}
    assert admin.post(f"/console/co-quan/{old.id}", changed).status_code == 303
    row = rows(office)["H60.12"]
    assert (row.valid_to, row.successor_id) == (date(2025, 2, 28), new.id)
    page = admin.text("/console/co-quan")
    assert "Hết hiệu lực" in page
    assert "được thay bởi Sở mới mẫu" in page
    assert "Sở Tài chính mẫu" in admin.text(f"/console/co-quan/{new.id}")
    assert [entry.details for entry in office.audited("agency.changed")] == [
        {"fields": "successor_id valid_to"}
    ]


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"code": "không phải mã"}, "code", "Không đúng dạng mã định danh"),
        ({"name": " "}, "name", "Bắt buộc"),
        ({"valid_from": "2025-07-02", "valid_to": "2025-07-01"}, "valid_to", "phải sau"),
        ({"valid_from": "hôm qua"}, "valid_from", "dạng ngày"),
        ({"parent_id": "999"}, "parent_id", "Không có cơ quan cấp trên"),
        ({"code_pattern": "{unit}-{thang}"}, "code_pattern", "Không có phần {thang}"),
        ({"code_pattern": "{unit}"}, "code_pattern", "Mẫu"),
    ],
)
def test_a_wrong_field_is_named(
    admin: Clerk, changed: dict[str, str], field: str, words: str
) -> None:
    answer = admin.post("/console/co-quan/moi", {**FORM, **changed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'href="#o-{field}"' in page
    assert words in page


def test_circles_are_refused_in_words(office: Office, admin: Clerk) -> None:
    top = office.agency("H60", "Tỉnh mẫu")
    leaf = office.agency("H60.12", "Sở mẫu", top)
    form = {"name": "Tỉnh mẫu", "code": "H60", "parent_id": str(leaf)}
    answer = admin.post(f"/console/co-quan/{top}", form)
    assert "không thể trực thuộc chính mình" in answer.get_data(as_text=True)


def test_the_pattern_shows_what_it_makes(admin: Clerk) -> None:
    answer = admin.get("/console/co-quan/mau-ma?pattern={unit}-{yymmdd}-{seq:05}&unit=H60.12")
    assert answer.get_json() == {"example": "H60.12-261118-00001", "problem": ""}
    answer = admin.get("/console/co-quan/mau-ma?pattern={unit}-{seq:05}&unit=H60.12")
    assert answer.get_json()["problem"]
    assert admin.get("/console/co-quan/mau-ma").get_json()["example"] == "H60.04-261118-0001"


def test_the_list_counts_searches_and_pages(office: Office, admin: Clerk) -> None:
    top = office.agency("H60", "Tỉnh mẫu")
    for number in range(60):
        office.agency(f"H60.{number + 100}", f"Xã mẫu số {number:02}", top)
    with office.database.write() as session:
        for number in range(3):
            session.add(
                Dossier(
                    code=f"H60.100-261118-{number:04}",
                    unit_code="H60.100",
                    state_at=office.clock.now(),
                    created_at=office.clock.now(),
                    updated_at=office.clock.now(),
                    receipt_token=f"t{number}",
                )
            )
    first = admin.text("/console/co-quan")
    assert "61 cơ quan" in first
    assert first.count('class="level ') == 50
    assert admin.text("/console/co-quan?page=2").count('class="level ') == 11
    found = admin.text("/console/co-quan?q=h60.100")
    assert found.count('class="level ') == 1
    assert '<td class="text-end nowrap" data-label="Hồ sơ">3</td>' in found
    assert "Không có cơ quan nào khớp" in admin.text("/console/co-quan?q=khong-co")


def test_only_an_agency_nothing_hangs_on_is_removed(office: Office, admin: Clerk) -> None:
    top = office.agency("H60", "Tỉnh mẫu")
    leaf = office.agency("H60.12", "Sở mẫu", top)
    assert admin.post(f"/console/co-quan/{top}/xoa").status_code == 409
    assert admin.post(f"/console/co-quan/{leaf}/xoa").status_code == 303
    assert set(rows(office)) == {"H60"}
    assert admin.post("/console/co-quan/999/xoa").status_code == 404
    assert admin.get("/console/co-quan/999").status_code == 404


def test_a_file_is_tried_then_imported_in_the_browser(office: Office, admin: Clerk) -> None:
    content = (ROOT / "data" / "demo" / "agencies.csv").read_bytes() + b"sai,Sai,,\n"

    def send(**more: str) -> str:
        file = (io.BytesIO(content), "coquan.csv")
        answer = admin.post(
            "/console/co-quan/nhap",
            {"file": file, **more},
            content_type="multipart/form-data",
        )
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    tried = send(dry_run="1")
    assert "Kiểm tra xong, chưa lưu gì" in tried
    assert "dòng sai 1" in tried
    assert rows(office) == {}
    assert "Thêm 10" in send()
    assert len(rows(office)) == 10
    assert "giữ nguyên 10" in send()
    assert office.audited("agency.imported")[0].details["created"] == 10
    wrong = admin.post(
        "/console/co-quan/nhap",
        {"file": (io.BytesIO(b"x"), "anh.png")},
        content_type="multipart/form-data",
    )
    assert wrong.status_code == 422
    assert admin.post("/console/co-quan/nhap").status_code == 422
