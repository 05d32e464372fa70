"""What is no longer needed is forgotten, and what keeps us from repeating ourselves stays."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from bot.messages import Text, to_json
from clock import FixedClock
from notify.retention import forget
from settings import Settings
from store.engine import Database
from store.outbox import Draft, enqueue
from store.tables import (
    Alarm,
    Conversation,
    EarlyReceipt,
    IdempotencyRecord,
    InboundEvent,
    InboundState,
    JobRun,
    Lane,
    OauthAttempt,
    OtpChallenge,
    Outbox,
    OutboxState,
    RateWindow,
    Throttle,
    WorkerHeartbeat,
    ZaloUpload,
)


def events(db: Database, clock: FixedClock, count: int, state: InboundState, key: str) -> None:
    with db.write() as session:
        for number in range(count):
            session.add(
                InboundEvent(
                    dedupe_key=f"{key}{number}",
                    event_name="user_send_text",
                    body=b'{"text":"rieng tu"}',
                    correlation_id="c",
                    received_at=clock.now(),
                    state=state,
                )
            )


def test_bodies_of_handled_events_go_and_their_keys_stay(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    events(db, clock, 12, InboundState.handled, "old")
    events(db, clock, 1, InboundState.queued, "waiting")
    clock.advance(days=settings.keep_event_bodies_days + 1)
    events(db, clock, 2, InboundState.handled, "new")
    assert forget(db, settings, clock.now(), chunk=5) == 12
    with db.read() as session:
        rows = session.exec(select(InboundEvent)).all()
    assert len(rows) == 15
    kept = {row.dedupe_key for row in rows if row.body is not None}
    assert kept == {"waiting0", "new0", "new1"}
    assert forget(db, settings, clock.now(), chunk=5) == 0


def message(db: Database, clock: FixedClock, key: str, state: OutboxState) -> None:
    with db.write() as session:
        draft = Draft(
            key,
            Lane.status,
            "status_received",
            to_json(Text("Hồ sơ của ông/bà")),
            "c",
            clock.now(),
            phone="+84900000001",
            facts={"name": "NGUYỄN THỊ MẪU"},
        )
        enqueue(session, [draft], clock.now())
        row = session.exec(select(Outbox).where(Outbox.dedupe_key == key)).one()
        row.state, row.cost_vnd = state, 300
        session.add(row)


def test_contents_of_old_messages_go_and_what_became_of_them_stays(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    message(db, clock, "old", OutboxState.seen)
    message(db, clock, "held", OutboxState.queued)
    clock.advance(days=settings.keep_messages_days + 1)
    message(db, clock, "new", OutboxState.sent)
    assert forget(db, settings, clock.now()) == 1
    with db.read() as session:
        rows = {row.dedupe_key: row for row in session.exec(select(Outbox)).all()}
    old = rows["old"]
    assert (old.body, old.facts, old.phone, old.order_key) == ({}, {}, "", "")
    assert (old.state, old.cost_vnd, old.kind) == ("seen", 300, "status_received")
    assert rows["new"].body
    assert rows["held"].body
    assert forget(db, settings, clock.now()) == 0


def test_an_emptied_message_is_still_not_queued_twice(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    message(db, clock, "old", OutboxState.seen)
    forget(db, settings, clock.advance(days=settings.keep_messages_days + 1))
    with db.write() as session:
        draft = Draft("old", Lane.status, "status_received", {}, "c", clock.now())
        assert enqueue(session, [draft], clock.now()) == 0


def test_what_only_serves_the_machinery_is_deleted_when_it_is_stale(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    def put(suffix: str) -> None:
        now = clock.now()
        with db.write() as session:
            session.add_all(
                [
                    Throttle(key=f"k{suffix}", window_start=now, used=1),
                    OtpChallenge(
                        uid="1", phone="+84900000001", code_hash="h", created_at=now, expires_at=now
                    ),
                    RateWindow(scope="oa:1", minute=int(now.timestamp()) // 60),
                    JobRun(job="sweep", slot=now, owner="w", lease_until=now, finished_at=now),
                    WorkerHeartbeat(worker=f"w{suffix}", at=now, started_at=now),
                    OauthAttempt(state=f"s{suffix}", verifier_sealed="x", created_at=now),
                    IdempotencyRecord(
                        api_key_id=1, key=f"i{suffix}", request_hash="h", status=200, created_at=now
                    ),
                    EarlyReceipt(zalo_message_id=f"m{suffix}", created_at=now),
                    ZaloUpload(media=f"sha256:{suffix}", kind="file", token="t", expires_at=now),
                    Alarm(
                        kind="x",
                        text="y",
                        opened_at=now,
                        last_at=now,
                        closed_at=now,
                        subject=suffix,
                    ),
                ]
            )

    put("old")
    clock.advance(days=100)
    put("new")
    clock.advance(minutes=-1)
    assert forget(db, settings, clock.now()) == 10
    assert forget(db, settings, clock.now()) == 0
    with db.read() as session:
        assert [row.key for row in session.exec(select(Throttle)).all()] == ["knew"]
        assert len(session.exec(select(OtpChallenge)).all()) == 1


def test_an_abandoned_conversation_forgets_what_it_had_gathered(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    now = clock.now()
    with db.write() as session:
        for uid, ends in (("1", now), ("2", now + timedelta(days=30))):
            session.add(
                Conversation(
                    uid=uid,
                    flow="phone_link",
                    step="consent",
                    data={"phone": "+84900000001"},
                    expires_at=ends,
                    updated_at=now,
                )
            )
    assert forget(db, settings, clock.advance(days=2)) == 1
    with db.read() as session:
        rows = {row.uid: row for row in session.exec(select(Conversation)).all()}
    assert (rows["1"].flow, rows["1"].data) == ("", {})
    assert rows["2"].data
