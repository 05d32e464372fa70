"""Signing in by hand in a real browser, and the pages of accounts and the audit at both widths."""

from __future__ import annotations

import pyotp

from tests.console.browsing import WIDTHS, assert_good, chromium, desk, served
from tests.console.conftest import PASSWORD, SECRET, Office


def test_an_admin_signs_in_with_a_code_and_finds_every_page_in_order(office: Office) -> None:
    if not office.database.is_sqlite:
        return
    office.account("quan", "admin")
    agency = office.agency("H60.04", "Sở Tài chính mẫu")
    office.agency("H60.04.01", "Phòng Đăng ký kinh doanh mẫu", agency)
    office.account("lan", "reception", agency=agency)
    with served(office) as site, chromium() as browser:
        page = browser.new_page(viewport={"width": 360, "height": 800})
        page.goto(f"{site}/console/nhat-ky")
        assert_good(page, "sign-in")
        page.keyboard.type("quan")
        page.fill("#o-password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Mã xác thực")
        assert_good(page, "code")
        office.clock.advance(seconds=60)
        page.keyboard.type(pyotp.TOTP(SECRET).at(int(office.clock.now().timestamp())))
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Nhật ký')")
        page.close()
        clerk = office.sign_in("quan")
        with desk(browser, site, clerk) as mine:
            for path in (
                "/console/",
                "/console/toi",
                "/console/toi/mat-khau",
                "/console/nguoi-dung",
                "/console/nguoi-dung/moi",
                "/console/nguoi-dung/1",
                "/console/nhat-ky",
                "/console/xac-nhan",
                "/console/khong-co",
            ):
                for width in WIDTHS:
                    assert_good(mine.open(path, width), f"{path} at {width}")


def test_the_enrolment_can_be_read_and_done_on_a_phone(office: Office) -> None:
    if not office.database.is_sqlite:
        return
    clerk = office.sign_in("quan", "admin", factor=False)
    with served(office) as site, chromium() as browser, desk(browser, site, clerk) as mine:
        page = mine.open("/console/", 360)
        assert_good(page, "enrolment")
        secret = page.inner_text(".secret").replace(" ", "")
        page.fill("#o-code", pyotp.TOTP(secret).at(int(office.clock.now().timestamp())))
        page.click("text=Bật xác thực hai lớp >> nth=-1")
        page.wait_for_selector("text=Các mã này chỉ hiện một lần")
        assert_good(page, "recovery codes")
        assert page.locator(".codes li").count() == 10
