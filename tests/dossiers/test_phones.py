"""Phone numbers are read as people write them (domain 5.1, libraries 3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.phones import Phone, PhoneProblem, find_phones, read_phone

MINE = Phone("+84912345678")


@pytest.mark.parametrize(
    "text",
    [
        "0912345678",
        "+84912345678",
        "84912345678",
        "0084912345678",
        "912345678",
        "+840912345678",
        "+84 (0) 912345678",
        "(+84) 912 345 678",
        "84 912345678",
        "0912 345 678",
        "0912.345.678",
        "091-234-5678",
        "(0912) 345 678",
        "09 12 34 56 78",
        "  0912345678 ",
        "０９１２３４５６７８",
        "0912345678\u200b",
        "\u202a0912345678\u202c",
        "sdt: 0912345678",
        "SĐT0912345678",
        "số điện thoại của tôi là 0912 345 678 ạ.",
        "0912345678ạ",
        "0912345678 hoặc +84 912 345 678",
        "000.00.04.H60-230215-0028 sdt 0912345678",
    ],
)
def test_every_spelling_means_the_same_number(text: str) -> None:
    assert read_phone(text) == MINE


MIGRATED = {
    **{"0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078", "0123": "083"},
    **{"0124": "084", "0125": "085", "0127": "081", "0129": "082", "0162": "032", "0163": "033"},
    **{"0164": "034", "0165": "035", "0166": "036", "0167": "037", "0168": "038", "0169": "039"},
    **{"0186": "056", "0188": "058", "0199": "059"},
}


@pytest.mark.parametrize(("old", "new"), MIGRATED.items())
def test_old_eleven_digit_numbers_are_migrated(old: str, new: str) -> None:
    expected = Phone(f"+84{new[1:]}1234567")
    assert read_phone(f"{old}1234567") == expected
    assert read_phone(f"+84{old[1:]}1234567") == expected
    assert find_phones(f"gọi {old} 123 4567 nhé") == [expected]


@pytest.mark.parametrize(
    "prefix",
    [
        *("032", "033", "034", "035", "036", "037", "038", "039", "086", "096", "097", "098"),
        *("081", "082", "083", "084", "085", "088", "091", "094", "070", "076", "077", "078"),
        *("079", "089", "090", "093", "052", "056", "058", "092", "059", "099", "087"),
    ],
)
def test_every_prefix_in_use_is_a_mobile_number(prefix: str) -> None:
    for digits in (f"{prefix}0000000", f"{prefix}1234567", f"{prefix}9999999"):
        assert read_phone(digits) == Phone(f"+84{digits[1:]}")
        assert read_phone(digits[1:]) == Phone(f"+84{digits[1:]}")
        assert find_phones(digits) == [Phone(f"+84{digits[1:]}")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("02438253536", "landline"),
        ("(024) 3825 3536", "landline"),
        ("028.3829.7321", "landline"),
        ("02343821234", "landline"),
        ("+84 24 3825 3536", "landline"),
        ("0438253536", "old_landline"),
        ("0511 3821234", "old_landline"),
        ("19001234", "service"),
        ("1900 1234", "service"),
        ("18001091", "service"),
        ("113", "service"),
        ("091234567", "invalid"),
        ("09123456789", "invalid"),
        ("+14155552671", "invalid"),
        ("01981234567", "invalid"),
        ("", "invalid"),
        ("abc", "invalid"),
        ("038099001234", "invalid"),
        ("000.00.04.H60-230215-0028", "invalid"),
        ("09.12.2023 07:00", "invalid"),
        ("0912345678, 0987654321", "several"),
        ("0912345678 0987654321", "several"),
        ("0912345678 hoặc 0120 123 4567", "several"),
    ],
)
def test_what_cannot_receive_zalo_is_refused_with_its_reason(text: str, reason: str) -> None:
    assert read_phone(text) == PhoneProblem(reason)


@pytest.mark.parametrize(
    "text",
    [
        "mã HS 000.00.01.H53-241120-0001 ngày 20/11/2026 CCCD 001099012345",
        "0000004H602302150028",
        "09.12.2023 07:00:12",
        "09/12/2023 0700",
        "09-12-2023",
        "cccd 001 099 012 345",
        "cccd 0790 9900 1234",
        "cmnd 091234567",
        "cmnd 912345678",
        "thẻ 091 234 567 890",
        "https://x.example.vn/0912345678/a",
        "số biên nhận 00673810079",
        "lệ phí 8.000 đồng",
        "ab0912345678",
    ],
)
def test_codes_dates_and_id_numbers_are_no_phones(text: str) -> None:
    assert find_phones(text) == []


def test_phones_of_a_sentence_come_in_order_and_once() -> None:
    text = "Gọi 0912.345.678 hoặc 024 3825 3536, 0987 654 321 0912345678 hay +84 70 123 4567"
    assert [phone.e164 for phone in find_phones(text)] == [
        "+84912345678",
        "+84987654321",
        "+84701234567",
    ]


def test_a_phone_shows_itself_only_when_asked() -> None:
    assert (MINE.national, MINE.zalo, MINE.masked) == ("0912 345 678", "84912345678", "091*****78")
    assert "912345678" not in repr(MINE)


@given(st.text(max_size=300) | st.text(alphabet="0123456789+84 .-()/\u200bH", max_size=300))
def test_no_text_breaks_the_reader_and_what_it_finds_reads_back(text: str) -> None:
    read_phone(text)
    for phone in find_phones(text):
        assert (
            read_phone(phone.e164) == phone == read_phone(phone.zalo) == read_phone(phone.national)
        )
