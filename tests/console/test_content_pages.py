"""Settings, texts and guides in the console: saved with who and when, in force, never overwritten."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from content.live import LiveSettings
from procedures import guides
from tests.console.conftest import Clerk, Office
from wording import Words


def live(office: Office) -> LiveSettings:
    """What another process would read now."""
    return LiveSettings.over(office.settings, office.database)


def version_of(page: str, name: str = "version") -> str:
    found = re.search(rf'name="{name}" value="(-?\d+)"', page)
    assert found, page[:500]
    return found[1]


@pytest.fixture
def admin(office: Office) -> Clerk:
    return office.sign_in("quan", "admin")


def form_of(page: str) -> dict[str, str]:
    """The first settings form as a browser would send it unchanged: text fields only."""
    fields = re.findall(r'<input class="form-control[^>]*name="([^"]+)" value="([^"]*)"', page)
    ticks = re.findall(r'type="checkbox" id="[^"]+" name="([^"]+)" value="1" checked', page)
    return {**dict(fields), **dict.fromkeys(ticks, "1"), "version": version_of(page)}


def test_a_price_is_changed_audited_and_read_elsewhere(office: Office, admin: Clerk) -> None:
    page = admin.text("/console/cai-dat/kenh")
    answer = admin.post("/console/cai-dat/kenh", {**form_of(page), "consultation_price": "60"})
    assert answer.status_code == 303
    assert live(office).consultation_price == 60
    (entry,) = office.audited("content.settings")
    assert (entry.subject, entry.details) == ("kenh", {"old": 0, "new": 1})
    page = admin.text("/console/cai-dat/kenh")
    assert "Theo máy chủ: <strong>55</strong>" in page
    assert "quan" in page
    answer = admin.post("/console/cai-dat/kenh", {"do": "reset", "version": "1"})
    assert live(office).consultation_price == 55


def test_only_what_differs_from_the_server_is_kept(office: Office, admin: Clerk) -> None:
    page = admin.text("/console/cai-dat/tro-chuyen")
    told = {**form_of(page), "otp_minutes": "7", "staff_uids": "123\n456"}
    assert admin.post("/console/cai-dat/tro-chuyen", told).status_code == 303
    page = admin.text("/console/cai-dat/tro-chuyen")
    assert page.count("Theo máy chủ:") == 2
    assert live(office).staff_uids == ("123", "456")


def test_a_wrong_value_is_named_and_nothing_is_saved(office: Office, admin: Clerk) -> None:
    page = admin.text("/console/cai-dat/kenh")
    told = {**form_of(page), "welcome_messages": "99", "consultation_price": "61"}
    answer = admin.post("/console/cai-dat/kenh", told)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "Lớn nhất là 20" in text
    assert 'value="61"' in text, "what was typed stays"
    assert live(office).consultation_price == 55
    assert office.audited("content.settings") == []


def test_who_saves_over_somebody_elses_change_is_told(office: Office, admin: Clerk) -> None:
    page = form_of(admin.text("/console/cai-dat/kenh"))
    admin.post("/console/cai-dat/kenh", {**page, "consultation_price": "60"})
    answer = admin.post("/console/cai-dat/kenh", {**page, "consultation_price": "70"})
    assert answer.status_code == 409
    assert live(office).consultation_price == 60


def test_an_older_version_is_put_in_force_again(office: Office, admin: Clerk) -> None:
    page = form_of(admin.text("/console/cai-dat/kenh"))
    for version, price in enumerate(("60", "70")):
        told = {**page, "version": str(version), "consultation_price": price}
        assert admin.post("/console/cai-dat/kenh", told).status_code == 303
    back = {"version": "2", "number": "1"}
    assert admin.post("/console/cai-dat/kenh/khoi-phuc", back).status_code == 303
    assert live(office).consultation_price == 60


def test_settings_are_for_admins_who_confirmed(office: Office, admin: Clerk) -> None:
    clerk = office.sign_in("tin", "broadcast")
    assert clerk.get("/console/cai-dat").status_code == 403
    assert clerk.post("/console/cai-dat/kenh", {"version": "0"}).status_code == 403
    admin.text("/console/cai-dat/kenh")
    office.clock.advance(minutes=20)
    answer = admin.get("/console/cai-dat/kenh")
    assert answer.status_code == 303, "asked for the password again"


def test_a_day_off_announced_today_moves_dates(office: Office, admin: Clerk) -> None:
    page = admin.text("/console/cai-dat/lich?ngay=2026-12-01")
    assert "ngày làm việc" in page
    told = {
        "version": version_of(page),
        "office_hours": "T2-T6 08:00-12:00 13:00-17:00",
        "day": ["2026-12-01", ""],
        "name": ["Nghỉ đột xuất (mẫu)", ""],
        "kind": ["swapped_off", "swapped_off"],
    }
    more = admin.post("/console/cai-dat/lich", {**told, "do": "add"}).get_data(as_text=True)
    assert more.count('name="day"') == 3
    assert admin.post("/console/cai-dat/lich", told).status_code == 303
    page = admin.text("/console/cai-dat/lich?ngay=2026-12-01")
    assert "nghỉ (Nghỉ đột xuất (mẫu))" in page
    page = admin.text("/console/cai-dat/lich?ngay=2026-12-02")
    assert "08:00-12:00, 13:00-17:00" in page
    told["day"] = ["2026-02-30"]
    told["version"] = "1"
    assert admin.post("/console/cai-dat/lich", told).status_code == 422


def test_a_text_is_reworded_previewed_and_taken_back(office: Office, admin: Clerk) -> None:
    path = "/console/noi-dung/loi-nhan/welcome.named"
    page = admin.text(path)
    told = {
        "version_vi": version_of(page, "version_vi"),
        "version_en": version_of(page, "version_en"),
        "text_vi": "Xin chào {name}, gọi {hotline}.",
        "text_en": "Welcome {name}!",
    }
    seen = admin.post(path, {**told, "do": "preview"}).get_data(as_text=True)
    assert "Xin chào Nguyễn Thị Mẫu, gọi 1900 0000." in seen
    assert live(office).texts == {}
    assert admin.post(path, told).status_code == 303
    assert Words("vi", live(office))("welcome.named", name="A") == "Xin chào A, gọi 1900 0000."
    assert [e.details["language"] for e in office.audited("content.message")] == ["vi", "en"]
    assert all("Xin" not in str(e.details) for e in office.audited())
    page = admin.text(f"{path}/so-sanh?ngon=vi&tu=0&den=1")
    assert "<del>" in page
    assert "[thêm]" in page
    back = {**told, "version_vi": "1", "version_en": "1", "do": "shipped:vi"}
    assert admin.post(path, back).status_code == 303
    assert set(live(office).texts) == {"en"}


def test_a_missing_variable_blocks_saving_and_is_named(office: Office, admin: Clerk) -> None:
    path = "/console/noi-dung/loi-nhan/welcome.named"
    told = {"version_vi": "0", "version_en": "0", "text_vi": "Xin chào!", "text_en": "Hi {name}"}
    answer = admin.post(path, told)
    assert answer.status_code == 422
    assert "Thiếu biến {name}" in answer.get_data(as_text=True)
    assert live(office).texts == {}, "not even the good one: both are one act"


def test_new_words_of_consent_get_a_new_version_of_consent(office: Office, admin: Clerk) -> None:
    path = "/console/noi-dung/loi-nhan/link.consent"
    page = admin.text(path)
    kept = re.findall(r'<textarea[^>]*name="text_(\w+)"[^>]*>([^<]*)</textarea>', page)
    told = {f"text_{language}": f"{text} Mới." for language, text in kept}
    versions = {"version_vi": "0", "version_en": "0"}
    assert admin.post(path, {**told, **versions}).status_code == 303
    assert live(office).consent_version == "2026-11-18.1"


def test_texts_are_found_by_what_citizens_read(office: Office, admin: Clerk) -> None:
    page = admin.text("/console/noi-dung/loi-nhan?q=phieu tiep nhan")
    assert "Không có lời nhắn nào khớp" not in page
    assert "Không có lời nhắn nào khớp" in admin.text("/console/noi-dung/loi-nhan?q=xyzxyz")


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(out, "PNG")
    out.seek(0)
    return out


def guide_form(page: str) -> dict[str, object]:
    return {
        "version": version_of(page),
        "name": "Cổng mẫu",
        "url": "https://cong.example.gov.vn",
        "parts": "1",
        "part.0.title": "Đăng nhập",
        "steps.0": "2",
        "part.0.steps.0.text": "Vào {portal_address}.",
        "part.0.steps.1.text": "Bấm Đăng nhập.",
        "file.0.1": (picture(), "anh.png"),
    }


def test_a_guide_with_a_picture_is_written_offered_and_shown(office: Office, admin: Clerk) -> None:
    path = "/console/noi-dung/huong-dan/cong-mau"
    told = guide_form(admin.text(path))
    more = admin.post(path, {**told, "do": "add-step:0"}).get_data(as_text=True)
    assert 'name="part.0.steps.2.text"' in more
    told = guide_form(admin.text(path))
    assert admin.post(path, told).status_code == 303
    page = admin.text(path)
    shown = re.search(r'src="(/pictures/guides/up-[0-9a-f]{64}\.png)"', page)
    assert shown, "the phone shows the picture"
    assert office.app.test_client().get(shown[1]).mimetype == "image/png"
    listed = {
        "version": "0",
        "key": ["national", "cong-mau", "provincial"],
        "at": ["2", "1", ""],
    }
    assert admin.post("/console/noi-dung/huong-dan/dang-dung", listed).status_code == 303
    offered = guides.offered(live(office), "vi")
    assert [one.key for one in offered] == ["cong-mau", "national"]
    assert office.settings.portal_url in offered[0].part[0].steps[0].text
    answer = admin.post(path, {"version": "1", "do": "shipped", "parts": "0"})
    assert answer.status_code == 409, "citizens read it"


def test_a_guides_holes_are_named_and_the_upload_is_not_lost(office: Office, admin: Clerk) -> None:
    path = "/console/noi-dung/huong-dan/cong-mau"
    told = {**guide_form(admin.text(path)), "part.0.steps.0.text": ""}
    answer = admin.post(path, told)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'id="l-part.0.steps.0.text"' in page
    assert "/pictures/guides/up-" in page
    bad = {**guide_form(admin.text(path)), "file.0.1": (io.BytesIO(b"<svg/>"), "a.png")}
    assert "không phải ảnh" in admin.post(path, bad).get_data(as_text=True)


def test_a_shipped_guide_is_changed_compared_and_restored(office: Office, admin: Clerk) -> None:
    path = "/console/noi-dung/huong-dan/national"
    assert admin.post(path, guide_form(admin.text(path))).status_code == 303
    assert guides.offered(live(office), "vi")[0].name == "Cổng mẫu"
    page = admin.text(f"{path}/so-sanh?ngon=vi&tu=0&den=1")
    assert "Phần 1, bước 1" in page
    assert admin.post(path, {"version": "1", "do": "shipped", "parts": "0"}).status_code == 303
    assert guides.offered(live(office), "vi")[0].name != "Cổng mẫu"
