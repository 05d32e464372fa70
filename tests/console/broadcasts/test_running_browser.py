"""Announcements in a real browser: agreed to, scheduled, watched without reloading, reported."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from store import stored_files
from store.tables import BroadcastArticle
from tests.console.broadcasts.running_sample import CONTENT, Room
from tests.console.browsing import WIDTHS, Desk, assert_good, chromium, desk, served
from tests.console.conftest import PASSWORD, Office

PATIENCE = 30_000
#: A folder to leave pictures of every page in, for a person to look at.
SHOTS = os.environ.get("SHOTS", "")
FIGURES: dict[str, Any] = {
    "at": "2026-11-18T03:10:00+00:00",
    "sent": 640,
    "delivered": 601,
    "seen": 322,
    "failed": 21,
    "ruled_out": 35,
    "waiting": 104,
    "by_channel": {"consultation": 500, "zbs_uid": 140},
    "failed_by": {"-201": 12, "-217": 9},
    "ruled_out_by": {"window": 30, "opted_out": 5},
    "cost": 28_000,
    "stopped": 4,
    "unfollowed": 2,
    "per_minute": 900,
}
LONG = "Thông báo về việc thay đổi địa điểm tiếp nhận hồ sơ của Trung tâm Phục vụ hành chính công"


class Town:
    """One announcement in every state, and people to look at them."""

    def __init__(self, office: Office) -> None:
        self.room = room = Room(office)
        now = office.clock.now()
        with office.database.write() as session:
            media = stored_files.keep(session, _jpeg(), "image/jpeg", now)
        room.citizens(3)
        article = {"title": LONG, "description": "Từ 01/12/2026", "body": ["Đoạn một", "Đoạn hai"]}
        pictured = {**CONTENT, "picture": media}
        running = {"total": 1000, "fed": 800, "figures": FIGURES}
        self.pages = {
            "waiting": room.announcement("waiting", title=LONG, content=pictured),
            "urgent": room.announcement(
                "waiting", urgent=True, urgent_reason="Lũ về trong đêm", created_by="duy"
            ),
            "approved": room.announcement("approved"),
            "scheduled": room.announcement("scheduled"),
            "missed": room.announcement("missed", reason="late"),
            "preparing": room.announcement("preparing", total=420),
            "sending": room.announcement("sending", **running),
            "paused": room.announcement("paused", reason="Hoa đã tạm dừng.", **running),
            "stopped": room.announcement("stopped", reason="Tự dừng: 30 % tin lỗi.", **running),
            "cancelled": room.announcement("cancelled", reason="Hoa đã hủy.", **running),
            "done": room.announcement("done", **running),
            "article": room.announcement(
                "stopped", way="article", content={**pictured, "article": article}
            ),
        }
        room.sent(self.pages["done"], ("seen", ""), ("parked", "-201"), ("dropped", "window"))
        room.change(self.pages["done"], **running)
        with office.database.write() as session:
            session.add(
                BroadcastArticle(
                    broadcast_id=self.pages["article"], step="unsure", next_at=now, updated_at=now
                )
            )
        self.office = office

    def address(self, name: str, rest: str = "") -> str:
        return f"/console/thong-bao/{self.pages[name]}{rest}"


def _jpeg() -> bytes:
    import io

    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (640, 320), (11, 74, 143)).save(made, "JPEG")
    return made.getvalue()


#: What a browser shows does not depend on the database: one is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def town(office: Office) -> Town:
    """Every state at once."""
    return Town(office)


@pytest.fixture
def seats(town: Town) -> Iterator[tuple[Browser, str]]:
    """A browser and the address of the application."""
    with served(town.office) as site, chromium() as browser:
        yield browser, site


@contextmanager
def desk_of(seats: tuple[Browser, str], town: Town, name: str, role: str) -> Iterator[Desk]:
    with desk(seats[0], seats[1], town.office.sign_in(name, role)) as opened:
        yield opened


def good(opened: Desk, path: str, name: str) -> None:
    for width in WIDTHS:
        page = opened.open(path, width)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
        assert_good(page, f"{name} at {width}")


def test_every_state_has_no_violation_and_fits_both_screens(
    town: Town, seats: tuple[Browser, str]
) -> None:
    with desk_of(seats, town, "hoa", "broadcast") as opened:
        for name in town.pages:
            good(opened, town.address(name), name)
    with desk_of(seats, town, "duy", "approver") as opened:
        for name in ("waiting", "urgent", "sending"):
            good(opened, town.address(name), f"approver-{name}")


def test_reports_recipients_and_repeats_fit_both_screens(
    town: Town, seats: tuple[Browser, str]
) -> None:
    with desk_of(seats, town, "hoa", "broadcast") as opened:
        good(opened, "/console/thong-bao/lap-lai", "no-repeats")
        good(opened, town.address("done", "/bao-cao"), "report")
        good(opened, town.address("done", "/nguoi-nhan"), "recipients")
        good(opened, town.address("sending", "/nguoi-nhan"), "no-recipients")
        good(opened, town.address("approved", "/lap-lai"), "repeat")
        opened.page.click("text=Lưu và bật")
        good(opened, "/console/thong-bao/lap-lai", "repeats")
        good(opened, "/console/", "overview")


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def again_after_password(page: Page, words: str) -> None:
    """Press, show the password, press again."""
    press(page, words)
    page.fill("input[type=password]", PASSWORD)
    page.locator("main button").first.click()
    page.wait_for_url("**/thong-bao/*")
    press(page, words)


def test_an_announcement_from_agreement_to_report(town: Town, seats: tuple[Browser, str]) -> None:
    room, office, number = town.room, town.office, town.pages["waiting"]
    later = timedelta(minutes=office.settings.confirm_minutes)
    with desk_of(seats, town, "duy", "approver") as opened:
        office.clock.set(office.clock.now() + later)
        again_after_password(opened.open(town.address("waiting")), "Duyệt")
        opened.page.wait_for_selector("text=Đã duyệt. Người soạn có thể gửi")
    assert (room.row(number).state, room.row(number).approved_by) == ("approved", "duy")
    with desk_of(seats, town, "hoa", "broadcast") as opened:
        page = opened.open(town.address("waiting"))
        page.fill("#o-day", "2026-11-20")
        page.fill("#o-at", "09:30")
        press(page, "Hẹn giờ")
        page.wait_for_selector("text=Đã hẹn gửi lúc 09:30 ngày 20/11/2026")
        room.change(
            number,
            state="sending",
            started_at=office.clock.now(),
            total=1000,
            fed=300,
            figures={**FIGURES, "sent": 100, "failed": 0, "ruled_out": 0},
        )
        page = opened.open(town.address("waiting"))
        assert page.locator("#tom-tat").inner_text().endswith("xong 100 trên 1.000 người.")
        page.evaluate("window.sameTab = true")
        room.change(number, fed=900, figures={**FIGURES, "sent": 700, "failed": 0, "ruled_out": 0})
        page.wait_for_selector("text=xong 700 trên 1.000 người", timeout=PATIENCE)
        assert page.locator("#thanh").evaluate("bar => bar.value") == 700
        assert page.locator("[data-number=sent]").inner_text() == "700"
        assert page.evaluate("window.sameTab"), "the page was not loaded anew"
        press(page, "Tạm dừng")
        page.wait_for_selector("text=Hoa Mẫu đã tạm dừng.")
        assert room.row(number).state == "paused"
        press(page, "Gửi tiếp")
        page.wait_for_selector("text=Đang gửi tiếp.")
        room.change(number, state="done", finished_at=office.clock.now())
        page.get_by_role("link", name="Xem báo cáo").wait_for(timeout=PATIENCE)
        page.get_by_role("link", name="Xem báo cáo").click()
        page.wait_for_selector("h1:has-text('Báo cáo')")


def test_without_scripts_the_page_renews_itself(town: Town, seats: tuple[Browser, str]) -> None:
    clerk = town.office.sign_in("hoa", "broadcast")
    cookie = clerk.client.get_cookie("motcua")
    assert cookie is not None
    context = seats[0].new_context(java_script_enabled=False)
    context.add_cookies([{"name": "motcua", "value": cookie.value, "url": seats[1]}])
    page = context.new_page()
    page.goto(seats[1] + town.address("sending"))
    assert page.locator("meta[http-equiv=refresh]").count() == 1
    press(page, "Tạm dừng")
    page.wait_for_selector("text=Hoa Mẫu đã tạm dừng.")
    context.close()
