"""Overview, questions and reports in a real browser: phone and wide screen, no violations."""

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
from crypto import Vault
from procedures.catalogue import import_file
from service.web import build
from settings import ROOT, Settings
from store.engine import Database
from tests.conftest import MORNING
from tests.console import overview_sample
from tests.console.conftest import PASSWORD, Office

CHROMIUM = shutil.which("chromium")
PAGES = {
    "overview": "/console/",
    "questions": "/console/cau-hoi",
    "question": "/console/cau-hoi/cau?k=xin+tam+bia+hong+hong+cho+thua+ruong",
    "report": "/console/bao-cao",
    "empty": "/console/cau-hoi?q=khongcogi",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Office]:
    """The console over two weeks of invented numbers."""
    path = tmp_path_factory.mktemp("overview") / "site.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    settings = Settings(
        _env_file=None,
        environment="test",
        secret_key="test-secret-key-of-32-characters!!",
        zalo_oa_id="4100000000000000017",
        hotline="1900 0000",
    )
    clock = FixedClock(MORNING)
    import_file(database, ROOT / "data" / "procedures.json", clock.now(), by="test")
    overview_sample.fill(database, settings, clock)
    vault = Vault(settings.secret_key.get_secret_value())
    made = Office(build(settings, database, clock), database, settings, vault, clock)
    made.account("quan", "admin", "reception", factor=True)
    yield made
    database.dispose()


@pytest.fixture(scope="module")
def site(office: Office) -> Iterator[str]:
    """The console over HTTP."""
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the file."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=[360, 1280])
def page(
    browser: Browser, site: str, office: Office, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A signed-in browser as wide as a phone or a desk's screen."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, locale="vi-VN", base_url=site
    )
    opened = context.new_page()
    opened.goto("/console/dang-nhap")
    opened.fill("[name=username]", "quan")
    opened.fill("[name=password]", PASSWORD)
    opened.click("main button[type=submit], main form button")
    opened.fill("[name=code]", office.code())
    opened.click("main button[type=submit], main form button")
    opened.wait_for_url("**/console/")
    yield opened
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_pages_have_no_violation_and_fit_the_screen(page: Page, name: str, tmp_path: Path) -> None:
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.goto(PAGES[name])
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{name} is {wide} pixels too wide"
    assert problems == [], "the content policy refuses something"


def test_the_table_of_a_chart_is_one_click_away(page: Page) -> None:
    page.goto("/console/")
    chart = page.locator("figure.chart").first
    assert not chart.locator("table").is_visible()
    chart.locator("summary").click()
    assert chart.locator("table").is_visible()
    assert chart.locator("tbody tr").count() == 14
