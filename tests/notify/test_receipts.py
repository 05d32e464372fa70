"""Echoes and receipts move messages forward, in whatever order and however early they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.events import Event, OaSent, Received, Seen, ZbsReceived
from bot.messages import Text, to_json
from clock import FixedClock
from notify.receipts import learn
from store import delivery
from store.engine import Database
from store.outbox import Draft, enqueue
from store.results import finish
from store.sending import Result
from store.tables import EarlyReceipt, Lane, Outbox, OutboxState

AT = datetime(2026, 11, 18, 3, 0, 5, tzinfo=UTC)
LATER = AT + timedelta(minutes=2)


def put(db: Database, clock: FixedClock, key: str = "a", text: str = "Xin chào", **members) -> int:
    """A message in the outbox, then put into the state the test wants."""
    with db.write() as session:
        draft = Draft(key, Lane.status, "status_received", to_json(Text(text)), "c", clock.now())
        enqueue(session, [draft], clock.now())
        row = session.exec(select(Outbox).where(Outbox.dedupe_key == key)).one()
        for name, value in {
            "uid": "7",
            "state": "sent",
            "zalo_message_id": "m1",
            **members,
        }.items():
            setattr(row, name, value)
        session.add(row)
        return int(row.id or 0)


def tell(db: Database, clock: FixedClock, *events: Event) -> None:
    for event in events:
        with db.write() as session:
            learn(session, event, clock.now())


def row_of(db: Database, row_id: int) -> Outbox:
    with db.read() as session:
        return session.exec(select(Outbox).where(Outbox.id == row_id)).one()


def echo(text: str | None = "Xin chào", msg_id: str = "m1", **members) -> OaSent:
    facts = {"name": "oa_send_text", "kind": "text", "user_id": "7", "at": AT, **members}
    return OaSent(**facts, text=text, msg_id=msg_id)


def received(*ids: str) -> Received:
    return Received(name="user_received_message", msg_ids=ids, at=AT, user_id="7")


def seen(*ids: str) -> Seen:
    return Seen(name="user_seen_message", msg_ids=ids, at=LATER, user_id="7")


def test_a_message_is_delivered_and_then_seen(db: Database, clock: FixedClock) -> None:
    row = put(db, clock)
    tell(db, clock, received("m1"))
    assert (row_of(db, row).state, row_of(db, row).delivered_at) == (OutboxState.delivered, AT)
    tell(db, clock, seen("m1", "m1"))
    assert (row_of(db, row).state, row_of(db, row).seen_at) == (OutboxState.seen, LATER)


def test_seen_means_delivered_and_never_moves_back(db: Database, clock: FixedClock) -> None:
    row = put(db, clock)
    tell(db, clock, seen("m1"), received("m1"))
    found = row_of(db, row)
    assert found.state == OutboxState.seen
    assert found.delivered_at is not None
    assert found.seen_at == LATER


def test_a_template_receipt_uses_its_own_delivery_time(db: Database, clock: FixedClock) -> None:
    row = put(db, clock)
    event = ZbsReceived(name="user_received_message", msg_id="m1", at=LATER, delivered_at=AT)
    tell(db, clock, event)
    assert row_of(db, row).delivered_at == AT


@pytest.mark.parametrize("state", ["queued", "leased", "dropped"])
def test_a_receipt_never_takes_a_row_from_the_sender(
    db: Database, clock: FixedClock, state: str
) -> None:
    row = put(db, clock, state=state)
    tell(db, clock, seen("m1"))
    assert row_of(db, row).state == state


def test_a_receipt_before_the_send_call_returned_waits_for_it(
    db: Database, clock: FixedClock
) -> None:
    row = put(db, clock, state="leased", zalo_message_id="")
    tell(db, clock, echo(), received("m1"), seen("m1"))
    assert row_of(db, row).state == OutboxState.leased
    with db.write() as session:
        mine = session.get(Outbox, row)
        assert mine is not None
        mine.state, mine.zalo_message_id = OutboxState.sent, "m1"
        session.add(mine)
        session.flush()
        assert delivery.apply_early(session, ["m1", ""]) == 1
    assert row_of(db, row).state == OutboxState.seen
    with db.read() as session:
        assert session.exec(select(EarlyReceipt)).all() == []


def test_a_receipt_that_missed_its_row_is_brought_together_later(
    db: Database, clock: FixedClock
) -> None:
    tell(db, clock, received("m1"))
    row = put(db, clock)
    with db.write() as session:
        assert delivery.reconcile(session) == 1
    assert row_of(db, row).state == OutboxState.delivered


def test_an_uncertain_message_whose_echo_came_is_not_sent_again(
    db: Database, clock: FixedClock
) -> None:
    row = put(db, clock, state="uncertain", zalo_message_id="", channel="consultation")
    other = put(db, clock, "b", "Tin khác", state="uncertain", zalo_message_id="")
    tell(db, clock, echo(), received("m1"))
    with db.write() as session:
        delivery.reconcile(session)
    found = row_of(db, row)
    assert (found.state, found.zalo_message_id) == (OutboxState.delivered, "m1")
    assert row_of(db, other).state == OutboxState.uncertain


def test_one_echo_settles_one_of_two_equal_messages(db: Database, clock: FixedClock) -> None:
    rows = [put(db, clock, key, state="uncertain", zalo_message_id="") for key in ("a", "b")]
    tell(db, clock, echo())
    with db.write() as session:
        delivery.reconcile(session)
    assert [row_of(db, row).state for row in rows] == [OutboxState.sent, OutboxState.uncertain]


def test_an_uncertain_template_by_phone_is_found_by_our_own_mark(
    db: Database, clock: FixedClock
) -> None:
    members = {"uid": "", "phone": "+84900000001", "channel": "zbs_phone"}
    row = put(db, clock, state="uncertain", zalo_message_id="", **members)
    event = ZbsReceived(
        name="user_received_message",
        msg_id="z1",
        at=AT,
        phone_or_hash="84900000001",
        tracking_id=delivery.tracking_id(row),
    )
    tell(db, clock, event)
    with db.write() as session:
        delivery.reconcile(session)
    assert row_of(db, row).state == OutboxState.delivered


def test_the_echo_that_comes_while_nobody_knows_settles_the_message_at_once(
    db: Database, clock: FixedClock
) -> None:
    row = put(db, clock, state="uncertain", zalo_message_id="")
    tell(db, clock, echo())
    assert row_of(db, row).state == OutboxState.sent


@pytest.mark.parametrize("state", ["uncertain", "parked"])
def test_the_echo_that_came_before_the_call_timed_out_is_the_answer(
    db: Database, clock: FixedClock, state: str
) -> None:
    row = put(db, clock, state="leased", zalo_message_id="", lease_owner="w")
    tell(db, clock, echo())
    with db.write() as session:
        result = Result(row, OutboxState(state), clock.now(), reason="uncertain", attempts=1)
        finish(session, "w", [result])
    assert (row_of(db, row).state, row_of(db, row).zalo_message_id) == (OutboxState.sent, "m1")


def test_the_senders_result_takes_in_what_was_heard_before_it(
    db: Database, clock: FixedClock
) -> None:
    row = put(db, clock, state="leased", zalo_message_id="", lease_owner="w")
    tell(db, clock, echo(), seen("m1"))
    with db.write() as session:
        result = Result(row, OutboxState.sent, clock.now(), zalo_message_id="m1")
        finish(session, "w", [result])
    assert row_of(db, row).state == OutboxState.seen


def test_two_echoes_settle_two_equal_messages(db: Database, clock: FixedClock) -> None:
    rows = [put(db, clock, key, state="leased", zalo_message_id="") for key in ("a", "b")]
    tell(db, clock, echo(), echo(msg_id="m2"))
    with db.write() as session:
        for row in rows:
            mine = session.get(Outbox, row)
            assert mine is not None
            mine.state = OutboxState.uncertain
            session.add(mine)
        session.flush()
        assert delivery.reconcile(session) == 2
    assert {row_of(db, row).zalo_message_id for row in rows} == {"m1", "m2"}


def test_what_a_person_wrote_in_oa_chat_settles_nothing(db: Database, clock: FixedClock) -> None:
    row = put(db, clock, state="uncertain", zalo_message_id="")
    tell(db, clock, echo(admin_id="99"))
    with db.write() as session:
        assert delivery.reconcile(session) == 0
    assert row_of(db, row).state == OutboxState.uncertain


def test_an_echo_for_somebody_else_settles_nothing(db: Database, clock: FixedClock) -> None:
    row = put(db, clock, state="uncertain", zalo_message_id="")
    tell(db, clock, echo(user_id="8"))
    with db.write() as session:
        assert delivery.reconcile(session) == 0
    assert row_of(db, row).state == OutboxState.uncertain


_ORDER = st.permutations(range(4))


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=_ORDER, repeat=st.integers(0, 3))
def test_any_order_of_answer_echo_and_receipts_ends_at_seen(
    db: Database, clock: FixedClock, order: list[int], repeat: int
) -> None:
    key = f"{order}-{repeat}"
    row = put(db, clock, key, state="leased", zalo_message_id="")

    def answer() -> None:
        with db.write() as session:
            mine = session.get(Outbox, row)
            assert mine is not None
            mine.state, mine.zalo_message_id = OutboxState.sent, key
            session.add(mine)
            session.flush()
            delivery.apply_early(session, [key])

    steps = [
        answer,
        lambda: tell(db, clock, echo(msg_id=key)),
        lambda: tell(db, clock, received(key)),
        lambda: tell(db, clock, seen(key)),
    ]
    for at in order:
        steps[at]()
    if repeat:
        steps[repeat]()
    assert row_of(db, row).state == OutboxState.seen
