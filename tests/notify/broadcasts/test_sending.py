"""Announcements on their way to a local Zalo: once each, held, resumed, ended, and never late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from clock import FixedClock
from notify.broadcasts import moves
from notify.broadcasts.content import Content
from sandbox.server import running
from settings import Settings
from store import consents, stored_files, topics
from store.engine import Database
from store.tables import Alarm, Broadcast, BroadcastState, Follower
from tests.feedback_samples import jpeg
from tests.notify import outgoing
from tests.notify.broadcasts import making
from tests.notify.outgoing import until
from tests.notify.test_sender import Zalo

_S = BroadcastState


@pytest.fixture
def zalo() -> Iterator[Zalo]:
    with running(rate_oa=100_000) as sandbox:
        yield Zalo(sandbox)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "zalo_rate_per_minute": 100_000,
            "zalo_app_rate_per_minute": 100_000,
            "sender_threads": 4,
            "broadcast_approve_above": 1_000_000,
        }
    )


def crowd(db: Database, zalo: Zalo, clock: FixedClock, count: int) -> list[str]:
    """So many people in Zalo and, as followers, with us."""
    made = zalo.control("POST", "people/bulk", count=count, interacted_hours_ago=1)
    uids = [str(uid) for uid in made["ids"]]
    outgoing.followers(db, uids, clock.now())
    return uids


def told(zalo: Zalo, text: str = "") -> dict[str, int]:
    """How many people got nothing, one, more than one."""
    found: dict[str, int] = zalo.control("GET", f"people/tally?text={text}")["any"]
    return found


def ended(db: Database, number: int) -> Broadcast:
    until(lambda: making.get(db, number).state in (_S.done, _S.stopped, _S.cancelled), 40)
    return making.get(db, number)


def test_everybody_is_told_once_and_the_figures_say_so(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    crowd(db, zalo, clock, 300)
    number = making.ready(db, settings, clock.now())
    with making.announcing(db, zalo.url, settings, clock):
        row = ended(db, number)
    assert told(zalo) == {"0": 0, "1": 300, "2+": 0}
    assert row.state == _S.done and row.total == row.fed == 300
    assert row.figures["sent"] == 300 and row.figures["failed"] == 0
    assert row.figures["by_channel"] == {"consultation": 300}
    assert row.figures["cost"] == row.estimate["cost"] == 0
    (said,) = {one.body.get("part") for one in making.messages(db, number)}
    assert said == "main", "the text stands in one place only"


def test_names_and_language_are_each_persons_own_and_how_to_stop_is_always_said(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    first, second = crowd(db, zalo, clock, 2)
    with db.write() as session:
        session.get_one(Follower, first).display_name = "Bà Mẫu"
        session.get_one(Follower, second).language = "en"
    said = Content.model_validate({"vi": {"text": "Chào {ten}!"}, "en": {"text": "Hello {ten}!"}})
    number = making.ready(db, settings, clock.now(), said)
    with making.announcing(db, zalo.url, settings, clock):
        ended(db, number)
    (one,), (two,) = zalo.texts(first), zalo.texts(second)
    assert one.startswith("Chào Bà Mẫu!") and "DỪNG" in one and "CHỦ ĐỀ" in one
    assert two.startswith("Hello") and "STOP" in two


def test_a_picture_comes_before_the_text_with_its_buttons(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    (uid,) = crowd(db, zalo, clock, 1)
    with db.write() as session:
        media = stored_files.keep(session, jpeg(), "image/jpeg", clock.now())
    button = {"kind": "open_url", "title": "Xem lịch", "value": "https://tinh.example/lich"}
    said = Content.model_validate(
        {"vi": {"text": "Lịch nghỉ", "buttons": [button]}, "picture": media}
    )
    number = making.ready(db, settings, clock.now(), said)
    with making.announcing(db, zalo.url, settings, clock):
        row = ended(db, number)
    chat = zalo.control("GET", f"people/{uid}/chat?from=oa")["messages"]
    assert [one["kind"] for one in chat] == ["image", "text"]
    assert chat[1]["buttons"][0]["title"] == "Xem lịch"
    assert (row.figures["sent"], row.total) == (1, 1), "one person, however many messages"


def test_paused_nothing_more_goes_and_resumed_the_rest_goes_once(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    crowd(db, zalo, clock, 400)
    number = making.ready(db, settings, clock.now())
    zalo.fault("latency", ms=20)
    with making.announcing(db, zalo.url, settings, clock):
        until(lambda: told(zalo)["1"] > 20)
        making.move(db, number, lambda s, row: moves.pause(row, "xem lại", clock.now()))
        until(lambda: all(m.state != "leased" for m in making.messages(db, number)))
        before = told(zalo)["1"]
        assert before < 400
        # Turns of the loop and of the sender pass, and nothing goes.
        outgoing.queue(db, [outgoing.draft("other", clock.now(), uid=zalo.person())], clock.now())
        until(lambda: outgoing.rows(db)["other"].state != "queued")
        assert told(zalo, "Ngày mai")["1"] == before
        making.move(db, number, lambda s, row: moves.resume(s, row, "lan", clock.now()))
        assert ended(db, number).state == _S.done
    assert told(zalo, "Ngày mai")["1"] == 400 and told(zalo, "Ngày mai")["2+"] == 0


def test_cancelled_what_waits_is_given_up(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    crowd(db, zalo, clock, 400)
    number = making.ready(db, settings, clock.now())
    zalo.fault("latency", ms=20)
    with making.announcing(db, zalo.url, settings, clock):
        until(lambda: told(zalo)["1"] > 10)
        making.move(db, number, lambda s, row: moves.cancel(s, row, "sai ngày", clock.now()))
        until(lambda: all(m.state not in ("leased", "queued") for m in making.messages(db, number)))
    reached = told(zalo)["1"]
    assert 0 < reached < 400
    kept = making.messages(db, number)
    assert {m.reason for m in kept if m.state == "dropped"} == {"cancelled"}
    assert sum(m.state == "sent" for m in kept) == reached


def test_who_stops_between_fixing_and_sending_is_not_told(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    uids = crowd(db, zalo, clock, 3)
    number = making.ready(db, settings, clock.now())
    loop = making.looping(db, settings, clock, zalo.url)
    until(lambda: (loop.turn(), making.get(db, number).fed == 3)[1])
    with db.write() as session:
        session.get_one(Follower, uids[0]).notify = False
    with making.announcing(db, zalo.url, settings, clock):
        row = ended(db, number)
    assert told(zalo) == {"0": 1, "1": 2, "2+": 0}
    assert row.figures["ruled_out_by"] == {"opted_out": 1} and row.figures["failed"] == 0


def test_it_stops_itself_when_many_fail_and_goes_on_when_told_to(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    crowd(db, zalo, clock, 200)
    number = making.ready(db, settings, clock.now())
    zalo.fault("error", code=-201)
    with making.announcing(db, zalo.url, settings, clock):
        until(lambda: making.get(db, number).state == _S.stopped)
        row = making.get(db, number)
        assert "không gửi được" in row.reason and row.figures["failed_by"]
        with db.read() as session:
            assert session.exec(select(Alarm).where(Alarm.kind == "broadcast_stopped")).first()
        zalo.control("DELETE", "faults")
        making.move(db, number, lambda s, row: moves.resume(s, row, "lan", clock.now()))
        row = ended(db, number)
    assert row.state == _S.done
    assert told(zalo)["1"] + row.figures["failed"] == 200
    # Those it failed for can be tried again, and nobody else is.
    with db.write() as session:
        again = moves.again(session, making.get(db, number), "lan", clock.now()).id or 0
    making.move(db, again, lambda s, row: moves.start(row, "lan", clock.now()))
    with making.announcing(db, zalo.url, settings, clock):
        assert ended(db, again).total == row.figures["failed"]
    assert told(zalo) == {"0": 0, "1": 200, "2+": 0}


def test_it_stops_itself_when_people_leave_because_of_it(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    loop = making.looping(db, settings, clock)
    for n in range(40):
        making.follower(db, f"u{n:02}", clock.now())
    number = making.ready(db, settings, clock.now())
    until(lambda: (loop.turn(), making.get(db, number).fed == 40)[1])
    clock.advance(minutes=1)
    with db.write() as session:
        for message in making.messages(db, number):
            message.state = "sent"
            session.add(message)
        consents.record(
            session,
            kind="notify",
            action="withdrawn",
            version="x",
            now=clock.now(),
            uid="u01",
        )
        session.get_one(Follower, "u02").unfollowed_at = clock.now()
    making.move(db, number, lambda s, row: setattr(row, "fed_uid", "u30"))
    loop._count(number, clock.now())
    row = making.get(db, number)
    assert row.state == _S.stopped and "dừng nhận tin" in row.reason
    assert (row.figures["stopped"], row.figures["unfollowed"]) == (1, 1)


def test_outside_the_hours_of_courtesy_it_waits_unless_it_is_urgent(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    clock.advance(hours=12)  # 22:00
    making.follower(db, "u", clock.now())
    number = making.ready(db, settings, clock.now())
    urgent = making.ready(db, settings, clock.now(), urgent=True, urgent_reason="lũ quét")
    loop = making.looping(db, settings, clock)
    until(lambda: (loop.turn(), making.get(db, urgent).fed == 1)[1])
    assert making.get(db, number).state == _S.sending and making.get(db, number).fed == 0
    clock.advance(hours=9, minutes=1)
    until(lambda: (loop.turn(), making.get(db, number).fed == 1)[1])


def test_a_missed_hour_is_asked_about_and_never_made_up_for(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    making.follower(db, "u", clock.now())
    number = making.ready(db, settings, clock.now())
    at = clock.now() + timedelta(hours=1)
    making.move(db, number, lambda s, row: moves.schedule(row, at, "lan", clock.now()))
    loop = making.looping(db, settings, clock)
    loop.turn()
    assert making.get(db, number).state == _S.scheduled
    clock.advance(hours=3)
    loop.turn()
    row = making.get(db, number)
    assert (row.state, row.reason, row.fed) == (_S.missed, "late", 0)
    with db.read() as session:
        (alarm,) = session.exec(select(Alarm).where(Alarm.kind == "broadcast_missed")).all()
    assert "chưa gửi" in alarm.text
    making.move(db, number, lambda s, row: moves.start(row, "lan", clock.now()))
    until(lambda: (loop.turn(), making.get(db, number).fed == 1)[1])


def test_what_was_approved_is_what_is_sent(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    crowd(db, zalo, clock, 1)
    number = making.ready(db, settings, clock.now())
    loop = making.looping(db, settings, clock, zalo.url)
    until(lambda: (loop.turn(), making.get(db, number).fed == 1)[1])
    changed = making.content("Nội dung khác").model_dump(mode="json")
    making.move(db, number, lambda s, row: setattr(row, "content", changed))
    with making.announcing(db, zalo.url, settings, clock):
        until(lambda: making.messages(db, number)[0].state == "parked")
    assert told(zalo)["1"] == 0
    assert making.messages(db, number)[0].reason == "invalid"


def test_two_workers_share_the_work_and_nobody_is_told_twice(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    crowd(db, zalo, clock, 600)
    number = making.ready(db, settings, clock.now())
    other = Database(db.url)
    try:
        with (
            making.announcing(db, zalo.url, settings, clock, owner="w1"),
            making.announcing(other, zalo.url, settings, clock, owner="w2"),
        ):
            ended(db, number)
    finally:
        other.dispose()
    assert told(zalo) == {"0": 0, "1": 600, "2+": 0}


def test_the_estimate_is_what_zalo_charges(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    template = {
        "name": "Thông báo",
        "title": "Thông báo",
        "price_uid": 150,
        "price_sdt": 250,
        "params": [{"name": "ten", "type": "STRING", "max_length": 30, "required": True}],
    }
    zalo.control("PUT", "templates/900001", **template)
    crowd(db, zalo, clock, 3)
    days: dict[str, Any] = zalo.control(
        "POST", "people/bulk", count=4, prefix="Xa", interacted_hours_ago=72
    )
    long_ago = clock.now() - timedelta(days=30)
    outgoing.followers(
        db,
        days["ids"],
        clock.now(),
        last_interaction_at=clock.now() - timedelta(hours=72),
        followed_at=long_ago,
    )
    weeks = zalo.control("POST", "people/bulk", count=2, prefix="Lâu", interacted_hours_ago=400)
    outgoing.followers(
        db,
        weeks["ids"],
        clock.now(),
        last_interaction_at=clock.now() - timedelta(hours=400),
        followed_at=long_ago,
    )
    zalo.control("PATCH", "settings", sub_quota_total=2)
    changed = settings.model_copy(update={"consultation_allowance": 2})
    said = making.content(zbs=making.ZBS, spend="paid")
    number = making.ready(db, changed, clock.now(), said)
    with making.announcing(db, zalo.url, changed, clock):
        row = ended(db, number)
    quotas = zalo.control("GET", "state")["quotas"]
    assert row.estimate["cost"] == 2 * 55 + 2 * 150
    assert row.figures["cost"] == quotas["spent_vnd"] == row.estimate["cost"]
    assert quotas["spent_by_channel"] == {"cs": 110, "zbs_uid": 300, "zbs_phone": 0}
    assert told(zalo) == {"0": 0, "1": 9, "2+": 0}


def test_a_paused_one_holds_up_no_other_not_even_for_the_same_people(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    crowd(db, zalo, clock, 60)
    first = making.ready(db, settings, clock.now())
    loop = making.looping(db, settings, clock, zalo.url)
    until(lambda: (loop.turn(), making.get(db, first).fed >= 50)[1])
    making.move(db, first, lambda s, row: moves.pause(row, "xem lại", clock.now()))
    said = making.content("Lũ đang về, sơ tán ngay.")
    urgent = making.ready(db, settings, clock.now(), said, urgent=True, urgent_reason="lũ")
    with making.announcing(db, zalo.url, settings, clock):
        assert ended(db, urgent).state == _S.done
    assert told(zalo, "Lũ đang về")["1"] == 60 and told(zalo, "Ngày mai")["1"] == 0


def test_what_was_corrected_reaches_those_the_cancelled_one_did_not(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    for n in range(120):
        making.follower(db, f"u{n:03}", clock.now())
    number = making.ready(db, settings, clock.now())
    loop = making.looping(db, settings, clock)
    until(lambda: (loop.turn(), making.get(db, number).fed == 50)[1])
    making.move(db, number, lambda s, row: moves.cancel(s, row, "sai ngày", clock.now()))
    again = making.ready(db, settings, clock.now())
    until(lambda: (loop.turn(), making.get(db, again).state == _S.sending)[1])
    assert making.recipients(db, again) == {f"u{n:03}" for n in range(50, 120)}


def test_what_waits_in_the_queue_goes_at_no_hour_of_the_night(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    crowd(db, zalo, clock, 1)
    number = making.ready(db, settings, clock.now())
    loop = making.looping(db, settings, clock, zalo.url)
    until(lambda: (loop.turn(), making.get(db, number).fed == 1)[1])
    clock.advance(hours=12)
    with making.announcing(db, zalo.url, settings, clock):
        until(lambda: making.messages(db, number)[0].reason == "hours")
        assert told(zalo)["1"] == 0
        clock.advance(hours=9)
        assert ended(db, number).state == _S.done
    assert told(zalo)["1"] == 1


def test_a_long_pause_loses_nobody(
    db: Database, zalo: Zalo, settings: Settings, clock: FixedClock
) -> None:
    crowd(db, zalo, clock, 3)
    number = making.ready(db, settings, clock.now())
    loop = making.looping(db, settings, clock, zalo.url)
    until(lambda: (loop.turn(), making.get(db, number).fed == 3)[1])
    making.move(db, number, lambda s, row: moves.pause(row, "cuối tuần", clock.now()))
    clock.advance(hours=30)
    making.move(db, number, lambda s, row: moves.resume(s, row, "lan", clock.now()))
    with making.announcing(db, zalo.url, settings, clock):
        assert ended(db, number).figures["sent"] == 3


def test_a_topic_given_up_meanwhile_counts(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    for uid in ("a", "b"):
        making.follower(db, uid, clock.now())
    number = making.ready(db, settings, clock.now())
    loop = making.looping(db, settings, clock)
    until(lambda: (loop.turn(), making.get(db, number).state == _S.sending)[1])
    with db.write() as session:
        topics.choose(session, "a", "hours", False, clock.now())
    until(lambda: (loop.turn(), making.get(db, number).fed == 2)[1])
    assert {m.uid: (m.state, m.reason) for m in making.messages(db, number)} == {
        "a": ("dropped", "topic"),
        "b": ("queued", ""),
    }


def test_one_that_cannot_be_read_stops_and_the_others_go_on(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    making.follower(db, "u", clock.now())
    broken = making.ready(db, settings, clock.now())
    fine = making.ready(db, settings, clock.now(), urgent=True, urgent_reason="lũ")
    making.move(db, broken, lambda s, row: setattr(row, "content", {"vi": 5}))
    loop = making.looping(db, settings, clock)
    until(lambda: (loop.turn(), making.get(db, fine).fed == 1)[1])
    assert making.get(db, broken).state in (_S.stopped, _S.missed)
