"""Names are compared folded and shown masked (domain 7; design, "Whose dossier is it?")."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.names import fold, mask_name, same_name


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Nguyễn Thị Thanh Mận", "N*** T*** T*** Mận"),
        ("NGUYỄN THỊ MẪU", "N*** T*** MẪU"),
        ("NGUYỄN THỊ MẪU (MẪU)", "N*** T*** MẪU"),
        ("Lê An", "L*** An"),
        ("Mận", "M***"),
        ("  Đỗ   Văn  Bình ", "Đ*** V*** Bình"),
        ("Ông Nguyễn Văn Mẫu", "Ông N*** V*** Mẫu"),
        ("Nguyễn Văn An, Trần Thị Bé", "N*** V*** An, T*** T*** Bé"),
        ("Nguyễn Văn An và Trần Thị Bé", "N*** V*** An và T*** T*** Bé"),
        ("Công ty TNHH Xây dựng Hoàng Long", "Công ty TNHH X*** d*** H*** Long"),
        ("CÔNG TY CỔ PHẦN MẪU SỐ", "CÔNG TY CỔ PHẦN M*** SỐ"),
        ("Hộ kinh doanh Mẫu", "Hộ kinh doanh M***"),
        ("Anh", "A***"),
        ("", ""),
    ],
)
def test_the_owner_recognises_a_masked_name(name: str, masked: str) -> None:
    assert mask_name(name) == masked
    assert mask_name(unicodedata.normalize("NFD", name)) == masked


words = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạ", min_size=2, max_size=8).map(
    str.title
)


@given(st.lists(words, min_size=1, max_size=6))
def test_a_mask_never_gives_the_whole_name(parts: list[str]) -> None:
    name = unicodedata.normalize("NFC", " ".join(parts))
    assert mask_name(name) != name
    assert "***" in mask_name(name)


@pytest.mark.parametrize(
    "text", ["Đường Đỗ  Quyên", unicodedata.normalize("NFD", "đường đỗ quyên"), "duong do quyen"]
)
def test_folding_forgets_accents_case_and_spaces(text: str) -> None:
    assert fold(text) == "duong do quyen"


def test_the_same_name_in_two_spellings_is_one() -> None:
    assert same_name("NGUYỄN THỊ MẪU", unicodedata.normalize("NFD", "nguyễn  thị mẫu."))
    assert same_name("Nguyen Thi Mau", "Nguyễn Thị Mẫu")
    assert not same_name("Nguyễn Thị Mẫu", "Nguyễn Thị Mậu Hai")
    assert not same_name("", "")
    assert not same_name("...", "-")


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_breaks_names(one: str, other: str) -> None:
    mask_name(one)
    assert fold(fold(one)) == fold(one)
    assert same_name(one, other) == same_name(other, one)
