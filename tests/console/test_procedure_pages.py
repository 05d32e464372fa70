"""Procedures in the console: the whole record as a form, versions, import with a trial, papers."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pypdf
import pytest
from openpyxl import Workbook

from console.procedures import form
from content.compare import compare
from procedures.catalogue import import_file
from procedures.records import ProcedureRecord
from procedures.search import index_of
from settings import ROOT
from store import procedures as table
from tests.console.conftest import Clerk, Office
from tests.console.test_content_pages import version_of

SEED = ROOT / "data" / "procedures.json"


@pytest.fixture
def editor(office: Office) -> Clerk:
    import_file(office.database, SEED, office.clock.now(), by="test")
    return office.sign_in("tin", "broadcast")


def posted(record: dict[str, Any]) -> dict[str, str]:
    """A record as its form would send it unchanged."""
    tree, fields = form.of(record), {}
    for name, value in tree.items():
        if isinstance(value, str):
            fields[name] = value
            continue
        fields[f"n.{name}"] = str(len(value))
        for at, row in enumerate(value):
            for cell, text in row.items():
                fields[f"{name}.{at}.{cell}".rstrip(".")] = text
    return fields


def stored(office: Office, key: str) -> dict[str, Any]:
    with office.database.read() as session:
        row = table.by_key(session, key)
    assert row is not None
    return row.record


def test_every_shipped_record_survives_its_form_unchanged() -> None:
    for raw in json.loads(SEED.read_text())["procedures"]:
        record = ProcedureRecord.model_validate(raw)
        kept = record.model_dump(mode="json")
        tree = form.of(kept)
        made, wrong = form.made(tree, kept)
        assert wrong == {}
        assert made is not None
        left = [d for d in compare(kept, made.model_dump(mode="json")) if d.how != "same"]
        assert left == []


def test_what_the_form_does_not_show_stays(office: Office) -> None:
    before = {
        "slug": "a",
        "name": "A",
        "later": {"x": 1},
        "documents": [{"name": "Một", "extra": "giữ"}, {"name": "Hai", "extra": "giữ hai"}],
    }
    tree = form.of(before)
    form.act(tree, "up:documents:1")
    made, _ = form.made(tree, before)
    assert made is not None
    kept = made.model_dump(mode="json")
    assert kept["later"] == {"x": 1}
    assert [one["extra"] for one in kept["documents"]] == ["giữ hai", "giữ"]


def test_a_changed_fee_is_what_the_chat_answers_at_once(office: Office, editor: Clerk) -> None:
    path = "/console/thu-tuc/1.001193"
    fields = posted(stored(office, "1.001193"))
    page = editor.text(f"{path}/sua")
    fields |= {"version": version_of(page), "aliases": "làm giấy khai sinh mẫu"}
    fields["channels.0.fee.text"] = "Miễn phí (mẫu)"
    answer = editor.post(f"{path}/sua", fields)
    assert answer.status_code == 303, answer.get_data(as_text=True)[:3000]
    assert "Miễn phí (mẫu)" in editor.text(path)
    with office.database.read() as session:
        hits = index_of(session).fitting("lam giay khai sinh mau")
    assert hits[0].entry.key == "1.001193"
    (entry,) = office.audited("procedure.saved")
    assert entry.details == {"old": 1, "new": 2}
    page = editor.text(f"{path}/so-sanh?tu=1&den=2")
    assert "Phí ghi bằng chữ" in page
    answer = editor.post(f"{path}/khoi-phuc", {"version": "2", "number": "1"})
    assert answer.status_code == 303
    assert "Miễn phí (mẫu)" not in json.dumps(stored(office, "1.001193"), ensure_ascii=False)


def test_rows_are_added_moved_and_removed_without_a_script(office: Office, editor: Clerk) -> None:
    path = "/console/thu-tuc/1.001193/sua"
    before = stored(office, "1.001193")
    fields = posted(before) | {"version": "1"}
    count = int(fields["n.documents"])
    page = editor.post(path, {**fields, "do": "add:documents"}).get_data(as_text=True)
    assert f'name="documents.{count}.name"' in page
    assert "Chưa lưu" in page
    page = editor.post(path, {**fields, "do": "remove:documents:0"}).get_data(as_text=True)
    assert f'name="documents.{count - 1}.name"' not in page
    page = editor.post(path, {**fields, "do": "up:steps:1"}).get_data(as_text=True)
    first = re.search(r'name="steps.0"[^>]*>([^<]*)<', page)
    assert first
    assert first[1][:20] == fields["steps.1"][:20]
    assert stored(office, "1.001193") == before, "nothing is saved by moving rows"


def test_errors_stand_at_their_field_and_empty_rows_are_none(office: Office, editor: Clerk) -> None:
    path = "/console/thu-tuc/1.001193/sua"
    fields = posted(stored(office, "1.001193")) | {"version": "1"}
    count = int(fields["n.documents"])
    fields |= {"n.documents": str(count + 2), f"documents.{count + 1}.originals": "nhiều"}
    fields[f"documents.{count + 1}.name"] = "Giấy mẫu"
    answer = editor.post(path, fields)
    assert answer.status_code == 422
    assert f'id="l-documents.{count + 1}.originals"' in answer.get_data(as_text=True)
    fields[f"documents.{count + 1}.originals"] = "1"
    assert editor.post(path, fields).status_code == 303
    assert len(stored(office, "1.001193")["documents"]) == count + 1


def test_a_code_is_not_changed_under_a_procedure_and_nobody_is_overwritten(
    office: Office, editor: Clerk
) -> None:
    path = "/console/thu-tuc/1.001193/sua"
    fields = posted(stored(office, "1.001193")) | {"version": "1"}
    answer = editor.post(path, {**fields, "code": "1.999999"})
    assert "Đổi mã là thành thủ tục khác" in answer.get_data(as_text=True)
    assert editor.post(path, {**fields, "field": "Hộ tịch mẫu"}).status_code == 303
    answer = editor.post(path, {**fields, "field": "Khác"})
    assert answer.status_code == 422
    assert "Người khác vừa lưu" in answer.get_data(as_text=True)


def test_a_new_procedure_is_added_once(office: Office, editor: Clerk) -> None:
    fields = {
        "version": "0",
        "name": "Cấp giấy phép mẫu",
        "code": "1.999001",
        "record_status": "current",
    }
    answer = editor.post("/console/thu-tuc/moi", fields)
    assert answer.headers["Location"].endswith("/console/thu-tuc/1.999001")
    assert stored(office, "1.999001")["slug"] == "cap-giay-phep-mau"
    assert len(office.audited("procedure.created")) == 1
    answer = editor.post("/console/thu-tuc/moi", fields)
    assert answer.status_code == 422
    assert "Đã có thủ tục" in answer.get_data(as_text=True)
    answer = editor.post("/console/thu-tuc/moi", {"version": "0"})
    assert 'id="l-name"' in answer.get_data(as_text=True)


def test_the_list_is_searched_and_narrowed(office: Office, editor: Clerk) -> None:
    page = editor.text("/console/thu-tuc?q=khai sinh")
    assert "/console/thu-tuc/1.001193" in page
    assert editor.text("/console/thu-tuc?q=1.001193.000.00.00.H60").count('type="checkbox"') == 1
    assert "Không có thủ tục nào khớp" in editor.text("/console/thu-tuc?q=xyzxyz")
    assert editor.get("/console/thu-tuc/khong-co").status_code == 404


def test_a_file_is_tried_row_by_row_and_then_imported(office: Office, editor: Clerk) -> None:
    rows = [
        {"slug": "moi-mau", "name": "Thủ tục mới (mẫu)", "code": "1.999002"},
        {"slug": "sai", "name": "Sai", "channels": [{"channel": "bay"}]},
        {"slug": "", "name": "Không tên"},
    ]
    sent = {"file": (io.BytesIO(json.dumps(rows).encode()), "danh-muc.json")}
    answer = editor.post("/console/thu-tuc/nhap", sent)
    assert answer.status_code == 303
    path = answer.headers["Location"]
    page = editor.text(path)
    assert "sẽ thêm 1" in page
    assert "channels.0.channel: Không có lựa chọn này." in page
    with office.database.read() as session:
        assert table.by_key(session, "1.999002") is None, "a trial changes nothing"
    assert editor.post(f"{path}/nhap").status_code == 303
    assert "thêm 1" in editor.text(path)
    assert stored(office, "1.999002")["name"] == "Thủ tục mới (mẫu)"
    (entry,) = office.audited("procedure.imported")
    assert entry.details == {"created": 1, "updated": 0, "unchanged": 0, "failed": 2}
    assert editor.post(f"{path}/nhap").status_code == 409


def test_the_portals_list_and_other_files(office: Office, editor: Clerk) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Mã số", "Tên", "Cơ quan thực hiện"])
    sheet.append(["1.999003", "Thủ tục từ Cổng (mẫu)", "Sở mẫu"])
    out = io.BytesIO()
    book.save(out)
    sent = {"file": (io.BytesIO(out.getvalue()), "Danh sach.XLSX")}
    answer = editor.post("/console/thu-tuc/nhap", sent)
    assert "sẽ thêm 1" in editor.text(answer.headers["Location"])
    for content, name in ((b"{", "a.json"), (b"PK", "a.xlsx")):
        answer = editor.post("/console/thu-tuc/nhap", {"file": (io.BytesIO(content), name)})
        assert "1 dòng lỗi" in editor.text(answer.headers["Location"])
    answer = editor.post("/console/thu-tuc/nhap", {"file": (io.BytesIO(b"x"), "a.exe")})
    assert answer.status_code == 422


@pytest.mark.parametrize(("act", "pages"), [("cards", 2), ("board-a4", 1), ("board-a3", 1)])
def test_ticked_procedures_are_printed(office: Office, editor: Clerk, act: str, pages: int) -> None:
    told = {"key": ["1.001193", "2.002011"], "do": act, "title": "Bảng mẫu"}
    answer = editor.post("/console/thu-tuc/in", told)
    assert answer.mimetype == "application/pdf"
    assert len(pypdf.PdfReader(io.BytesIO(answer.data)).pages) == pages


def test_printing_nothing_says_what_to_do(editor: Clerk) -> None:
    assert editor.post("/console/thu-tuc/in", {"do": "cards"}).status_code == 409
