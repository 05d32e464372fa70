"""Announcements and the person: in their copy, gone when they are erased, forgotten in time."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from notify import retention
from privacy import erasing
from privacy.export import as_json, sections
from settings import Settings
from store import links, privacy_export, stored_files
from store.engine import Database
from store.outbox import Draft, enqueue
from store.tables import (
    Broadcast,
    BroadcastListed,
    BroadcastRecipient,
    Follower,
    FollowerTag,
    Lane,
    Proof,
    StoredFile,
    TopicChoice,
)
from tests.conftest import MORNING

UID, OTHER = "7000000000000000001", "7000000000000000002"
PHONE, FOREIGN = "+84912345678", "+84987654321"


def announcement(**members: object) -> Broadcast:
    """An announcement that ended."""
    return Broadcast(
        **{
            "title": "Nghỉ lễ 2/9",
            "topic": "hours",
            "content": {"vi": {"text": "Kính gửi {ten}, mai Trung tâm nghỉ."}},
            "state": "done",
            "created_by": "hoa",
            "created_at": MORNING,
            "updated_at": MORNING,
            "started_at": MORNING,
            "finished_at": MORNING,
            **members,
        }
    )


@pytest.fixture
def told(db: Database) -> Database:
    """Two followers and a phone who got one announcement."""
    with db.write() as session:
        for uid in (UID, OTHER):
            session.add(Follower(uid=uid, display_name="Bà Mẫu", first_seen_at=MORNING))
        session.flush()
        links.claim(session, UID, PHONE, MORNING)
        links.verify(session, UID, PHONE, Proof.otp, MORNING)
        row = announcement()
        session.add(row)
        session.flush()
        number = row.id or 0
        for uid, phone in ((UID, ""), (OTHER, ""), ("", FOREIGN)):
            session.add(BroadcastRecipient(broadcast_id=number, uid=uid, phone=phone))
        for phone in (PHONE, FOREIGN):
            session.add(BroadcastListed(broadcast_id=number, phone=phone, dossier_id=0))
        session.add(TopicChoice(uid=UID, topic="survey", wanted=True, at=MORNING))
        session.add(FollowerTag(uid=UID, tag="ho-tich"))
        session.add(FollowerTag(uid=OTHER, tag="ho-tich"))
        draft = Draft(
            dedupe_key="bc:1",
            lane=Lane.broadcast,
            kind="broadcast",
            body={"part": "main", "language": "vi", "echoes": []},
            facts={"ten": "Bà Mẫu"},
            correlation_id="c",
            due_at=MORNING,
            uid=UID,
            broadcast_id=number,
        )
        enqueue(session, [draft], MORNING)
    return db


def test_the_copy_says_topics_tags_and_announcements_with_their_text(
    told: Database, settings: Settings
) -> None:
    with told.read() as session:
        kept = privacy_export.of_user(session, UID)
    document = json.loads(as_json(sections(kept, settings), "DL-1", MORNING, settings))
    parts = {part["ten"]: part["du_lieu"] for part in document["muc"]}
    assert parts["Chủ đề nhận tin đã chọn"][0]["Nhận"] == "có"
    assert parts["Nhãn cơ quan gắn cho ông/bà"] == [{"Nhãn": "ho-tich"}]
    assert parts["Thông báo chung đã gửi tới ông/bà"][0]["Thông báo"] == "Nghỉ lễ 2/9"
    said = parts["Tin đã gửi tới ông/bà"][0]["Nội dung"]
    assert said == "Thông báo: Nghỉ lễ 2/9\nKính gửi Bà Mẫu, mai Trung tâm nghỉ."


def test_a_phones_copy_names_the_announcements_it_got(told: Database, settings: Settings) -> None:
    with told.read() as session:
        parts = {
            one.title: one for one in sections(privacy_export.of_phone(session, FOREIGN), settings)
        }
    assert len(parts["Thông báo chung đã gửi tới ông/bà"].rows) == 1


def test_erasing_takes_a_person_out_of_every_list(told: Database, settings: Settings) -> None:
    with told.write() as session:
        outcome = erasing.erase_user(session, UID, MORNING, settings=settings, by="lan")
    assert "chủ đề đã chọn (1), tên trong danh sách nhận thông báo (1)" in outcome
    with told.read() as session:
        assert session.exec(select(TopicChoice)).all() == []
        assert [one.uid for one in session.exec(select(FollowerTag))] == [OTHER]
        left = {(one.uid, one.phone) for one in session.exec(select(BroadcastRecipient))}
        assert left == {(OTHER, ""), ("", FOREIGN)}
        assert [one.phone for one in session.exec(select(BroadcastListed))] == [FOREIGN]


def test_erasing_a_phone_takes_it_out_of_every_list(told: Database, settings: Settings) -> None:
    with told.write() as session:
        erasing.erase_phone(session, FOREIGN, MORNING, settings=settings, by="lan")
    with told.read() as session:
        assert {one.uid for one in session.exec(select(BroadcastRecipient))} == {UID, OTHER}
        assert [one.phone for one in session.exec(select(BroadcastListed))] == [PHONE]


def test_lists_are_forgotten_when_the_announcement_ended_long_ago(
    told: Database, settings: Settings
) -> None:
    late = MORNING + timedelta(days=settings.keep_messages_days, seconds=1)
    with told.write() as session:
        running = announcement(state="sending", finished_at=None)
        fresh = announcement(finished_at=late - timedelta(days=1))
        session.add(running)
        session.add(fresh)
        session.flush()
        kept = {running.id or 0, fresh.id or 0}
        forgotten = announcement(state="draft", finished_at=None)
        session.add(forgotten)
        session.flush()
        for number in {*kept, forgotten.id or 0}:
            session.add(BroadcastRecipient(broadcast_id=number, uid=UID, phone=""))
            session.add(BroadcastListed(broadcast_id=number, phone=PHONE, dossier_id=0))
    retention.forget(told, settings, late, chunk=2)
    with told.read() as session:
        assert {one.broadcast_id for one in session.exec(select(BroadcastRecipient))} == kept
        assert {one.broadcast_id for one in session.exec(select(BroadcastListed))} == kept


def test_pictures_of_announcements_outlive_the_messages(told: Database, settings: Settings) -> None:
    with told.write() as session:
        media = stored_files.keep(session, b"jpeg", "image/jpeg", MORNING)
        stored_files.keep(session, b"other", "image/jpeg", MORNING)
        session.add(announcement(content={"picture": media}))
    late = MORNING + timedelta(days=settings.keep_messages_days, seconds=1)
    retention.forget(told, settings, late)
    with told.read() as session:
        assert [one.media for one in session.exec(select(StoredFile))] == [media]
