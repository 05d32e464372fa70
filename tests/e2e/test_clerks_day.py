"""A clerk's day in a real browser, the citizen's phone in the local Zalo (the console's promise).

Sign in with a code, take in a dossier, print its receipt, move it on, ask for a supplement, answer a
feedback with a photo, take over a chat, find a dossier among very many, read the audit of it all.
``CLERKS_DAY_DOSSIERS=1000000`` makes "very many" a million; the suite takes fewer.
"""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from clock import SystemClock
from console import passwords
from crypto import Vault
from procedures.catalogue import import_file
from settings import ROOT
from store import staff
from store.tables import Agency
from tests.console.browsing import assert_good, chromium
from tests.console.many import fill
from tests.e2e.conftest import PATIENCE, Citizen, Town, town_of
from tests.e2e.test_citizen_loop import link_by_otp

PASSWORD = "con trâu đi cày ruộng sớm"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ROLES = ("reception", "officer", "feedback", "auditor")
MANY = int(os.environ.get("CLERKS_DAY_DOSSIERS", "5000"))


@pytest.fixture
def town(sqlite_template: Path, tmp_path: Path) -> Iterator[Town]:
    """Everything running on SQLite; one database is enough for what a browser shows."""
    path = tmp_path / "day.db"
    shutil.copy(sqlite_template, path)
    with town_of(f"sqlite:///{path}") as started:
        now = SystemClock().now()
        import_file(started.database, ROOT / "data" / "procedures.json", now, by="test")
        fill(started.database, MANY, now)
        _staff(started)
        yield started


def _staff(town: Town) -> None:
    now = SystemClock().now()
    vault = Vault(town.settings.secret_key.get_secret_value())
    with town.database.write() as session:
        account = staff.create(
            session,
            username="lan",
            full_name="Nguyễn Thị Lan Mẫu",
            password_hash=passwords.hashed(PASSWORD),
            grants=[(role, 0) for role in ROLES],
            now=now,
            by="test",
        )
        assert account is not None
        account.totp_sealed, account.totp_confirmed_at = vault.encrypt(SECRET), now
        session.add(account)
        session.add(
            Agency(
                code="H60.04",
                name="Trung tâm Phục vụ hành chính công mẫu",
                name_folded="trung tam phuc vu hanh chinh cong mau",
                updated_at=now,
            )
        )


@pytest.mark.timeout(400)
def test_a_clerks_day(town: Town) -> None:
    citizen = town.citizen("Nguyễn Thị Mẫu", "0900000001")
    citizen.do("follow")
    citizen.hears_until("6. Hỗ trợ")
    link_by_otp(citizen)
    with chromium() as browser:
        page = _signed_in(browser, town)
        code = _takes_in(page)
        _prints(page, code)
        heard = citizen.hears_until("pdf")
        assert code in heard, "the reception reaches the phone with its receipt"
        _moves_on(page, town, citizen, code)
        _answers_feedback(page, town, citizen)
        _takes_over_a_chat(page, town, citizen)
        _finds_it_again(page, town, code)
        _reads_the_audit(page, town, code)


def _signed_in(browser: Browser, town: Town) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{town.url}/console/")
    page.fill("#o-username", "lan")
    page.fill("#o-password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Mã xác thực')")
    page.fill("#o-code", pyotp.TOTP(SECRET).now())
    page.keyboard.press("Enter")
    page.wait_for_selector(".shell__main")
    assert_good(page, "the first page")
    return page


def _takes_in(page: Page) -> str:
    """By keyboard, as at a busy counter; answers the code."""
    began = time.monotonic()
    page.goto(page.url.partition("/console/")[0] + "/console/ho-so/moi")
    assert not page.is_checked("#o-zalo"), "the tick is the citizen's, never ours"
    if page.locator("#o-agency").count():
        page.select_option("#o-agency", index=1)
    page.fill("#o-procedure_words", "khai sinh")
    page.wait_for_selector("#ds-thu-tuc li")
    page.press("#o-procedure_words", "Enter")
    page.fill("#o-owner", "NGUYỄN THỊ MẪU")
    page.fill("#o-phone", "0900 000 001")
    page.wait_for_selector("#g-phone:has-text('liên kết')")
    page.check("#o-zalo")
    assert page.input_value("#o-procedure_words") != "khai sinh", "the whole name was taken"
    assert_good(page, "taking in")
    page.click("button.btn-lg[value=luu]")
    page.wait_for_selector("h1:has-text('Đã tiếp nhận')")
    assert time.monotonic() - began < 60, "a dossier at the counter takes less than a minute"
    assert_good(page, "taken in")
    return page.inner_text(".ticket code")


def _prints(page: Page, code: str) -> None:
    address = page.get_attribute("a:has-text('In giấy tiếp nhận')", "href")
    assert address is not None
    pdf = page.request.get(page.url.partition("/console/")[0] + address).body()
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages)
    assert code in text
    assert "NGUYỄN THỊ MẪU" in text
    drawn = pypdfium2.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil()
    codes = {found.text for found in zxingcpp.read_barcodes(drawn)}
    assert any("/h/" in one for one in codes), "the code on the paper opens its page"


def _moves_on(page: Page, town: Town, citizen: Citizen, code: str) -> None:
    page.click("text=Mở hồ sơ")
    page.wait_for_selector(f"h1:has-text('{code}')")
    assert_good(page, "a dossier")
    page.click(".panel .btn-lg")
    citizen.hears_until("Phân công thụ lý")
    page.click("#viec-bo-sung summary")
    page.fill("#ly-do-bo-sung", "Nộp thêm bản sao giấy chứng sinh mẫu.")
    page.click("#viec-bo-sung button")
    citizen.hears_until("Nộp thêm bản sao giấy chứng sinh mẫu")
    _until(page, lambda: "Đã gửi" in page.inner_text("main") or "Đã" in page.inner_text("#tin ~ *"))


def _answers_feedback(page: Page, town: Town, citizen: Citizen) -> None:
    citizen.say("phản ánh")
    citizen.hears_until("Việc khác")
    citizen.say("3")
    citizen.hears_until("ở đâu")
    citizen.say("Đường thôn Mẫu bị sạt lở một nửa mặt đường, xe máy không qua được.")
    citizen.hears_until("Tiếp tục")
    citizen.say("xong")
    citizen.hears_until("ở đâu")
    citizen.say("thôn Mẫu, xã Mẫu")
    citizen.hears_until("ảnh")
    citizen.do("image", name="duong.jpg", base64=base64.b64encode(_photo()).decode())
    citizen.hears_until("1/5")
    citizen.say("xong")
    citizen.hears_until("ghi tên không")
    citizen.say("không")
    citizen.hears_until("số điện thoại")
    citizen.say("không")
    citizen.hears_until("sạt lở")
    citizen.say("gửi")
    sent = citizen.hears_until("PA-")
    found = re.search(r"PA-\d{6}-\d{4}", sent)
    assert found, sent
    page.goto(f"{town.url}/console/phan-anh")
    assert_good(page, "the inbox")
    page.click(f"a:has-text('{found[0]}')")
    page.wait_for_selector(f"h1:has-text('{found[0]}')")
    shown = page.locator("main img").first
    shown.scroll_into_view_if_needed()
    _until(page, lambda: bool(shown.evaluate("image => image.naturalWidth > 0")))
    assert_good(page, "a feedback")
    page.click("button:has-text('Tiếp nhận')")
    page.click("a:has-text('Trả lời')")
    page.fill("#o-text", "Đội bảo trì mẫu đã rào chắn và sửa xong trong tuần này.")
    page.click("button:has-text('Xem trước')")
    page.wait_for_selector("text=Người gửi sẽ thấy")
    page.click("button[value=dong]")
    citizen.hears_until("Đội bảo trì mẫu đã rào chắn")


def _takes_over_a_chat(page: Page, town: Town, citizen: Citizen) -> None:
    citizen.say("gặp cán bộ")
    citizen.hears_until("cán bộ")
    page.goto(f"{town.url}/console/tro-chuyen")
    page.click("#danh-sach a:has-text('Mẫu')")
    page.click("button:has-text('Nhận trả lời')")
    page.fill("#o-text", "Xin chào bà Mẫu, tôi là Lan ở bộ phận một cửa mẫu.")
    page.press("#o-text", "Control+Enter")
    citizen.hears_until("tôi là Lan")
    citizen.say("Hồ sơ của tôi còn thiếu gì?")
    page.wait_for_selector("#tin >> text=Hồ sơ của tôi còn thiếu gì?")
    assert_good(page, "a chat")
    page.click("summary:has-text('Kết thúc')")
    page.click("button:has-text('Giao lại trợ lý')")
    page.wait_for_selector("text=Đã giao lại trợ lý")
    citizen.hears_until("rợ lý")


def _finds_it_again(page: Page, town: Town, code: str) -> None:
    for asked in ("mau thi nguyen " + code.rpartition("-")[2], "0900000001"):
        page.goto(f"{town.url}/console/ho-so")
        page.fill("#o-q", asked)
        page.press("#o-q", "Enter")
        page.wait_for_selector(f"table >> text={code}")
    assert_good(page, "the list")
    page.fill("#o-q", code.lower().replace(".", " "))
    page.press("#o-q", "Enter")
    page.wait_for_selector(f"h1:has-text('{code}')")


def _reads_the_audit(page: Page, town: Town, code: str) -> None:
    page.goto(f"{town.url}/console/nhat-ky?subject={code}")
    text = page.inner_text("main")
    assert "Tiếp nhận hồ sơ" in text or "Tiếp nhận" in text
    assert "Xem hồ sơ" in text
    page.goto(f"{town.url}/console/nhat-ky?actor=lan")
    assert_good(page, "the audit")
    page.click("button:has-text('Kiểm tra chuỗi')")
    page.wait_for_selector("text=nguyên vẹn")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def _photo() -> bytes:
    picture = Image.new("RGB", (900, 600), "#8a7f70")
    ImageDraw.Draw(picture).ellipse((200, 150, 700, 450), fill="#3b332b")
    saved = io.BytesIO()
    picture.save(saved, "JPEG", quality=80)
    return saved.getvalue()


def _until(page: Page, true: object) -> None:
    assert callable(true)
    for _ in range(PATIENCE * 5):
        if true():
            return
        page.wait_for_timeout(200)
    raise AssertionError(page.inner_text("main"))
