"""Files staff export from other systems: every real-life spelling, wrong rows named, nothing lost."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlmodel import func, select

from clock import FixedClock
from crypto import Vault
from dossiers import sheets
from dossiers.imports import Report, import_file
from service.commands import cli
from settings import Settings
from store import dossiers as store
from store.engine import Database
from store.tables import Dossier, DossierEvent, Outbox

CODE = "000.00.04.H60-230215-0028"
HEAD = ["MaHoSo", "ChuHoSo", "SoDienThoai", "NgayNop"]
LINE = [CODE, "NGUYỄN THỊ MẪU", "0900000001", "20230215093000"]

Import = Callable[..., Report]


@pytest.fixture
def bring(db: Database, settings: Settings, vault: Vault, clock: FixedClock) -> Import:
    def run(path: Path, **more: Any) -> Report:
        given_options = {"dry_run": False, **more}
        return import_file(
            db, path, settings=settings, vault=vault, now=clock.now(), **given_options
        )

    return run


def written(path: Path, rows: Sequence[Sequence[str]], delimiter: str, encoding: str) -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def workbook(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def the_dossier(db: Database) -> Dossier:
    with db.read() as session:
        found = store.by_code(session, CODE)
    assert found is not None
    return found


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_in_any_usual_dress_is_read(
    bring: Import, db: Database, tmp_path: Path, delimiter: str, encoding: str
) -> None:
    report = bring(written(tmp_path / "a.csv", [HEAD, LINE], delimiter, encoding))
    assert (report.created, report.errors, report.warnings) == (1, [], [])
    row = the_dossier(db)
    assert (row.owner_name, row.phone) == ("NGUYỄN THỊ MẪU", "+84900000001")


def test_the_letters_of_old_windows_are_read(bring: Import, db: Database, tmp_path: Path) -> None:
    # Windows-1258 writes "Ễ" as "Ê" and a combining mark.
    owner = "NGUYÊ\N{COMBINING TILDE}N THI\N{COMBINING DOT BELOW} MÂ\N{COMBINING TILDE}U"
    bring(written(tmp_path / "a.csv", [HEAD, [CODE, owner, "", ""]], ";", "cp1258"))
    assert the_dossier(db).owner_name == "NGUYỄN THỊ MẪU"


def test_headers_may_stand_in_any_order_and_spelling_below_a_title(
    bring: Import, db: Database, tmp_path: Path
) -> None:
    head = ["", "Chủ hồ sơ", "số điện thoại", "MA_HO_SO", "Ghi chú"]
    rows = [["DANH SÁCH HỒ SƠ"], head, ["1", "NGUYỄN THỊ MẪU", "0900000001", CODE, "x"]]
    report = bring(workbook(tmp_path / "a.xlsx", rows))
    assert (report.created, report.errors) == (1, [])
    assert [str(warning) for warning in report.warnings] == ["row 2, Ghi chú: column is not used"]
    assert the_dossier(db).phone == "+84900000001"


def test_what_spreadsheets_do_to_phones_dates_and_numbers_is_undone(
    bring: Import, db: Database, tmp_path: Path, vault: Vault
) -> None:
    head = ["MaHoSo", "SoDienThoai", "MaDoiTuong", "NgayNop", "ThongBaoZalo", "TrangThaiHoSo"]
    row = [CODE, 900000001.0, 24090000123, datetime(2023, 2, 15, 9, 30), True, 1]
    report = bring(workbook(tmp_path / "a.xlsx", [head, row]))
    assert (report.created, report.errors) == (1, [])
    kept = the_dossier(db)
    assert kept.phone == "+84900000001"
    assert kept.identity_hash == vault.identity_hash("024090000123")
    assert kept.zalo_notify
    assert kept.submitted_at is not None
    assert kept.submitted_at.isoformat() == "2023-02-15T02:30:00+00:00"


def test_wrong_rows_are_named_and_the_others_kept(
    bring: Import, db: Database, tmp_path: Path
) -> None:
    rows = [
        HEAD,
        LINE,
        ["sai", "", "", ""],
        ["", "", "", ""],
        [CODE[:-1] + "9", "", "", "32/13/2025"],
    ]
    report = bring(written(tmp_path / "a.csv", rows, ",", "utf-8"))
    assert report.created == 1
    first, second = map(str, report.errors)
    assert first.startswith("row 3, MaHoSo: ")
    assert second.startswith("row 5, NgayNop: ")


def test_an_import_repeated_changes_nothing(bring: Import, db: Database, tmp_path: Path) -> None:
    head, row = [*HEAD, "TrangThaiHoSo"], [*LINE, "2"]
    path = written(tmp_path / "a.csv", [head, row], ",", "utf-8")
    assert bring(path).created == 1
    again = bring(path)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)


def test_a_dry_run_says_the_same_and_stores_nothing(
    bring: Import, db: Database, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.csv", [HEAD, LINE, ["sai", "", "", ""]], ",", "utf-8")
    report = bring(path, dry_run=True)
    assert (report.created, len(report.errors)) == (1, 1)
    with db.read() as session:
        assert session.exec(select(func.count()).select_from(Dossier)).one() == 0


def test_more_rows_than_a_list_holds_are_all_taken(
    bring: Import, db: Database, tmp_path: Path
) -> None:
    rows = [HEAD, *([f"H60.04-250715-{n:04}", "", "", ""] for n in range(1201))]
    assert bring(written(tmp_path / "a.csv", rows, ",", "utf-8")).created == 1201


def test_an_old_systems_history_tells_nobody_when_asked(
    bring: Import, db: Database, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.csv", [["MaHoSo", "TrangThaiHoSo"], [CODE, "4"]], ",", "utf-8")
    bring(path, announce=False)
    with db.read() as session:
        (event,) = session.exec(select(DossierEvent)).all()
        assert session.exec(select(Outbox)).all() == []
    assert event.outcome == "silent"
    assert the_dossier(db).national_state == 4


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.csv", b""),
        ("a.csv", b"Ten,Tuoi\nMau,1\n"),
        ("a.csv", b"\x00\x01\x02\xff\xfe"),
        ("a.xlsx", b"not a workbook"),
        ("a.csv", b"PK\x03\x04 nor this"),
        ("a.csv", b"\xff\xfe\x00"),
    ],
)
def test_a_file_that_is_no_list_is_one_clear_error(
    bring: Import, tmp_path: Path, name: str, body: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    report = bring(path)
    assert [problem.row for problem in report.errors] == [0]
    assert report.created == 0


def test_a_workbook_that_unpacks_to_a_mountain_is_refused(
    bring: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEAD, LINE])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b" " * 2_000_000)
    monkeypatch.setattr(sheets, "_MOST_UNPACKED", 1_000_000)
    assert "unpacks to more" in str(bring(path).errors[0])


def test_too_many_rows_are_refused_by_name(
    bring: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    path = written(tmp_path / "a.csv", [HEAD, LINE, LINE], ",", "utf-8")
    assert "more than 2 rows" in str(bring(path).errors[0])


@hypothesis_settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=st.binary(max_size=400), head=st.booleans(), packed=st.booleans())
def test_no_bytes_whatever_break_the_import(
    bring: Import, tmp_path: Path, body: bytes, head: bool, packed: bool
) -> None:
    path = tmp_path / ("a.xlsx" if packed else "a.csv")
    path.write_bytes((b"MaHoSo,ChuHoSo\n" if head else b"") + body)
    bring(path, dry_run=True)


def test_the_command_prints_counts_and_fails_on_wrong_rows(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SECRET_KEY", "test-secret-key-of-32-characters!!")
    monkeypatch.chdir(tmp_path)
    good = written(tmp_path / "good.csv", [HEAD, LINE], ",", "utf-8")
    bad = written(tmp_path / "bad.csv", [HEAD, ["sai", "", "", ""]], ",", "utf-8")
    runner = CliRunner()
    dry = runner.invoke(cli, ["dossiers", "import", "--dry-run", str(good)])
    assert (dry.exit_code, dry.stdout) == (0, "created 1, updated 0, unchanged 0\n")
    real = runner.invoke(cli, ["dossiers", "import", str(good)])
    assert (real.exit_code, real.stdout) == (0, "created 1, updated 0, unchanged 0\n")
    wrong = runner.invoke(cli, ["dossiers", "import", str(bad)])
    assert wrong.exit_code == 1
    assert wrong.stderr.startswith("row 2, MaHoSo: ")
