"""The life of an announcement: two persons, the words that were agreed to, no way around."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from clock import FixedClock
from notify.broadcasts import guard, moves
from notify.broadcasts.audience import Audience
from notify.broadcasts.checks import problems
from notify.broadcasts.content import Content, digest, message, template, whole_text
from notify.broadcasts.moves import Changed, NotNow
from notify.broadcasts.repeating import Rule, next_time
from notify.calendars import calendar_of
from settings import Settings
from store import broadcasts, health, sending
from store.engine import Database
from store.tables import Broadcast, BroadcastRepeat, BroadcastState, Way
from tests.notify.broadcasts import making

_S = BroadcastState


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"broadcast_approve_above": 1})


def submitted(db: Database, settings: Settings, clock: FixedClock, people: int, **more: Any) -> int:
    for n in range(people):
        making.follower(db, f"u{n}", clock.now())
    number = making.draft(db, clock.now(), **more)
    making.move(db, number, lambda s, row: moves.submit(s, row, settings, "lan", clock.now()))
    return number


def test_a_small_one_needs_no_second_person(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    row = making.get(db, submitted(db, settings, clock, 1))
    assert row.state == _S.approved and row.approved_hash == digest(row) and row.approved_by == ""


@pytest.mark.parametrize("more", [{}, {"urgent": True, "urgent_reason": "lũ"}])
def test_a_large_or_urgent_one_needs_somebody_else(
    db: Database, settings: Settings, clock: FixedClock, more: dict[str, Any]
) -> None:
    number = submitted(db, settings, clock, 1 if more else 2, **more)
    row = making.get(db, number)
    assert row.state == _S.waiting
    for act in (
        lambda s, row: moves.approve(row, "lan", digest(row), clock.now()),
        lambda s, row: moves.start(row, "lan", clock.now()),
    ):
        with pytest.raises(NotNow):
            making.move(db, number, act)
    with pytest.raises(Changed):
        making.move(db, number, lambda s, row: moves.approve(row, "quan", "old", clock.now()))
    making.move(db, number, lambda s, row: moves.approve(row, "quan", digest(row), clock.now()))
    making.move(db, number, lambda s, row: moves.start(row, "lan", clock.now()))
    assert making.get(db, number).state == _S.scheduled


def test_an_article_always_needs_a_second_person_and_never_goes_at_night(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    said = Content.model_validate(
        {
            "article": {"title": "Lịch", "description": "Nghỉ", "body": ["Một", "Hai"]},
            "picture": "sha256:" + "a" * 64,
        }
    )
    number = submitted(db, settings, clock, 0, said=said, way=Way.article)
    assert making.get(db, number).state == _S.waiting
    making.move(db, number, lambda s, row: moves.approve(row, "quan", digest(row), clock.now()))
    clock.advance(hours=13)
    with pytest.raises(NotNow, match="22:00"):
        making.move(db, number, lambda s, row: moves.start(row, "lan", clock.now()))


def test_words_changed_behind_the_approval_stop_the_start(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = submitted(db, settings, clock, 1)
    making.move(
        db,
        number,
        lambda s, row: setattr(row, "content", making.content("khác").model_dump(mode="json")),
    )
    with pytest.raises(NotNow, match="bản đã duyệt"):
        making.move(db, number, lambda s, row: moves.start(row, "lan", clock.now()))


def test_two_windows_never_overwrite_each_other(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = making.draft(db, clock.now())
    making.move(db, number, lambda s, row: moves.save(row, 0, clock.now(), title="Một"))
    with pytest.raises(Changed):
        making.move(db, number, lambda s, row: moves.save(row, 0, clock.now(), title="Hai"))
    assert making.get(db, number).title_folded == "mot"


def test_what_reaches_nobody_is_not_submitted(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    with pytest.raises(NotNow, match="không gửi được tới ai"):
        submitted(db, settings, clock, 0)


def test_taken_back_it_is_a_draft_again_without_any_approval(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = submitted(db, settings, clock, 1)
    making.move(db, number, lambda s, row: moves.back_to_draft(row, "sửa ngày", clock.now()))
    row = making.get(db, number)
    assert (row.state, row.approved_hash, row.remark) == (_S.draft, "", "sửa ngày")


@pytest.mark.parametrize("minutes", [-5, 0, 60 * 24 * 400])
def test_an_hour_that_cannot_be_is_refused(
    db: Database, settings: Settings, clock: FixedClock, minutes: int
) -> None:
    number = submitted(db, settings, clock, 1)
    at = clock.now() + timedelta(minutes=minutes)
    with pytest.raises(NotNow):
        making.move(db, number, lambda s, row: moves.schedule(row, at, "lan", clock.now()))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"topic": ""}, "topic"),
        ({"urgent": True}, "urgent_reason"),
        ({"content": Content().model_dump(mode="json")}, "vi.text"),
        ({"content": making.content("x" * 1990).model_dump(mode="json")}, "vi.text"),
        ({"content": making.content("{ma_ho_so}").model_dump(mode="json")}, "vi.text"),
        ({"content": making.content("{mat_khau}").model_dump(mode="json")}, "vi.text"),
        ({"way": Way.zbs}, "zbs"),
        ({"content": {"vi": 5}}, "content"),
        ({"way": Way.article}, "article.title"),
    ],
)
def test_every_gap_is_named(change: dict[str, Any], field: str, clock: FixedClock) -> None:
    row = Broadcast(
        title="Nghỉ",
        topic="hours",
        created_by="lan",
        created_at=clock.now(),
        updated_at=clock.now(),
        content=making.content().model_dump(mode="json"),
        audience=Audience().model_dump(mode="json"),
    )
    assert problems(row, {"vi": "x" * 60}) == []
    for name, value in change.items():
        setattr(row, name, value)
    assert field in [one.field for one in problems(row, {"vi": "x" * 60})]


def test_a_promotional_template_is_refused(clock: FixedClock) -> None:
    said = making.content(zbs=making.ZBS.model_copy(update={"tag": "3"}))
    row = Broadcast(
        title="x",
        topic="hours",
        created_by="lan",
        created_at=clock.now(),
        updated_at=clock.now(),
        content=said.model_dump(mode="json"),
        audience=Audience().model_dump(mode="json"),
    )
    assert "quảng cáo" in problems(row, {})[0].sentence


def test_texts_are_filled_shortened_and_never_lose_how_to_stop() -> None:
    said = making.content("Chào {ten}, hồ sơ {ma_ho_so}. {khac} " + "x " * 900).model_copy(
        update={"footer": {"vi": "Dừng: nhắn DỪNG."}}
    )
    text = whole_text(said, "vi", {"ten": "Bà Mẫu [@123] " + "y" * 300})
    assert text.startswith("Chào Bà Mẫu") and "[@123]" not in text
    assert "hồ sơ -" in text and "{khac}" in text
    assert text.endswith("\n\nDừng: nhắn DỪNG.") and len(text) <= 2000
    made = template(said.model_copy(update={"zbs": making.ZBS}), {"ten": "Z" * 500}, "m1")
    assert made is not None and 0 < len(made.data["ten"]) <= 200
    assert message(said, "file", "vi", {}) is None


def test_the_guard_looks_only_at_what_happened_since_somebody_went_on(settings: Settings) -> None:
    bad = {"ended": 100, "failed": 60, "left_by_it": 0}
    assert guard.verdict(bad, settings)
    assert not guard.verdict(bad | {"excused": bad}, settings)
    assert not guard.verdict({"ended": 20, "failed": 20}, settings), "too few prove nothing"
    assert guard.verdict({"ended": 100, "failed": 0, "left_by_it": 5}, settings)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(every="week", weekday=4), "20/11/2026 08:00"),
        (Rule(every="month", day=0), "30/11/2026 08:00"),
        # 29 November is a Sunday: the Friday before.
        (Rule(every="month", day=29), "27/11/2026 08:00"),
        (Rule(every="month", day=29, workday=False), "29/11/2026 08:00"),
        (Rule(every="month", day=31), "30/11/2026 08:00"),
        # Its hour of today is over.
        (Rule(every="week", weekday=2), "25/11/2026 08:00"),
    ],
)
def test_it_comes_back_on_its_day_or_the_working_day_before(
    rule: Rule, expected: str, settings: Settings, clock: FixedClock
) -> None:
    found = next_time(rule, clock.now(), calendar_of(settings))
    assert f"{found:%d/%m/%Y %H:%M}" == expected


def test_a_repeating_one_makes_announcements_of_its_own(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = submitted(db, settings, clock, 1)
    rule = Rule(every="week", weekday=4)
    first = next_time(rule, clock.now(), calendar_of(settings))
    with db.write() as session:
        session.add(
            BroadcastRepeat(
                broadcast_id=number,
                rule=rule.model_dump(mode="json"),
                next_at=first,
                changed_by="lan",
                updated_at=clock.now(),
            )
        )
    loop = making.looping(db, settings, clock)
    loop.turn()
    clock.set(first)
    loop.turn()
    loop.turn()
    with db.read() as session:
        made, source = broadcasts.listing(session, limit=5)
        assert made.repeat_id and source.id == number
        assert made.approved_hash == digest(made) == source.approved_hash
        assert made.state in (_S.preparing, _S.sending)
        (rule_row,) = broadcasts.repeats(session)
        assert rule_row.next_at == first + timedelta(days=7)


def test_what_is_paused_is_no_reason_for_an_alarm(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = submitted(db, settings, clock, 1)
    making.move(db, number, lambda s, row: moves.start(row, "lan", clock.now()))
    loop = making.looping(db, settings, clock)
    while making.get(db, number).fed == 0:
        loop.turn()
    clock.advance(minutes=30)
    with db.read() as session:
        assert health.outbox_due(session, clock.now())["broadcast"][0] == 1
    making.move(db, number, lambda s, row: moves.pause(row, "xem lại", clock.now()))
    with db.read() as session:
        assert health.outbox_due(session, clock.now()) == {}


def test_what_grew_since_it_was_submitted_waits_for_a_second_person(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = submitted(db, settings, clock, 1)
    making.move(db, number, lambda s, row: moves.start(row, "lan", clock.now()))
    making.follower(db, "late", clock.now())
    loop = making.looping(db, settings, clock)
    for _ in range(4):
        loop.turn()
    row = making.get(db, number)
    assert (row.state, row.total, row.approved_hash) == (_S.waiting, 0, "")
    assert "nay có 2 người" in row.reason
    making.move(db, number, lambda s, row: moves.approve(row, "quan", digest(row), clock.now()))
    making.move(db, number, lambda s, row: moves.start(row, "lan", clock.now()))
    while making.get(db, number).fed < 2:
        loop.turn()


def test_cancelled_nothing_is_left_between_the_chairs(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = submitted(db, settings, clock, 1)
    making.move(db, number, lambda s, row: moves.start(row, "lan", clock.now()))
    loop = making.looping(db, settings, clock)
    while making.get(db, number).fed < 1:
        loop.turn()
    (message,) = making.messages(db, number)
    with db.write() as session:
        message.state, message.lease_until = "leased", clock.now()
        session.add(message)
    making.move(db, number, lambda s, row: moves.cancel(s, row, "sai", clock.now()))
    clock.advance(minutes=10)
    with db.write() as session:
        sending.sweep_expired_leases(
            session, clock.now(), pause_seconds=1, max_attempts=8, echo_seconds=600
        )
    loop.refresh(clock.now())
    assert [(m.state, m.reason) for m in making.messages(db, number)] == [("parked", "uncertain")]


def ended_with_a_failure(db: Database, settings: Settings, clock: FixedClock) -> int:
    """An announcement that is over and failed to reach its only person."""
    number = submitted(db, settings, clock, 1)
    making.move(db, number, lambda s, row: moves.start(row, "lan", clock.now()))
    loop = making.looping(db, settings, clock)
    while making.get(db, number).fed < 1:
        loop.turn()
    with db.write() as session:
        (message,) = making.messages(db, number)
        message.state, message.reason = "parked", "-201"
        session.add(message)
    while making.get(db, number).state != _S.done:
        loop.turn()
    return number


def test_trying_again_happens_once_and_with_the_same_words(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = ended_with_a_failure(db, settings, clock)
    made: list[int] = []
    making.move(
        db, number, lambda s, row: made.append(moves.again(s, row, "lan", clock.now()).id or 0)
    )
    with pytest.raises(NotNow, match="Đã có bản gửi lại"):
        making.move(db, number, lambda s, row: moves.again(s, row, "lan", clock.now()))
    with pytest.raises(NotNow, match="giữ nguyên nội dung"):
        making.move(db, made[0], lambda s, row: moves.back_to_draft(row, "", clock.now()))
    making.move(db, made[0], lambda s, row: moves.cancel(s, row, "", clock.now()))
    making.move(db, number, lambda s, row: moves.again(s, row, "lan", clock.now()))


def test_a_cancelled_one_never_comes_back(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = submitted(db, settings, clock, 1)
    with db.write() as session:
        session.add(
            BroadcastRepeat(
                broadcast_id=number,
                rule=Rule().model_dump(mode="json"),
                next_at=clock.now() + timedelta(days=1),
                changed_by="lan",
                updated_at=clock.now(),
            )
        )
    making.move(db, number, lambda s, row: moves.cancel(s, row, "", clock.now()))
    clock.advance(days=2)
    making.looping(db, settings, clock).turn()
    with db.read() as session:
        assert len(broadcasts.listing(session, limit=5)) == 1
        assert not broadcasts.repeats(session)[0].active


def test_what_lost_its_value_is_not_started(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = submitted(db, settings, clock, 1, expires_at=clock.now() + timedelta(hours=1))
    clock.advance(hours=2)
    with pytest.raises(NotNow, match="hết giá trị"):
        making.move(db, number, lambda s, row: moves.start(row, "lan", clock.now()))


def test_a_draft_takes_its_rule_and_its_list_along_when_it_goes(
    db: Database, settings: Settings, clock: FixedClock
) -> None:
    number = making.draft(db, clock.now())
    with db.write() as session:
        session.add(
            BroadcastRepeat(broadcast_id=number, rule={}, changed_by="lan", updated_at=clock.now())
        )
        broadcasts.put_list(session, number, ["+84900000001"], [])
    making.move(db, number, lambda s, row: None)
    with db.write() as session:
        row = broadcasts.lock(session, number)
        assert row is not None
        broadcasts.remove_draft(session, row)
    with db.read() as session:
        assert broadcasts.repeats(session) == [] and broadcasts.list_size(session, number) == 0
