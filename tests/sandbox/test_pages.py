"""Pages in a real browser: a citizen follows, writes, presses, fills in, and nothing leaks."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, sync_playwright

from .conftest import Receiver, Zalo

CHROMIUM = shutil.which("chromium")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the file."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A small phone's window; a script error fails the test."""
    opened = browser.new_page(viewport={"width": 360, "height": 740})
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.set_default_timeout(8000)
    yield opened
    opened.close()
    assert wrong == []


def open_chat(zalo: Zalo, page: Page) -> str:
    uid = zalo.person("Nguyễn Thị Mẫu", phone="0912345678", follow=True)
    zalo.act(uid, "text", text="chào")
    page.goto(f"{zalo.running.url}/#{uid}")
    page.click(".people .row")
    page.wait_for_selector(".composer")
    return uid


def test_a_new_person_follows_writes_and_sees_the_answer_arrive(
    zalo: Zalo, receiver: Receiver, page: Page
) -> None:
    page.goto(zalo.running.url + "/")
    page.fill("[name=name]", "Trần Văn Thử")
    page.fill("[name=phone]", "0987 654 321")
    page.click("text=Thêm và mở máy")
    page.click(".people .row")
    page.click(".profile__act .primary")
    page.fill("textarea", "Xin chào\nđây là tôi")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Đã nhận")
    uid = zalo.get("people")["people"][0]["id"]
    zalo.send(uid, "Dòng một\nDòng hai <script>alert(1)</script>")
    answer = page.wait_for_selector(".message--oa .words")
    assert answer is not None
    assert answer.inner_text() == "Dòng một\nDòng hai <script>alert(1)</script>"
    zalo.settle()
    assert receiver.names()[:2] == ["follow", "user_send_text"]
    assert "user_seen_message" in receiver.names()


def test_enter_inside_an_input_method_does_not_send(zalo: Zalo, page: Page) -> None:
    uid = open_chat(zalo, page)
    page.fill("textarea", "tiếng Viêt")
    page.evaluate(
        """() => document.querySelector("textarea").dispatchEvent(
        new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true}))"""
    )
    page.keyboard.press("Shift+Enter")
    assert "tiếng Viêt" in page.input_value("textarea")
    page.keyboard.press("Enter")
    page.wait_for_selector(".message--mine >> text=tiếng Viêt")
    mine = zalo.get(f"people/{uid}/chat?from=user")["messages"]
    assert [m["text"] for m in mine] == ["chào", "tiếng Viêt"]


def test_buttons_and_the_form_work_from_the_phone(
    zalo: Zalo, receiver: Receiver, page: Page
) -> None:
    uid = open_chat(zalo, page)
    buttons = [
        {"title": "Ẩn", "type": "oa.query.hide", "payload": "#an"},
        {"title": "Hiện", "type": "oa.query.show", "payload": "#hien"},
    ]
    template = {"type": "template", "payload": {"buttons": buttons}}
    zalo.send(uid, "Chọn", attachment=template)
    page.click(".buttons >> text=Hiện")
    page.wait_for_selector(".message--mine >> text=#hien")
    page.click(".buttons >> text=Ẩn")
    element = {"title": "Liên kết", "subtitle": "Số", "image_url": "https://a.example/a.png"}
    form = {"template_type": "request_user_info", "elements": [element]}
    zalo.send(uid, "", attachment={"type": "template", "payload": form})
    page.click("text=Chia sẻ thông tin")
    assert page.input_value("dialog [name=phone]") == "0912345678"
    page.click("text=Gửi cho OA")
    page.wait_for_selector("text=Bạn đã gửi thông tin cho OA")
    zalo.settle()
    assert "#an" not in page.inner_text(".lines")
    assert receiver.events("user_submit_info")[0]["info"]["phone"] == "84912345678"
    assert [e["message"]["text"] for e in receiver.events("user_send_text")][1:] == ["#hien", "#an"]


def test_a_picture_is_chosen_shown_and_sent_with_its_caption(
    zalo: Zalo, receiver: Receiver, page: Page
) -> None:
    open_chat(zalo, page)
    photo = {"name": "a.png", "mimeType": "image/png", "buffer": PNG}
    page.set_input_files("input[accept='image/*']", photo)
    page.fill("textarea", "Ổ gà")
    page.click("[aria-label='Gửi']")
    page.wait_for_selector(".photo img")
    zalo.settle()
    assert receiver.events("user_send_image")[0]["message"]["text"] == "Ổ gà"


def test_the_list_shows_unread_marks_and_a_banner(zalo: Zalo, page: Page) -> None:
    uid = open_chat(zalo, page)
    page.click("[aria-label='Quay lại danh sách']")
    page.wait_for_selector(".tabs")
    zalo.send(uid, "Có tin mới")
    page.wait_for_selector(".row .badge")
    page.wait_for_selector(".banner >> text=Có tin mới")
    assert page.title().startswith("(1)")


def test_two_phones_stand_side_by_side(zalo: Zalo, browser: Browser) -> None:
    wide = browser.new_page(viewport={"width": 1280, "height": 860})
    uid = zalo.person("A")
    zalo.person("B")
    wide.goto(f"{zalo.running.url}/#{uid}")
    wide.click("#add-phone")
    wide.click(".phone:nth-child(2) .row >> nth=1")
    wide.wait_for_selector(".phone:nth-child(2) .tabs")
    assert wide.locator(".phone").count() == 2
    wide.close()


def test_the_operator_sees_calls_and_events_and_moves_the_clock(
    zalo: Zalo, browser: Browser
) -> None:
    wide = browser.new_page(viewport={"width": 1280, "height": 860})
    wrong: list[str] = []
    wide.on("pageerror", lambda error: wrong.append(str(error)))
    uid = zalo.person("A")
    zalo.act(uid, "text", text="chào")
    wide.goto(zalo.running.url + "/operator")
    wide.wait_for_selector("#webhooks summary >> text=user_send_text")
    zalo.send(uid, "đáp")
    wide.wait_for_selector("#calls summary:has-text('message/cs')")
    wide.click("text=+48 giờ")
    wide.wait_for_selector("text=Đã chỉnh giờ.")
    assert zalo.send(uid)["error"] == -216, "the token is older than 25 hours now"
    wide.select_option("#fault-kind", "http_502")
    wide.click("text=Bật lỗi")
    wide.wait_for_selector("#faults >> text=502")
    wide.check("text=Lọc cú pháp (chỉ gửi tin bắt đầu bằng #)")
    wide.wait_for_selector("text=Đã đổi công tắc.")
    assert zalo.get("settings")["settings"]["syntax_filter"] is True
    wide.close()
    assert wrong == []


def test_an_approved_broadcast_becomes_a_card_on_the_phone(
    zalo: Zalo, page: Page, browser: Browser
) -> None:
    zalo.at("2026-03-02T10:00:00")
    uid = open_chat(zalo, page)
    # The cover is a file of the sandbox, because a test has no other web to fetch from.
    photo = zalo.act(uid, "image", name="a.png", base64=base64.b64encode(PNG).decode())
    cover = {"cover_type": "photo", "photo_url": photo["message"]["content"]["url"]}
    article = zalo.article("Lịch tiếp công dân", cover=cover)
    second = zalo.article("Phiên chợ <b>")
    zalo.broadcast(article, second)
    wide = browser.new_page(viewport={"width": 1280, "height": 860})
    wrong: list[str] = []
    wide.on("pageerror", lambda error: wrong.append(str(error)))
    wide.goto(zalo.running.url + "/operator")
    wide.click("#broadcasts >> text='Duyệt'")
    wide.wait_for_selector("#broadcasts >> text=1 đã nhận")
    wide.close()
    assert wrong == []
    page.wait_for_selector(".articles >> text=Phiên chợ <b>")
    card = page.locator(".articles a").first
    assert card.get_attribute("href") == f"{zalo.running.url}/article/{article}"
    shown = "() => document.querySelector('.articles img')?.naturalWidth === 1"
    page.wait_for_function(shown)
    assert "Chủ tịch tiếp dân" in card.inner_text()
    fits = "() => document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(fits)


def test_an_endless_number_can_be_set_and_emptied_on_the_page(zalo: Zalo, browser: Browser) -> None:
    wide = browser.new_page(viewport={"width": 1280, "height": 860})
    for typed, kept in (("5000", 5000), ("", None)):
        wide.goto(zalo.running.url + "/operator")
        wide.fill("[name=zbs_balance_vnd]", typed)
        wide.press("[name=zbs_balance_vnd]", "Tab")
        wide.wait_for_selector("text=Đã đổi công tắc.")
        assert zalo.get("settings")["settings"]["zbs_balance_vnd"] == kept
    wide.close()


@pytest.mark.parametrize("path", ["/", "/operator", "/v4/oa/permission"])
def test_pages_load_nothing_from_elsewhere_and_say_so(zalo: Zalo, path: str) -> None:
    answer = requests.get(zalo.running.url + path, timeout=5)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "style=" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_claims_to_be_a_page_is_only_downloaded(zalo: Zalo) -> None:
    uid = zalo.person()
    body = base64.b64encode(b"<script>alert(1)</script>").decode()
    sent = zalo.act(uid, "file", name='a".html', base64=body)
    answer = requests.get(sent["message"]["content"]["url"], timeout=5)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
