"""One's own data in the chat: asked to be seen, corrected or erased, each under a code."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from store.tables import PrivacyRequest
from tests.handlers.conftest import Talk


def rows(talk: Talk) -> list[PrivacyRequest]:
    """All requests, oldest first."""
    with talk.db.read() as session:
        return list(session.exec(select(PrivacyRequest).order_by(col(PrivacyRequest.id))))


@pytest.mark.parametrize(
    "text",
    ["xem dữ liệu của tôi", "Xem du lieu cua toi", "cho tôi xem dữ liệu cá nhân của tôi với",
     "tôi muốn xin bản sao dữ liệu cá nhân của tôi", "#xemdulieu"]
)  # fmt: skip
def test_seeing_opens_a_request_with_a_code_and_the_legal_time(talk: Talk, text: str) -> None:
    (answer,) = talk(text)
    assert "Mã yêu cầu: DL-261118-001" in answer
    assert "xác nhận chậm nhất ngày 20/11/2026" in answer
    assert "trả lời chậm nhất ngày 03/12/2026" in answer
    (row,) = rows(talk)
    assert (row.kind, row.source, row.uid, row.state) == ("see", "chat", talk.uid, "new")


def test_asking_again_is_the_same_request(talk: Talk) -> None:
    talk("xem dữ liệu của tôi")
    talk.clock.advance(days=1)
    assert "đã có yêu cầu DL-261118-001" in talk("xem dữ liệu cá nhân")[0]
    assert len(rows(talk)) == 1


def test_correcting_asks_what_is_wrong_first(talk: Talk) -> None:
    assert "cần sửa thông tin nào" in talk("sửa dữ liệu của tôi")[0]
    assert "ngắn quá" in talk("tên")[0]
    answer = talk("Tên tôi trên hồ sơ sai chữ đệm, đúng là Thị")[0]
    assert "Mã yêu cầu: DL-261118-001" in answer
    (row,) = rows(talk)
    assert row.kind == "correct"
    assert row.details == "Tên tôi trên hồ sơ sai chữ đệm, đúng là Thị"
    assert talk.conversation().flow == ""
    assert "đã có yêu cầu" in talk("sửa dữ liệu của tôi")[0]


def test_correcting_can_be_left(talk: Talk) -> None:
    talk("sửa thông tin cá nhân")
    assert "chưa có yêu cầu nào được gửi" in talk("thôi")[0]
    talk("#suadulieu")
    assert "chưa có yêu cầu nào được gửi" in talk("#suadulieu thoi")[0]
    talk("#suadulieu")
    talk("menu")
    assert rows(talk) == []


def test_erasing_is_one_question_and_leaves_a_receipt_without_data(talk: Talk) -> None:
    talk("xin chào")
    assert "muốn xóa dữ liệu" in talk("xóa dữ liệu của tôi")[0]
    assert rows(talk) == []
    assert "Mã biên nhận: DL-261118-001" in talk("đồng ý")[0]
    (row,) = rows(talk)
    assert (row.kind, row.source, row.state, row.done_by) == ("delete", "chat", "done", "citizen")
    assert row.outcome.startswith("Đã xóa:")
    assert (row.uid, row.phone, row.name) == ("", "", "")


def test_zalos_withdrawal_is_done_at_once_and_recorded(talk: Talk) -> None:
    talk("xin chào")
    talk.event("user_withdraw")
    (row,) = rows(talk)
    assert (row.kind, row.source, row.state) == ("withdraw", "zalo", "done")


@pytest.mark.parametrize(
    "text",
    ["xem thông tin hồ sơ của tôi", "thông tin của tôi", "sửa thông tin trên sổ đỏ",
     "cập nhật thông tin cư trú cần giấy tờ gì", "xem dữ liệu đất đai của xã",
     "cho tôi xem thông tin cá nhân của ông Mẫu"]
)  # fmt: skip
def test_what_only_sounds_like_it_opens_nothing(talk: Talk, text: str) -> None:
    talk(text)
    assert rows(talk) == []


def test_in_english_too(talk: Talk) -> None:
    talk("#english")
    assert "Request code: DL-261118-001" in talk("show my data")[0]
