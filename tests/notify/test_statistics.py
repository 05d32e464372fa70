"""The day's numbers: Vietnam's days, nothing counted twice, what was forgotten keeps its numbers."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from clock import VIETNAM, FixedClock
from notify import statistics
from notify.calendars import calendar_of
from settings import Settings
from store import daily_counts
from store.engine import Database
from store.tables import Agency, ChatRequest, Dossier, Feedback, InboundEvent, Outbox
from tests.notify import makers

DAY = date(2026, 11, 18)
_NUMBER = itertools.count(1)


def at(hour: int, minute: int = 0, second: int = 0, day: date = DAY) -> datetime:
    """A moment of a day in Vietnam."""
    local = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=VIETNAM)
    return local.astimezone(UTC)


def count(db: Database, settings: Settings, now: datetime, day: date = DAY) -> dict[str, int]:
    """Count a day and read everything that is known of it."""
    statistics.count_day(db, settings, day, now)
    return known(db, day)


def known(db: Database, day: date = DAY) -> dict[str, int]:
    """Every number of a day."""
    with db.read() as session:
        return daily_counts.everything(session, day)


def message(db: Database, made: datetime, state: str, **members: Any) -> int:
    """A message queued at a moment."""
    number = next(_NUMBER)
    row = Outbox(
        **{
            "dedupe_key": f"k{number}",
            "lane": "status",
            "rank": 1,
            "kind": "status_received",
            "uid": "u1",
            "order_key": "u1|status",
            "correlation_id": "c",
            "created_at": made,
            "due_at": made,
            "state": state,
            "channel": "" if state == "dropped" else "consultation",
            **members,
        }
    )
    with db.write() as session:
        session.add(row)
        session.flush()
        return row.id or 0


def came(db: Database, at_: datetime, name: str, handler: str, state: str = "handled") -> None:
    """An event of Zalo that was handled."""
    number = next(_NUMBER)
    row = InboundEvent(
        dedupe_key=f"e{number}",
        event_name=name,
        body=b"{}",
        correlation_id="c",
        received_at=at_,
        handled_at=at_,
        state=state,
        handler=handler,
    )
    with db.write() as session:
        session.add(row)


def test_a_day_begins_and_ends_at_midnight_in_vietnam(db: Database, settings: Settings) -> None:
    with db.write() as session:
        for n, moment in enumerate((at(0), at(23, 59, 59), at(0) - timedelta(seconds=1))):
            makers.dossier(session, at(9), code=f"H60.04-26111{n}-0001", received_at=moment)
    assert count(db, settings, at(12))["received"] == 2
    before = DAY - timedelta(days=1)
    assert count(db, settings, at(12), before)["received"] == 1


def test_a_dossier_is_finished_once_when_its_result_is_ready(
    db: Database, settings: Settings
) -> None:
    ready, handed = at(9), at(9) + timedelta(days=2)
    late = {"result_ready_at": ready, "promised_at": at(8), "unit_code": "H60.05"}
    with db.write() as session:
        kept = {"result_ready_at": ready, "delivered_at": handed, "promised_at": at(17)}
        makers.dossier(session, at(9), code="A-1", unit_code="H60.04", **kept)
        makers.dossier(session, at(9), code="A-2", **late)
        makers.dossier(session, at(9), code="A-3", delivered_at=ready, promised_at=ready)
        makers.dossier(session, at(9), code="A-4", result_ready_at=ready, promised_at=None)
    found = count(db, settings, at(12))
    assert (found["finished"], found["on_time"], found["late"]) == (4, 2, 1)
    assert found["finished:unit:H60.04"] == found["on_time:unit:H60.04"] == 1
    assert found["late:unit:H60.05"] == 1
    two_later = count(db, settings, handed + timedelta(hours=1), DAY + timedelta(days=2))
    assert "finished" not in two_later


def test_counting_again_writes_nothing_and_what_moved_on_is_corrected(
    db: Database, settings: Settings
) -> None:
    row_id = message(db, at(9), "sent")
    message(db, at(9), "queued")
    statistics.count_today(db, settings, at(12))
    assert statistics.count_today(db, settings, at(12)) == 0
    assert (known(db)["sent"], known(db).get("seen", 0)) == (1, 0)
    with db.write() as session:
        row = session.get_one(Outbox, row_id)
        row.state = "seen"
        session.add(row)
    # The citizen read it the next day: the day it was sent learns of it.
    assert statistics.count_past(db, settings, at(12) + timedelta(days=1)) > 0
    found = known(db)
    assert (found["sent"], found["delivered"], found["seen"]) == (1, 1, 1)


def test_messages_are_told_by_channel_fate_reason_and_unit(
    db: Database, settings: Settings
) -> None:
    with db.write() as session:
        dossier = makers.dossier(session, at(8), unit_code="H60.04")
        mine = dossier.id
    message(db, at(9), "seen", dossier_id=mine)
    message(db, at(9), "delivered", channel="zbs_phone", cost_vnd=300, dossier_id=mine)
    message(db, at(9), "sent", lane="reply", dossier_id=None)
    message(db, at(9), "dropped", reason="opted_out", dossier_id=mine)
    message(db, at(9), "dropped", reason="no_tick")
    found = count(db, settings, at(12))
    assert found["sent"] == 3
    assert (found["sent:consultation"], found["sent:zbs_phone"]) == (2, 1)
    assert (found["delivered"], found["seen"], found["seen:consultation"]) == (2, 1, 1)
    assert (found["dropped"], found["dropped:opted_out"], found["dropped:no_tick"]) == (2, 1, 1)
    assert (found["cost"], found["cost:zbs_phone"], found["cost:unit:H60.04"]) == (300, 300, 300)
    assert (found["sent:unit:H60.04"], found["dropped:unit:H60.04"]) == (2, 1)
    assert (found["sent:lane:status"], found["sent:lane:reply"]) == (2, 1)
    assert "dropped:consultation" not in found


def test_the_way_to_the_phone_ends_with_the_receipt_or_with_the_sending(
    db: Database, settings: Settings
) -> None:
    with db.write() as session:
        dossier = makers.dossier(session, at(8))
        changes = [makers.event(session, dossier, 4, at(9, n), step=f"s{n}") for n in range(4)]
        ids = [change.id for change in changes]
    ways = [(2, None), (4, 8), (1, 60), (0, 3600)]
    for n, (sent, delivered) in enumerate(ways):
        state = "delivered" if delivered else "sent"
        times = {
            "sent_at": at(9, n) + timedelta(seconds=sent),
            "delivered_at": at(9, n) + timedelta(seconds=delivered) if delivered else None,
        }
        message(db, at(9, n), state, dossier_event_id=ids[n], **times)
    # The receipt's file waits on purpose, a dropped message never went.
    message(db, at(9), "sent", dossier_event_id=ids[0], kind="receipt_file", sent_at=at(11))
    message(db, at(9), "dropped", dossier_event_id=ids[0])
    found = count(db, settings, at(12))
    assert found["phone:count"] == 4
    assert (found["phone:median"], found["phone:p90"], found["phone:slowest"]) == (8, 3600, 3600)


def test_followers_lookups_questions_and_chats_of_the_day(db: Database, settings: Settings) -> None:
    came(db, at(1), "follow", "follow")
    came(db, at(2), "follow", "follow")
    came(db, at(3), "unfollow", "unfollow")
    came(db, at(3), "user_send_text", "lookup")
    came(db, at(3), "user_send_text", "procedure_named")
    came(db, at(3), "user_send_text", "menu")
    came(db, at(3), "follow", "", state="ignored")
    came(db, at(23) - timedelta(days=1), "follow", "follow")
    with db.write() as session:
        for n, reason in enumerate(("asked", "staff")):
            session.add(ChatRequest(uid=f"u{n}", reason=reason, opened_at=at(9)))
    found = count(db, settings, at(12))
    assert (found["followers:gained"], found["followers:lost"]) == (2, 1)
    assert (found["asked:lookups"], found["asked:questions"], found["chats"]) == (1, 1, 1)


def test_feedback_received_answered_and_on_time_by_agency(db: Database, settings: Settings) -> None:
    with db.write() as session:
        agency = Agency(code="H60.04", name="Phường Mẫu", updated_at=at(1))
        session.add(agency)
        session.flush()
        days = timedelta(days=3)
        kept = {"answered_at": at(9), "answer_due_at": at(17)}
        late = {"answered_at": at(9), "answer_due_at": at(8)}
        for n, more in enumerate((kept, late, {"created_at": at(10), "agency_id": None})):
            made = {"created_at": at(9) - days, "agency_id": agency.id, **more}
            session.add(
                Feedback(code=f"PA-{n}", kind="other", text="Mẫu", updated_at=at(9), **made)
            )
    found = count(db, settings, at(12))
    assert found["feedback:received"] == 1
    assert (found["feedback:answered"], found["feedback:on_time"]) == (2, 1)
    assert found["feedback:answered:unit:H60.04"] == 2
    assert "feedback:received:unit:H60.04" not in found


def test_how_dossiers_stand_is_kept_for_the_day_and_never_made_up_for_the_past(
    db: Database, settings: Settings
) -> None:
    now = at(12)
    promised = {
        "overdue": now - timedelta(hours=1),
        "near": now + timedelta(days=1),
        "far": now + timedelta(days=30),
    }
    with db.write() as session:
        for name, moment in promised.items():
            makers.dossier(session, now, code=name, promised_at=moment, unit_code="H60.04")
        waits = {"state": "supplement_required", "promised_at": promised["overdue"]}
        makers.dossier(session, now, code="waits", **waits)
        makers.dossier(session, now, code="none", promised_at=None)
        ended = {"state": "result_ready", "promised_at": promised["overdue"]}
        makers.dossier(session, now, code="ended", **ended)
    found = count(db, settings, now)
    stands = tuple(found[name] for name in ("running", "near", "overdue", "supplement"))
    assert stands == (4, 1, 1, 1)
    assert (found["overdue:unit:H60.04"], found["near:unit:H60.04"]) == (1, 1)
    later = count(db, settings, now + timedelta(days=30))
    assert later["overdue"] == 1
    assert "overdue" not in count(db, settings, now, DAY - timedelta(days=1))


def test_numbers_of_forgotten_contents_stay(db: Database, settings: Settings) -> None:
    row_id = message(db, at(9), "seen")
    came(db, at(9), "follow", "follow")
    before = count(db, settings, at(12))
    with db.write() as session:
        row = session.get_one(Outbox, row_id)
        row.order_key = ""
        session.add(row)
    much_later = at(12) + timedelta(days=settings.keep_messages_days + 1)
    after = count(db, settings, much_later)
    assert after["seen"] == before["seen"] == 1
    assert after["followers:gained"] == 1


def test_days_whose_dossiers_were_pruned_keep_their_numbers(
    db: Database, settings: Settings
) -> None:
    settings = settings.model_copy(update={"keep_dossiers_days": 365, "keep_messages_days": 730})
    with db.write() as session:
        of = makers.dossier(session, at(9), code="gone", received_at=at(9))
    message(db, at(9), "seen")
    before = count(db, settings, at(12))
    with db.write() as session:
        session.delete(session.get_one(Dossier, of.id))
        for row in session.exec(select(Outbox)).all():
            session.delete(row)
    after = count(db, settings, at(12) + timedelta(days=400))
    assert {name: after[name] for name in ("received", "seen")} == {
        name: before[name] for name in ("received", "seen")
    }
    assert before["received"] == 1


def test_a_future_day_is_not_counted(db: Database, settings: Settings) -> None:
    assert statistics.count_day(db, settings, DAY + timedelta(days=1), at(12)) == 0
    assert known(db, DAY + timedelta(days=1)) == {}


def test_when_it_was_counted_is_kept(db: Database, settings: Settings) -> None:
    found = count(db, settings, at(12))
    assert found["counted:at"] == int(at(12).timestamp())


def test_near_means_two_working_days_whatever_lies_between(settings: Settings) -> None:
    friday = at(10, day=date(2026, 11, 20))
    # Saturday, Sunday; Monday 23 works, Tuesday 24 November is a holiday (domain 4.4).
    assert statistics.near_until(friday, calendar_of(settings)) == at(0, day=date(2026, 11, 26))


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.9, 4), (1.0, 4)])
def test_percentiles_are_values_that_were_measured(share: float, value: int) -> None:
    assert statistics.percentile({1: 1, 2: 1, 3: 1, 4: 1}, share) == value


def test_totals_days_families_and_units_are_read_back(db: Database, clock: FixedClock) -> None:
    with db.write() as session:
        for n in range(3):
            day = DAY + timedelta(days=n)
            numbers = {"sent": 5, "sent:zbs_phone": n, "sent:unit:A": 1, "on_time:unit:A": 2}
            daily_counts.put(session, day, ["sent", "on_time"], numbers)
    last = DAY + timedelta(days=1)
    with db.read() as session:
        assert daily_counts.totals(session, ["sent", "none"], DAY, last) == {"sent": 10}
        by_day = daily_counts.days(session, ["sent:zbs_phone"], DAY, last)
        assert by_day["sent:zbs_phone"] == {DAY: 0, last: 1}
        assert daily_counts.family(session, "sent", DAY, last) == {"zbs_phone": 1}
        assert daily_counts.units_of(session, "on_time", DAY, last) == {"A": 4}


def test_putting_a_day_leaves_other_families_and_other_days_alone(db: Database) -> None:
    with db.write() as session:
        daily_counts.put(session, DAY, ["sent"], {"sent": 1, "sent:x": 1})
        daily_counts.put(session, DAY, ["seen"], {"seen": 1})
        daily_counts.put(session, DAY + timedelta(days=1), ["sent"], {"sent": 9})
        assert daily_counts.put(session, DAY, ["sent"], {"sent": 2}) == 2
    assert known(db) == {"sent": 2, "seen": 1}
    assert known(db, DAY + timedelta(days=1)) == {"sent": 9}
