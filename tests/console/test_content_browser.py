"""Pages of content and settings in a real browser: narrow and wide, axe, keyboard, no script needed.

``SHOTS=folder`` keeps a screenshot of each page.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from clock import FixedClock
from crypto import Vault
from procedures.catalogue import import_file
from sandbox.server import running
from service.web import build
from settings import ROOT
from store.engine import Database
from tests.conftest import MORNING
from tests.console.conftest import PASSWORD, Office
from tests.e2e.conftest import free_port, settings_for

CHROMIUM = shutil.which("chromium")
expect.set_options(timeout=20_000)
PAGES = (
    "/console/cai-dat",
    "/console/cai-dat/kenh",
    "/console/cai-dat/ten-dia-chi",
    "/console/cai-dat/lich?ngay=2026-11-24",
    "/console/cai-dat/zbs",
    "/console/cai-dat/zbs/status",
    "/console/cai-dat/oa",
    "/console/noi-dung/loi-nhan",
    "/console/noi-dung/loi-nhan/welcome.named",
    "/console/noi-dung/huong-dan",
    "/console/noi-dung/huong-dan/national",
    "/console/thu-tuc",
    "/console/thu-tuc/1.001193",
    "/console/thu-tuc/1.001193/sua",
    "/console/thu-tuc/moi",
    "/console/thu-tuc/nhap",
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Office]:
    """The console over HTTP with the shipped catalogue and the local Zalo."""
    path = tmp_path_factory.mktemp("console") / "console.db"
    shutil.copy(sqlite_template, path)
    database, clock = Database(f"sqlite:///{path}"), FixedClock(MORNING)
    port = free_port()
    with running(f"http://127.0.0.1:{port}/webhook/zalo") as zalo:
        settings = settings_for(zalo, f"http://127.0.0.1:{port}", database.url)
        app = build(settings, database, clock)
        import_file(database, ROOT / "data" / "procedures.json", clock.now(), by="mau")
        vault = Vault(settings.secret_key.get_secret_value())
        made = Office(app, database, settings, vault, clock)
        made.account("quan", "admin")
        server = make_server("127.0.0.1", port, app, threaded=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield made
        server.shutdown()
    database.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the file."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def sign_in(page: Page, office: Office) -> None:
    """As a person does it."""
    page.set_default_timeout(20_000)
    page.goto(f"{office.settings.public_url}/console/dang-nhap")
    page.fill("[name=username]", "quan")
    page.fill("[name=password]", PASSWORD)
    page.click("main button, .door button")
    page.fill("[name=code]", office.code())
    page.click("main button, .door button")
    page.wait_for_url("**/console/")


@pytest.fixture(params=[360, 1280])
def page(request: pytest.FixtureRequest, browser: Browser, office: Office) -> Iterator[Page]:
    """A signed-in window of a phone, then of a desk; a script error fails the test."""
    opened = browser.new_page(viewport={"width": request.param, "height": 900})
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    sign_in(opened, office)
    yield opened
    opened.close()
    assert wrong == []


def checked(page: Page, name: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if folder := os.environ.get("SHOTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        file = f"{name.replace('/', '_').strip('_')}-{width}.png"
        page.screenshot(path=str(Path(folder) / file), full_page=True)


def test_pages_break_no_rule_of_accessibility_and_never_scroll_sideways(
    office: Office, page: Page
) -> None:
    for path in PAGES:
        answer = page.goto(office.settings.public_url + path)
        assert answer is not None
        assert answer.status == 200, path
        checked(page, path.partition("?")[0].removeprefix("/console/"))


def test_a_fee_and_a_greeting_are_changed_as_a_person_does_it(
    browser: Browser, office: Office
) -> None:
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    sign_in(page, office)
    url = office.settings.public_url
    page.goto(f"{url}/console/thu-tuc/1.001193/sua")
    page.get_by_text("Thành phần hồ sơ").click()
    page.get_by_role("button", name="Thêm giấy tờ").click()
    page.get_by_label("Tên giấy tờ").last.fill("Giấy mẫu để thử")
    page.get_by_role("button", name="Xem trước").last.click()
    expect(page.locator("#xem-truoc ~ details").nth(1)).to_contain_text("Giấy mẫu để thử")
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.get_by_text("Đã lưu, chat trả lời theo bản mới.").wait_for()
    page.get_by_role("link", name="với bản 1").click()
    expect(page.get_by_text("[thêm] Giấy mẫu để thử")).to_have_count(1)

    page.goto(f"{url}/console/noi-dung/loi-nhan/welcome.nameless")
    page.get_by_label("Lời nhắn").first.fill("Xin chào, gọi {hotlin}!")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Không có biến {hotlin}")
    page.get_by_label("Lời nhắn").first.fill("Xin chào, gọi {hotline}!")
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.get_by_text("Đã lưu, người dân thấy lời mới sau vài giây.").wait_for()
    expect(page.locator(".phone .bubble").first).to_have_text("Xin chào, gọi 1900 0000!")
    context.close()


def test_error_and_compare_pages_break_no_rule_either(office: Office, page: Page) -> None:
    url = office.settings.public_url
    page.goto(f"{url}/console/thu-tuc/moi")
    page.get_by_role("button", name="Lưu", exact=True).click()
    checked(page, "thu-tuc/moi-loi")
    page.goto(f"{url}/console/cai-dat/kenh")
    page.fill("[name=welcome_messages]", "99")
    page.get_by_role("button", name="Lưu", exact=True).click()
    checked(page, "cai-dat/kenh-loi")
    page.goto(f"{url}/console/cai-dat/zbs/status")
    page.get_by_role("button", name="Kiểm tra với Zalo").click()
    checked(page, "cai-dat/zbs-kiem-tra")
    page.goto(f"{url}/console/thu-tuc/1.001193")
    if page.get_by_role("link", name="với bản 1").count():
        page.get_by_role("link", name="với bản 1").first.click()
        checked(page, "thu-tuc/so-sanh")
    page.goto(f"{url}/console/cai-dat/oa")
    page.get_by_role("button", name="Cấp quyền lại").click()
    checked(page, "cai-dat/oa-lien-ket")
