"""The pages behind codes: what they say, to whom, how often, and what they never say."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from pypdf import PdfReader

from clock import VIETNAM
from crypto import Vault
from procedures.catalogue import import_file
from qr.reading import read_codes
from store import dossiers as store
from store import receipt_codes, scans
from store.tables import Dossier
from tests.qr.conftest import CODE, TOKEN, Town
from tests.qr.shots import pages, png

LIMIT = 100_000_000


def test_a_receipts_page_tells_the_state_and_hides_the_person(town: Town) -> None:
    town.dossier()
    answer = town.client.get(f"/h/{TOKEN}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for wanted in (CODE, "Thẩm định hồ sơ", "N*** T*** Mẫu", "Sở Tài chính", "Việc cần làm"):
        assert wanted in page, wanted
    for hidden in (
        "Nguyễn Thị Mẫu",
        "900000001",
        "0900",
        "321",
        town.settings.zalo_oa_secret_key.get_secret_value(),
    ):
        assert hidden not in page, hidden
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert TOKEN not in re.sub(r'(href|action)="[^"]*"', "", page)


def test_the_page_speaks_english_too(town: Town) -> None:
    town.dossier()
    page = town.client.get(f"/h/{TOKEN}?lang=en").get_data(as_text=True)
    assert '<html lang="en">' in page
    assert "Get notices on Zalo" in page


@pytest.mark.parametrize("token", ["x", "khong-co-ma-nay", "a" * 300, "..%2f..%2f", "<script>"])
def test_an_unknown_token_is_a_kind_404(town: Town, token: str) -> None:
    answer = town.client.get(f"/h/{token}")
    assert answer.status_code == 404
    assert "<script>" not in answer.get_data(as_text=True).replace("<script src", "")


def test_a_revoked_receipt_no_longer_opens(town: Town) -> None:
    known = town.dossier()
    with town.db.write() as session:
        dossier = session.get(Dossier, known)
        assert dossier is not None
        renewed = store.renew_token(session, dossier)
    assert town.client.get(f"/h/{TOKEN}").status_code == 404
    assert town.client.get(f"/h/{renewed}").status_code == 200


def test_scans_are_counted_by_day_and_never_by_receipt(town: Town) -> None:
    town.dossier()
    for path in (f"/h/{TOKEN}", f"/h/{TOKEN}", "/t/1.001193", "/h/khong-co-ma-nay"):
        town.client.get(path)
    today = town.clock.now().astimezone(VIETNAM).date()
    with town.db.read() as session:
        counted = {row.subject: row.opened for row in scans.since(session, today)}
    assert counted == {"receipt": 2, "procedure:1.001193": 1}


def code_on(page: str) -> str:
    found = re.search(r"#HS ([2-9A-HJ-NP-Z]{6})", page)
    assert found, page
    return found[1]


def test_a_short_code_is_shown_once_kept_hashed_and_works_once(town: Town, vault: Vault) -> None:
    known = town.dossier()
    page = town.client.post(f"/h/{TOKEN}/ma").get_data(as_text=True)
    code = code_on(page)
    assert f"https://zalo.me/{town.settings.zalo_oa_id}" in page
    hashed = vault.code_hash("receipt", code)
    assert code not in hashed
    with town.db.write() as session:
        found = receipt_codes.use(session, hashed, town.clock.now())
        assert found is not None and found.id == known
    with town.db.write() as session:
        assert receipt_codes.use(session, hashed, town.clock.now()) is None


def test_a_short_code_expires(town: Town, vault: Vault) -> None:
    town.dossier()
    code = code_on(town.client.post(f"/h/{TOKEN}/ma").get_data(as_text=True))
    late = town.clock.now() + timedelta(minutes=town.settings.receipt_code_minutes)
    with town.db.write() as session:
        assert receipt_codes.use(session, vault.code_hash("receipt", code), late) is None


def test_codes_cannot_be_asked_for_without_end(town: Town) -> None:
    town.dossier()
    answers = [town.client.post(f"/h/{TOKEN}/ma") for _ in range(21)]
    assert [a.status_code for a in answers] == [200] * 20 + [429]
    assert "thử lại sau" in answers[-1].get_data(as_text=True)


def test_the_pdf_is_for_who_knows_the_phones_last_digits(town: Town) -> None:
    town.dossier()
    wrong = town.client.post(f"/h/{TOKEN}/phieu", data={"so-cuoi": "1234"})
    assert wrong.status_code == 422
    assert "chưa khớp" in wrong.get_data(as_text=True)
    right = town.client.post(f"/h/{TOKEN}/phieu", data={"so-cuoi": "0001"})
    assert right.mimetype == "application/pdf"
    assert right.headers["Cache-Control"] == "no-store"
    assert "Nguyễn Thị Mẫu" in PdfReader(io.BytesIO(right.data)).pages[0].extract_text()


def test_guessing_the_digits_ends_for_the_day(town: Town) -> None:
    town.dossier()
    for guess in range(10):
        town.client.post(f"/h/{TOKEN}/phieu", data={"so-cuoi": f"{guess:04}"[::-1]})
    late = town.client.post(f"/h/{TOKEN}/phieu", data={"so-cuoi": "0001"})
    assert late.status_code == 429
    town.clock.advance(days=1, minutes=1)
    assert town.client.post(f"/h/{TOKEN}/phieu", data={"so-cuoi": "0001"}).status_code == 200


def test_a_dossier_without_phone_or_reception_has_no_pdf_here(town: Town) -> None:
    town.dossier(phone="")
    town.dossier(code="H60.04-250715-0012", receipt_token="mau-token-khac-0001", received_at=None)
    assert town.client.post(f"/h/{TOKEN}/phieu", data={"so-cuoi": ""}).status_code == 422
    assert "so-cuoi" not in town.client.get(f"/h/{TOKEN}").get_data(as_text=True)
    other = town.client.get("/h/mau-token-khac-0001").get_data(as_text=True)
    assert "PDF" not in other


def test_the_stored_receipt_of_the_one_stop_software_goes_first(town: Town) -> None:
    known = town.dossier()
    with town.db.write() as session:
        dossier = session.get(Dossier, known)
        assert dossier is not None
        store.put_receipt(session, dossier, b"%PDF-1.4 theirs", "mau", town.clock.now())
    right = town.client.post(f"/h/{TOKEN}/phieu", data={"so-cuoi": "0001"})
    assert right.data == b"%PDF-1.4 theirs"


@pytest.mark.parametrize(
    "key",
    ["1.012223", "1.012223.H38", "1.012223.000.00.00.H60", "dua-ra-khoi-danh-sach-nguoi-co-uy-tin"],
)
def test_a_procedures_page_opens_by_every_spelling_of_its_code(town: Town, key: str) -> None:
    page = town.client.get(f"/t/{key}").get_data(as_text=True)
    assert "Đưa ra khỏi danh sách và thay thế" in page


def test_a_procedures_page_has_every_section_the_guides_list(town: Town) -> None:
    answer = town.client.get("/t/1.001193")
    page = answer.get_data(as_text=True)
    sections = (
        "Thông tin chung",
        "Trình tự thực hiện",
        "Cách thức, thời hạn, phí",
        "Thành phần hồ sơ",
    )
    for wanted in (
        *sections,
        "Yêu cầu, điều kiện",
        "Căn cứ pháp lý",
        "Biểu mẫu",
        "Kết quả",
        "Hướng dẫn nộp",
    ):
        assert wanted in page, wanted
    assert "Nộp hồ sơ trực tuyến" in page
    assert "Hỏi trên Zalo" in page
    assert "nguồn ghi" not in page or "không ghi đơn vị" in page
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    etag = answer.headers["ETag"]
    assert town.client.get("/t/1.001193", headers={"If-None-Match": etag}).status_code == 304


def test_the_apply_button_leads_to_the_configured_portal(town: Town, settings, db, clock) -> None:
    from service.web import build

    own = settings.model_copy(update={"apply_url": "https://dvc.tinh-mau.example/nop?ma={code}"})
    page = build(own, db, clock).test_client().get("/t/1.001193").get_data(as_text=True)
    assert 'href="https://dvc.tinh-mau.example/nop?ma=1.001193"' in page


def test_a_replaced_procedure_leads_to_its_successor(town: Town, tmp_path, db, clock) -> None:
    path = tmp_path / "p.json"
    path.write_text(
        '[{"slug": "cu", "code": "1.000001", "name": "Thủ tục cũ", "replaced_by": ["1.000002"]},'
        ' {"slug": "moi", "code": "1.000002", "name": "Thủ tục mới", "replaces": ["1.009999"]}]',
        encoding="utf-8",
    )
    import_file(db, path, clock.now(), by="test")
    assert "/t/1.000002" in town.client.get("/t/1.000001").get_data(as_text=True)
    assert "Thủ tục mới" in town.client.get("/t/1.009999").get_data(as_text=True)


@pytest.mark.parametrize("key", ["9.999999", "<b>", "a" * 400, "%00", "..%2f"])
def test_an_unknown_procedure_offers_the_search(town: Town, key: str) -> None:
    answer = town.client.get(f"/t/{key}")
    assert answer.status_code == 404
    assert 'name="q"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("kind", "mime"), [("png", "image/png"), ("jpg", "image/jpeg"), ("svg", "image/svg+xml")]
)
def test_the_oas_own_code_is_downloaded_in_every_format(town: Town, kind: str, mime: str) -> None:
    answer = town.client.get(f"/qr/oa.{kind}")
    assert answer.mimetype == mime
    assert "max-age=86400" in answer.headers["Cache-Control"]
    if kind != "svg":
        assert read_codes(answer.data, LIMIT, LIMIT) == (
            f"https://zalo.me/{town.settings.zalo_oa_id}",
        )


def test_the_boards_codes_open_the_procedures(town: Town) -> None:
    answer = town.client.get("/qr/bang-niem-yet.pdf", query_string={"linh-vuc": "Công tác dân tộc"})
    assert answer.mimetype == "application/pdf"
    codes = {
        code for page in pages(answer.data, 150) for code in read_codes(png(page), LIMIT, LIMIT)
    }
    inside = sorted(code for code in codes if "/t/" in code)
    assert len(inside) == 2
    for code in inside:
        path = code.removeprefix(town.settings.public_url)
        assert town.client.get(path).status_code == 200


def test_cards_and_single_codes_can_be_downloaded(town: Town) -> None:
    assert town.client.get("/qr/the/1.001193.pdf").data.startswith(b"%PDF")
    made = town.client.get("/qr/t/1.001193.png")
    assert read_codes(made.data, LIMIT, LIMIT) == (f"{town.settings.public_url}/t/1.001193",)
    assert town.client.get("/qr/t/1.001193.gif").status_code == 404
    assert town.client.get("/qr/the/9.999999.pdf").status_code == 404
    assert town.client.get("/qr/bang-niem-yet.pdf?linh-vuc=khong-co").status_code == 404
    assert town.client.get("/qr/share.png").mimetype == "image/png"


def test_the_list_of_online_services_counts_searches_and_pages(
    town: Town, tmp_path, db, clock
) -> None:
    import json

    rows = [
        {
            "slug": f"dv-{n}",
            "code": f"1.{n:06}",
            "name": f"Dịch vụ thử số {n}",
            "field": f"Lĩnh vực {n % 3}",
            "implementing_agency": f"Sở {n % 2}",
            "online_service_level": "toan_trinh" if n % 4 else "mot_phan",
        }
        for n in range(1, 131)
    ]
    path = tmp_path / "many.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    import_file(db, path, clock.now(), by="test")
    first = town.client.get("/dich-vu-cong").get_data(as_text=True)
    assert "132 thủ tục, trong đó 98 toàn trình, 34 một phần" in first
    assert "trang=2" in first
    last = town.client.get("/dich-vu-cong?trang=3").get_data(as_text=True)
    assert "Trang 3/3" in last
    assert "Sở 1" in town.client.get("/dich-vu-cong?theo=coquan&trang=2").get_data(as_text=True)
    found = town.client.get("/dich-vu-cong?q=khai+sinh").get_data(as_text=True)
    assert "Đăng ký khai sinh" in found
    nothing = town.client.get("/dich-vu-cong?q=zzzz%3Cscript%3E").get_data(as_text=True)
    assert "Chưa tìm thấy" in nothing
    assert "<script>" not in nothing
    assert town.client.get("/dich-vu-cong?trang=x&theo=%00").status_code == 200


def test_no_page_weighs_more_than_100_kb(town: Town) -> None:
    town.dossier()
    style = len(town.client.get("/qr/static/pages.css").data) + len(
        town.client.get("/qr/static/copy.js").data
    )
    for path in (
        f"/h/{TOKEN}",
        "/dich-vu-cong",
        "/qr/",
        *(f"/t/{key}" for key in ("1.001193", "2.002011", "1.012783")),
    ):
        assert len(town.client.get(path).data) + style < 100_000, path


def test_pages_are_shareable_with_title_and_picture(town: Town) -> None:
    page = town.client.get("/t/1.001193").get_data(as_text=True)
    assert '<meta property="og:title" content="Đăng ký khai sinh">' in page
    assert f'content="{town.settings.public_url}/qr/share.png"' in page


def test_nothing_is_shown_raw_from_a_hostile_catalogue(town: Town, tmp_path, db, clock) -> None:
    path = tmp_path / "p.json"
    path.write_text(
        '[{"slug": "xau", "code": "1.000003", "name": "<script>alert(1)</script>",'
        ' "steps": ["<img src=x onerror=alert(1)>"]}]',
        encoding="utf-8",
    )
    import_file(db, path, clock.now(), by="test")
    page = town.client.get("/t/1.000003").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_forms_of_the_province_are_downloaded_from_the_page(
    town: Town, tmp_path, settings, db, clock
) -> None:
    import json

    from service.web import build

    (tmp_path / "to-khai.pdf").write_bytes(b"%PDF-1.4 form")
    rows = [
        {
            "slug": "m",
            "code": "1.000009",
            "name": "M",
            "forms": [{"name": "Tờ khai", "file": "to-khai.pdf"}],
        }
    ]
    listed = tmp_path / "p.json"
    listed.write_text(json.dumps(rows), encoding="utf-8")
    import_file(db, listed, clock.now())
    own = settings.model_copy(update={"forms_folder": str(tmp_path)})
    client = build(own, db, clock).test_client()
    assert 'href="/bieu-mau/to-khai.pdf"' in client.get("/t/1.000009").get_data(as_text=True)
    assert client.get("/bieu-mau/to-khai.pdf").data == b"%PDF-1.4 form"
    for bad in ("khong-co.pdf", "..%2fp.json", "%2fetc%2fpasswd"):
        assert client.get(f"/bieu-mau/{bad}").status_code == 404


def test_boards_are_not_made_without_end(town: Town) -> None:
    path = "/qr/bang-niem-yet.pdf?linh-vuc=Lý+lịch+tư+pháp"
    answers = [town.client.get(path).status_code for _ in range(22)]
    assert answers == [200] * 20 + [429] * 2
    town.clock.advance(minutes=1)
    assert town.client.get(path).status_code == 200


def test_a_reason_is_not_told_on_the_page_but_the_way_to_it_is(town: Town) -> None:
    town.dossier(
        state="supplement_required", national_state=5, open_reason="Thiếu giấy khám sức khỏe"
    )
    page = town.client.get(f"/h/{TOKEN}").get_data(as_text=True)
    assert "Thiếu giấy khám" not in page
    assert "gửi riêng cho chủ hồ sơ" in page
    assert "Xem đầy đủ" not in page


@pytest.mark.parametrize("query", ["%CD%BA", "%EF%B9%B0", "%00", "a" * 5000])
def test_odd_searches_are_answered(town: Town, query: str) -> None:
    assert town.client.get(f"/dich-vu-cong?q={query}").status_code == 200
