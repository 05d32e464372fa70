"""Staff's searches: the same answer as reading every row, a page at a time, without reading every row."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clock import FixedClock
from store import dossier_search, dossier_ways
from store.dossier_search import Count, Criteria, count, fields, search
from store.dossier_walks import Order, Place
from store.dossier_words import index_words
from store.engine import Database
from store.tables import Dossier, DossierWatch, Follower, PhoneLink, Proof, State
from store.tables.dossiers import OPEN
from tests.store.test_plans import plans

NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
UNITS = ("H60.01", "H60.02", "H60.03")
NAMES = ("nguyen thi mau", "nguyen van mau", "tran mau", "le van nguyen", "nong thi tho")
STATES = (State.received, State.appraising, State.supplement_required, State.result_delivered)
WORKED_ON = {State.received, State.appraising, State.supplement_required}


def _some(chance: random.Random, number: int) -> Dossier:
    received = NOW - timedelta(days=chance.randrange(60)) if chance.random() < 0.9 else None
    return Dossier(
        code=f"{chance.choice(UNITS)}-261118-{number:04}",
        procedure_code=chance.choice(("1.001", "1.002")),
        field_name=chance.choice(("Đất đai", "Hộ tịch", "")),
        owner_folded=chance.choice(NAMES),
        identity_last3=chance.choice(("123", "456")),
        phone=chance.choice(("+84900000001", "+84900000002", "")),
        unit_code=chance.choice(UNITS),
        received_at=received,
        promised_at=received and received + timedelta(days=chance.randrange(5, 70)),
        state=chance.choice(STATES),
        state_at=NOW,
        receipt_token=f"t{number}",
        created_at=NOW,
        updated_at=NOW,
    )


def stored(db: Database, number: int = 200, seed: int = 1) -> list[Dossier]:
    """Dossiers of every kind; the second phone is proven, one more dossier is watched."""
    chance = random.Random(seed)
    with db.write() as session:
        rows = [_some(chance, n) for n in range(number)]
        session.add_all(rows)
        session.flush()
        index_words(session, rows)
        session.add(Follower(uid="u1", first_seen_at=NOW))
        for phone, proof in (("+84900000002", Proof.otp), ("+84900000001", Proof.claimed)):
            session.add(PhoneLink(uid="u1", phone=phone, proof=proof, claimed_at=NOW))
        session.add(DossierWatch(dossier_id=rows[0].id or 0, uid="u1", created_at=NOW))
    return rows


def fits(row: Dossier, asked: Criteria, scope: frozenset[str] | None, first: int) -> bool:
    """The meaning of the criteria, said once more and plainly."""
    texts = (
        (asked.code, row.code),
        (asked.phone, row.phone),
        (asked.identity_last3, row.identity_last3),
        (asked.procedure, row.procedure_code),
        (asked.field, row.field_name),
    )
    spans = ((asked.received, row.received_at), (asked.promised, row.promised_at))
    return (
        all(not wanted or wanted == had for wanted, had in texts)
        and set(asked.words) <= {*row.owner_folded.split(), row.code[-4:]}
        and all(units is None or row.unit_code in units for units in (scope, asked.units))
        and (not asked.states or row.state in asked.states)
        and (not asked.open_only or row.state in WORKED_ON)
        and (not asked.running_only or row.state in WORKED_ON - {State.supplement_required})
        and all(
            (begin is None or (at is not None and at >= begin))
            and (end is None or (at is not None and at < end))
            for (begin, end), at in spans
        )
        and (not asked.no_channel or (row.phone != "+84900000002" and row.id != first))
    )


def key(order: Order) -> Callable[[Dossier], Any]:
    def newest(row: Dossier) -> Any:
        return -(row.id or 0)

    def received(row: Dossier) -> Any:
        assert row.received_at is not None
        return (-row.received_at.timestamp(), -(row.id or 0))

    def promised(row: Dossier) -> Any:
        return (row.promised_at, row.id)

    return {Order.newest: newest, Order.received: received, Order.promised: promised}[order]


def has_moment(row: Dossier, order: Order) -> bool:
    if order is Order.received:
        return row.received_at is not None
    return order is Order.newest or row.promised_at is not None


def all_pages(
    db: Database, asked: Criteria, scope: frozenset[str] | None, order: Order, limit: int = 7
) -> list[int]:
    found: list[int] = []
    after: Place | None = None
    with db.read() as session:
        for _ in range(1000):
            page = search(session, asked, scope=scope, order=order, after=after, limit=limit)
            assert len(page.rows) <= limit
            assert page.unfinished or page.next is None or len(page.rows) == limit
            found += [row.id or 0 for row in page.rows]
            after = page.next
            if after is None:
                return found
    raise AssertionError("the list never ends")


def random_question(chance: random.Random) -> tuple[Criteria, frozenset[str] | None]:
    def maybe(value: Any, empty: Any) -> Any:
        return value if chance.random() < 0.3 else empty

    def span() -> tuple[datetime | None, datetime | None]:
        begin = NOW - timedelta(days=chance.randrange(0, 70))
        return (maybe(begin, None), maybe(begin + timedelta(days=chance.randrange(40)), None))

    asked = Criteria(
        words=maybe(tuple(chance.sample(("nguyen", "mau", "van", "0007"), 2)), ()),
        identity_last3=maybe("123", ""),
        phone=maybe("+84900000001", ""),
        units=maybe(frozenset(chance.sample(UNITS, 2)), None),
        procedure=maybe("1.001", ""),
        field=maybe("Đất đai", ""),
        states=maybe(tuple(chance.sample(STATES, 2)), ()),
        received=maybe(span(), (None, None)),
        promised=maybe(span(), (None, None)),
        open_only=maybe(True, False),
        running_only=maybe(True, False),
        no_channel=maybe(True, False),
    )
    return asked, maybe(frozenset(chance.sample(UNITS, 2)), None)


@pytest.mark.parametrize(
    ("pieces", "narrow"), [((300, 2_000), 10_000), ((3, 5), 2), ((4, 9), 60), ((40,), 1)]
)
def test_every_question_gets_exactly_the_rows_it_asks_for_in_order_and_once(
    db: Database, monkeypatch: pytest.MonkeyPatch, pieces: tuple[int, ...], narrow: int
) -> None:
    # Small limits send the same questions along every way through the tables.
    monkeypatch.setattr(dossier_search, "_PIECES", pieces)
    monkeypatch.setattr(dossier_ways, "NARROW", narrow)
    rows = stored(db, 120)
    chance = random.Random(narrow)
    for _ in range(40):
        asked, scope = random_question(chance)
        order = chance.choice(list(Order))
        wanted = [r for r in rows if fits(r, asked, scope, rows[0].id or 0)]
        listed = sorted((r for r in wanted if has_moment(r, order)), key=key(order))
        assert all_pages(db, asked, scope, order) == [r.id for r in listed], (asked, order)
        with db.read() as session:
            counted = count(session, asked, scope=scope)
        assert counted.more or counted.number == len(wanted), asked


def test_who_may_see_no_unit_sees_nothing(db: Database) -> None:
    stored(db, 10)
    with db.read() as session:
        assert search(session, Criteria(), scope=frozenset()).rows == []
        assert count(session, Criteria(), scope=frozenset()) == Count(0)
        asked = Criteria(units=frozenset({"H60.01"}))
        assert search(session, asked, scope=frozenset({"H60.02"})).rows == []


def test_a_code_outside_the_scope_is_not_found(db: Database) -> None:
    row = next(r for r in stored(db, 30) if r.unit_code == "H60.01")
    with db.read() as session:
        asked = Criteria(code=row.code)
        assert len(search(session, asked, scope=frozenset({"H60.01"})).rows) == 1
        assert search(session, asked, scope=frozenset({"H60.02", "H60.03"})).rows == []


def test_counts_end_at_a_thousand(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dossier_search, "COUNT_CAP", 20)
    stored(db, 30)
    with db.read() as session:
        assert count(session, Criteria(), scope=None) == Count(20, more=True)


def test_a_rare_combination_stops_after_so_many_rows_and_says_where_to_go_on(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dossier_search, "_PIECES", (10, 20))
    monkeypatch.setattr(dossier_ways, "NARROW", 5)
    rows = stored(db, 120)
    with db.read() as session:
        asked = Criteria(field="Đất đai", words=("0003",))
        monkeypatch.setattr(dossier_ways, "_walks", lambda *_: [])
        found = search(session, asked, scope=None)
    assert (found.rows, found.unfinished) == ([], True)
    assert found.next is not None
    assert found.next.id == rows[-30].id


def test_the_fields_in_use_are_listed_each_once(db: Database) -> None:
    stored(db, 60)
    with db.read() as session:
        assert list(fields(session)) == ["Hộ tịch", "Đất đai"]


SPAN = (NOW - timedelta(days=9), NOW)
QUESTIONS: dict[str, tuple[Criteria, frozenset[str] | None, Order]] = {
    "all": (Criteria(), None, Order.newest),
    "all received": (Criteria(), None, Order.received),
    "all promised": (Criteria(), None, Order.promised),
    "unit": (Criteria(), frozenset(UNITS), Order.newest),
    "unit promised": (Criteria(), frozenset(UNITS), Order.promised),
    "unit and states": (Criteria(states=STATES), frozenset(UNITS), Order.newest),
    "words": (Criteria(words=("nguyen", "mau")), None, Order.newest),
    "last3": (Criteria(identity_last3="123"), None, Order.newest),
    "identity": (Criteria(identity_hash="x"), None, Order.newest),
    "receipt": (Criteria(receipt_number="00673810079"), None, Order.newest),
    "phone": (Criteria(phone="+84900000001"), None, Order.newest),
    "procedure": (Criteria(procedure="1.001"), None, Order.newest),
    "field": (Criteria(field="Đất đai"), None, Order.newest),
    "states": (Criteria(states=STATES), None, Order.newest),
    "received": (Criteria(received=SPAN), None, Order.received),
    "promised": (Criteria(promised=SPAN), None, Order.promised),
    "overdue": (Criteria(promised=(None, NOW), running_only=True), None, Order.promised),
    "no channel": (Criteria(no_channel=True, open_only=True), None, Order.promised),
}
_ALL = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())


def _asking(question: tuple[Criteria, frozenset[str] | None, Order]) -> Callable[[Any], Any]:
    asked, scope, order = question

    def work(session: Any) -> None:
        search(session, asked, scope=scope, order=order, after=Place(10**6, NOW))
        search(session, asked, scope=scope, order=order)
        count(session, asked, scope=scope)

    return work


@_ALL
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_never_sorts_or_walks_through_the_table(
    db: Database, question: tuple[Criteria, frozenset[str] | None, Order]
) -> None:
    found = plans(db, _asking(question), "EXPLAIN QUERY PLAN")
    walks = [s for s in found if s.startswith(("SCAN dossier", "SCAN phone_link"))]
    # Along an index, or along the key itself, where a piece ends at its limit.
    whole = question[0] == Criteria() and question[1] is None
    assert [s for s in walks if "USING" not in s] == [] or whole, walks
    open_ones = "ix_dossier_open" in " ".join(found)
    assert open_ones or not (question[0].open_only or question[0].running_only)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_merges_units_instead_of_sorting_all_their_dossiers(db: Database) -> None:
    found = plans(db, _asking(QUESTIONS["unit"]), "EXPLAIN", "SET LOCAL enable_seqscan = off")
    assert any("Merge Append" in step for step in found)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_merges_units_instead_of_sorting_all_their_dossiers(db: Database) -> None:
    found = plans(db, _asking(QUESTIONS["unit"]), "EXPLAIN QUERY PLAN")
    assert "MERGE (UNION ALL)" in found


@_ALL
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_can_serve_every_list_from_an_index(
    db: Database, question: tuple[Criteria, frozenset[str] | None, Order]
) -> None:
    found = plans(db, _asking(question), "EXPLAIN", "SET LOCAL enable_seqscan = off")
    assert [s for s in found if "Seq Scan on dossier" in s] == []


def test_the_states_somebody_works_on_are_those_of_the_index(clock: FixedClock) -> None:
    assert all(f"'{state}'" in OPEN for state in dossier_ways._CLOSED)
    assert OPEN.count("'") == 2 * len(dossier_ways._CLOSED)
