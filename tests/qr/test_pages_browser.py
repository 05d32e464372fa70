"""The pages in a real browser on a small phone and a wide screen: readable, reachable, no violations."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from clock import FixedClock
from procedures.catalogue import import_file
from service.web import build
from settings import ROOT, Settings
from store.engine import Database
from tests.conftest import MORNING
from tests.qr.conftest import CODE, TOKEN, Town
from tests.qr.test_level_page import thirty_days

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[str]:
    """The pages over HTTP with one dossier and the sample catalogue."""
    path = tmp_path_factory.mktemp("site") / "site.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    settings = Settings(
        _env_file=None,
        environment="test",
        secret_key="test-secret-key-of-32-characters!!",
        zalo_oa_id="4100000000000000017",
        hotline="1900 0000",
        filing_guides=("national", "provincial"),
    )
    clock = FixedClock(MORNING)
    import_file(database, ROOT / "data" / "procedures.json", clock.now(), by="test")
    app = build(settings, database, clock)
    Town(app.test_client(), database, clock, settings).dossier()
    thirty_days(database, clock)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    database.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the file."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=[360, 1280])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A small phone's window, then a wide screen; a script error fails the test."""
    opened = browser.new_page(viewport={"width": request.param, "height": 800})
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()
    assert wrong == []


@pytest.mark.parametrize(
    "path",
    [
        f"/h/{TOKEN}",
        "/t/1.001193",
        "/t/2.002011",
        "/dich-vu-cong",
        "/hieu-nang",
        "/hieu-nang?lang=en",
        "/qr/",
        "/t/khong-co",
    ],
)
def test_pages_break_no_rule_of_accessibility_and_never_scroll_sideways(
    site: str, page: Page, path: str
) -> None:
    page.goto(site + path)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    small = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.innerText && !e.children.length"
        " && parseFloat(getComputedStyle(e).fontSize) < 15).map(e => e.innerText)"
    )
    assert small == [], "too small for old eyes"


def test_nothing_comes_from_another_host(site: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in (f"/h/{TOKEN}", "/t/1.001193", "/dich-vu-cong", "/hieu-nang", "/qr/"):
        page.goto(site + path)
    assert [url for url in asked if not url.startswith((site, "data:"))] == []


def test_tabs_show_one_section_at_a_time_without_a_script(site: str, browser: Browser) -> None:
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(site + "/t/1.001193")
    assert plain.locator(".pane:visible h2").all_inner_texts() == ["Thông tin chung"]
    for tab in ("Thành phần hồ sơ", "Căn cứ pháp lý", "Hướng dẫn nộp", "Thông tin chung"):
        plain.click(f".tabs >> text={tab}")
        assert plain.locator(".pane:visible h2").all_inner_texts() == [tab]
    plain.emulate_media(media="print")
    assert plain.locator(".pane:visible").count() == 9
    plain.context.close()


def test_the_code_is_shown_large_and_can_be_copied(site: str, browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.goto(f"{site}/h/{TOKEN}")
    page.click("text=Nhận thông báo qua Zalo >> nth=-1")
    shown = page.inner_text(".ticket__code")
    assert shown.startswith("#HS ")
    page.click("[data-copy]")
    page.wait_for_function("document.querySelector('[data-copy]').textContent.includes('✓')")
    assert page.evaluate("navigator.clipboard.readText()") == shown
    assert page.get_attribute(".ticket a", "href") == "https://zalo.me/4100000000000000017"
    context.close()


def test_the_receipt_is_downloaded_for_the_right_digits(site: str, page: Page) -> None:
    page.goto(f"{site}/h/{TOKEN}")
    page.fill("#so-cuoi", "9999")
    page.click("text=Tải PDF")
    page.wait_for_selector("[role=alert] >> text=chưa khớp")
    page.fill("#so-cuoi", "0001")
    with page.expect_download() as download:
        page.click("text=Tải PDF")
    assert download.value.suggested_filename == f"phieu-{CODE}.pdf"
