"""Promise 16: whatever happens in whatever order, dossiers and messages stand in declared states, and
the policy sends nothing outside a window, the hours, or what somebody agreed to.

New examples are looked for with ``HYPOTHESIS_PROFILE=search``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from clock import VIETNAM, FixedClock
from crypto import Vault
from dossiers.national import from_national
from notify.policy import Channel, Facts, Hold, Quotas, RecipientFacts, Send, Spend, Terms, decide
from notify.policy import is_night as night
from settings import Settings
from store import outbox, sending
from store.delivery import News, learn
from store.engine import Database
from store.results import finish
from store.sending import Result
from store.tables import Dossier, DossierEvent, Lane, Outbox, OutboxState, State
from tests.dossiers.test_ingest import Desk
from tests.notify import makers
from tests.notify.outgoing import draft, queue
from tests.notify.test_policy import NOW, facts, people
from tests.notify.test_policy import settings as policy_settings
from tests.promises.sizes import size

#: Why citizens were told, or why not (`dossiers.folding.outcome_of`, `dossiers.ingest`).
OUTCOMES = {"announced", "late", "repeat", "old", "date", "foreign", "silent"}
OUR_FIXTURES = [HealthCheck.function_scoped_fixture]
_codes, _keys = count(1), count(1)

histories = st.lists(
    st.fixed_dictionaries(
        {
            "TrangThai": st.integers(-1, 12) | st.sampled_from(["9", "", None, True, 4.0, "mười"]),
            "ago": st.integers(-2, 200),
            "BuocXuLy": st.sampled_from(["", "Thẩm định", "Trình ký", "Bước lạ", "Phân công"]),
            "NoiDungXuLy": st.sampled_from(["", "Thiếu bản sao"]),
            "source": st.sampled_from(["igate", "khac"]),
            "number": st.integers(1, 12),
        }
    ),
    max_size=14,
)


@hypothesis_settings(max_examples=size(12, 400), suppress_health_check=OUR_FIXTURES)
@given(history=histories)
def test_no_history_of_events_leads_a_dossier_out_of_the_declared_states(
    db: Database,
    clock: FixedClock,
    settings: Settings,
    vault: Vault,
    history: list[dict[str, Any]],
) -> None:
    desk = Desk(db, clock, settings, vault)
    code = f"000.00.04.H60-230215-{next(_codes):04d}"
    desk.dossiers([{"MaHoSo": code}])
    taken: list[str] = []
    for told in history:
        item = {k: v for k, v in told.items() if k not in ("ago", "source", "number")}
        item |= {"MaHoSo": code, "MaSuKien": f"{code}-{told['number']}"}
        item["ThoiDiemXuLy"] = (clock.now() - timedelta(hours=told["ago"])).isoformat()
        taken += [result.status for result in desk.events([item], told["source"])]
        with db.read() as session:
            dossier = session.exec(select(Dossier).where(Dossier.code == code)).one()
            events = session.exec(
                select(DossierEvent).where(DossierEvent.dossier_id == dossier.id)
            ).all()
        assert len(events) == taken.count("created"), "else the history tries nothing"
        assert dossier.state in set(State)
        assert {event.outcome for event in events} <= OUTCOMES
        assert all(
            event.state == from_national(event.national_state, event.step) for event in events
        )
        own = {event.state for event in events if event.source_system == dossier.source_system}
        assert not own or dossier.state in own
        assert dossier.state != State.result_delivered or dossier.delivered_at is not None


#: What may become of a message, from where it stands (`store.tables.sending.OutboxState`).
_S = OutboxState
MOVES: dict[OutboxState, set[OutboxState]] = {
    _S.queued: {_S.leased},
    _S.leased: {_S.queued, _S.uncertain, _S.sent, _S.dropped, _S.parked, _S.delivered, _S.seen},
    _S.uncertain: {_S.leased, _S.queued, _S.sent, _S.delivered, _S.seen, _S.dropped, _S.parked},
    _S.sent: {_S.delivered, _S.seen},
    _S.delivered: {_S.seen},
    _S.seen: set(),
    _S.dropped: {_S.queued},
    _S.parked: {_S.queued, _S.sent, _S.delivered, _S.seen},
}
RESULTS = (_S.queued, _S.uncertain, _S.sent, _S.dropped, _S.parked)
happenings = st.lists(
    st.tuples(
        st.sampled_from(["claim", "result", "sweep", "back", "receipt", "echo", "requeue", "wait"]),
        st.integers(0, 4),
    ),
    max_size=25,
)


@hypothesis_settings(max_examples=size(15, 500), suppress_health_check=OUR_FIXTURES)
@given(happenings=happenings)
def test_no_order_of_happenings_leads_a_message_back_or_out_of_its_states(
    db: Database, clock: FixedClock, happenings: list[tuple[str, int]]
) -> None:
    key = f"k{next(_keys)}"
    queue(db, [draft(key, clock.now(), uid=key)], clock.now())
    before = state_of(db, key)
    for what, which in happenings:
        with db.write() as session:
            happen(session, clock, key, what, which)
        after = state_of(db, key)
        # A person may set the whole of it going again; nothing else steps back.
        assert after == before or after in MOVES[before], f"{what}: {before} to {after}"
        before = after


def state_of(db: Database, key: str) -> OutboxState:
    with db.read() as session:
        return OutboxState(session.exec(select(Outbox.state).where(Outbox.dedupe_key == key)).one())


def happen(session: Session, clock: FixedClock, key: str, what: str, which: int) -> None:
    """One thing that a sender, Zalo, a person or the clock does."""
    now = clock.now()
    row = session.exec(select(Outbox).where(Outbox.dedupe_key == key)).one()
    number = row.id or 0
    match what:
        case "claim":
            sending.claim(session, f"w{which % 2}", now, 500, 60)
        case "result":
            due = now + timedelta(seconds=10 * which)
            named = key if RESULTS[which] is _S.sent else ""
            result = Result(
                number, RESULTS[which], due, "uncertain", row.attempts + 1, zalo_message_id=named
            )
            finish(session, f"w{which % 2}", [result])
        case "sweep":
            sending.sweep_expired_leases(
                session, now, pause_seconds=10, max_attempts=8, echo_seconds=60
            )
        case "back":
            sending.hand_back(session, f"w{which % 2}")
        case "receipt":
            seen = now if which > 2 else None
            learn(session, key, News(delivered_at=now, seen_at=seen, uid=key), now)
        case "echo":
            learn(session, key, News(sent_at=now, uid=key, content="text"), now)
        case "requeue":
            outbox.requeue(session, number, now)
        case _:
            clock.advance(seconds=30 * which)


OURS = policy_settings()
terms = st.none() | st.builds(
    Terms,
    channels=st.frozensets(st.sampled_from(Channel)),
    spend=st.sampled_from(Spend),
    uid_price=st.none() | st.just(150),
    phone_price=st.none() | st.just(250),
    urgent=st.booleans(),
)


@hypothesis_settings(max_examples=size(300, 3000))
@given(facts, people, terms, st.integers(0, 24 * 60), st.none() | st.integers(0, 3))
def test_nothing_goes_outside_the_window_the_hours_and_what_was_agreed_to(
    message: Facts, person: RecipientFacts, bound: Terms | None, minute: int, left: int | None
) -> None:
    now = NOW + timedelta(minutes=minute)
    ours = OURS
    if bound is not None:
        message = replace(message, terms=bound, lane=Lane.broadcast)
    decision = decide(message, person, now, ours, Quotas(left))
    if isinstance(decision, Hold):
        assert decision.until > now
        assert message.expires_at is None or decision.until < message.expires_at
    if not isinstance(decision, Send):
        return
    assert message.expires_at is None or message.expires_at > now
    proactive = message.lane is not Lane.reply
    if proactive and person.uid:
        assert person.notify and not person.withdrawn
        assert person.unreachable not in ("blocked", "opted_out")
        assert person.followed or person.unfollowed_at is None
    if proactive and not person.uid:
        assert person.tick or not person.about_dossier
    if bound is not None:
        assert decision.channel in bound.channels and not decision.welcome
        local = now.astimezone(VIETNAM).time()
        assert bound.urgent or ours.broadcast_from <= local < ours.broadcast_to
        if decision.channel is Channel.consultation:
            assert bound.spend is Spend.paid or decision.cost == 0
            assert bound.spend is not Spend.free or not decision.allowance
    if decision.channel is Channel.consultation:
        spoke = person.last_interaction_at
        last_word = message.kind == "reply" and person.withdrawn and not proactive
        assert decision.welcome or last_word or (spoke and now - spoke < timedelta(days=7))
    if decision.channel is Channel.zbs_phone and proactive:
        assert not night(now), "no phone rings between 22:00 and 06:00"


@pytest.mark.parametrize("name", ["dossier", "outbox"])
def test_the_database_itself_refuses_a_state_nobody_declared(
    db: Database, clock: FixedClock, name: str
) -> None:
    now = clock.now()
    queue(db, [draft("m", now, uid="u")], now)
    with db.write() as session:
        makers.dossier(session, now)
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {name} SET state = 'half_done'")
