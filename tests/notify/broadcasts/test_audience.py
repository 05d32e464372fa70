"""Who is told and by which way; the estimate and the fixed recipients are the same people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from clock import FixedClock
from notify.broadcasts.audience import Audience
from notify.broadcasts.content import Content
from notify.broadcasts.estimate import Estimate, estimate
from notify.policy import Spend
from settings import Settings
from store import broadcasts, topics
from store.engine import Database
from store.tables import Agency, BroadcastState, State
from tests.notify.broadcasts import making
from tests.notify.broadcasts.making import ZBS, content

PHONES = [f"+8490000000{n}" for n in range(10)]


def counted(db: Database, settings: Settings, clock: FixedClock, number: int) -> Estimate:
    """The estimate of an announcement."""
    with db.read() as session:
        row = broadcasts.get(session, number)
        assert row is not None
        return estimate(session, row, settings, clock.now(), clock.now()).estimate


def fixed(
    db: Database,
    settings: Settings,
    clock: FixedClock,
    said: Content | None = None,
    audience: Audience | None = None,
    **members: Any,
) -> tuple[set[str], Estimate]:
    """Start an announcement and fix its recipients; the estimate beside them."""
    number = making.ready(db, settings, clock.now(), said, audience, **members)
    loop = making.looping(db, settings, clock)
    for _ in range(50):
        if making.get(db, number).state not in (BroadcastState.scheduled, BroadcastState.preparing):
            break
        loop.turn()
    row = making.get(db, number)
    told = Estimate.model_validate(row.estimate)
    people = making.recipients(db, number)
    assert row.total == len(people) == told.reach
    return people, told


def test_everybody_means_those_who_may_be_told_and_says_why_not_the_others(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    making.follower(db, "wrote", now)
    making.follower(db, "days", now, hours=72)
    making.follower(db, "weeks", now, hours=24 * 20)
    making.follower(db, "never", now, hours=None)
    making.follower(db, "silenced", now, notify=False)
    making.follower(db, "withdrew", now, withdrawn_at=now)
    making.follower(db, "blocked", now, unreachable="blocked")
    making.follower(db, "away", now, unreachable="inactive")
    making.follower(db, "left", now, followed=False, unfollowed_at=now)
    people, told = fixed(db, settings, clock)
    assert people == {"wrote", "days"}
    assert told.matched == 9
    assert told.shares["consultation"].people == told.shares["allowance"].people == 1
    assert told.excluded == {
        "window": 2,
        "opted_out": 1,
        "withdrawn": 1,
        "blocked": 1,
        "inactive": 1,
        "unfollowed": 1,
    }
    assert told.cost == 0


def test_beyond_the_window_a_template_reaches_them_at_its_own_price(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    making.follower(db, "wrote", now)
    making.follower(db, "weeks", now, hours=24 * 20)
    making.follower(db, "long", now, hours=24 * 400, followed_at=now - timedelta(days=500))
    people, told = fixed(db, settings, clock, content(zbs=ZBS))
    assert people == {"wrote", "weeks"}
    assert (told.shares["zbs_uid"].people, told.cost) == (1, 150)
    assert told.excluded == {"window": 1}


@pytest.mark.parametrize(
    ("spend", "left", "expected", "cost"),
    [
        (Spend.free, 5, 0, 0),
        (Spend.allowance, 5, 3, 0),
        (Spend.allowance, 2, 2, 0),
        (Spend.paid, 2, 3, 55),
    ],
)
def test_what_may_be_spent_outside_48_hours_decides_how_many(
    db: Database,
    settings: Settings,
    clock: FixedClock,
    spend: Spend,
    left: int,
    expected: int,
    cost: int,
) -> None:
    for n in range(3):
        making.follower(db, f"u{n}", clock.now(), hours=72)
    changed = settings.model_copy(update={"consultation_allowance": left})
    number = making.draft(db, clock.now(), content(spend=spend))
    told = counted(db, changed, clock, number)
    assert (told.reach, told.cost) == (expected, cost)
    assert told.allowance == min(expected, left) and told.allowance_left == left


def test_a_picture_with_buttons_is_two_messages_and_costs_twice(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    making.follower(db, "u", clock.now(), hours=72)
    said = Content.model_validate(
        {
            "vi": {
                "text": "Xem",
                "buttons": [{"kind": "open_url", "title": "Mở", "value": "https://a.vn"}],
            },
            "picture": "sha256:" + "a" * 64,
            "spend": "paid",
        }
    )
    changed = settings.model_copy(update={"consultation_allowance": 0})
    told = counted(db, changed, clock, making.draft(db, clock.now(), said))
    assert (told.reach, told.messages, told.cost) == (1, 2, 110)


def test_dossiers_decide_with_proven_links_and_held_receipts_only(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    for uid in ("linked", "claims", "holds", "other"):
        making.follower(db, uid, now)
    land = {"unit_code": "H60.01", "procedure_code": "1.001", "field_name": "Đất đai"}
    making.dossier(db, "A", now, phone=PHONES[0], state="supplement_required", **land)
    held = making.dossier(db, "B", now, phone=PHONES[1], state="supplement_required", **land)
    making.dossier(db, "C", now, phone=PHONES[2], **land)
    making.link(db, "linked", PHONES[0], now)
    making.link(db, "claims", PHONES[1], now, proof="claimed")
    making.watch(db, "holds", held, now)
    making.link(db, "other", PHONES[2], now)
    waiting = Audience(states=(State.supplement_required,), fields=("Đất đai",))
    people, _ = fixed(db, settings, clock, audience=waiting)
    assert people == {"linked", "holds"}
    clock.advance(days=2)
    with db.write() as session:
        session.add(Agency(code="H60.01", name="X", name_folded="x", updated_at=now, id=7))
    people, _ = fixed(db, settings, clock, audience=Audience(agencies=(7,)))
    assert people == {"linked", "holds", "other"}


def test_phones_without_a_follower_are_told_by_zbs_only_with_the_tick_and_once(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    making.follower(db, "linked", now)
    making.link(db, "linked", PHONES[0], now)
    for n, (code, ticked) in enumerate([("A", True), ("B", True), ("C", True), ("D", False)]):
        phone = PHONES[min(n, 1)] if n < 3 else PHONES[3]
        making.dossier(db, code, now, phone=phone, zalo_notify=ticked, field_name="Đất đai")
    audience = Audience(fields=("Đất đai",))
    people, told = fixed(db, settings, clock, content(zbs=ZBS), audience)
    assert people == {"linked", PHONES[1]}
    assert (told.shares["zbs_phone"].people, told.cost) == (1, 250)
    clock.advance(days=2)
    _, told = fixed(db, settings, clock, content(), audience)
    assert told.excluded == {"no_follower": 1}


def test_topics_tags_languages_and_last_words_narrow_it(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    making.follower(db, "a", now, language="en")
    making.follower(db, "b", now, hours=40)
    making.follower(db, "c", now)
    with db.write() as session:
        topics.choose(session, "c", "hours", False, now)
        topics.choose(session, "b", "survey", True, now)
        topics.tag(session, "Xã Mẫu", ["b", "c"])
    number = making.draft(db, now)
    told = counted(db, settings, clock, number)
    assert (told.reach, told.excluded) == (2, {"topic": 1})
    for audience, topic, reach in (
        (Audience(languages=("en",)), "hours", 1),
        (Audience(tags=("Xã Mẫu",)), "hours", 1),
        (Audience(interacted_days=1), "hours", 1),
        (Audience(), "survey", 1),
        (Audience(subscribed_only=True), "procedures", 0),
    ):
        number = making.draft(db, now, audience=audience, topic=topic)
        assert counted(db, settings, clock, number).reach == reach, audience
    urgent = making.draft(db, now, topic="hours", urgent=True, urgent_reason="lũ")
    assert counted(db, settings, clock, urgent).reach == 3


def test_nobody_gets_a_second_one_within_the_pause_unless_it_is_urgent(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    making.follower(db, "u", clock.now(), hours=1)
    fixed(db, settings, clock)
    number = making.draft(db, clock.now())
    assert counted(db, settings, clock, number).excluded == {"told_recently": 1}
    urgent = making.draft(db, clock.now(), urgent=True, urgent_reason="lũ")
    assert counted(db, settings, clock, urgent).reach == 1
    clock.advance(hours=25)
    assert counted(db, settings, clock, number).reach == 1


def test_an_uploaded_list_reaches_its_phones_and_dossiers_and_nobody_else(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    for uid in ("phone", "code", "both", "not"):
        making.follower(db, uid, now)
    making.link(db, "phone", PHONES[0], now)
    making.link(db, "both", PHONES[1], now)
    making.link(db, "not", PHONES[2], now)
    one = making.dossier(db, "A", now, phone=PHONES[1])
    two = making.dossier(db, "B", now, phone=PHONES[4])
    making.dossier(db, "C", now, phone=PHONES[2])
    making.watch(db, "code", two, now)
    number = making.draft(db, now, audience=Audience(listed=True))
    with db.write() as session:
        broadcasts.put_list(session, number, PHONES[:2], [one, two])
    assert counted(db, settings, clock, number).reach == 3
    copied = making.draft(db, now, audience=Audience(listed=True))
    with db.write() as session:
        broadcasts.copy_list(session, number, copied)
        assert broadcasts.list_size(session, copied) == 4
    assert counted(db, settings, clock, copied).reach == 3


def test_a_list_among_an_agencys_units_reaches_only_their_dossiers(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    with db.write() as session:
        session.add(Agency(code="H60.01", name="X", name_folded="x", updated_at=now, id=7))
    for uid, phone, unit in (("in", PHONES[0], "H60.01"), ("out", PHONES[1], "H60.02")):
        making.follower(db, uid, now)
        making.link(db, uid, phone, now)
        making.dossier(db, uid, now, phone=phone, unit_code=unit)
    making.follower(db, "none", now)
    making.link(db, "none", PHONES[2], now)
    number = making.draft(db, now, audience=Audience(listed=True), agency_id=7)
    with db.write() as session:
        broadcasts.put_list(session, number, PHONES[:3], [])
    assert counted(db, settings, clock, number).reach == 1


def test_a_draft_of_an_agency_never_reaches_beyond_it(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    with db.write() as session:
        session.add(Agency(code="H60.01", name="X", name_folded="x", updated_at=now, id=7))
    for uid, unit, phone in (("in", "H60.01", PHONES[0]), ("out", "H60.02", PHONES[1])):
        making.follower(db, uid, now)
        making.link(db, uid, phone, now)
        making.dossier(db, uid, now, phone=phone, unit_code=unit)
    people, _ = fixed(db, settings, clock, agency_id=7)
    assert people == {"in"}


def test_a_list_with_other_criteria_reaches_only_who_meets_them_all(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    now = clock.now()
    for uid, phone, field in (("land", PHONES[0], "Đất đai"), ("civil", PHONES[1], "Hộ tịch")):
        making.follower(db, uid, now)
        making.link(db, uid, phone, now)
        making.dossier(db, uid, now, phone=phone, field_name=field)
    audience = Audience(listed=True, fields=("Đất đai",))
    number = making.draft(db, now, audience=audience)
    with db.write() as session:
        broadcasts.put_list(session, number, PHONES[:2], [])
    assert counted(db, settings, clock, number).reach == 1
