"""The tree of agencies: who sees whose dossiers after mergers, and what it refuses."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from dossiers.agencies import AgencyIn, import_file, save
from dossiers.units import canonical_unit
from settings import ROOT
from store import agencies, scopes
from store.agency_tree import choices
from store.engine import Database
from store.tables import Agency, Dossier
from tests.conftest import MORNING


def make(db: Database, code: str, name: str = "Cơ quan mẫu", **more: Any) -> int:
    """An agency; answers its id."""
    with db.write() as session:
        row, errors = save(session, None, AgencyIn(code=code, name=name, **more), MORNING)
        assert errors == {}
        assert row is not None
        return row.id or 0


def change(db: Database, agency_id: int, **values: Any) -> None:
    """Change columns of an agency; `agencies.Refused` passes through."""
    with db.write() as session:
        agencies.put(session, agency_id, values, MORNING)


def seen(db: Database, *ids: int) -> frozenset[str]:
    """What these agencies may see."""
    with db.read() as session:
        return scopes.units_of(session, ids)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("000.00.04.H60", "000.00.04.H60"),
        (" h60.04 ", "H60.04"),
        ("38.98.H29", "38.98.H29"),
        ("000 00 04 H60", "000.00.04.H60"),
        ("H55.242", "H55.242"),
        ("G09", "G09"),
        ("000.00.04.H60-230215-0028", None),
        ("Sở Tài chính", None),
        ("H60.1234", None),
        ("", None),
    ],
)
def test_a_unit_is_read_in_both_spellings(typed: str, canonical: str | None) -> None:
    assert canonical_unit(typed) == canonical


def test_the_two_spellings_of_a_unit_are_one() -> None:
    assert scopes.spellings("000.00.04.H60") == {"000.00.04.H60", "H60.04"}
    assert scopes.spellings("H60.04") == {"000.00.04.H60", "H60.04"}
    assert scopes.spellings("000.17.22.H56") == {"000.17.22.H56", "H56.22.17"}
    assert scopes.spellings("H60") == {"H60", "000.00.00.H60"}


def test_an_agency_sees_its_own_and_what_is_below(db: Database) -> None:
    province = make(db, "H60")
    office = make(db, "H60.12", parent_id=province)
    make(db, "H60.13", parent_id=province)
    unit = make(db, "H60.12.3", parent_id=office)
    assert seen(db, office) == {"H60.12", "000.00.12.H60", "H60.12.3", "000.03.12.H60"}
    assert "H60.13" in seen(db, province)
    assert "H60.12" not in seen(db, unit)
    assert seen(db) == frozenset()
    assert seen(db, 999_999) == frozenset()


def test_who_took_over_sees_the_old_dossiers_but_not_everybody_elses(db: Database) -> None:
    province = make(db, "H60")
    first = make(db, "H60.101", parent_id=province)
    district = make(
        db, "000.00.22.H60", parent_id=province, successor_id=first, valid_to=date(2025, 6, 30)
    )
    older = make(db, "000.00.21.H60", successor_id=district, valid_to=date(2015, 1, 1))
    gone_with_it = make(db, "000.05.22.H60", parent_id=district, valid_to=date(2025, 6, 30))
    other = make(db, "H60.102", parent_id=district)
    elsewhere = make(
        db, "000.06.22.H60", parent_id=district, successor_id=other, valid_to=date(2025, 6, 30)
    )
    sees = seen(db, first)
    assert {"000.00.22.H60", "000.00.21.H60", "000.05.22.H60"} <= sees
    # Another commune that once stood below the district keeps its dossiers to itself.
    assert "H60.102" not in sees
    assert "000.06.22.H60" not in sees
    with db.read() as session:
        assert scopes.agencies_of(session, [first]) == {first, district, older, gone_with_it}
        assert elsewhere in scopes.agencies_of(session, [other])


def test_a_spelling_that_is_another_agencys_code_is_not_ours(db: Database) -> None:
    long, short = make(db, "000.00.04.H60"), make(db, "H60.04")
    assert seen(db, long) == {"000.00.04.H60"}
    assert seen(db, short) == {"H60.04"}
    with db.read() as session:
        found = agencies.by_code(session, "H60.04")
        assert found is not None
        assert found.id == short


def test_a_unit_is_answered_for_by_whoever_took_over_by_then(db: Database) -> None:
    heir = make(db, "H60.101", name="Xã mẫu")
    old = make(db, "000.00.22.H60", successor_id=heir, valid_to=date(2025, 6, 30))
    alone = make(db, "000.00.23.H60", valid_to=date(2025, 6, 30))
    with db.read() as session:

        def who(code: str, day: date) -> int | None:
            found = agencies.at(session, code, day)
            return found.id if found else None

        assert who("000.00.22.H60", date(2025, 6, 30)) == old
        assert who("000.00.22.H60", date(2025, 7, 1)) == heir
        assert who("H60.22", date(2026, 1, 1)) == heir
        assert who("000.00.23.H60", date(2026, 1, 1)) == alone
        assert who("H99.01", date(2026, 1, 1)) is None


def test_circles_and_doubles_are_refused(db: Database) -> None:
    top, middle = make(db, "H60"), 0
    middle = make(db, "H60.1", parent_id=top)
    leaf = make(db, "H60.1.1", parent_id=middle)
    for agency_id, values, reason in (
        (top, {"parent_id": leaf}, "parent_cycle"),
        (top, {"parent_id": top}, "parent_cycle"),
        (leaf, {"successor_id": leaf}, "successor_cycle"),
        (leaf, {"code": "H60"}, "code_taken"),
        (leaf, {"parent_id": 999_999}, "parent_unknown"),
        (999_999, {"name": "x"}, "gone"),
    ):
        with pytest.raises(agencies.Refused, match=reason):
            change(db, agency_id, **values)
    change(db, leaf, successor_id=middle)
    with pytest.raises(agencies.Refused, match="successor_cycle"):
        change(db, middle, successor_id=leaf)


def test_two_changes_at_once_cannot_close_a_circle(db: Database) -> None:
    one, two = make(db, "H60.1"), make(db, "H60.2")
    start = threading.Barrier(2)
    fates: list[str] = []

    def under(child: int, parent: int) -> None:
        start.wait()
        try:
            change(db, child, parent_id=parent)
            fates.append("done")
        except agencies.Refused as refused:
            fates.append(refused.reason)

    threads = [threading.Thread(target=under, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fates) == ["done", "parent_cycle"]


def test_a_code_that_dossiers_carry_stays(db: Database) -> None:
    agency_id = make(db, "H60.12")
    with db.write() as session:
        session.add(
            Dossier(
                code="000.00.12.H60-261118-0001",
                unit_code="000.00.12.H60",
                state_at=MORNING,
                created_at=MORNING,
                updated_at=MORNING,
                receipt_token="t",
            )
        )
    with pytest.raises(agencies.Refused, match="code_in_use"):
        change(db, agency_id, code="H60.14")
    with db.write() as session:
        row = agencies.get(session, agency_id)
        assert row is not None
        assert agencies.dossier_counts(session, [row]) == {agency_id: 1}
        assert not agencies.remove(session, row)
        mistake, _ = save(session, None, AgencyIn(code="H60.99", name="Nhầm"), MORNING)
        assert mistake is not None
        assert agencies.remove(session, mistake)


def test_the_tree_and_the_search(db: Database) -> None:
    province = make(db, "H60", "Ủy ban nhân dân tỉnh mẫu")
    make(db, "H60.13", "Sở Tư pháp mẫu", parent_id=province)
    finance = make(db, "H60.12", "Sở Tài chính mẫu", parent_id=province)
    unit = make(db, "H60.12.1", "Phòng Đăng ký mẫu", parent_id=finance)
    with db.read() as session:
        listed = [(one.code, one.depth) for one in choices(session)]
        assert listed == [("H60", 0), ("H60.12", 1), ("H60.12.1", 2), ("H60.13", 1)]
        part = choices(session, frozenset({finance, unit}))
        assert [(one.code, one.depth) for one in part] == [("H60.12", 0), ("H60.12.1", 1)]
        assert [row.code for row in agencies.search(session, "so tai")] == ["H60.12"]
        assert [row.code for row in agencies.search(session, "h60.13")] == ["H60.13"]
        row = agencies.get(session, unit)
        assert row is not None
        assert [above.code for above in agencies.ancestors(session, row)] == ["H60.12", "H60"]


def rows_of(db: Database) -> dict[str, Agency]:
    """Every agency by its code."""
    with db.read() as session:
        return {row.code: row for row in session.exec(select(Agency)).all()}


def test_a_file_is_imported_and_repeating_it_changes_nothing(db: Database, tmp_path: Path) -> None:
    file = ROOT / "data" / "demo" / "agencies.csv"
    first = import_file(db, file, now=MORNING)
    assert first.errors == []
    assert first.created == len(rows_of(db)) >= 8
    again = import_file(db, file, now=MORNING)
    assert (again.created, again.updated, again.unchanged) == (0, 0, first.created)
    # A child before its parent, and columns the file lacks stay as they are.
    more = tmp_path / "more.csv"
    more.write_text(
        "Mã định danh;Tên;Mã cấp trên\nH60.120.1;Đơn vị mẫu;H60.120\nH60.120;Xã mẫu;H60\n"
        "H60.117;Xã Mẫu Sơn đổi tên;H60\n",
        encoding="utf-8",
    )
    report = import_file(db, more, now=MORNING)
    assert (report.created, report.updated, report.errors) == (2, 1, [])
    rows = rows_of(db)
    assert rows["H60.120.1"].parent_id == rows["H60.120"].id
    assert rows["H60.117"].name == "Xã Mẫu Sơn đổi tên"
    assert rows["H60.117"].valid_from == date(2025, 7, 1)


def test_wrong_rows_are_named_and_the_others_kept(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text(
        "MaDinhDanh,Ten,MaCapTren,TuNgay,DenNgay\n"
        "H60,Tỉnh mẫu,,,\n"
        "không phải mã,Đơn vị,,,\n"
        "H60.1,,,,\n"
        "H60.2,Đơn vị,,32/13/2025,\n"
        "H60.3,Đơn vị,,02/07/2025,01/07/2025\n"
        "H60.4,Đơn vị,H77,,\n"
        "H60,Tỉnh mẫu lần nữa,,,\n",
        encoding="utf-8",
    )
    dry = import_file(db, file, now=MORNING, dry_run=True)
    assert (dry.created, len(dry.errors)) == (2, 6)
    assert rows_of(db) == {}
    report = import_file(db, file, now=MORNING)
    assert [(p.row, p.field) for p in report.errors] == [
        (3, "MaDinhDanh"),
        (4, "Ten"),
        (5, "TuNgay"),
        (6, "DenNgay"),
        (8, "MaDinhDanh"),
        (7, "MaCapTren"),
    ]
    assert set(rows_of(db)) == {"H60", "H60.4"}
    nonsense = tmp_path / "nonsense.csv"
    nonsense.write_bytes(b"\x00\x01")
    assert import_file(db, nonsense, now=MORNING).errors
