"""A draft written by keyboard in a real browser: saved by itself, counted, shown, submitted."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from procedures.catalogue import import_file
from settings import ROOT
from store import broadcasts
from tests.console.broadcasts.conftest import Desk
from tests.console.browsing import WIDTHS, assert_good, chromium, served
from tests.console.browsing import desk as window_of

#: A busy machine is no fault of the page.
expect.set_options(timeout=30_000)


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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_draft_is_written_by_keyboard_saved_by_itself_and_submitted(desk: Desk) -> None:
    for hours in (1, 2, 60, 24 * 30):
        desk.person(hours)
    with (
        served(desk.office) as site,
        chromium() as browser,
        window_of(browser, site, desk.clerk) as window,
    ):
        page = window.open("/console/thong-bao")
        page.get_by_role("button", name="Soạn thông báo").press("Enter")
        page.wait_for_url("**/soan")
        saved, missing = page.locator("#da-luu"), page.locator("#van-de")
        expect(missing).to_contain_text("Chưa có nội dung tiếng Việt")

        # Words: counted while they are typed, saved and shown by themselves.
        text = page.get_by_label("Nội dung tiếng Việt")
        text.press("Control+a")
        page.keyboard.type("Trung tâm nghỉ ngày 01/01.")
        expect(page.locator("#d-vi_text")).to_contain_text("89 / 2.000")
        expect(saved).to_contain_text("Đã lưu 10:00")
        expect(page.locator("#xem-truoc")).to_contain_text("Trung tâm nghỉ ngày 01/01.")
        expect(page.locator("#xem-truoc")).to_contain_text("nhắn DỪNG")

        # Whom: the numbers follow.
        expect(page.locator("#uoc-tinh")).to_contain_text("Gửi được tới 3 trong 4 người")
        page.get_by_label("Mỗi người theo cách rẻ nhất được phép").press("ArrowDown")
        assert page.get_by_label("Chỉ tin tư vấn").is_checked()
        expect(page.locator("#o-zbs")).to_be_hidden()
        page.get_by_label("Ngoài 48 giờ miễn phí").press("ArrowUp")
        expect(page.locator("#uoc-tinh")).to_contain_text("Gửi được tới 2 trong 4 người")
        expect(page.locator("#w-zbs-reach")).to_have_text("4 người")

        # A press right after a stroke loses nothing, though a save is on its way.
        page.get_by_label("Tên thông báo").focus()
        page.keyboard.type("Nghỉ Tết dương lịch")
        page.get_by_label("Chủ đề", exact=True).press("ArrowDown")
        page.get_by_role("button", name="Lưu", exact=True).press("Enter")
        page.get_by_text("Đã lưu.", exact=True).wait_for()
        expect(missing).to_contain_text("Đủ để trình")
        assert page.get_by_label("Tên thông báo").input_value() == "Nghỉ Tết dương lịch"
        assert_good(page, "soan")

        page.get_by_role("button", name="Kiểm tra lần cuối và trình").press("Enter")
        page.wait_for_url("**/trinh")
        page.get_by_role("button", name="Trình thông báo").press("Enter")
        page.wait_for_url("**/thong-bao/1")
    row = desk.row(1)
    assert (row.title, row.way, row.state) == ("Nghỉ Tết dương lịch", "consultation", "approved")
    assert row.estimate["reach"] == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_script_that_meets_another_window_stops_and_keeps_what_was_typed(desk: Desk) -> None:
    number = desk.draft()
    with (
        served(desk.office) as site,
        chromium() as browser,
        window_of(browser, site, desk.clerk) as window,
    ):
        page = window.open(f"/console/thong-bao/{number}/soan")
        desk.save(number, title="Của người kia")
        page.get_by_label("Tên thông báo").fill("Của tôi")
        expect(page.locator("#da-luu")).to_contain_text("chưa lưu")
        assert desk.row(number).title == "Của người kia"
        page.get_by_role("button", name="Lưu", exact=True).click()
        page.get_by_text("mở bản mới nhất").wait_for()
        assert_good(page, "hai cửa sổ")
        assert page.get_by_label("Tên thông báo").input_value() == "Của tôi"
        page.get_by_role("button", name="Lưu", exact=True).click()
        page.get_by_text("Đã lưu.", exact=True).wait_for()
    assert desk.row(number).title == "Của tôi"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_procedures_found_while_typing_are_ticked_and_kept(desk: Desk) -> None:
    office = desk.office
    import_file(office.database, ROOT / "data" / "procedures.json", office.clock.now(), by="mau")
    number = desk.draft()
    with (
        served(office) as site,
        chromium() as browser,
        window_of(browser, site, desk.clerk) as window,
    ):
        page = window.open(f"/console/thong-bao/{number}/soan")
        page.get_by_text("Theo hồ sơ: cơ quan").click()
        page.get_by_label("Tìm thủ tục").press_sequentially("khai sinh")
        page.locator("input[value='1.001193']").check()
        expect(page.locator("#da-luu")).to_contain_text("Đã lưu")
    assert desk.row(number).audience["procedures"] == ["1.001193"]
