"""Importing and searching the catalogue."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook

from clock import FixedClock
from procedures.catalogue import import_file
from procedures.questions import ask
from procedures.records import national_code
from procedures.search import index_of
from settings import ROOT
from store import procedures as table
from store.engine import Database

SEED = ROOT / "data" / "procedures.json"


def write(path: Path, rows: list[object]) -> Path:
    path.write_text(json.dumps({"procedures": rows}), encoding="utf-8")
    return path


def test_the_seed_catalogue_is_imported_wholly_and_once(db: Database, clock: FixedClock) -> None:
    first = import_file(db, SEED, clock.now())
    assert (first.created, first.updated, first.unchanged, first.errors) == (21, 0, 0, [])
    again = import_file(db, SEED, clock.advance(days=1))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 21)


def test_a_changed_record_is_updated_and_the_search_notices(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    path = tmp_path / "p.json"
    import_file(
        db, write(path, [{"slug": "a", "code": "1.000001", "name": "Cấp phép A"}]), clock.now()
    )
    with db.read() as session:
        assert index_of(session) is index_of(session)
        assert not ask("nuôi trồng", index_of(session)).hits
    # The same instant: the stamp must move all the same.
    report = import_file(
        db, write(path, [{"slug": "a", "code": "1.000001", "name": "Nuôi trồng"}]), clock.now()
    )
    assert report.updated == 1
    with db.read() as session:
        assert [hit.entry.key for hit in ask("nuoi trong", index_of(session)).hits] == ["1.000001"]


def test_wrong_rows_are_named_and_good_ones_kept(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    rows: list[object] = [
        {"slug": "tot", "name": "Tốt"},
        {"slug": "x y", "name": "Slug sai"},
        "not an object",
        {"slug": "b", "name": "B", "code": "abc"},
        {"slug": "tot", "name": "Lặp"},
        {"slug": "c", "name": "C", "channels": [{"channel": "bay"}]},
        {"slug": "d"},
    ]
    report = import_file(db, write(tmp_path / "p.json", rows), clock.now())
    assert report.created == 1
    assert [error.row for error in report.errors] == [2, 3, 4, 5, 6, 7]
    said = "\n".join(str(error) for error in report.errors)
    assert "row 4 (abc): code" in said
    assert "row 5 (tot): the same procedure as row 1" in said
    assert "channels.0.channel" in said


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"procedures":1}'])
def test_a_file_that_cannot_be_read_is_one_clear_error(
    db: Database, clock: FixedClock, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(content)
    (error,) = import_file(db, path, clock.now()).errors
    assert error.row == 0


def test_the_portals_list_adds_and_renames_without_losing_what_is_known(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    import_file(db, SEED, clock.now())
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Danh sách thủ tục hành chính"])
    sheet.append(["Tên", "Mã số", "Cơ quan ban hành", "Cơ quan thực hiện", "Lĩnh vực"])
    sheet.append(["Thủ tục đăng ký kết hôn mới", "1.000894.000.00.00.H60", "Bộ Tư pháp", "UBND xã"])
    sheet.append(["Cấp phép mới", "1.999999", "Bộ X", "Sở X", "Lĩnh vực X"])
    path = tmp_path / "list.xlsx"
    book.save(path)
    report = import_file(db, path, clock.now())
    assert (report.created, report.updated, report.errors) == (1, 1, [])
    with db.read() as session:
        row = table.by_key(session, "1.000894")
        assert row is not None
        assert row.name == "Thủ tục đăng ký kết hôn mới"
        assert len(row.record["documents"]) == 4
    assert import_file(db, path, clock.now() + timedelta(1)).unchanged == 2


def test_a_workbook_without_the_headers_is_refused(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    path = tmp_path / "list.xlsx"
    book = Workbook()
    book.save(path)
    assert "headers" in import_file(db, path, clock.now()).errors[0].problem
    path.write_bytes(b"PK not really")
    assert "not an .xlsx" in import_file(db, path, clock.now()).errors[0].problem


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.004222", "1.004222"),
        ("1.004888.000.00.00.H60", "1.004888"),
        ("1.012223.H38", "1.012223"),
        ("2.000815.000.00.00.H55.02", "2.000815"),
        ("1.0042221", ""),
        ("abc", ""),
    ],
)
def test_codes_are_matched_on_their_first_two_segments(text: str, code: str) -> None:
    assert national_code(text) == code


@pytest.mark.parametrize(
    "text", ["", "xin chào", "cảm ơn nhiều lắm", "tôi muốn hỏi thủ tục", "?" * 5000, "làm gì"]
)
def test_common_words_alone_find_nothing(db: Database, clock: FixedClock, text: str) -> None:
    import_file(db, SEED, clock.now())
    with db.read() as session:
        assert not ask(text, index_of(session)).named


def test_every_change_is_kept_with_who_and_when(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    path = tmp_path / "p.json"
    row = {"slug": "a", "code": "1.000001", "name": "Cấp phép A"}
    import_file(db, write(path, [row]), clock.now(), by="lan")
    first = clock.now()
    import_file(db, write(path, [row]), clock.advance(hours=1), by="nobody")
    import_file(db, write(path, [{**row, "name": "Cấp phép B"}]), clock.advance(hours=1), by="minh")
    with db.read() as session:
        kept = table.versions(session, "1.000001")
        current = table.by_key(session, "1.000001")
        assert current is not None
        assert (current.version, current.changed_by) == (2, "minh")
        assert [(v.version, v.changed_by, v.record["name"]) for v in kept] == [
            (2, "minh", "Cấp phép B"),
            (1, "lan", "Cấp phép A"),
        ]
        assert kept[1].created_at == first


def test_a_local_code_of_the_portals_list_becomes_a_variant_and_the_old_name_is_kept(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    import_file(db, SEED, clock.now())
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Mã số", "Tên"])
    sheet.append(["1.000894.000.00.00.H60", "Đăng ký hôn nhân"])
    path = tmp_path / "list.xlsx"
    book.save(path)
    import_file(db, path, clock.now())
    with db.read() as session:
        row = table.by_key(session, "1.000894")
        assert row is not None
        assert row.record["code"] == "1.000894"
        assert "1.000894.000.00.00.H60" in row.record["code_variants"]
        assert "Đăng ký kết hôn" in row.record["previous_names"]
        index = index_of(session)
        assert ask("kết hôn", index).hits[0].entry.key == "1.000894"


def test_successors_are_found_by_the_codes_they_replaced(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    rows: list[object] = [
        {"slug": "moi", "code": "1.000002", "name": "Thủ tục mới", "replaces": ["1.000001.H60"]}
    ]
    import_file(db, write(tmp_path / "p.json", rows), clock.now())
    with db.read() as session:
        found = index_of(session).by_code("1.000001.000.00.00.H38")
        assert found is not None
        assert found.key == "1.000002"


def test_forms_may_be_names_or_names_with_an_address(
    db: Database, clock: FixedClock, tmp_path: Path
) -> None:
    forms = ["Mẫu 01", {"name": "Mẫu 02", "url": "https://a.example/02.docx"}]
    good = {"slug": "a", "name": "A", "forms": forms}
    bad = {"slug": "b", "name": "B", "forms": [{"name": "x", "url": "javascript:alert(1)"}]}
    report = import_file(db, write(tmp_path / "p.json", [good, bad]), clock.now())
    assert report.created == 1
    assert "forms" in report.errors[0].problem
    with db.read() as session:
        row = table.by_key(session, "a")
        assert row is not None
        assert [one["name"] for one in row.record["forms"]] == ["Mẫu 01", "Mẫu 02"]
