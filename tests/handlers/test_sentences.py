"""Questions as people ask them: the question itself is answered, from the record alone."""

from __future__ import annotations

import pytest

from procedures.catalogue import import_file
from settings import ROOT
from tests.handlers.conftest import Talk


@pytest.fixture
def catalogue(talk: Talk) -> Talk:
    """A chat with the sample catalogue."""
    import_file(talk.db, ROOT / "data" / "procedures.json", talk.clock.now())
    return talk


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("lam ly lich tu phap can gi", "Giấy tờ cần nộp - Cấp Phiếu Lý lịch tư pháp"),
        ("sổ đỏ rách đổi ở đâu", "Nơi nộp - Cấp đổi Giấy chứng nhận"),
        ("khai sinh mất phí ko", "Phí, lệ phí - Đăng ký khai sinh"),
        ("đk khai sinh cho cháu ntn ạ", "Các bước - Đăng ký khai sinh"),
        ("mat bang lai xe lam lai bao lau dc", "Thời hạn giải quyết - Cấp lại giấy phép lái xe"),
        ("ddawng kys keets hoon caanf giaays gif", "Giấy tờ cần nộp - Đăng ký kết hôn"),
        ("nĩ nịch tư pháp hết bao nhiêu tiền", "Phí, lệ phí - Cấp Phiếu Lý lịch tư pháp"),
        ("giấy độc thân xin ở xã nào", "Nơi nộp - Cấp Giấy xác nhận tình trạng hôn nhân"),
        ("tách sổ cho con theo luật nào", "Căn cứ pháp lý - Tách thửa hoặc hợp thửa đất"),
        ("mẫu tờ khai tạm trú", "Biểu mẫu - Đăng ký tạm trú"),
        ("làm hộ chiếu qua mạng đc k", "Cách nộp - Cấp hộ chiếu phổ thông"),
        ("sao y cần điều kiện gì", "Yêu cầu, điều kiện - Chứng thực bản sao"),
    ],
)
def test_ten_and_more_questions_in_bad_vietnamese_get_the_right_answer(
    catalogue: Talk, text: str, answer: str
) -> None:
    said = "\n".join(catalogue(text))
    assert answer in said
    assert "Nguồn:" in said
    key = next(p for p in catalogue.payloads if p.startswith("#tt "))
    assert catalogue(key), "the whole record is one tap away"


def test_a_follow_up_keeps_the_procedure(catalogue: Talk) -> None:
    catalogue("khai sinh cần giấy tờ gì")
    assert "Phí, lệ phí - Đăng ký khai sinh" in "\n".join(catalogue("còn phí thì sao?"))
    assert "Nơi nộp - Đăng ký khai sinh" in "\n".join(catalogue("nộp ở đâu"))


def test_a_follow_up_about_another_procedure_keeps_the_question(catalogue: Talk) -> None:
    catalogue("khai sinh mất bao nhiêu tiền")
    assert "Phí, lệ phí - Đăng ký kết hôn" in "\n".join(catalogue("còn kết hôn thì sao"))


def test_a_question_without_a_procedure_asks_which_and_keeps_the_question(catalogue: Talk) -> None:
    assert "thủ tục nào" in "\n".join(catalogue("bao lâu thì xong"))
    assert "Thời hạn giải quyết - Đăng ký kết hôn" in "\n".join(catalogue("kết hôn"))


def test_what_the_catalogue_does_not_have_is_said_and_nothing_is_invented(catalogue: Talk) -> None:
    said = "\n".join(catalogue("thủ tục xin giấy phép nuôi cá sấu cần giấy tờ gì"))
    assert "không có thủ tục" in said
    assert {"#thutuc", "#gapcanbo"} <= set(catalogue.payloads)


def test_an_unknown_code_is_named(catalogue: Talk) -> None:
    assert "Không có thủ tục mã 9.999999" in "\n".join(catalogue("mã 9.999999 là gì"))


def test_a_whole_field_is_listed(catalogue: Talk) -> None:
    assert "Lĩnh vực Hộ tịch: 6 thủ tục" in "\n".join(catalogue("lĩnh vực hộ tịch có thủ tục nào"))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("thứ 7 có làm việc không", "Giờ làm việc"),
        ("cho tôi số điện thoại của bà Lan ở thôn 3", "không cung cấp thông tin của người khác"),
        ("hồ sơ em nộp tuần trước mãi chưa thấy gì", "liên kết số điện thoại"),
        ("ở đây hỏi được những việc gì", "giúp ông/bà"),
        ("tin tức mới của tỉnh", "Tin tức"),
        ("em chào cán bộ ạ", "Xin chào"),
    ],
)
def test_other_sentences_get_what_they_ask_for(catalogue: Talk, text: str, answer: str) -> None:
    assert answer.lower() in "\n".join(catalogue(text)).lower()


def test_an_explicit_opt_out_stops_everything_even_inside_another_flow(catalogue: Talk) -> None:
    catalogue("#tracuu")
    assert "Đã dừng gửi thông báo" in catalogue("thôi đừng gửi tin cho tôi nữa nhé")[0]
    assert not catalogue.follower().notify


def test_deleting_is_asked_about_first(catalogue: Talk) -> None:
    assert "muốn xóa dữ liệu" in catalogue("xóa hết thông tin cá nhân của tôi đi")[0]
    assert catalogue.follower().notify


def test_asking_how_to_stop_stops_nothing(catalogue: Talk) -> None:
    catalogue("làm sao để thôi nhận tin nhắn từ trang này")
    assert catalogue.follower().notify
    assert "#dung" in catalogue.payloads


def test_a_wish_for_a_person_reaches_one(catalogue: Talk) -> None:
    catalogue("bác không biết nhắn tin, cho bác gặp người thật với")
    assert catalogue.follower().human_until is not None


@pytest.mark.parametrize("name", ["documents", "steps", "fees", "where", "forms"])
def test_every_section_is_one_tap_from_the_card(catalogue: Talk, name: str) -> None:
    catalogue("#tt 2.000635")
    to = {
        "documents": "#giayto",
        "steps": "#buoc",
        "fees": "#lephi",
        "where": "#noinop",
        "forms": "#bieumau",
    }
    assert f"{to[name]} 2.000635" in catalogue.payloads
    assert catalogue(f"{to[name]} 2.000635")


def test_replaced_procedures_point_to_the_new_one(catalogue: Talk, tmp_path) -> None:
    path = tmp_path / "p.json"
    path.write_text(
        '[{"slug": "cu", "code": "1.000001", "name": "Cấp giấy phép cũ kỹ", "replaced_by": ["1.000894"]}]',
        encoding="utf-8",
    )
    import_file(catalogue.db, path, catalogue.clock.now())
    said = "\n".join(catalogue("#tt 1.000001"))
    assert "đã được thay thế" in said
    assert "#tt 1.000894" in catalogue.payloads


@pytest.mark.parametrize("text", ["đừng làm phiền tôi nữa", "rút lại sự đồng ý của tôi"])
def test_an_opt_out_is_heard_while_a_person_has_the_chat(catalogue: Talk, text: str) -> None:
    catalogue("gặp cán bộ")
    catalogue(text)
    assert not catalogue.follower().notify


@pytest.mark.parametrize(
    "text",
    [
        "giấy phép xây dựng cần giấy tờ gì",
        "sang tên xe máy hết bao nhiêu tiền",
        "thẻ bảo hiểm y tế nộp ở đâu",
        "sang tên sổ đỏ mất phí không",
    ],
)
def test_a_question_about_something_else_never_gets_the_last_procedures_data(
    catalogue: Talk, text: str
) -> None:
    catalogue("hộ chiếu cần giấy tờ gì")
    assert "hộ chiếu" not in "\n".join(catalogue(text)).lower()


def test_inside_a_proof_a_complaint_about_the_code_drops_nothing(catalogue: Talk) -> None:
    catalogue.settings = catalogue.settings.model_copy(
        update={"zbs_templates": {"otp": {"template_id": "1", "params": {"otp": "{otp}"}}}}
    )
    catalogue("0900 000 001")
    catalogue("#dongy")
    catalogue("#otp")
    before = catalogue.conversation().flow
    catalogue("không nhận được mã")
    assert catalogue.conversation().flow == before


@pytest.mark.parametrize(
    "text",
    [
        "tôi không nhớ 3 số cuối",
        "3 số cuối là gì",
        "cuối tuần nộp được không",
        "giấy tờ cuối cùng là gì",
    ],
)
def test_the_end_of_a_number_or_week_is_no_wedding(catalogue: Talk, text: str) -> None:
    assert "kết hôn" not in "\n".join(catalogue(text)).lower()
