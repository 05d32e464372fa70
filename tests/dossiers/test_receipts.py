"""Receipt payloads of other systems are read, and their personal data are not (domain 1.4)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.receipts import Payload, read_payload

CODE = "000.00.04.H60-230215-0028"
ID = "038099001234"
SITE = "https://dvc.example.vn/portaldvc/tra-cuu"


@pytest.mark.parametrize("name", ["MHS", "MaHoSo", "maHoSo", "mahoso", "sobiennhan"])
def test_the_code_is_read_from_every_known_parameter(name: str) -> None:
    assert read_payload(f"{SITE}?{name}={CODE}") == Payload((CODE,), None, False, False)


@pytest.mark.parametrize(
    "text",
    [
        f"{SITE}?SGT={ID}&MHS={CODE}",
        f"{SITE}?MHS={CODE}&SGT={ID}",
        f"{SITE}?SoDinhDanh={ID}&amp;MaHoSo={CODE}",
        quote(f"{SITE}?SGT={ID}&MHS={CODE}", safe=""),
        quote(quote(f"{SITE}?SGT={ID}&MHS={CODE}", safe=""), safe=""),
        f'{{"MaHoSo": "{CODE}", "SoDinhDanh": "{ID}"}}',
        f'[{{"data": {{"ma_ho_so": "{CODE}"}}, "phone": "0912345678"}}]',
        f"{CODE}|{ID}|Nguyễn Văn Mẫu",
        f"{ID};{CODE}",
        f"MaHoSo={CODE};SoDienThoai=0912345678",
        f"{CODE},0912 345 678",
    ],
)
def test_personal_data_in_a_payload_are_noticed_and_never_returned(text: str) -> None:
    payload = read_payload(text)
    assert payload == Payload((CODE,), None, True, False)
    assert ID not in repr(payload)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CODE, CODE),
        (CODE.lower(), CODE),
        (f"{SITE}?maHoSo={CODE}-20230216101112", CODE),
        (f"Mã hồ sơ: {CODE}", CODE),
        (f"{SITE}?sobiennhan=00673810079", "00673810079"),
        (f"{SITE}?sobiennhan=03706%2F2026%2F07906", "03706/2026/07906"),
        ('{"soBienNhan": "03706\\/2026\\/07906"}', "03706/2026/07906"),
        (f"{SITE}?sobiennhan=123456789", "123456789"),
        (f"{SITE}?mahoso=00673810079", "00673810079"),
    ],
)
def test_a_code_without_personal_data_is_just_a_code(text: str, code: str) -> None:
    assert read_payload(text) == Payload((code,), None, False, False)


def test_a_reference_only_its_system_can_resolve_is_opaque() -> None:
    guid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    assert read_payload(f"https://a.example.vn/apiqr/qr?id={guid}") == Payload(
        (), None, False, True
    )


def test_a_code_beside_a_reference_is_what_counts() -> None:
    guid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    found = read_payload(f"https://a.example.vn/qr?id={guid}&MHS={CODE}")
    assert found == Payload((CODE,), None, False, False)


@pytest.mark.parametrize("host", ["https://zalo.tinh.example.vn", "http://localhost:8000", "a.vn"])
def test_our_own_receipt_gives_its_token(host: str) -> None:
    assert read_payload(f"{host}/h/AbC_def-012345?x=1") == Payload(
        (), "AbC_def-012345", False, False
    )


def test_the_qr_of_an_id_card_is_recognised_so_that_it_can_be_refused() -> None:
    card = f"{ID}|123456789|Nguyễn Văn Mẫu|01011990|Nam|Thôn Mẫu|01012021"
    assert read_payload(card) == Payload((), None, True, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "xin chào",
        "0912345678",
        ID,
        "https://dvc.example.vn/thu-tuc-hanh-chinh/3f2504e0",
        "{",
        "[" * 4000,
    ],
)
def test_what_is_no_receipt_is_none(text: str) -> None:
    assert read_payload(text) is None


def test_only_the_first_four_thousand_characters_count() -> None:
    assert read_payload(" " * 4000 + CODE) is None


@given(
    st.text(max_size=300)
    | st.text(alphabet='{}[]":,&?=%;|#<>/h0123456789MHSid', max_size=300)
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(str)
)
def test_no_payload_breaks_the_reader(text: str) -> None:
    read_payload(text)
