"""Counters in fixed windows, and the links that decide who may see a dossier."""

from __future__ import annotations

import threading
from datetime import timedelta

from clock import FixedClock
from store import links, throttles
from store.engine import Database
from store.tables import PhoneLink, Proof

HOUR = timedelta(hours=1)


def test_counts_from_many_machines_are_never_lost(
    db: Database, clock: FixedClock, database_url: str
) -> None:
    other = Database(database_url, pool_size=4)

    def count(database: Database) -> None:
        for _ in range(20):
            with database.write() as session:
                throttles.add(session, "lookup:1", clock.now(), HOUR)

    threads = [threading.Thread(target=count, args=(one,)) for one in (db, db, other, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.dispose()
    with db.read() as session:
        assert throttles.used(session, "lookup:1", clock.now(), HOUR) == 80


def test_a_new_window_begins_empty_and_keys_are_apart(db: Database, clock: FixedClock) -> None:
    with db.write() as session:
        assert throttles.add(session, "a", clock.now(), HOUR, 3) == 3
        assert throttles.add(session, "a", clock.now(), HOUR) == 4
        assert throttles.add(session, "b", clock.now(), HOUR) == 1
        clock.set(throttles.ends(clock.now(), HOUR))
        assert throttles.used(session, "a", clock.now(), HOUR) == 0
        assert throttles.add(session, "a", clock.now(), HOUR) == 1


def test_the_same_claim_made_twice_at_once_is_one_link(db: Database, clock: FixedClock) -> None:
    def claim() -> None:
        with db.write() as session:
            links.claim(session, "1", "+84900000001", clock.now())

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as session:
        assert len(links.live(session, "1")) == 1


def test_a_proof_is_never_replaced_by_another(db: Database, clock: FixedClock) -> None:
    with db.write() as session:
        links.claim(session, "1", "+84900000001", clock.now())
        assert links.verify(session, "1", "+84900000001", Proof.otp, clock.now())
        assert not links.verify(session, "1", "+84900000001", Proof.receipt, clock.now())
        links.claim(session, "1", "+84900000001", clock.now())
        assert [link.proof for link in links.live(session, "1")] == ["otp"]


def test_only_a_proof_makes_a_phone_count(db: Database, clock: FixedClock) -> None:
    with db.write() as session:
        for number, proof in enumerate(Proof):
            session.add(
                PhoneLink(
                    uid="1", phone=f"+8490000000{number}", proof=proof, claimed_at=clock.now()
                )
            )
        session.flush()
        assert len(links.verified_phones(session, "1")) == len(Proof) - 1
        assert "+84900000000" not in links.verified_phones(session, "1")
