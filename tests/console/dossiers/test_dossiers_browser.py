"""A clerk's dossier in a real browser: taken in while typing, printed, moved, found; no rule broken."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from service.import_loop import ImportLoop
from store.tables import Proof
from tests.console.browsing import WIDTHS, Desk, assert_good, chromium, desk, served
from tests.console.dossiers.conftest import Counter
from tests.console.dossiers.test_importing import csv_bytes, line, start, upload

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def opened(counter: Counter) -> Iterator[tuple[str, Desk]]:
    """The clerk's browser; the address of the site."""
    with (
        served(counter.office) as site,
        chromium() as browser,
        desk(browser, site, counter.clerk) as mine,
    ):
        yield site, mine


def filled_in(page: Page) -> None:
    """Type a dossier as a clerk does, with the keyboard alone."""
    page.wait_for_selector("#nut-tim", state="hidden")
    expect(page.locator("#o-procedure_words")).to_be_focused()
    page.keyboard.type("dang ky khai sinh", delay=20)
    page.wait_for_selector("#ds-thu-tuc li")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#g-procedure")).to_contain_text("thời hạn")
    page.fill("#o-owner", "Nguyễn Thị Mẫu")
    page.fill("#o-identity", "008090000321")
    page.locator("#o-phone").press_sequentially("01200000001", delay=10)
    expect(page.locator("#g-phone")).to_contain_text("Đầu số cũ đã đổi thành 0700 000 001")
    expect(page.locator("#g-phone")).to_contain_text("chưa quan tâm OA")
    assert page.input_value("#o-phone") == "0700 000 001"
    assert page.input_value("#o-promised") != ""
    assert not page.is_checked("#o-zalo")


def test_a_dossier_is_taken_in_by_keyboard_and_its_receipt_printed(counter: Counter) -> None:
    with opened(counter) as (site, mine):
        page = mine.open("/console/ho-so/moi")
        filled_in(page)
        page.check("#o-zalo")
        page.focus("#o-owner")
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Đã tiếp nhận hồ sơ')")
        code = page.inner_text(".ticket")
        assert code == "H60.04-261118-0001"
        page.wait_for_load_state("load")
        loaded = page.evaluate(
            "[...document.querySelectorAll('.guide img')].map(i => i.naturalWidth > 0)"
        )
        assert loaded == [True, True], "both codes are on the screen"
        address = page.get_attribute("text=In giấy tiếp nhận", "href")
        receipt = mine.context.request.get(f"{site}{address}")
        assert receipt.body().startswith(b"%PDF")
        page.click("text=Mở hồ sơ")
        page.click(".panel button:has-text('Phân công thụ lý')")
        page.wait_for_selector("text=người nộp được báo ngay")
        assert page.inner_text("h1 + .state") == "Đã phân công thụ lý"
        page.click("text=Yêu cầu bổ sung…")
        page.fill("#ly-do-bo-sung", "Nộp thêm bản sao giấy chứng sinh")
        page.click("button:has-text('Yêu cầu bổ sung')")
        page.wait_for_selector(".timeline >> text=Nộp thêm bản sao giấy chứng sinh")
        page.goto(f"{site}/console/ho-so")
        page.keyboard.press("/")
        page.keyboard.type("mau 0001")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"td >> text={code}")
    row = counter.dossier(1)
    assert (row.zalo_notify, row.phone, row.state) == (True, "+84700000001", "supplement_required")


def test_what_is_wrong_is_said_as_it_is_typed(counter: Counter) -> None:
    with opened(counter) as (_, mine):
        page = mine.open("/console/ho-so/moi")
        page.fill("#o-phone", "0207 3822 345")
        expect(page.locator("#g-phone")).to_contain_text("Số cố định")
        page.fill("#o-procedure_words", "xyzxyz qwqwqw")
        expect(page.locator("#g-procedure")).to_contain_text("Không thấy thủ tục nào")
        page.fill("#o-procedure_words", "khai sinh")
        page.wait_for_selector("#ds-thu-tuc li")
        page.keyboard.press("Escape")
        assert page.is_hidden("#ds-thu-tuc")


def test_without_scripts_a_dossier_is_taken_in_too(counter: Counter) -> None:
    with served(counter.office) as site, chromium() as browser:
        context = browser.new_context(java_script_enabled=False)
        cookie = counter.clerk.client.get_cookie("motcua")
        assert cookie is not None
        context.add_cookies([{"name": "motcua", "value": cookie.value, "url": site}])
        page = context.new_page()
        page.goto(f"{site}/console/ho-so/moi")
        page.fill("#o-procedure_words", "khai sinh")
        page.fill("#o-owner", "Nguyễn Thị Mẫu")
        page.click("text=Tìm >> nth=-1")
        page.check("#tt-1")
        page.click("button.btn-lg:has-text('Tiếp nhận')")
        page.wait_for_selector("h1:has-text('Đã tiếp nhận hồ sơ')")
        context.close()
    assert counter.dossier(1).promised_at is not None


def test_the_bar_of_an_import_moves_to_its_result(counter: Counter) -> None:
    office = counter.office
    job = upload(counter.clerk, csv_bytes(*(line(n) for n in range(1, 6))))
    start(counter.clerk, job, "thu")
    with opened(counter) as (_, mine):
        page = mine.open(f"/console/ho-so/nhap/{job}")
        assert_good(page, "import running")
        loop = ImportLoop(office.database, office.settings, office.vault, office.clock, "w")
        thread = threading.Thread(target=loop.run_one)
        thread.start()
        page.wait_for_selector("h2:has-text('Kết quả chạy thử')")
        thread.join()
        page.click("text=Nhập thật")
        loop.run_one()
        page.wait_for_selector("h2:has-text('Kết quả') >> nth=0")
        page.wait_for_selector(".facts >> text=Thêm mới")


@pytest.fixture
def busy(counter: Counter) -> Counter:
    """A counter with something on every page: long names, claims, delays, errors of a file."""
    long = "Công ty Trách nhiệm hữu hạn Một thành viên Tư vấn Đầu tư Xây dựng và Thương mại Mẫu"
    counter.follower("uid-ba", Proof.claimed)
    counter.take_in(owner=long, kind="organisation", identity="5000123456", zalo="1")
    counter.take_in(promised="2026-11-18T11:00", phone="0900000003")
    counter.foreign()
    text = {"purpose": "supplement", "title": "Thiếu bản sao", "text": "Nộp bản sao"}
    counter.clerk.post("/console/mau-cau/moi", {**text, "agency": str(counter.agency)})
    job = upload(counter.clerk, csv_bytes(line(1), ["sai", "x", "", "", ""]))
    start(counter.clerk, job, "thu")
    office = counter.office
    ImportLoop(office.database, office.settings, office.vault, office.clock, "w").run_one()
    counter.clerk.post("/console/bo-loc", {"page": "dossiers", "name": "Trễ", "query": "due=near"})
    office.clock.advance(hours=1)
    counter.clerk = office.sign_in("lan")
    return counter


@pytest.mark.parametrize(
    "paths",
    [
        ("ho-so", "ho-so?q=khongco", "ho-so?due=overdue&states=received&no_zalo=1"),
        ("ho-so/moi", "ho-so/moi?thu-tuc=1.001193", "ho-so/1/da-tiep-nhan"),
        ("ho-so/1", "ho-so/3"),
        ("ho-so/nhap", "ho-so/nhap/1"),
        ("mau-cau?muc=supplement", "mau-cau/moi", "mau-cau/1"),
    ],
)
def test_no_page_breaks_a_rule_at_a_phones_or_a_desks_width(
    busy: Counter, paths: tuple[str, ...]
) -> None:
    with opened(busy) as (_, mine):
        for path in paths:
            for width in WIDTHS:
                page = mine.open(f"/console/{path}", width)
                page.evaluate(
                    "document.querySelectorAll('main details').forEach(d => d.open = true)"
                )
                assert_good(page, f"{path} at {width}")


def test_batches_and_errors_break_no_rule_either(busy: Counter) -> None:
    with opened(busy) as (site, mine):
        page = mine.open("/console/ho-so")
        page.check("#chon-het")
        page.click("text=Chuyển các hồ sơ đã chọn…")
        page.select_option("#o-move", "bo-sung")
        page.click("button:has-text('Xem trước')")
        page.wait_for_selector("text=hồ sơ sẽ được chuyển")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert_good(page, f"batch at {width}")
        page.goto(f"{site}/console/ho-so/moi")
        page.fill("#o-owner", "X")
        page.click("button.btn-lg")
        page.wait_for_selector("[role=alert]")
        assert_good(page, "intake with errors")
