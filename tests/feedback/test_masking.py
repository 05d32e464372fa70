"""Personal data is taken out before a person reads the rest."""

from __future__ import annotations

import pytest

from feedback.masking import leftovers, masked


@pytest.mark.parametrize(
    "secret",
    [
        "0912345678", "0912 345 678", "+84 912.345.678", "0243 825 1234", "001099000001",
        "001 099 000 001", "mau.nguyen@tinh-mau.vn", "Nguyễn Thị Mẫu", "22A-123.45", "1234 5678 9012",
        "000.00.04.H60-230215-0028", "H56.14-240823-0001",
    ],
)  # fmt: skip
def test_numbers_addresses_and_names_are_replaced(secret: str) -> None:
    text = masked(f"Xin gặp {secret}, việc đường hỏng ở thôn 3.")
    assert secret not in text
    assert "việc đường hỏng ở thôn 3" in text
    assert leftovers(text) == []


@pytest.mark.parametrize(
    "text", ["Ông Tèo Mẫu nói", "hỏi bà Mận", "cán bộ Hùng Mẫu quát", "Cháu Bé Na bị ngã"]
)
def test_a_name_behind_a_form_of_address_is_replaced(text: str) -> None:
    assert "[…]" in masked(text)
    assert not {"Tèo", "Mận", "Hùng", "Na"} & set(masked(text).split())


def test_known_names_go_in_any_case_and_longest_first() -> None:
    text = masked("mẫu thị an và MẪU THỊ AN ở cạnh nhà", ["Mẫu Thị An", "Mẫu Thị"])
    assert text == "[…] và […] ở cạnh nhà"


@pytest.mark.parametrize(
    "text",
    [
        "Đường liên thôn 3 dài 1.200 m hỏng từ tháng 9/2026",
        "Sửa xong trước 09/12/2026, chi phí 15.000.000 đồng",
        "Cầu Mẫu xây năm 2009 theo Nghị định 20/2008/NĐ-CP",
    ],
)
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert masked(text) == text


def test_what_still_looks_personal_is_pointed_out() -> None:
    assert leftovers("Gọi 0912 345 678 gặp ông Tèo Mẫu") == ["0912 345 678", "ông Tèo Mẫu"]
