"""Conversations in a real browser: live without reloading, by keyboard, no rule broken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlmodel import col, select

from dossiers.workdays import Calendar
from store import chats
from store.tables import ChatRequest, Follower, Outbox, SavedText
from tests.console.browsing import WIDTHS, Desk, assert_good, chromium, desk, served
from tests.console.conftest import Clerk, Office
from tests.handlers.conftest import Talk

CHATS = "/console/tro-chuyen"
PATIENCE = 30


class Room:
    """An office with citizens who write, one clerk, two canned replies."""

    def __init__(self, office: Office) -> None:
        self.office = office
        calendar = Calendar.from_settings(office.settings)
        self.talk = Talk(office.database, office.settings, office.vault, office.clock, calendar)
        talk, now = self.talk, office.clock.now()
        with talk.db.write() as session:
            for title, text in (
                ("Chào hỏi", "Chào ông/bà, tôi là cán bộ một cửa. "),
                ("Hẹn trả", "Hồ sơ sẽ có kết quả đúng hẹn. "),
            ):
                row = SavedText(purpose="chat", title=title, text=text, updated_at=now)
                session.add(row)
        talk.event("follow")
        talk("#tracuu")
        talk.photo(caption="Giấy hẹn của tôi đây ạ")
        self.asks("Nguyễn Thị Mẫu")
        office.clock.advance(minutes=7)
        talk("Hồ sơ đăng ký kinh doanh của tôi còn thiếu giấy tờ gì ạ?")
        self.asks("Trần Văn Mẫu", "7000000000000000002")

    def asks(self, name: str, uid: str = "") -> None:
        """A citizen asks for a person."""
        self.other(uid or self.talk.uid, "gặp cán bộ")
        with self.talk.db.write() as session:
            session.get_one(Follower, uid or self.talk.uid).display_name = name

    def other(self, uid: str, text: str) -> None:
        """Another citizen writes."""
        own, self.talk.uid = self.talk.uid, uid
        self.talk(text)
        self.talk.uid = own

    def chat(self) -> str:
        """The address of the citizen's newest chat."""
        with self.talk.db.read() as session:
            found = session.exec(
                select(ChatRequest.id)
                .where(ChatRequest.uid == self.talk.uid)
                .order_by(col(ChatRequest.id).desc())
            ).first()
        return f"{CHATS}/{found}"

    def answers(self) -> list[str]:
        """What staff sent."""
        return [row.body["text"] for row in self.talk.outbox() if row.kind == "staff_reply"]

    def seen(self) -> None:
        """The citizen sees the newest answer."""
        now = self.office.clock.now()
        with self.talk.db.write() as session:
            newest = session.exec(
                select(Outbox).where(Outbox.kind == "staff_reply").order_by(col(Outbox.id).desc())
            ).first()
            assert newest is not None
            newest.state, newest.sent_at, newest.seen_at = "seen", now, now


@contextmanager
def opened(office: Office) -> Iterator[tuple[Room, Desk]]:
    """The room and a browser at the clerk's desk; nothing may be asked of another host."""
    room = Room(office)
    clerk: Clerk = office.sign_in("lan", "reception")
    with served(office) as site, chromium() as browser, desk(browser, site, clerk) as mine:
        foreign: list[str] = []
        own = (site, "data:")
        mine.page.on(
            "request", lambda one: None if one.url.startswith(own) else foreign.append(one.url)
        )
        yield room, mine
        assert foreign == []


def until(page: Page, expression: str) -> Any:
    """Wait for a script's word; the page's own policy forbids waiting inside it."""
    end = time.monotonic() + PATIENCE
    while not (found := page.evaluate(expression)):
        assert time.monotonic() < end, f"never: {expression}"
        time.sleep(0.05)
    return found


#: What a browser shows does not depend on the database: one is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_every_page_is_sound_at_both_widths(office: Office) -> None:
    with opened(office) as (room, mine):
        for width in WIDTHS:
            assert_good(mine.open(CHATS, width), f"list at {width}")
            page = mine.open(room.chat(), width)
            for more in page.locator("details.chat__more > summary").all():
                more.click()
            assert_good(page, f"waiting chat at {width}")
        page.click("text=Nhận trả lời")
        page.wait_for_selector("text=Bạn đang trả lời")
        for width in WIDTHS:
            page = mine.open(room.chat(), width)
            for more in page.locator("details.chat__more > summary").all():
                more.click()
            assert_good(page, f"own chat at {width}")


def test_a_conversation_happens_without_reloading(office: Office) -> None:
    with opened(office) as (room, mine):
        page = mine.open(room.chat())
        page.click("text=Nhận trả lời")
        page.wait_for_selector("text=Bạn đang trả lời")
        page.evaluate("window.stays = true")
        room.talk("Tôi vừa nhắn thêm một câu")
        page.wait_for_selector(".line--citizen >> text=Tôi vừa nhắn thêm một câu")
        assert "Công dân vừa nhắn" in (page.text_content("[data-spoken]") or "")

        page.focus("#o-text")
        page.keyboard.type("Dạ vâng. ")
        page.select_option("#o-canned", label="Chào hỏi")
        assert page.input_value("#o-text") == "Dạ vâng. Chào ông/bà, tôi là cán bộ một cửa. "
        assert page.evaluate("document.activeElement.id") == "o-text"
        assert "trong 2000 ký tự" in page.inner_text("[data-count]")
        page.keyboard.press("Control+Enter")
        until(page, "document.querySelector('#o-text').value === ''")
        assert page.evaluate("document.activeElement.id") == "o-text"
        page.wait_for_selector(".line--staff >> text=tôi là cán bộ một cửa")
        assert len(room.answers()) == 1

        room.seen()
        page.wait_for_selector(".line--staff:last-child [data-fate] >> text=Đã xem")
        assert page.evaluate("window.stays") is True, "the page was loaded anew"
        assert_good(page, "after a conversation")


def test_two_quick_presses_send_once(office: Office) -> None:
    with opened(office) as (room, mine):
        page = mine.open(room.chat())
        page.fill("#o-text", "Chỉ một lần")
        page.dblclick("[data-send] button")
        page.wait_for_selector(".line--staff >> text=Chỉ một lần")
        assert room.answers() == ["Chỉ một lần"]


def test_the_title_counts_what_came_while_one_was_elsewhere(office: Office) -> None:
    with opened(office) as (room, mine):
        page = mine.open(room.chat())
        page.evaluate("document.hasFocus = () => false")
        room.talk("Câu khi cán bộ ở cửa sổ khác")
        until(page, "document.title.startsWith('(1)')")
        page.evaluate("window.dispatchEvent(new Event('focus'))")
        assert page.title().startswith("Nguyễn Thị Mẫu")


def test_a_hidden_tab_does_not_ask(office: Office) -> None:
    with opened(office) as (room, mine):
        page = mine.open(room.chat())
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url) if "/moi" in one.url else None)
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {get: () => window.away, configurable: true});"
            "window.away = true; document.dispatchEvent(new Event('visibilitychange'))"
        )
        page.wait_for_timeout(2_500)
        before = len(asked)
        page.wait_for_timeout(3_000)
        assert len(asked) == before
        page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
        room.talk("Khi quay lại thấy ngay")
        page.wait_for_selector("text=Khi quay lại thấy ngay")


def test_a_change_by_somebody_else_is_told_and_nothing_typed_is_lost(office: Office) -> None:
    with opened(office) as (room, mine):
        page = mine.open(room.chat())
        page.fill("#o-text", "Đang viết dở")
        with room.talk.db.write() as session:
            chats.hand_back(session, room.talk.uid, "binh", room.office.clock.now())
        page.wait_for_selector("[data-changed]:visible")
        page.click("[data-send] button")
        page.wait_for_selector("[data-problem] >> text=đã kết thúc")
        assert page.input_value("#o-text") == "Đang viết dở"


def test_the_list_shows_who_comes_to_wait(office: Office) -> None:
    with opened(office) as (room, mine):
        page = mine.open(CHATS)
        room.asks("Lê Thị Mẫu", "7000000000000000003")
        page.wait_for_selector("text=Lê Thị Mẫu")
        until(page, "document.title.startsWith('(3)')")


def test_without_a_script_everything_still_works(office: Office) -> None:
    room, clerk = Room(office), office.sign_in("lan", "reception")
    with served(office) as site, chromium() as browser:
        page = _plain(browser, site, clerk)
        page.goto(site + room.chat())
        assert page.locator("text=Tải lại để xem tin mới").is_visible()
        page.fill("#o-text", "Trả lời không cần script")
        page.click("[data-send] button")
        page.wait_for_selector(".line--staff >> text=Trả lời không cần script")
        assert page.locator("text=Bạn đang trả lời").is_visible()
        page.context.close()


def _plain(browser: Browser, site: str, clerk: Clerk) -> Page:
    context = browser.new_context(java_script_enabled=False)
    cookie = clerk.client.get_cookie("motcua")
    assert cookie is not None
    context.add_cookies([{"name": "motcua", "value": cookie.value, "url": site}])
    return context.new_page()
