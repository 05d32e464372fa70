"""The first page: what waits by role and reach, numbers of one's own units, how old they are."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from notify import statistics
from store import alarms
from store.tables import ChatRequest, Feedback, ImportJob, Outbox, PrivacyRequest
from tests.console.conftest import Office
from tests.notify import makers


def text_of(page: str) -> str:
    """The words of a page without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def units(office: Office) -> tuple[int, int]:
    """Two agencies, the first with one overdue and one near dossier, the second with two overdue."""
    first, second = office.agency("H60.04", "Phường Một"), office.agency("H60.05", "Phường Hai")
    now = office.clock.now()
    ago, soon = now - timedelta(hours=2), now + timedelta(days=1)
    with office.database.write() as session:
        for n, (unit, promised) in enumerate(
            (("H60.04", ago), ("H60.04", soon), ("H60.05", ago), ("H60.05", ago))
        ):
            makers.dossier(session, now, code=f"{unit}-{n}", unit_code=unit, promised_at=promised)
        ready = {"state": "result_ready", "result_ready_at": now, "promised_at": soon}
        makers.dossier(session, now, code="ready", unit_code="H60.04", **ready)
    return first, second


def count(office: Office) -> None:
    """Count the day as the worker would."""
    statistics.count_today(office.database, office.settings, office.clock.now())


def test_dossiers_that_wait_are_those_of_the_persons_own_units_with_their_list(
    office: Office, units: tuple[int, int]
) -> None:
    count(office)
    page = office.sign_in("lan", "officer", agency=units[0]).text("/console/")
    assert "1 Hồ sơ đã quá hẹn trả" in text_of(page)
    assert "1 Hồ sơ sắp đến hẹn" in text_of(page)
    assert 'href="/console/ho-so?due=overdue"' in page
    everywhere = text_of(office.sign_in("quan", "admin").text("/console/"))
    assert "3 Hồ sơ đã quá hẹn trả" in everywhere


def test_each_role_sees_what_waits_for_it_and_nothing_else(
    office: Office, units: tuple[int, int]
) -> None:
    now = office.clock.now()
    due = now + timedelta(days=5)
    with office.database.write() as session:
        session.add(ChatRequest(uid="1", reason="asked", opened_at=now))
        session.add(ChatRequest(uid="2", reason="asked", opened_at=now, claimed_by_id=1))
        common = {"kind": "other", "text": "Mẫu", "created_at": now, "updated_at": now}
        late = {"state": "accepted", "answer_due_at": now - timedelta(days=1)}
        for n, more in enumerate(({"agency_id": units[0]}, {"agency_id": units[1]}, late)):
            made: dict[str, Any] = {**common, **more}
            session.add(Feedback(code=f"PA-{n}", **made))
        session.add(
            PrivacyRequest(
                code="DL-1",
                kind="see",
                source="chat",
                received_at=now,
                acknowledge_due_at=due,
                due_at=due,
                updated_at=now,
            )
        )
        for state in ("running", "done"):
            session.add(
                ImportJob(kind="dossiers", file_name="a.csv", state=state, by="x", created_at=now)
            )
        alarms.open_alarm(session, "outbox_old", "", "Tin chờ quá 15 phút. Kiểm tra worker.", now)
    count(office)
    reception = text_of(office.sign_in("tiep", "reception").text("/console/"))
    assert "1 Người dân đang chờ gặp cán bộ" in reception
    assert "1 Yêu cầu về dữ liệu cá nhân đang mở" in reception
    assert "1 Tệp đang nhập" in reception
    assert "Phản ánh mới" not in reception
    assert "Kiểm tra worker" not in reception
    everywhere = text_of(office.sign_in("phan", "feedback").text("/console/"))
    assert "2 Phản ánh mới" in everywhere
    assert "1 Phản ánh quá mục tiêu" in everywhere
    assert "Hồ sơ đã quá hẹn" not in everywhere
    limited = text_of(office.sign_in("anh", "feedback", agency=units[0]).text("/console/"))
    assert "1 Phản ánh mới" in limited
    assert "quá mục tiêu" not in limited
    admin = text_of(office.sign_in("quan", "admin").text("/console/"))
    assert "Tin chờ quá 15 phút. Kiểm tra worker." in admin


def test_the_page_says_how_old_its_numbers_are(office: Office, units: tuple[int, int]) -> None:
    clerk = office.sign_in("lan", "officer")
    assert "Hôm nay chưa tính số liệu" in clerk.text("/console/")
    count(office)
    office.clock.advance(minutes=4)
    page = text_of(clerk.text("/console/"))
    assert "4 phút trước" in page
    assert "Giải quyết xong 1 đúng hẹn 1, trễ 0" in page


def test_just_after_midnight_yesterdays_standing_is_still_shown(
    office: Office, units: tuple[int, int]
) -> None:
    count(office)
    office.clock.advance(hours=14, minutes=1)
    assert "3 Hồ sơ đã quá hẹn trả" in text_of(office.sign_in("lan", "officer").text("/console/"))


def test_numbers_without_a_unit_are_only_for_who_may_see_the_whole_province(
    office: Office, units: tuple[int, int]
) -> None:
    now = office.clock.now()
    with office.database.write() as session:
        session.add(
            Outbox(
                dedupe_key="a",
                lane="reply",
                rank=0,
                kind="reply",
                uid="u",
                order_key="u|reply",
                correlation_id="c",
                created_at=now,
                due_at=now,
                state="seen",
                channel="zbs_uid",
                cost_vnd=200,
            )
        )
    count(office)
    whole = text_of(office.sign_in("quan", "admin").text("/console/"))
    assert "Chi phí tin 200 đ" in whole
    assert "gói còn 500 trên 500 tin" in whole
    assert "ZBS theo tài khoản Zalo" in whole
    limited = text_of(office.sign_in("lan", "officer", agency=units[0]).text("/console/"))
    assert "Chi phí tin 0 đ" in limited
    assert "Người quan tâm" not in limited
