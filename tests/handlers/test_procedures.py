"""Thủ tục: by field, by name, by code, and the parts of a card."""

from __future__ import annotations

import pytest

from bot.messages import File, OpenUrl, Text
from procedures.catalogue import import_file
from qr.files import Files
from settings import ROOT
from tests.handlers.conftest import Talk


@pytest.fixture
def catalogue(talk: Talk) -> Talk:
    import_file(talk.db, ROOT / "data" / "procedures.json", talk.clock.now())
    return talk


def test_an_empty_catalogue_says_where_to_look_meanwhile(talk: Talk) -> None:
    assert "đang được cập nhật" in talk("#thutuc")[0]


def test_fields_then_a_number_then_a_number_lead_to_a_card(catalogue: Talk) -> None:
    fields = catalogue("3")[0]
    assert "Danh mục có 21 thủ tục" in fields
    line = next(line for line in fields.splitlines() if "Hộ tịch (6)" in line)
    listed = catalogue(line.split(".")[0])[0]
    assert "Lĩnh vực Hộ tịch: 6 thủ tục" in listed
    line = next(line for line in listed.splitlines() if line.endswith(". Đăng ký kết hôn"))
    card = "\n".join(catalogue(line.split(".")[0]))
    assert "Thủ tục: Đăng ký kết hôn" in card
    assert "Mã thủ tục: 1.000894" in card


def test_more_fields_than_a_page_are_paged(catalogue: Talk) -> None:
    catalogue("#thutuc")
    assert "#thutuc 2" in catalogue.payloads
    second = catalogue("#thutuc 2")[0]
    assert "Trang" not in second
    assert catalogue("#thutuc 99")[0] == second
    assert "Trang 1/2" in catalogue("#thutuc x y")[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("đăng ký kết hôn", "Đăng ký kết hôn"),
        ("dang ky ket hon can gi", "Đăng ký kết hôn"),
        ("passport", "Cấp hộ chiếu phổ thông"),
        ("1.000894", "Đăng ký kết hôn"),
        ("1.012223.H38", "Đưa ra khỏi danh sách và thay thế"),
        ("làm lý lịch tư pháp bao lâu thì xong", "Cấp Phiếu Lý lịch tư pháp"),
        ("Bình chọn, xét công nhận người có uy tín trong đồng bào dân tộc thiểu số", "Công nhận"),
    ],
)
def test_a_procedure_is_found_by_what_people_call_it(catalogue: Talk, text: str, name: str) -> None:
    said = "\n".join(catalogue(text))
    assert f"Thủ tục: {name}" in said or f"- {name}" in said


def test_two_close_candidates_are_asked_about_and_the_question_is_kept(catalogue: Talk) -> None:
    listed = catalogue("làm bằng lái mất bao nhiêu tiền")[0]
    assert "Nhắn số hoặc bấm nút" in listed
    assert "Phí, lệ phí - Đổi giấy phép lái xe" in "\n".join(catalogue("1"))


def test_a_bare_name_shows_the_likeliest_and_offers_its_neighbours(catalogue: Talk) -> None:
    assert "Thủ tục: Cấp thẻ căn cước" in "\n".join(catalogue("căn cước"))
    assert "#tt 1.014064" in catalogue.payloads


def test_a_number_that_is_not_in_the_list_is_asked_again(catalogue: Talk) -> None:
    catalogue("làm bằng lái")
    assert "Không có số này" in catalogue("40")[0]
    assert catalogue.conversation().flow == "procedures"


def test_what_is_not_in_the_catalogue_says_what_to_try(catalogue: Talk) -> None:
    catalogue("#thutuc")
    assert "Chưa tìm thấy thủ tục" in catalogue("nuôi cá sấu")[0]
    assert "#gapcanbo" in catalogue.payloads


def test_the_fee_stands_with_its_note_source_and_date(catalogue: Talk) -> None:
    card = "\n".join(catalogue("#tt 1.000894"))
    assert "Miễn lệ phí" in card
    assert "Phí bản sao Trích lục kết hôn" in card
    assert "Nguồn: Cổng Dịch vụ công quốc gia" in card
    assert "2026-06/07" in card


def test_a_time_without_a_unit_is_shown_as_such(catalogue: Talk) -> None:
    assert "nguồn ghi 1 nhưng không ghi đơn vị" in "\n".join(catalogue("#tt 1.000894"))


def test_unconfirmed_records_say_so(catalogue: Talk) -> None:
    assert "còn chờ cơ quan xác nhận" in "\n".join(catalogue("#tt cong-nhan-nguoi-co-uy-tin"))


def test_a_card_leads_to_papers_steps_fees_and_the_portal(catalogue: Talk) -> None:
    catalogue("#tt 1.001193")
    buttons = [b for m in catalogue.messages if isinstance(m, Text) for b in m.buttons]
    assert OpenUrl("Nộp hồ sơ trực tuyến", catalogue.settings.portal_url) in buttons
    payloads = catalogue.payloads
    assert {"#giayto 1.001193", "#buoc 1.001193", "#lephi 1.001193", "#canculy 1.001193"} <= set(
        payloads
    )
    assert "Giấy tờ cần nộp - Đăng ký khai sinh" in catalogue("#giayto 1.001193")[0]
    assert "1. " in catalogue("#buoc 1.001193")[0]
    assert "Lệ phí và thời hạn" in catalogue("#lephi 1.001193")[0]


def test_every_part_of_every_procedure_can_be_said_in_both_languages(catalogue: Talk) -> None:
    from bot.messages import split
    from procedures import texts
    from procedures.records import ProcedureRecord
    from store import procedures
    from wording import Words

    with catalogue.db.read() as session:
        rows = procedures.everything(session)
    assert len(rows) == 21
    for row in rows:
        record = ProcedureRecord.model_validate(row.record)
        for language in ("vi", "en"):
            words = Words(language, catalogue.settings)
            for say in (texts.card, texts.general, texts.fees, *texts.ANSWERS.values()):
                text = say(record, words)
                assert split(text)
                assert "None" not in text
                assert "{" not in text


@pytest.mark.parametrize("payload", ["#tt", "#tt x", "#giayto 9.999999", "#linhvuc", "#timtt"])
def test_stale_or_broken_buttons_lead_somewhere(catalogue: Talk, payload: str) -> None:
    assert catalogue(payload)
    assert "#menu" in catalogue.payloads


def test_forms_are_sent_as_files_where_the_province_has_them(catalogue: Talk, tmp_path) -> None:
    import json

    (tmp_path / "to-khai.pdf").write_bytes(b"%PDF-1.4 form")
    rows = [
        {
            "slug": "co-mau",
            "code": "1.000009",
            "name": "Thủ tục có mẫu",
            "forms": [
                {"name": "Tờ khai", "file": "to-khai.pdf"},
                {"name": "Mẫu thiếu", "file": "khong-co.docx", "url": "https://a.example/m.docx"},
            ],
        }
    ]
    listed = tmp_path / "p.json"
    listed.write_text(json.dumps(rows), encoding="utf-8")
    import_file(catalogue.db, listed, catalogue.clock.now())
    catalogue.settings = catalogue.settings.model_copy(update={"forms_folder": str(tmp_path)})
    catalogue("#bieumau 1.000009")
    file, text = catalogue.messages
    assert isinstance(file, File)
    assert (file.media, file.name) == ("form:to-khai.pdf", "to-khai.pdf")
    assert isinstance(text, Text)
    assert any(isinstance(b, OpenUrl) and b.url == "https://a.example/m.docx" for b in text.buttons)
    files = Files(catalogue.db, catalogue.settings)
    assert files.content(file.media, catalogue.clock.now()) == b"%PDF-1.4 form"
    for bad in ("form:../p.json", "form:/etc/passwd", "form:khong-co.docx", "form:"):
        assert files.content(bad, catalogue.clock.now()) is None
