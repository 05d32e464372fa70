"""ID numbers are recognised so that they can be hashed or refused (domain 5.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.identity import find_identities, last3, read_identity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("001099012345", "001099012345"),
        ("008 099 012 345", "008099012345"),
        ("0080 9901 2345", "008099012345"),
        ("008.099.012.345", "008099012345"),
        ("CCCD: 096203012345", "096203012345"),
        ("số cccd là 001099012345", "001099012345"),
        ("Căn cước công dân 001099012345", "001099012345"),
        ("００１０９９０１２３４５", "001099012345"),
        ("101099012345", "101099012345"),
        ("123456789", "123456789"),
        ("cmnd 123.456.789", "123456789"),
        ("B1234567", "B1234567"),
        ("hộ chiếu c12345678", "C12345678"),
    ],
)
def test_one_id_number_is_read_in_every_spelling(text: str, number: str) -> None:
    assert read_identity(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "000099012345",
        "097099012345",
        "001999012345",
        "0912345678",
        "12345678",
        "AB123456",
        "",
        "xin chào",
    ],
)
def test_a_number_without_the_structure_is_none(text: str) -> None:
    assert read_identity(text) is None


def test_a_long_text_is_not_one_number() -> None:
    assert read_identity("0" * 10_000) is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("tra giúp cccd 001099012345 và cmnd 123456789", ["001099012345", "123456789"]),
        ("001 099 012 345, 0080 9901 2345", ["001099012345", "008099012345"]),
        ("hộ chiếu B1234567.", ["B1234567"]),
        ("000.00.04.H60-230215-0028 nộp 15/02/2023 sđt 0912345678", []),
        ("0912 345 678", []),
        ("giá 100.000.000 đồng", []),
        ("0000004H602302150028", []),
        ("số 00109901234567", []),
    ],
)
def test_id_numbers_are_found_in_sentences(text: str, numbers: list[str]) -> None:
    assert find_identities(text) == numbers


def test_only_three_characters_are_ever_shown() -> None:
    assert last3("001099012345") == "345"


@given(st.text(max_size=300) | st.text(alphabet="0123456789. -BC", max_size=300))
def test_no_text_breaks_the_reader_and_what_it_finds_reads_back(text: str) -> None:
    read_identity(text)
    assert all(read_identity(found) == found for found in find_identities(text))
