"""The clock reminds of what the citizen must do, and apologises when an office is late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from clock import FixedClock
from notify.calendars import calendar_of
from notify.reminders import apologise, remind, reminder_day
from settings import Settings
from store.engine import Database
from store.tables import Dossier, Outbox, Proof
from tests.notify import makers

DAY = timedelta(days=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text + "+07:00").astimezone(UTC)


def asked(
    db: Database,
    asked_at: datetime,
    promised_at: datetime | None,
    *,
    national: int = 5,
    proof: Proof | None = Proof.otp,
    **members,
) -> None:
    """A dossier that asks its citizen for something since ``asked_at``."""
    with db.write() as session:
        dossier = makers.dossier(session, asked_at, promised_at=promised_at, **members)
        makers.event(session, dossier, national, asked_at, "Bổ sung bản sao khai sinh.")
        if proof:
            makers.link(session, "1", asked_at, proof)


@pytest.mark.parametrize(
    ("asked_at", "promised", "before", "expected"),
    [
        # The working day before a promised date; over a weekend that is Friday.
        ("2026-11-10T09:00", "2026-11-20T17:00", 1, date(2026, 11, 19)),
        ("2026-11-10T09:00", "2026-11-16T17:00", 1, date(2026, 11, 13)),
        ("2026-11-10T09:00", "2026-11-16T17:00", 0, date(2026, 11, 16)),
        # Over the holiday of 24 November as well.
        ("2026-11-10T09:00", "2026-11-25T10:00", 1, date(2026, 11, 23)),
        # Promised too soon or not at all: three working days after the request.
        ("2026-11-18T09:00", "2026-11-19T10:00", 1, date(2026, 11, 23)),
        ("2026-11-18T09:00", None, 1, date(2026, 11, 23)),
        ("2026-11-18T09:00", "2026-11-01T10:00", 1, date(2026, 11, 23)),
    ],
)
def test_the_day_of_the_reminder(
    settings: Settings, asked_at: str, promised: str | None, before: int, expected: date
) -> None:
    dossier = Dossier(
        code="x",
        receipt_token="t",
        state="supplement_required",
        state_at=local(asked_at),
        promised_at=local(promised) if promised else None,
        created_at=local(asked_at),
        updated_at=local(asked_at),
    )
    assert reminder_day(dossier, calendar_of(settings), before) == expected


def test_a_citizen_is_reminded_once_of_a_supplement(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    asked(db, clock.now() - 6 * DAY, clock.now() + DAY)
    assert remind(db, settings, clock.now()) == 1
    for _ in range(3):
        assert remind(db, settings, clock.advance(days=1)) == 0
    row = makers.queued(db)[0]
    assert (row.lane, row.kind, row.uid) == ("reminder", "reminder_supplement_required", "1")
    assert "Bổ sung bản sao khai sinh." in row.body["text"]
    assert makers.CODE in row.body["text"]
    assert row.facts["reason"] == "Bổ sung bản sao khai sinh."


def test_nobody_is_reminded_before_the_day(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    asked(db, clock.now() - DAY, clock.now() + 10 * DAY)
    assert remind(db, settings, clock.now()) == 0


def test_a_reminder_missed_by_a_stopped_machine_is_made_up_for_but_not_for_ever(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    asked(db, clock.now() - 6 * DAY, clock.now() + DAY)
    assert remind(db, settings, clock.now() + 30 * DAY) == 0
    assert remind(db, settings, clock.now() + 3 * DAY) == 1


def test_a_second_request_is_reminded_of_again(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    asked(db, clock.now() - 6 * DAY, clock.now() + DAY)
    remind(db, settings, clock.now())
    again = clock.advance(days=2)
    with db.write() as session:
        makers.event(session, session.get_one(Dossier, 1), 5, again, "Thêm ảnh.")
    assert remind(db, settings, clock.advance(days=7)) == 1


def test_a_payment_is_reminded_of_with_a_way_to_pay(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    asked(db, clock.now() - 6 * DAY, clock.now() + DAY, national=6)
    remind(db, settings, clock.now())
    buttons = makers.queued(db)[0].body["buttons"]
    assert any(button["kind"] == "open_url" for button in buttons)


@pytest.mark.parametrize("national", [1, 2, 4, 9, 10])
def test_who_has_nothing_to_do_is_left_in_peace(
    db: Database, clock: FixedClock, settings: Settings, national: int
) -> None:
    asked(db, clock.now() - 6 * DAY, clock.now() + DAY, national=national)
    assert remind(db, settings, clock.now()) == 0


def test_a_bare_claim_is_not_reminded(db: Database, clock: FixedClock, settings: Settings) -> None:
    asked(db, clock.now() - 6 * DAY, clock.now() + DAY, proof=Proof.claimed)
    assert remind(db, settings, clock.now()) == 0


def test_a_ticked_phone_without_follower_is_reminded_by_template(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    template = {"reminder": {"template_id": "9", "params": {"ma": "{code}"}}}
    with_zbs = settings.model_copy(update={"zbs_templates": template})
    asked(db, clock.now() - 6 * DAY, clock.now() + DAY, proof=None, zalo_notify=True)
    assert remind(db, with_zbs, clock.now()) == 1
    row = makers.queued(db)[0]
    assert (row.uid, row.phone) == ("", makers.PHONE)
    assert "NGUYỄN THỊ MẪU" not in row.facts["name"]


def late(db: Database, clock: FixedClock, promised_at: datetime, **members) -> None:
    """A dossier at work with a follower and a promised date."""
    with db.write() as session:
        row = makers.dossier(
            session, clock.now() - 20 * DAY, promised_at=promised_at, state="signing", **members
        )
        makers.link(session, "1", clock.now())
        session.add(row)


def note(db: Database) -> list[Outbox]:
    return [row for row in makers.queued(db) if row.kind == "apology"]


def test_an_overdue_dossier_is_apologised_for_once(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    late(db, clock, clock.now() - timedelta(hours=2))
    assert apologise(db, settings, clock.now()) == 1
    assert apologise(db, settings, clock.advance(hours=1)) == 0
    assert "xin lỗi" in note(db)[0].body["text"]
    with db.read() as session:
        assert session.get_one(Dossier, 1).overdue_noted_at is not None


def test_a_supplement_that_moved_the_date_is_no_delay(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    start, end = clock.now() - 10 * DAY, clock.now() - 3 * DAY
    pauses = [[start.isoformat(), end.isoformat()]]
    late(db, clock, clock.now() - timedelta(hours=2), pauses=pauses)
    assert apologise(db, settings, clock.now()) == 0
    assert apologise(db, settings, clock.now() + 10 * DAY) == 1


@pytest.mark.parametrize("days", [-1, 40])
def test_who_is_in_time_or_late_for_ages_gets_no_apology(
    db: Database, clock: FixedClock, settings: Settings, days: int
) -> None:
    late(db, clock, clock.now() - days * DAY)
    assert apologise(db, settings, clock.now()) == 0
