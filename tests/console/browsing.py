"""The console in a real browser: signed in by cookie or by hand, at a phone's and a desk's width."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from tests.console.conftest import Clerk, Office

CHROMIUM = shutil.which("chromium")
WIDTHS = (360, 1280)
#: Bootstrap's smallest text under our root size; nothing may be smaller.
SMALLEST = 14


@contextmanager
def served(office: Office) -> Iterator[str]:
    """The application over HTTP; answers its address."""
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a screen."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()


@dataclass
class Desk:
    """A signed-in browser at one clerk's desk."""

    site: str
    context: BrowserContext
    page: Page

    def open(self, path: str, width: int = 1280) -> Page:
        """Show a page at a width."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.goto(self.site + path)
        return self.page


@contextmanager
def desk(browser: Browser, site: str, clerk: Clerk) -> Iterator[Desk]:
    """A browser that carries the clerk's cookie; an error of a script fails the test."""
    context = browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
    cookie = clerk.client.get_cookie("motcua")
    assert cookie is not None
    context.add_cookies([{"name": "motcua", "value": cookie.value, "url": site}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None
    )
    try:
        yield Desk(site, context, page)
        assert wrong == []
    finally:
        context.close()


def assert_good(page: Page, where: str) -> None:
    """No rule of accessibility broken, nothing to scroll sideways, nothing too small to read."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{where}\n{found.generate_report()}"
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{where} scrolls sideways by {wide} px"
    small = page.evaluate(
        "least => [...document.querySelectorAll('main *')].filter(e => e.innerText &&"
        " !e.children.length && e.checkVisibility() && !e.closest('.visually-hidden') &&"
        " parseFloat(getComputedStyle(e).fontSize) < least).map(e => e.innerText).slice(0, 5)",
        SMALLEST,
    )
    assert small == [], f"{where}: too small: {small}"
