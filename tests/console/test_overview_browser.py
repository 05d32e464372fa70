"""Overview, questions and reports in a real browser: phone and wide screen, no violations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import understanding
from procedures.catalogue import import_file
from settings import ROOT
from tests.console import overview_sample
from tests.console.browsing import WIDTHS, Desk, assert_good, chromium, desk, served
from tests.console.conftest import Office

PAGES = {
    "overview": "/console/",
    "questions": "/console/cau-hoi",
    "question": "/console/cau-hoi/cau?k=xin+tam+bia+hong+hong+cho+thua+ruong",
    "report": "/console/bao-cao",
    "nothing found": "/console/cau-hoi?q=khongcogi",
}


#: What a browser shows does not depend on the database: one is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def mine(office: Office) -> Iterator[Desk]:
    """An admin's browser before two weeks of invented numbers."""
    import_file(office.database, Path(ROOT) / "data" / "procedures.json", office.clock.now())
    overview_sample.fill(office.database, office.settings, office.clock)
    with office.database.read() as session:
        understanding.warm(session)
    clerk = office.sign_in("quan", "admin", "reception")
    with served(office) as site, chromium() as browser, desk(browser, site, clerk) as opened:
        yield opened


@pytest.mark.parametrize("name", PAGES)
def test_pages_have_no_violation_and_fit_both_screens(mine: Desk, name: str) -> None:
    for width in WIDTHS:
        assert_good(mine.open(PAGES[name], width), f"{name} at {width}")


def test_the_table_of_a_chart_is_one_click_away(mine: Desk) -> None:
    chart = mine.open("/console/").locator("figure.chart").first
    assert not chart.locator("table").is_visible()
    chart.locator("summary").click()
    assert chart.locator("table").is_visible()
    assert chart.locator("tbody tr").count() == 14


def test_a_question_is_taught_with_one_click_and_answered_at_once(mine: Desk) -> None:
    page = mine.open(PAGES["question"])
    page.fill("#o-tim", "trích lục khai sinh")
    page.click("form:has(#o-tim) button")
    page.locator(".picks button").first.click()
    page.wait_for_selector("text=Đã thêm tên gọi khác")
    assert page.locator("#tra-loi ~ p .verdict--yes").count() == 1
