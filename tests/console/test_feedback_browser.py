"""Feedback's pages in a real browser: a clerk's way through one, no rule broken at either width."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.console.browsing import WIDTHS, assert_good, chromium, desk, served
from tests.console.conftest import Office
from tests.console.test_feedback import ALL, Desk
from tests.feedback_samples import TEXT, document, photo

#: What a browser shows does not depend on the database: one is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def shot(page: Page, name: str, width: int) -> None:
    """Keep a picture to be looked at when SHOTS names a folder."""
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def test_a_clerk_answers_with_photo_and_preview_and_everything_is_sound(
    office: Office,
) -> None:
    agency = office.agency("H60.04", "Sở Xây dựng tỉnh mẫu")
    office.agency("H60.04.01", "Phòng Hạ tầng kỹ thuật mẫu", agency)
    room = Desk(office)
    number = room.write(TEXT, photo("teal"), photo("peru"), document("don kien nghi.pdf"))
    room.talk("#phananh them PA-261118-0001")
    room.talk("Sáng nay lở thêm một đoạn nữa, cạnh nhà văn hóa")
    room.talk.place()
    late = room.write(
        "Rác ở chợ Mẫu ba ngày chưa ai dọn, mùi rất khó chịu", uid="7000000000000000009"
    )
    office.clock.advance(days=1, hours=5)
    clerk = office.sign_in("lan", "feedback")
    with served(office) as site, chromium() as browser, desk(browser, site, clerk) as mine:
        foreign: list[str] = []
        mine.page.on(
            "request",
            lambda one: None if one.url.startswith((site, "data:")) else foreign.append(one.url),
        )
        page = mine.open(ALL)
        page.click("text=PA-261118-0001")
        page.wait_for_selector("h1:has-text('PA-261118-0001')")
        assert page.locator(".photos img").count() == 2
        width = page.evaluate("document.querySelector('.photos img').naturalWidth")
        assert 0 < width <= 320
        page.click("button:has-text('Tiếp nhận')")
        page.wait_for_selector("text=Đã tiếp nhận")
        page.click("summary:has-text('Ghi chú nội bộ')")
        page.fill("details[open] textarea", "Đã gọi cho trưởng thôn mẫu.")
        page.click("details[open] button")
        page.wait_for_selector("text=Người gửi không nhìn thấy")
        page.click("a:has-text('Trả lời')")
        page.fill("#o-text", "Xã đã cử người ra san gạt, ngày mai xe đi lại được.")
        page.click("button:has-text('Xem trước')")
        page.wait_for_selector(".bubble")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert_good(page, f"answer at {width}")
            shot(page, "answer", width)
        page.click("button:has-text('Gửi trả lời') >> nth=0")
        page.wait_for_selector("text=Đã gửi trả lời")
        page.click("a:has-text('Công khai câu trả lời')")
        page.click("button:has-text('Xem trước')")
        page.wait_for_selector("text=Mọi người sẽ thấy")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert_good(page, f"publish at {width}")
            shot(page, "publish", width)
        page.check("#o-checked")
        page.click("button:has-text('Đăng công khai')")
        page.wait_for_selector("text=Đã công khai")
        for name, path in (
            ("list", f"{ALL}?trang_thai=all"),
            ("late", f"{ALL}?qua_han=1"),
            ("none", f"{ALL}?q=khong+co+gi"),
            ("item", f"{ALL}/{number}"),
            ("item-late", f"{ALL}/{late}"),
            ("new", f"{ALL}/moi"),
            ("numbers", f"{ALL}/so-lieu"),
            ("public-list", "/phan-anh"),
            ("public", "/phan-anh/PA-261118-0001"),
        ):
            for width in WIDTHS:
                page = mine.open(path, width)
                assert_good(page, f"{path} at {width}")
                shot(page, name, width)
        assert foreign == []


def test_everything_is_reached_by_keyboard_alone(office: Office) -> None:
    room = Desk(office)
    number = room.write()
    clerk = office.sign_in("lan", "feedback")
    with served(office) as site, chromium() as browser, desk(browser, site, clerk) as mine:
        page = mine.open(f"{ALL}/{number}/tra-loi")
        page.focus("#o-text")
        page.keyboard.type("Xã đã cử người ra san gạt đường.")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector(".bubble")
        page.focus("#o-text")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Đã gửi trả lời")
