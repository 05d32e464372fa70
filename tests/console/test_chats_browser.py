"""Conversations in a real browser: live without reloading, kept by keyboard, no violations."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlmodel import col, select
from werkzeug.serving import make_server

from clock import FixedClock
from crypto import Vault
from dossiers.workdays import Calendar
from service.web import build
from settings import Settings
from store import chats, staff
from store.engine import Database
from store.tables import ChatRequest, Follower, Outbox, SavedText
from tests.conftest import MORNING
from tests.console.conftest import HASH, PASSWORD
from tests.handlers.conftest import Talk

CHROMIUM = shutil.which("chromium")
CHATS = "/console/tro-chuyen"
WAIT = 20_000


@dataclass
class Site:
    """The console over HTTP with a citizen who writes."""

    url: str
    talk: Talk
    chat_id: int = 0

    def staff_texts(self) -> list[str]:
        return [row.body["text"] for row in self.talk.outbox() if row.kind == "staff_reply"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """One citizen who asked for a person, one clerk, two canned replies."""
    path = tmp_path_factory.mktemp("chats") / "site.db"
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
    vault = Vault(settings.secret_key.get_secret_value())
    talk = Talk(database, settings, vault, clock, Calendar.from_settings(settings))
    server = make_server("127.0.0.1", 0, build(settings, database, clock), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = Site(f"http://127.0.0.1:{server.server_port}", talk)
    _fill(made)
    yield made
    server.shutdown()
    database.dispose()


def _fill(site: Site) -> None:
    talk, now = site.talk, site.talk.clock.now()
    with talk.db.write() as session:
        staff.create(
            session, username="lan", full_name="Lan Mẫu", password_hash=HASH,
            grants=[("reception", 0)], now=now, by="test",
        )  # fmt: skip
        for title, text in (("Chào hỏi", "Chào ông/bà, tôi là cán bộ một cửa. "),
                            ("Hẹn trả", "Hồ sơ sẽ có kết quả đúng hẹn. ")):  # fmt: skip
            session.add(SavedText(purpose="chat", title=title, text=text, updated_at=now))
    talk.event("follow")
    talk("#tracuu")
    talk.photo(caption="Giấy hẹn của tôi đây ạ")
    talk("cho tôi gặp cán bộ")
    talk.clock.advance(minutes=7)
    talk("Hồ sơ đăng ký kinh doanh của tôi còn thiếu giấy tờ gì ạ?")
    with talk.db.write() as session:
        session.get_one(Follower, talk.uid).display_name = "Nguyễn Thị Mẫu"
        site.chat_id = session.exec(select(ChatRequest.id)).one() or 0
    talk.uid = "7000000000000000002"
    talk("gặp cán bộ")
    with talk.db.write() as session:
        session.get_one(Follower, talk.uid).display_name = "Trần Văn Mẫu"
    talk.uid = "7000000000000000001"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the file."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def signed_in(browser: Browser, site: Site, width: int, script: bool = True) -> BrowserContext:
    """A window of this width in which Lan has signed in."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=script
    )
    page = context.new_page()
    page.goto(f"{site.url}/console/dang-nhap")
    page.fill("[name=username]", "lan")
    page.fill("[name=password]", PASSWORD)
    page.click("main button, form button >> nth=0")
    page.wait_for_url("**/console/")
    page.close()
    return context


@pytest.fixture(params=[360, 1280])
def page(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Page]:
    """A small phone's window, then a wide screen; a script error or a foreign host fails."""
    context = signed_in(browser, site, request.param)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((site.url, "data:")) else wrong.append(asked.url)
        ),
    )
    opened.on(
        "console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None
    )
    opened.set_default_timeout(WAIT)
    yield opened
    context.close()
    assert wrong == []


def sound(page: Page) -> None:
    """No violation, and no sideways scrolling."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_list_and_a_waiting_chat_are_sound(site: Site, page: Page) -> None:
    page.goto(site.url + CHATS)
    sound(page)
    page.click("text=Nguyễn Thị Mẫu")
    page.wait_for_selector("text=Nhận trả lời")
    for more in page.locator("details.chat__more > summary").all():
        more.click()
    sound(page)


def test_a_conversation_happens_without_reloading(site: Site, page: Page) -> None:
    page.goto(f"{site.url}{CHATS}/{site.chat_id}")
    if page.locator("text=Nhận trả lời").count():
        page.click("text=Nhận trả lời")
    page.wait_for_selector("text=Bạn đang trả lời")
    page.evaluate("window.stays = true")

    before = page.locator("[data-line]").count()
    site.talk("Tôi vừa nhắn thêm một câu")
    page.wait_for_selector(".line--citizen >> text=Tôi vừa nhắn thêm một câu >> nth=-1")
    page.wait_for_function(f"document.querySelectorAll('[data-line]').length > {before}")
    assert "Công dân vừa nhắn" in page.inner_text("[data-spoken]")

    page.focus("#o-text")
    page.keyboard.type("Dạ vâng. ")
    page.select_option("#o-canned", label="Chào hỏi")
    assert page.input_value("#o-text") == "Dạ vâng. Chào ông/bà, tôi là cán bộ một cửa. "
    assert page.evaluate("document.activeElement.id") == "o-text"
    assert "trong 2000 ký tự" in page.inner_text("[data-count]")
    sent = len(site.staff_texts())
    page.keyboard.press("Control+Enter")
    page.wait_for_function("document.querySelector('#o-text').value === ''")
    assert page.evaluate("document.activeElement.id") == "o-text"
    page.wait_for_selector(".line--staff >> text=tôi là cán bộ một cửa")
    assert len(site.staff_texts()) == sent + 1

    now = site.talk.clock.now()
    with site.talk.db.write() as session:
        newest = session.exec(
            select(Outbox).where(Outbox.kind == "staff_reply").order_by(col(Outbox.id).desc())
        ).first()
        assert newest is not None
        newest.state, newest.seen_at, newest.sent_at = "seen", now, now
    page.wait_for_selector(".line--staff:last-child [data-fate] >> text=Đã xem")
    assert page.evaluate("window.stays") is True, "the page was loaded anew"
    sound(page)


def test_the_title_counts_what_came_while_one_was_elsewhere(site: Site, page: Page) -> None:
    page.goto(f"{site.url}{CHATS}/{site.chat_id}")
    page.evaluate("document.hasFocus = () => false")
    site.talk(f"Câu khi cán bộ ở cửa sổ khác {page.viewport_size}")
    page.wait_for_function("document.title.startsWith('(1)')")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    assert page.title().startswith("Nguyễn Thị Mẫu")


def test_a_change_by_somebody_else_is_told_and_nothing_typed_is_lost(
    site: Site, page: Page
) -> None:
    page.goto(f"{site.url}{CHATS}/{site.chat_id}")
    page.fill("#o-text", "Đang viết dở")
    with site.talk.db.write() as session:
        chats.hand_back(session, site.talk.uid, "binh", site.talk.clock.now())
    page.wait_for_selector("[data-changed]:visible")
    assert page.input_value("#o-text") == "Đang viết dở"
    page.keyboard.press("Control+Enter") if page.evaluate(
        "document.activeElement.id"
    ) == "o-text" else None
    page.click("[data-send] button")
    page.wait_for_selector("[data-problem] >> text=đã kết thúc")
    assert page.input_value("#o-text") == "Đang viết dở"
    site.talk("cho tôi gặp cán bộ")
    with site.talk.db.read() as session:
        site.chat_id = (
            session.exec(
                select(ChatRequest.id)
                .where(ChatRequest.uid == site.talk.uid)
                .order_by(col(ChatRequest.id).desc())
            ).first()
            or 0
        )


def test_the_list_shows_who_comes_to_wait(site: Site, page: Page) -> None:
    page.goto(site.url + CHATS)
    site.talk.uid = f"70000000000000000{page.viewport_size['width']}" if page.viewport_size else "x"
    site.talk("gặp cán bộ")
    with site.talk.db.write() as session:
        session.get_one(Follower, site.talk.uid).display_name = "Lê Thị Mẫu"
    site.talk.uid = "7000000000000000001"
    page.wait_for_selector("text=Lê Thị Mẫu")


def test_without_a_script_everything_still_works(site: Site, browser: Browser) -> None:
    context = signed_in(browser, site, 1280, script=False)
    page = context.new_page()
    page.goto(f"{site.url}{CHATS}/{site.chat_id}")
    assert page.locator("text=Tải lại để xem tin mới").count() == 1
    page.fill("#o-text", "Trả lời không cần script")
    page.click("[data-send] button")
    page.wait_for_selector(".line--staff >> text=Trả lời không cần script")
    context.close()
