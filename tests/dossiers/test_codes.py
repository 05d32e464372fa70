"""Dossier codes are found as citizens write them (domain 1.2, 1.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.codes import FoundCode, canonical_code, find_codes, is_legacy, without_codes

GUIDE = "000.00.04.H60-230215-0028"

SEEN_IN_THE_WILD = [
    GUIDE,
    "000.00.13.H60-230208-0005",
    "000.00.06.H56-231027-0361",
    "000.17.22.H56-210531-0001",
    "000.00.53.H48-220921-0099",
    "38.98.H29-210519-0003",
    "H56.14-240823-0001",
    "G09.20-20260609-0092637",
    "000.18.29.H51-220103-0007",
    "H55.242-250901-0012",
    "K12-251201-1234",
]


def codes(text: str) -> list[str]:
    return [found.code for found in find_codes(text) if found.valid]


@pytest.mark.parametrize("code", SEEN_IN_THE_WILD)
@pytest.mark.parametrize(
    "sentence",
    [
        "{}",
        "  {}. ",
        "Cho tôi hỏi hồ sơ số {} đã xong chưa ạ?",
        "cho toi hoi ho so {} toi dau roi",
        "hs:{}, nop ngay 15/02/2023, sdt 0912345678",
        "TTHC {}",
        "TTHC{}",
        "số biên nhận: {}",
        "(mã {})",
        "1. {}",
        "https://dvc.example.vn/tra-cuu?SGT=038099001234&MHS={}",
    ],
)
def test_every_code_seen_in_the_wild_is_found_in_every_sentence(code: str, sentence: str) -> None:
    assert codes(sentence.format(code)) == [code]
    assert codes(sentence.format(code).lower()) == [code]


@pytest.mark.parametrize(
    "typed",
    [
        "000 00 04 H60 230215 0028",
        "000,00,04,H60,230215,0028",
        "000/00/04/H60/230215/0028",
        "000_00_04_H60_230215_0028",
        "000-00-04-H60-230215-0028",
        "000.00.04.H60 230215 0028",
        "000. 00. 04. H60 - 230215 - 0028",
        "000.00.04H60-230215-0028",
        "000.00.04H60230215-0028",
        "000.00.04.H60-2302150028",
        "0000004H602302150028",
        "0000004h60-230215-0028",
        "OOO.OO.O4.H6O-23O2l5-OO28",
        "ooo.oo.o4.h6o-23o2i5-oo28",
        "０００．００．０４．Ｈ６０－２３０２１５－００２８",
        "000.00.04.H60\u2013230215\u20140028",
        "000.00.04.H60\u2212230215\u20110028",
        "000.00.04.\u200bH60-230215-\ufeff0028",
        "000.00.04.H60\u00a0-\u00a0230215-0028",
        "000·00·04·H60-230215-0028",
        "000.00.04.H60-\n230215-0028",
        "000.00.04.H60-230215-0028-20230216101112",
        "1.000.00.04.H60-230215-0028",
        "12.000.00.04.H60-230215-0028",
        "ngày 15 000.00.04.H60-230215-0028",
        "000.00.04.H60-230215-0028ok",
        "000.00.04.H60-230215-0028ạ",
    ],
)
def test_tolerated_spellings_mean_the_same_code(typed: str) -> None:
    assert find_codes(typed) == [FoundCode(GUIDE, True, "")]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("H5614-240823-0001", "H56.14-240823-0001"),
        ("H56 14 240823 0001", "H56.14-240823-0001"),
        ("12 H56.14-240823-0001", "H56.14-240823-0001"),
        ("1.H56.14-240823-0001", "H56.14-240823-0001"),
        ("H56240823-0001", "H56-240823-0001"),
        ("ngày 15 38.98.H29-210519-0003", "38.98.H29-210519-0003"),
        ("so 38 98 H29 210519 0003", "38.98.H29-210519-0003"),
        ("loi 38 98 H29 210519 0003", "38.98.H29-210519-0003"),
        ("0028 H56.14-240823-0001", "H56.14-240823-0001"),
    ],
)
def test_numbers_of_the_sentence_do_not_become_part_of_the_code(typed: str, code: str) -> None:
    assert codes(typed) == [code]


def test_several_codes_in_one_message_keep_their_order_and_come_once() -> None:
    text = f"H56.14-240823-0001, {GUIDE}; H56.15-240823-0002 va {GUIDE.lower()}"
    assert codes(text) == ["H56.14-240823-0001", GUIDE, "H56.15-240823-0002"]


@pytest.mark.parametrize(
    "typed",
    [
        "000.00.04.H60-231315-0028",
        "000.00.04.H60-230230-0028",
        "000.00.04.H60-000000-0028",
        "H56.14-230229-0001",
        "G09.20-20261301-0092637",
        "G09.20-19260601-0092637",
    ],
)
def test_an_impossible_date_is_asked_again(typed: str) -> None:
    assert find_codes(typed) == [FoundCode(typed, False, "date")]


def test_the_leap_day_of_a_leap_year_is_a_date() -> None:
    assert codes("H56.14-240229-0001") == ["H56.14-240229-0001"]


@pytest.mark.parametrize(
    "typed",
    [
        "000.00.04.H60",
        "000.00.04.H60-",
        "000.00.04.H60-2302",
        "000.00.04.H60-230215",
        "000.00.04.H60-230215-00",
        "000.00.04.H60-23021-0028",
        "000.00.04.H60-230215-00280028",
        "0000.00.04.H60-230215-0028",
        "000.00.04.H60.01-230215-0028",
        "H56.14-240823",
        "H56.14-240823-00",
        "H60-230215",
        "hồ sơ 000.00.04.H60 tới đâu rồi",
    ],
)
def test_a_cut_code_is_asked_again_and_never_looked_up(typed: str) -> None:
    assert [found.problem for found in find_codes(typed)] == ["truncated"]
    assert canonical_code(typed) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tôi hỏi ngày 15/2",
        "hoi 230215 0028",
        "1.004222",
        "1.004888.000.00.00.H60",
        "2.000815.000.00.00.H55.02",
        "1.012223.H38",
        "căn hộ H12-1204",
        "quốc lộ H10",
        "H56.14",
        "G12/2018/NĐ-CP",
        "0912345678",
        "038099001234",
        "00673810079",
        "03706/2026/07906",
        "mất giấy biên nhận, sđt 0912345678",
        "biên nhận ngày 15/02/2023",
    ],
)
def test_other_numbers_are_no_code(text: str) -> None:
    assert find_codes(text) == []


@pytest.mark.parametrize("number", ["00673810079", "006738100790123", "03706/2026/07906"])
@pytest.mark.parametrize(
    "sentence",
    [
        "số biên nhận {}",
        "so bien nhan: {}",
        "Số biên nhận của tôi là {}.",
        "biên nhận số {} xong chưa",
        "SBN {}",
        "sbn:{}",
        "mã số biên nhận hồ sơ {}",
    ],
)
def test_an_old_receipt_number_counts_behind_its_prefix(number: str, sentence: str) -> None:
    for text in (sentence.format(number), sentence.format(number).upper()):
        assert find_codes(text) == [FoundCode(number, True, "")]
    assert is_legacy(number)
    assert canonical_code(number) is None
    assert canonical_code(number, legacy=True) == number


def test_several_old_receipt_numbers_share_one_prefix() -> None:
    assert codes("số biên nhận 00673810079, 00673810080 và 03706/2026/07906") == [
        "00673810079",
        "00673810080",
        "03706/2026/07906",
    ]


@pytest.mark.parametrize("typed", ["biên nhận 000/00/04/H60/230215/0028", f"sbn {GUIDE}"])
def test_a_code_behind_the_prefix_is_no_old_number(typed: str) -> None:
    assert find_codes(typed) == [FoundCode(GUIDE, True, "")]


@pytest.mark.parametrize("typed", [GUIDE, f' "{GUIDE}". ', "000 00 04 h60 230215 0028"])
def test_a_text_that_is_only_a_code_is_canonical(typed: str) -> None:
    assert canonical_code(typed) == GUIDE


@pytest.mark.parametrize("typed", [f"hồ sơ {GUIDE}", f"{GUIDE} {GUIDE}", f"{GUIDE} nhé", "abc", ""])
def test_a_text_with_more_than_a_code_is_not(typed: str) -> None:
    assert canonical_code(typed) is None


def test_other_readers_can_have_the_codes_taken_out() -> None:
    assert without_codes(f"A {GUIDE} B") == "A  ;  B"


two_digits = st.from_regex(r"[0-9]{2,3}", fullmatch=True)
dates = st.dates().map(lambda day: f"{day:%y%m%d}")
units = st.one_of(
    st.tuples(
        st.lists(two_digits, min_size=1, max_size=3), st.sampled_from("GHK"), st.integers(0, 99)
    ).map(lambda unit: ".".join([*unit[0], f"{unit[1]}{unit[2]:02}"])),
    st.tuples(
        st.sampled_from("GHK"), st.integers(0, 99), st.lists(st.integers(0, 999), max_size=3)
    ).map(lambda unit: ".".join([f"{unit[0]}{unit[1]:02}", *map(str, unit[2])])),
)
canonical = st.builds(
    lambda unit, day, number: (
        f"{unit}-20{day}-{number}" if len(number) > 6 else f"{unit}-{day}-{number}"
    ),
    units,
    dates,
    st.from_regex(r"[0-9]{4,7}", fullmatch=True),
)


@given(canonical)
def test_canonical_codes_survive_the_round_trip(code: str) -> None:
    assert canonical_code(code) == code
    assert codes(f"ho so {code} cua toi") == [code]
    assert codes(f"{code.lower()}, ") == [code]


@given(st.lists(canonical, max_size=6, unique=True))
def test_a_list_of_codes_is_read_whole(listed: list[str]) -> None:
    assert codes("\n- ".join(["Các hồ sơ:", *listed])) == listed


@given(st.text(alphabet="0123456789OIloGHK.-/_, \u200b\u2013biên nhận", max_size=200) | st.text())
def test_no_text_breaks_the_reader_and_what_it_finds_is_canonical(text: str) -> None:
    for found in find_codes(text):
        assert found.valid is (found.problem == "")
        assert not found.valid or is_legacy(found.code) or canonical_code(found.code) == found.code
    canonical_code(text)
    without_codes(text)
