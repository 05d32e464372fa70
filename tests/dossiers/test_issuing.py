"""Codes issued at our own counter: each once, by the agency's pattern, always of the grammar."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from clock import FixedClock
from dossiers.codes import canonical_code
from dossiers.issuing import DEFAULT_PATTERN, NoCode, PatternError, check_pattern, issue
from store import dossiers as store
from store.dossier_codes import next_number
from store.engine import Database
from store.tables import Agency

UNIT = "H60.04"


def agency(db: Database, clock: FixedClock, code: str, **more: object) -> int:
    with db.write() as session:
        row = Agency(code=code, name=f"Cơ quan mẫu {code}", updated_at=clock.now(), **more)
        session.add(row)
        session.flush()
        return row.id or 0


def issued(db: Database, clock: FixedClock, unit: str = UNIT) -> str:
    with db.write() as session:
        return issue(session, unit, clock.now())


def test_a_unit_counts_its_own_dossiers_from_one_every_day(db: Database, clock: FixedClock) -> None:
    assert issued(db, clock) == "H60.04-261118-0001"
    assert issued(db, clock) == "H60.04-261118-0002"
    assert issued(db, clock, "000.00.04.H60") == "000.00.04.H60-261118-0001"
    clock.advance(days=1)
    assert issued(db, clock) == "H60.04-261119-0001"


def test_the_day_is_the_day_in_vietnam(db: Database, clock: FixedClock) -> None:
    clock.set(datetime(2026, 11, 18, 17, 30, tzinfo=UTC))
    assert issued(db, clock) == "H60.04-261119-0001"


def test_many_counters_at_once_never_get_the_same_code(db: Database, clock: FixedClock) -> None:
    codes: list[str] = []

    def work() -> None:
        for _ in range(5):
            codes.append(issued(db, clock))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [f"H60.04-261118-{n:04}" for n in range(1, 41)]


def test_the_pattern_of_the_agency_above_holds_where_there_is_none(
    db: Database, clock: FixedClock
) -> None:
    above = agency(db, clock, "H60", code_pattern="{unit}-{yyyymmdd}-{seq:07}")
    middle = agency(db, clock, "H60.04", parent_id=above)
    agency(db, clock, "H60.04.01", parent_id=middle)
    assert issued(db, clock, "H60.04.01") == "H60.04.01-20261118-0000001"


def test_numbers_another_system_used_are_passed_over(db: Database, clock: FixedClock) -> None:
    with db.write() as session:
        store.lock(session, ["H60.04-261118-0001"], clock.now(), create=True)
    assert issued(db, clock) == "H60.04-261118-0002"


def test_more_than_the_digits_hold_grow_longer_until_the_grammar_ends(
    db: Database, clock: FixedClock
) -> None:
    with db.write() as session:
        for _ in range(3):
            next_number(session, "dossier:H60.04-261118")
        from store.tables import CodeSequence

        row = session.get(CodeSequence, "dossier:H60.04-261118")
        assert row is not None
        row.last = 9_999
    assert issued(db, clock) == "H60.04-261118-10000"
    with db.write() as session:
        row = session.get(CodeSequence, "dossier:H60.04-261118")
        assert row is not None
        row.last = 9_999_999
    with pytest.raises(NoCode, match="hết số thứ tự"):
        issued(db, clock)


def test_an_agency_without_a_code_or_with_a_useless_pattern_says_what_to_do(
    db: Database, clock: FixedClock
) -> None:
    agency(db, clock, UNIT, code_pattern="HS{seq:04}")
    for unit in ("", UNIT):
        with pytest.raises(NoCode, match="Cơ quan"):
            issued(db, clock, unit)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("{unit}-{yymmdd}", "số thứ tự"),
        ("{unit}-{seq:04}", "một ngày"),
        ("{unit}-{yymmdd}-{seq:04}-{seq:04}", "số thứ tự"),
        ("{unit}-{yymmdd}-{seq:02}", "Không có phần {seq:02}"),
        ("{unit}-{yymmdd}-{ma}", "Không có phần {ma}"),
        ("{unit}{yymmdd}{seq:04}", "không đúng dạng"),
        ("{unit}/{yymmdd}/{seq:04}", "không đúng dạng"),
        ("HS-{yymmdd}-{seq:04}", "không đúng dạng"),
        ("x" * 61, "dài quá"),
    ],
)
def test_a_pattern_that_makes_no_code_is_refused_in_words(pattern: str, says: str) -> None:
    with pytest.raises(PatternError) as refused:
        check_pattern(pattern, UNIT, datetime(2026, 11, 18, tzinfo=UTC))
    assert says in str(refused.value)


@pytest.mark.parametrize("unit", ["H60", "H60.04", "H60.04.12.003", "000.00.04.H60", "38.98.H29"])
@pytest.mark.parametrize(
    "pattern", [DEFAULT_PATTERN, "{unit}-{yyyymmdd}-{seq:07}", "{unit}-{yymmdd}-{seq:5}"]
)
def test_what_is_issued_is_found_again_in_a_message(unit: str, pattern: str) -> None:
    at = datetime(2026, 11, 18, tzinfo=UTC) + timedelta(days=3)
    code = check_pattern(pattern, unit, at)
    assert canonical_code(f" {code.lower()} ") == code
