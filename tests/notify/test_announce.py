"""A change of a dossier reaches everybody who may know, once, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlmodel import select

from clock import FixedClock
from notify.announce import announce_change, announce_changes, announce_receipt
from notify.cards import Change
from settings import Settings
from store.engine import Database
from store.tables import Dossier, Outbox, OutboxState, Proof, ReceiptFile
from tests.notify import makers

ZBS = {"status": {"template_id": "1", "params": {"ma": "{code}"}}}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Only the one-stop software makes receipts, unless a test says otherwise."""
    return settings.model_copy(update={"make_receipts": False})


@pytest.fixture
def with_zbs(settings: Settings) -> Settings:
    """Settings in which a ZBS template serves every status message."""
    return settings.model_copy(update={"zbs_templates": ZBS})


def told(
    db: Database,
    clock: FixedClock,
    settings: Settings,
    national: int = 4,
    *,
    content: str = "",
    step: str = "Thẩm định hồ sơ",
    times: int = 1,
    prepare=lambda session, dossier, now: None,
    **members,
) -> list[Outbox]:
    """Announce one event of a fresh dossier; the rows it left in the outbox."""
    now = clock.now()
    with db.write() as session:
        dossier = makers.dossier(session, now, **members)
        prepare(session, dossier, now)
        row = makers.event(session, dossier, national, now, content, step)
        for _ in range(times):
            announce_change(session, dossier, row, settings=settings, now=now, correlation_id="c1")
    return makers.queued(db)


def linked(*uids: str, proof: Proof = Proof.otp, **members):
    """A preparation that gives followers a link to the dossier's phone."""

    def prepare(session, dossier, now) -> None:
        for uid in uids:
            makers.link(session, uid, now, proof, **members)

    return prepare


def test_every_verified_follower_of_the_phone_gets_the_full_card(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    rows = told(db, clock, settings, prepare=linked("1", "2"))
    assert [(row.uid, row.kind, row.lane, row.state) for row in rows] == [
        ("1", "status_appraising", "status", "queued"),
        ("2", "status_appraising", "status", "queued"),
    ]
    card = rows[0].body["text"]
    assert makers.CODE in card
    assert "NGUYỄN THỊ MẪU" in card
    assert "Thẩm định hồ sơ" in card
    assert rows[0].facts["code"] == makers.CODE
    assert rows[0].facts["procedure"] == "Đăng ký thay đổi thành viên (mẫu)"
    assert rows[0].expires_at == clock.now() + timedelta(hours=settings.status_expiry_hours)


def test_the_follower_who_holds_the_receipt_is_told(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    rows = told(
        db, clock, settings, phone="", prepare=lambda s, d, now: makers.watch(s, "9", d, now)
    )
    assert [(row.uid, row.kind) for row in rows] == [("9", "status_appraising")]
    assert "NGUYỄN THỊ MẪU" in rows[0].body["text"]


def test_somebody_with_link_and_receipt_is_told_once(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    def prepare(session, dossier, now) -> None:
        makers.link(session, "1", now)
        makers.watch(session, "1", dossier, now)

    assert [row.uid for row in told(db, clock, settings, prepare=prepare)] == ["1"]


def test_a_bare_claim_hears_only_that_there_is_news(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    rows = told(db, clock, settings, prepare=linked("1", proof=Proof.claimed))
    hint = next(row for row in rows if row.uid == "1")
    assert hint.kind == "status_hint"
    said = str(hint.body) + str(hint.facts)
    assert "0028" in hint.body["text"]
    for secret in ("MẪU", "Đăng ký thay đổi", "Thẩm định", "Trung tâm", makers.PHONE[3:]):
        assert secret not in said
    assert hint.facts == {"code_tail": "0028"}


def test_a_strangers_claim_does_not_take_the_message_from_the_phones_owner(
    db: Database, clock: FixedClock, with_zbs: Settings
) -> None:
    rows = told(db, clock, with_zbs, zalo_notify=True, prepare=linked("1", proof=Proof.claimed))
    assert [(row.uid, row.phone, row.state) for row in rows] == [
        ("1", "", "queued"),
        ("", makers.PHONE, "queued"),
    ]


def test_revoked_links_and_withdrawn_followers_hear_nothing(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    def prepare(session, dossier, now) -> None:
        makers.link(session, "1", now, revoked_at=now)
        makers.follower(session, "2", now, withdrawn_at=now)
        makers.link(session, "2", now)

    rows = told(db, clock, settings, prepare=prepare)
    assert [row.uid for row in rows] == [""]
    assert rows[0].state == OutboxState.dropped


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"phone": ""}, "no_phone"),
        ({"phone": "", "phone_problem": "landline"}, "phone_invalid"),
        ({"phone": "", "phone_problem": "erased"}, "erased"),
        ({}, "no_tick"),
        ({"zalo_notify": True}, "no_follower"),
    ],
)
def test_without_any_channel_the_reason_is_recorded(
    db: Database, clock: FixedClock, settings: Settings, members: dict, reason: str
) -> None:
    rows = told(db, clock, settings, **members)
    assert [(row.state, row.reason, row.phone) for row in rows] == [("dropped", reason, "")]


def test_a_phone_with_the_tick_and_no_follower_gets_a_template_with_the_name_masked(
    db: Database, clock: FixedClock, with_zbs: Settings
) -> None:
    rows = told(
        db, clock, with_zbs, 5, content="Bổ sung bản sao hộ chiếu.", step="", zalo_notify=True
    )
    assert [(row.phone, row.state, row.kind) for row in rows] == [
        (makers.PHONE, "queued", "status_supplement_required")
    ]
    assert rows[0].facts["reason"] == "Bổ sung bản sao hộ chiếu."
    assert rows[0].facts["state"] == "Yêu cầu bổ sung giấy tờ"
    assert "NGUYỄN THỊ MẪU" not in rows[0].facts["name"]
    assert all(len(value) <= 200 for value in rows[0].facts.values())


def test_only_one_of_a_family_carries_the_phone_as_a_way_round(
    db: Database, clock: FixedClock, with_zbs: Settings
) -> None:
    rows = told(db, clock, with_zbs, zalo_notify=True, prepare=linked("1", "2"))
    assert [row.phone for row in rows] == [makers.PHONE, ""]


@pytest.mark.parametrize("national", [3, 5, 8])
def test_reason_and_next_step_are_always_told(
    db: Database, clock: FixedClock, settings: Settings, national: int
) -> None:
    reason = "Thiếu bản sao giấy khai sinh."
    rows = told(db, clock, settings, national, content=reason, step="", prepare=linked("1"))
    assert reason in rows[0].body["text"]
    assert len(rows[0].facts["next"]) > 20
    assert rows[0].facts["next"][:40] in rows[0].body["text"]


def test_a_long_reason_is_split_and_only_the_first_part_may_become_a_template(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    reason = "Bổ sung giấy tờ theo danh mục kèm theo. " * 80
    rows = told(db, clock, settings, 5, content=reason, step="", prepare=linked("1"))
    assert len(rows) > 1
    assert rows[0].facts
    assert all(row.kind == "continued" and not row.facts for row in rows[1:])
    assert len({row.order_key for row in rows}) == 1


def test_the_receipt_file_follows_the_card_of_the_reception(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    def prepare(session, dossier, now) -> None:
        makers.link(session, "1", now)
        makers.link(session, "2", now, Proof.claimed)
        makers.receipt(session, dossier, now)

    rows = told(db, clock, settings, 2, step="", prepare=prepare)
    assert [(row.uid, row.kind) for row in rows] == [
        ("1", "status_received"),
        ("1", "receipt_file"),
        ("2", "status_hint"),
    ]
    assert rows[1].body["kind"] == "file"
    assert rows[1].body["name"] == f"Phieu-tiep-nhan-{makers.CODE}.pdf"
    assert rows[0].order_key == rows[1].order_key


def test_a_receipt_that_comes_later_is_sent_then_and_once(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    now = clock.now()
    keywords = {"settings": settings, "now": now, "correlation_id": "c2"}
    with db.write() as session:
        dossier = makers.dossier(session, now, state="submitted", national_state=1)
        makers.link(session, "1", now)
        makers.receipt(session, dossier, now)
        assert announce_receipt(session, dossier, **keywords) == 0
        row = makers.event(session, dossier, 2, now)
        announce_change(session, dossier, row, **keywords)
        assert announce_receipt(session, dossier, **keywords) == 0
    assert [row.kind for row in makers.queued(db)] == ["status_received", "receipt_file"]


def test_a_receipt_after_the_reception_was_told_goes_out(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    now = clock.now()
    keywords = {"settings": settings, "now": now, "correlation_id": "c2"}
    with db.write() as session:
        dossier = makers.dossier(session, now)
        makers.link(session, "1", now)
        row = makers.event(session, dossier, 2, now)
        announce_change(session, dossier, row, **keywords)
        makers.receipt(session, dossier, now)
        assert announce_receipt(session, dossier, **keywords) == 1
        assert announce_receipt(session, dossier, **keywords) == 0


def test_a_dossier_loaded_long_after_its_reception_sends_no_receipt(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    now = clock.now()
    with db.write() as session:
        dossier = makers.dossier(session, now)
        makers.link(session, "1", now)
        row = makers.event(session, dossier, 2, now)
        row.outcome = "old"
        session.add(row)
        makers.receipt(session, dossier, now)
        keywords = {"settings": settings, "now": now, "correlation_id": "c2"}
        assert announce_receipt(session, dossier, **keywords) == 0


def test_announcing_twice_says_nothing_twice(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    assert len(told(db, clock, settings, times=3, prepare=linked("1"))) == 1


def test_words_are_in_the_followers_language(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    def prepare(session, dossier, now) -> None:
        makers.follower(session, "1", now, language="en")
        makers.link(session, "1", now)
        makers.link(session, "2", now)

    english, vietnamese = told(db, clock, settings, 2, step="", prepare=prepare)
    assert "Đã tiếp nhận" in vietnamese.body["text"]
    assert "Đã tiếp nhận" not in english.body["text"]
    assert english.facts["state"] != vietnamese.facts["state"]


def test_each_event_of_a_list_tells_its_own_step(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    now = clock.now()
    with db.write() as session:
        dossier = makers.dossier(session, now)
        makers.link(session, "1", now)
        early = makers.event(session, dossier, 5, now - timedelta(hours=2), "Thêm ảnh 3x4.")
        late = makers.event(session, dossier, 4, now, step="Ký duyệt")
        changes = [Change(dossier, early), Change(dossier, late)]
        announce_changes(session, changes, settings=settings, now=now, correlation_id="c")
        assert dossier.state == "signing"
    first, second = makers.queued(db)
    assert "Thêm ảnh 3x4." in first.body["text"]
    assert "Yêu cầu bổ sung" in first.body["text"]
    assert "Thêm ảnh 3x4." not in second.body["text"]
    assert "Ký duyệt" in second.body["text"]


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        statements.append(statement)

    sqlalchemy_event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    sqlalchemy_event.remove(db.engine, "before_cursor_execute", note)


def test_a_list_of_changes_needs_as_many_queries_as_one(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    now = clock.now()
    counts = []
    for size in (1, 60):
        with db.write() as session:
            changes = []
            for number in range(size):
                phone = f"+8490{size:02}{number:05}"
                code = f"000.00.04.H60-2302{size:02}-{number:04}"
                dossier = makers.dossier(session, now, code=code, phone=phone)
                for person in range(3):
                    uid = f"{size}-{number}-{person}"
                    makers.link(session, uid, now, phone=phone)
                changes.append(Change(dossier, makers.event(session, dossier, 2, now)))
            session.flush()
            with counted(db) as statements:
                made = announce_changes(
                    session, changes, settings=settings, now=now, correlation_id="c"
                )
        assert made == size * 3
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6


def test_a_reception_without_a_file_sends_our_own_receipt_after_a_short_wait(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    ours = settings.model_copy(update={"make_receipts": True, "receipt_wait_seconds": 10})

    def linked(session, dossier, now) -> None:
        makers.link(session, "u1", now)
        dossier.received_at = now

    rows = told(db, clock, ours, 2, prepare=linked)
    (file,) = [row for row in rows if row.kind == "receipt_file"]
    assert file.body["media"].startswith("form01:")
    assert file.due_at == clock.now() + timedelta(seconds=10)


def test_the_own_receipt_waits_for_nothing_when_a_file_is_there(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    ours = settings.model_copy(update={"make_receipts": True})

    def with_file(session, dossier, now) -> None:
        makers.link(session, "u1", now)
        makers.receipt(session, dossier, now)

    rows = told(db, clock, ours, 2, prepare=with_file)
    (file,) = [row for row in rows if row.kind == "receipt_file"]
    assert file.body["media"].startswith("sha256:")
    assert file.due_at == clock.now()


def test_a_file_that_comes_after_ours_went_goes_too_once(
    db: Database, clock: FixedClock, settings: Settings
) -> None:
    ours = settings.model_copy(update={"make_receipts": True})

    def linked(session, dossier, now) -> None:
        makers.link(session, "u1", now)
        dossier.received_at = now

    told(db, clock, ours, 2, prepare=linked)

    def arrives(sent: bool) -> list[Outbox]:
        with db.write() as session:
            dossier = session.exec(select(Dossier)).one()
            if sent:
                for row in session.exec(select(Outbox).where(Outbox.kind == "receipt_file")):
                    row.state = OutboxState.sent
                    session.add(row)
            elif not session.exec(select(ReceiptFile)).first():
                makers.receipt(session, dossier, clock.now())
            announce_receipt(session, dossier, settings=ours, now=clock.now(), correlation_id="c")
        return [row for row in makers.queued(db) if row.kind == "receipt_file"]

    assert len(arrives(sent=False)) == 1, "the one that waits takes the new file by itself"
    after = arrives(sent=True)
    assert [row.body["media"][:7] for row in after] == ["form01:", "sha256:"]
    assert len(arrives(sent=True)) == 2
