"""Requests: one code each, a life that only moves forward, and nobody's data at its end."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from dossiers.workdays import Calendar
from privacy import requests
from privacy.clocks import end_of_day
from privacy.requests import NotNow
from privacy.watch import watch
from settings import Settings
from store import privacy as store
from store.alarms import open_alarms
from store.engine import Database
from store.tables import Follower, Incident, Outbox, PrivacyRequest
from tests.conftest import MORNING

UID = "7000000000000000001"


def make(db: Database, settings: Settings, **more: Any) -> int:
    """A request from the chat; its id."""
    told: dict[str, Any] = {"kind": "see", "source": "chat", "uid": UID, "name": "Mẫu", **more}
    with db.write() as session:
        if session.get(Follower, UID) is None:
            session.add(Follower(uid=UID, first_seen_at=MORNING))
            session.flush()
        row = requests.open_request(
            session,
            now=MORNING,
            calendar=Calendar.from_settings(settings),
            settings=settings,
            by="citizen",
            **told,
        )
        return row.id or 0


def row_of(db: Database, request_id: int) -> PrivacyRequest:
    """The request as stored."""
    with db.read() as session:
        row = store.get(session, request_id)
        assert row is not None
        return row


def test_codes_count_up_each_day_and_never_twice(db: Database, settings: Settings) -> None:
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        for _ in range(3):
            make(db, settings, uid="", phone="+84912345678")

    make(db, settings, uid="")
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as session:
        codes = sorted(session.exec(select(PrivacyRequest.code)).all())
    assert codes == [f"DL-261118-{n:03}" for n in range(1, 14)]
    assert all(re.fullmatch(r"DL-\d{6}-\d{3}", code) for code in codes)


def test_a_request_is_acknowledged_extended_once_and_ended(
    db: Database, settings: Settings
) -> None:
    number = make(db, settings, details="cho tôi xem", dossier_code="H60.12-261118-0001")
    later = MORNING + timedelta(days=1)
    with db.write() as session:
        row = store.get(session, number, lock=True)
        assert row is not None
        requests.acknowledge(session, row, settings, later)
        with pytest.raises(NotNow):
            requests.acknowledge(session, row, settings, later)
        for wrong in (row.due_at, row.due_at + timedelta(days=30)):
            with pytest.raises(NotNow, match="Ngày mới phải sau"):
                requests.extend(session, row, wrong, "lý do", settings, later)
        until = end_of_day(row.due_at + timedelta(days=15))
        requests.extend(session, row, until, "Cần tra hồ sơ giấy", settings, later)
        with pytest.raises(NotNow, match="một lần"):
            requests.extend(session, row, until, "lần nữa", settings, later)
        requests.finish(
            session, row, outcome="Đã đưa bản sao", by="lan", settings=settings, now=later
        )
        with pytest.raises(NotNow, match="kết thúc"):
            requests.finish(session, row, outcome="nữa", by="lan", settings=settings, now=later)
    row = row_of(db, number)
    assert (row.state, row.outcome, row.done_by) == ("done", "Đã đưa bản sao", "lan")
    assert (row.uid, row.phone, row.name, row.dossier_code, row.details) == ("", "", "", "", "")


def test_every_step_is_told_in_the_chat_it_came_from(db: Database, settings: Settings) -> None:
    number = make(db, settings)
    with db.write() as session:
        row = store.get(session, number, lock=True)
        assert row is not None
        requests.acknowledge(session, row, settings, MORNING)
        requests.finish(
            session,
            row,
            outcome="Không có dữ liệu nào.",
            by="lan",
            settings=settings,
            now=MORNING,
            done=False,
        )
    with db.read() as session:
        sent = session.exec(select(Outbox).order_by(Outbox.id)).all()
        told = store.told(session, requests.message_keys(row_of(db, number)))
    assert [one.uid for one in sent] == [UID, UID]
    assert "đã xác nhận yêu cầu DL-261118-001" in sent[0].body["text"]
    assert "không thực hiện được. Lý do: Không có dữ liệu nào." in sent[1].body["text"]
    assert [one.id for one in told] == [one.id for one in sent]


def test_who_came_to_the_counter_is_not_written_to(db: Database, settings: Settings) -> None:
    number = make(db, settings, uid="", phone="+84912345678", source="counter")
    with db.write() as session:
        row = store.get(session, number, lock=True)
        assert row is not None
        requests.acknowledge(session, row, settings, MORNING)
        assert session.exec(select(Outbox)).all() == []


def test_late_requests_are_counted(db: Database, settings: Settings) -> None:
    make(db, settings)
    make(db, settings, kind="delete")
    with db.read() as session:
        assert store.count_waiting(session) == 2
        assert store.count_late(session, MORNING) == 0
        assert store.count_late(session, MORNING + timedelta(days=7)) == 2
        rows = store.waiting(session)
        assert [row.kind for row in rows] == ["see", "delete"]


def test_staff_are_told_of_late_requests_and_incidents_until_they_are_settled(
    db: Database, settings: Settings
) -> None:
    number = make(db, settings)
    with db.write() as session:
        asked = store.get(session, number, lock=True)
        assert asked is not None
        requests.acknowledge(session, asked, settings, MORNING)
        store.put_incident(
            session,
            Incident(
                title="Gửi nhầm danh sách mẫu",
                discovered_at=MORNING,
                notify_due_at=MORNING + timedelta(hours=72),
                updated_at=MORNING,
            ),
            MORNING,
        )

    def told(at: datetime) -> set[str]:
        with db.write() as session:
            watch(session, at)
            return {alarm.kind for alarm in open_alarms(session)}

    assert told(MORNING) == set()
    assert told(MORNING + timedelta(hours=49)) == {"incident_late"}
    assert told(MORNING + timedelta(days=20)) == {"incident_late", "privacy_late"}
    with db.write() as session:
        row, incident = store.get(session, number, lock=True), store.incident(session, 1, lock=True)
        assert row is not None
        assert incident is not None
        incident.authority_notified_at = MORNING
        store.put_incident(session, incident, MORNING)
        requests.finish(session, row, outcome="Đã xong", by="lan", settings=settings, now=MORNING)
    assert told(MORNING + timedelta(days=20)) == set()
