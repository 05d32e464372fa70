"""Reports: the same numbers on the page, on paper and in a spreadsheet; only what one may see."""

from __future__ import annotations

import html
import io
import re
import unicodedata
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from console.figures import middle, seconds
from console.reports import Wanted
from notify import statistics
from procedures.catalogue import import_file
from settings import ROOT
from store import daily_counts
from store.tables import Feedback
from tests.console.conftest import Office
from tests.console.test_overview import text_of
from tests.notify import makers

DAY = date(2026, 11, 18)


def lines_of(page: str) -> dict[str, str]:
    """The numbers of a report's page by their names."""
    rows = re.findall(
        r'<th scope="row" class="fw-normal">([^<]+)<span.*?<td[^>]*>([^<]+)</td>', page
    )
    return {html.unescape(name): shown for name, shown in rows}


@pytest.fixture
def month(office: Office) -> tuple[int, int]:
    """A province with two agencies: numbers of a month, ratings, a catalogue."""
    first, second = office.agency("H60.04", "=Phường Một"), office.agency("H60.05", "Phường Hai")
    now = office.clock.now()
    import_file(office.database, Path(ROOT) / "data" / "procedures.json", now)
    with office.database.write() as session:
        for n, (unit, late) in enumerate((("H60.04", 0), ("H60.04", 1), ("H60.05", 0))):
            promised = now - timedelta(hours=1) if late else now + timedelta(hours=1)
            made = {"promised_at": promised, "result_ready_at": now, "state": "result_ready"}
            makers.dossier(
                session, now, code=f"{unit}-{n}", unit_code=unit, received_at=now, **made
            )
        for n, mark in enumerate((5, 4, 1, None)):
            answer: dict[str, Any] = {"answered_at": now, "answer_due_at": now}
            session.add(
                Feedback(
                    code=f"PA-{n}",
                    kind="other",
                    text="Mẫu",
                    rating=mark,
                    agency_id=first,
                    created_at=now,
                    updated_at=now,
                    **answer,
                )
            )
    statistics.count_today(office.database, office.settings, now)
    with office.database.write() as session:
        for day, (median, count) in {
            DAY: (2, 10),
            DAY - timedelta(days=1): (60, 100),
        }.items():
            numbers = {"phone:median": median, "phone:p90": 90, "phone:slowest": 3700}
            daily_counts.put(session, day, ["phone"], {**numbers, "phone:count": count})
            daily_counts.put(session, day, ["counted"], {"counted:at": 1})
            daily_counts.put(session, day, ["dropped"], {"dropped": 2, "dropped:opted_out": 2})
    return first, second


def test_the_page_has_the_groups_of_the_decision_and_says_what_cannot_be_known(
    office: Office, month: tuple[int, int]
) -> None:
    source = office.sign_in("xem", "auditor").text("/console/bao-cao")
    page, lines = text_of(source), lines_of(source)
    assert "Báo cáo tháng 11/2026 (đến ngày 18/11)" in page
    for title in (
        "1. Tiến độ, kết quả giải quyết",
        "2. Công khai, minh bạch",
        "3. Số hóa hồ sơ",
        "4. Cung cấp dịch vụ công trực tuyến",
        "5. Mức độ hài lòng",
    ):
        assert title in page
    assert lines["Tỷ lệ đúng hẹn"] == "66,7 % (2/3)"
    assert "Không tính được ở hệ thống này" in page
    assert lines["Hài lòng với trả lời"] == "66,7 % (2/3)"
    assert lines["Điểm trung bình"] == "3,3"
    assert lines["Trả lời đúng mục tiêu"] == "100 % (4/4)"
    assert lines["Trung vị"] == "1 phút 00 giây"
    assert lines["Chậm nhất"] == "1 giờ 01 phút"
    assert "Người nhận đã tắt nhận tin" in page


def test_paper_says_the_same(office: Office, month: tuple[int, int]) -> None:
    answer = office.sign_in("xem", "auditor").client.get("/console/bao-cao.pdf?thang=2026-11")
    assert answer.mimetype == "application/pdf"
    said = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    said = " ".join(unicodedata.normalize("NFC", said).split())
    assert "Báo cáo tháng 11/2026" in said
    assert "66,7 % (2/3)" in said
    assert "Không tính được ở hệ thống này" in said
    assert "Phường Hai (H60.05)" in said
    (entry,) = office.audited("report.exported")
    assert entry.details == {
        "form": "pdf",
        "first": "2026-11-01",
        "last": "2026-11-18",
        "unit": "",
    }


def test_the_spreadsheet_has_numbers_as_numbers_and_runs_no_formula(
    office: Office, month: tuple[int, int]
) -> None:
    answer = office.sign_in("xem", "auditor").client.get("/console/bao-cao.xlsx?thang=2026-11")
    book = load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["Chỉ số", "Theo ngày", "Theo đơn vị"]
    numbers = {row[0].value: row[1].value for row in book["Chỉ số"].iter_rows()}
    assert numbers["Tỷ lệ đúng hẹn"] == 66.7
    assert numbers["Hồ sơ giải quyết xong"] == 3
    days = {row[0].value: row[1].value for row in book["Theo ngày"].iter_rows()}
    assert days["18/11/2026"] == 3
    units = {row[0].value: row[2].value for row in book["Theo đơn vị"].iter_rows()}
    assert units["'=Phường Một (H60.04)"] == 2
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_a_limited_account_reports_its_own_units_whatever_it_asks_for(
    office: Office, month: tuple[int, int]
) -> None:
    first, second = month
    clerk = office.sign_in("lan", "officer", agency=second)
    for path in ("/console/bao-cao", f"/console/bao-cao?co_quan={first}"):
        source = clerk.text(path)
        page = text_of(source)
        assert lines_of(source)["Tỷ lệ đúng hẹn"] == "100 % (1/1)"
        assert "Phường Một" not in page
        assert "Thời gian từ thay đổi của hồ sơ" not in page
    everywhere = office.sign_in("xem", "auditor")
    assert "50 % (1/2)" in text_of(everywhere.text(f"/console/bao-cao?co_quan={first}"))


@pytest.mark.parametrize(
    "query", ["thang=2026-13", "thang=x", "tu=kaputt&den=9", "co_quan=zz", "co_quan=999999"]
)
def test_nonsense_in_the_address_gives_this_month(
    office: Office, month: tuple[int, int], query: str
) -> None:
    page = office.sign_in("xem", "auditor").text(f"/console/bao-cao?{query}")
    assert "Báo cáo tháng 11/2026" in page


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({}, (date(2026, 11, 1), DAY)),
        ({"thang": "2026-02"}, (date(2026, 2, 1), date(2026, 2, 28))),
        ({"thang": "2027-05"}, (date(2026, 11, 1), DAY)),
        (
            {"tu": date(2026, 11, 3), "den": date(2026, 11, 5)},
            (date(2026, 11, 3), date(2026, 11, 5)),
        ),
        ({"tu": date(2026, 12, 1)}, (DAY, DAY)),
        ({"tu": date(2020, 1, 1), "den": DAY}, (DAY - timedelta(days=365), DAY)),
    ],
)
def test_months_and_ranges_end_today_at_the_latest_and_are_a_year_at_most(
    asked: dict[str, Any], days: tuple[date, date]
) -> None:
    assert Wanted(**asked).days(DAY) == days


def test_medians_of_days_count_as_often_as_they_were_measured() -> None:
    assert middle([2, 60], [10, 100]) == 60
    assert middle([2, 60], [100, 10]) == 2
    assert middle([None, 3], [None, 1]) == 3
    assert middle([], []) is None


def test_times_are_said_as_people_say_them() -> None:
    said = [seconds(value) for value in (None, 0, 4, 200, 32_700, 200_000)]
    assert said == ["–", "dưới 1 giây", "4 giây", "3 phút 20 giây", "9 giờ 05 phút", "2 ngày 7 giờ"]
