"""Papers: every letter is there, every code on them scans from a print."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PIL import ImageDraw
from pypdf import PdfReader

from procedures.records import ProcedureRecord
from qr.facts import DossierFacts, Paper
from qr.letters import NoReason, letter_pdf
from qr.posters import MOST, Notice, card_pdf, poster_pdf
from qr.reading import read_codes
from qr.receipt import receipt_pdf
from settings import Settings
from tests.qr.shots import jpeg, pages, png

NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
LIMIT = 100_000_000
FACTS = DossierFacts(
    code="000.00.04.H60-230215-0028",
    token="mau-token-0123456789abcd",
    receipt_number="",
    agency="Sở Tài chính",
    unit="Trung tâm Phục vụ hành chính công",
    owner="Nguyễn Thị Mẫu",
    phone="0900 000 001",
    identity_last3="321",
    procedure="Đăng ký thay đổi thành viên công ty",
    field="Thành lập và hoạt động của doanh nghiệp",
    result_form="Trả hồ sơ trực tuyến",
    received=NOW,
    promised=datetime(2026, 11, 25, 3, 0, tzinfo=UTC),
    reason="Thiếu bản sao Điều lệ.",
    term="03 ngày làm việc",
    papers=(Paper("Giấy đề nghị", 1, 0), Paper("Danh sách thành viên", None, 2)),
)


@pytest.fixture
def public(settings: Settings) -> Settings:
    """A province with a public address of its own."""
    return settings.model_copy(update={"public_url": "https://zalo.tinh-mau.gov.vn"})


def text_of(pdf: bytes) -> str:
    return " ".join(
        " ".join((page.extract_text() or "").split()) for page in PdfReader(io.BytesIO(pdf)).pages
    )


@pytest.mark.parametrize("size", ["A5", "A4"])
def test_form_01_has_its_fields_and_both_codes_scan(public: Settings, size) -> None:
    made = receipt_pdf(FACTS, public, NOW, size)
    text = text_of(made)
    for wanted in (
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Tuyên Quang, ngày 18 tháng 11 năm 2026",
        FACTS.code,
        "Nguyễn Thị Mẫu",
        "0900 000 001",
        "kết thúc bằng 321",
        "Giấy đề nghị (1 bản chính)",
        "Danh sách thành viên (2 bản sao)",
        "03 ngày làm việc",
        "18/11/2026 10:00",
        "25/11/2026 10:00",
        "báo qua Zalo",
        "07:30",
        "NGƯỜI NỘP HỒ SƠ",
        "NGƯỜI TIẾP NHẬN HỒ SƠ",
    ):
        assert wanted in text, wanted
    drawn = pages(made, dpi=300)
    assert len(drawn) == 1
    assert set(read_codes(png(drawn[0]), LIMIT, LIMIT)) == {
        f"https://zalo.tinh-mau.gov.vn/h/{FACTS.token}",
        FACTS.code,
    }


def test_a_full_receipt_stays_on_one_page_with_its_signatures(public: Settings) -> None:
    long = "Bản sao giấy tờ pháp lý của tổ chức và văn bản cử người đại diện theo ủy quyền"
    full = replace(FACTS, papers=tuple(Paper(f"{long} {n}", 1, 1) for n in range(8)))
    (page,) = PdfReader(io.BytesIO(receipt_pdf(full, public, NOW))).pages
    text = page.extract_text()
    assert "NGƯỜI TIẾP NHẬN HỒ SƠ" in text
    assert "Xin giữ giấy này" in text


def test_fonts_are_embedded_so_that_every_printer_has_the_letters(public: Settings) -> None:
    reader = PdfReader(io.BytesIO(receipt_pdf(FACTS, public, NOW)))
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    assert fonts
    for font in fonts:
        found = font.get_object()
        if found["/Subtype"] == "/Type0":
            found = found["/DescendantFonts"][0].get_object()
        if "/FontDescriptor" in found:
            assert "/FontFile2" in found["/FontDescriptor"].get_object()


def test_the_code_of_25_mm_reads_with_a_tenth_of_it_damaged(public: Settings) -> None:
    (page,) = pages(receipt_pdf(FACTS, public, NOW, "A5"), dpi=150)
    # Where the code stands: right of the page, under the title.
    box = (int(page.width * 0.72), int(page.height * 0.14), page.width, int(page.height * 0.32))
    code = page.crop(box)
    side = code.width * 0.6
    blot = (side * 0.32) * 1.0  # a square of a tenth of the code's area
    draw = ImageDraw.Draw(code)
    middle = (code.width * 0.55, code.height * 0.52)
    draw.ellipse((*middle, middle[0] + blot, middle[1] + blot), fill="white")
    assert read_codes(jpeg(code), LIMIT, LIMIT) == (f"{public.public_url}/h/{FACTS.token}",)


def test_a_receipt_of_hardly_anything_leaves_lines_to_fill_in(public: Settings) -> None:
    bare = DossierFacts(
        FACTS.code, FACTS.token, "", "", "", "", "", "", "", "", "", None, None, "", "", ()
    )
    text = text_of(receipt_pdf(bare, public, NOW))
    assert "Địa chỉ: ...." in text
    assert "None" not in text


def test_endless_and_odd_texts_still_make_a_receipt(public: Settings) -> None:
    odd = replace(
        FACTS,
        owner="A" * 3000,
        procedure="Thủ tục \u202e <b>&amp;</b> \x00 " + "dài " * 900,
        agency="Sở " * 200,
        papers=tuple(Paper("Giấy " * 300, 1, 1) for _ in range(40)),
    )
    drawn = pages(receipt_pdf(odd, public, NOW))
    assert 1 <= len(drawn) <= 4
    codes = {code for page in drawn for code in read_codes(png(page), LIMIT, LIMIT)}
    assert f"{public.public_url}/h/{FACTS.token}" in codes


@pytest.mark.parametrize(
    ("form", "title"),
    [
        ("02", "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ"),
        ("03", "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ"),
        ("04", "VĂN BẢN XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN THỜI GIAN GIẢI QUYẾT"),
    ],
)
def test_the_other_forms_carry_title_reason_and_code(public: Settings, form, title: str) -> None:
    made = letter_pdf(form, FACTS, public, NOW)
    text = text_of(made)
    assert title in text
    assert "Thiếu bản sao Điều lệ." in text
    assert FACTS.code in text
    (page,) = pages(made)
    assert f"{public.public_url}/h/{FACTS.token}" in read_codes(png(page), LIMIT, LIMIT)


def test_form_04_names_the_new_date(public: Settings) -> None:
    later = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
    assert "đến ngày 02/12/2026" in text_of(letter_pdf("04", FACTS, public, NOW, new_date=later))


@pytest.mark.parametrize("form", ["02", "03", "04"])
def test_no_letter_is_made_without_a_reason(public: Settings, form) -> None:
    with pytest.raises(NoReason):
        letter_pdf(form, replace(FACTS, reason="  "), public, NOW)


@pytest.mark.parametrize("size", ["A4", "A3"])
def test_every_code_of_a_board_scans_from_a_print_of_150_dpi(public: Settings, size) -> None:
    notices = [
        Notice(f"1.{n:06}", f"1.{n:06}", f"Thủ tục số {n} " * (n % 7 + 1)) for n in range(23)
    ]
    found: set[str] = set()
    for page in pages(poster_pdf("Ban Dân tộc tỉnh Mẫu", notices, public, size), 150):
        codes = set(read_codes(png(page), LIMIT, LIMIT))
        assert f"https://zalo.me/{public.zalo_oa_id}" in codes, "every page leads to the OA"
        found |= codes
    assert {f"{public.public_url}/t/1.{n:06}" for n in range(23)} <= found


def test_a_board_has_title_captions_steps_and_page_numbers(public: Settings) -> None:
    notices = [Notice(f"1.{n:06}", f"1.{n:06}", f"Thủ tục {n}") for n in range(30)]
    text = text_of(poster_pdf("Ban Dân tộc", notices, public, "A4"))
    for wanted in ("BẢNG NIÊM YẾT", "BAN DÂN TỘC", "TTHC: Thủ tục 29", "1. Mở Zalo", "Trang 3/3"):
        assert wanted in text


def test_a_board_of_too_many_is_refused(public: Settings) -> None:
    with pytest.raises(ValueError, match="at most"):
        poster_pdf("x", [Notice("a", "", "b")] * (MOST + 1), public, "A4")


def test_a_card_shows_papers_time_and_fee_and_its_code_scans(public: Settings) -> None:
    record = ProcedureRecord.model_validate(
        {
            "slug": "mau",
            "code": "1.000001",
            "name": "Thủ tục mẫu",
            "documents": [{"name": f"Giấy {n}"} for n in range(9)],
            "channels": [
                {
                    "channel": "truc_tiep",
                    "time_limit": {"value": 3, "unit": "ngay_lam_viec"},
                    "fee": {"amount_vnd": 8000, "note": "mỗi bản"},
                }
            ],
        }
    )
    made = card_pdf(record, public)
    text = text_of(made)
    for wanted in (
        "Thủ tục mẫu",
        "Giấy 5",
        "và 3 giấy tờ khác",
        "3 ngày làm việc",
        "8.000 đồng (mỗi bản)",
    ):
        assert wanted in text
    assert read_codes(png(pages(made)[0]), LIMIT, LIMIT) == (f"{public.public_url}/t/1.000001",)
