"""A draft written by keyboard in a real browser: saved by itself, counted, shown, submitted."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from store import broadcasts
from tests.console.broadcasts.conftest import Desk
from tests.console.browsing import WIDTHS, assert_good, chromium, served
from tests.console.browsing import desk as window_of


def shot(page: Page, name: str, width: int) -> None:
    """Keep a picture of the page when ``SHOTS`` names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def filled(made: Desk) -> dict[str, int]:
    """Drafts in several states of being written; their ids."""
    office = made.office
    for hours in (1, 2, 60, 24 * 30):
        made.person(hours, tags=("ho_tich",))
    made.person(3, notify=False)
    office.agency("H60.04", "Sở Nội vụ mẫu")
    office.agency("H60.04.01", "Chi cục mẫu", parent=1)
    made.dossier("H60.04-261118-0001", "+84900000001", field_name="Hộ tịch")
    whole = made.draft(
        tags="ho_tich",
        en_text="The one-stop counter is closed on 1 January.",
        vi_title0="Xem lịch làm việc",
        vi_value0="https://tinh-mau.example/lich",
    )
    article = made.draft(way="article", article_title="Bài mẫu", article_body="Một\n\nHai")
    zbs = made.draft(way="zbs", urgent="1", urgent_reason="Bão số 9")
    now = office.clock.now()
    with office.database.write() as session:
        broadcasts.put_piece(session, "segment", "Hộ tịch", {}, "hoa", now)
        broadcasts.put_piece(session, "template", "Nghỉ lễ", {}, "hoa", now)
    listed = made.draft()
    made.clerk.post(
        f"/console/thong-bao/{listed}/danh-sach",
        {"tep": (io.BytesIO("SĐT\n0900000001\n0243\nabc\n".encode()), "ds.csv")},
        content_type="multipart/form-data",
    )
    return {"whole": whole, "article": article, "zbs": zbs, "listed": listed}


def pages(ids: dict[str, int]) -> list[tuple[str, str]]:
    """(name, address) of every page of this part."""
    base = "/console/thong-bao"
    return [
        ("danh-sach-thong-bao", base),
        ("moi", f"{base}/moi"),
        ("mau", f"{base}/mau"),
        ("soan", f"{base}/{ids['whole']}/soan"),
        ("soan-bai-viet", f"{base}/{ids['article']}/soan"),
        ("soan-zbs", f"{base}/{ids['zbs']}/soan?zbs=1"),
        ("trinh", f"{base}/{ids['whole']}/trinh"),
        ("trinh-thieu", f"{base}/{ids['article']}/trinh"),
        ("gui-thu", f"{base}/{ids['whole']}/gui-thu"),
        ("vai-nguoi", f"{base}/{ids['whole']}/vai-nguoi"),
        ("tai-danh-sach", f"{base}/{ids['listed']}/danh-sach"),
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pages_break_no_rule_and_never_scroll_sideways(desk: Desk) -> None:
    ids = filled(desk)
    with (
        served(desk.office) as site,
        chromium() as browser,
        window_of(browser, site, desk.clerk) as window,
    ):
        for width in WIDTHS:
            for name, address in pages(ids):
                page = window.open(address, width)
                for fold in page.locator("main details:not([open]) > summary").all():
                    if fold.is_visible():
                        fold.click()
                shot(page, name, width)
                assert_good(page, f"{name} {width}")
