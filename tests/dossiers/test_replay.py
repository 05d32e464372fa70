"""Events in whatever order of arrival fold into the same facts (domain 3.2)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dossiers.states import DossierFacts, EventFacts, Pause, State, replay

START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def event(
    number: int,
    code: int,
    hours: float,
    step: str = "",
    content: str = "",
    promised: datetime | None = None,
) -> EventFacts:
    return EventFacts(number, code, step, at(hours), at(hours + 0.1), content, promised)


WALK = [
    event(1, 1, 0),
    event(2, 2, 1, promised=at(100)),
    event(3, 4, 2, "Phân công thụ lý"),
    event(4, 4, 3, "Thẩm định hồ sơ"),
    event(5, 4, 4, "Ký duyệt"),
    event(6, 9, 5),
    event(7, 10, 6),
]


def test_a_walk_through_all_steps_gives_the_five_dates() -> None:
    assert replay(WALK) == DossierFacts(
        state=State.result_delivered,
        national=10,
        step="",
        state_at=at(6),
        submitted_at=at(0),
        received_at=at(1),
        promised_at=at(100),
        result_ready_at=at(5),
        delivered_at=at(6),
        pauses=(),
        open_reason="",
        history=(
            *(State.submitted, State.received, State.assigned, State.appraising, State.signing),
            *(State.result_ready, State.result_delivered),
        ),
    )


def test_without_events_a_dossier_is_submitted_and_nothing_has_happened() -> None:
    facts = replay([], promised_at=at(9))
    assert (facts.state, facts.national, facts.state_at) == (State.submitted, 1, None)
    assert (facts.submitted_at, facts.promised_at, facts.history) == (None, at(9), ())


def test_a_late_event_enters_history_but_not_the_state() -> None:
    facts = replay([*WALK[:2], WALK[4], WALK[3]])
    assert facts.state is State.signing
    assert facts.history == (State.submitted, State.received, State.appraising, State.signing)


def test_a_repeated_event_changes_nothing() -> None:
    again = [replace(one, id=one.id + 100, recorded_at=at(50)) for one in WALK]
    assert replay([*WALK, *WALK]) == replay(WALK)
    assert replay([*WALK, *again]) == replay(WALK)


def test_a_repeat_in_the_same_state_keeps_its_first_time_and_takes_the_newest_words() -> None:
    facts = replay(
        [
            event(1, 5, 0, content="Thiếu CCCD"),
            event(2, 5, 4, content=" Thiếu ảnh "),
            event(3, 5, 5),
        ]
    )
    assert facts.state_at == at(0)
    assert facts.open_reason == "Thiếu ảnh"
    assert facts.pauses == (Pause(at(0), None),)


def test_a_reason_stays_open_only_while_its_state_stands() -> None:
    asked = [*WALK[:2], event(8, 5, 2, content="Bổ sung bản sao")]
    assert replay(asked).open_reason == "Bổ sung bản sao"
    assert replay([*asked, event(9, 4, 3, "Thẩm định")]).open_reason == ""
    for code in (3, 6, 8):
        assert replay([event(1, code, 0, content="Lý do")]).open_reason == "Lý do"
    assert replay([event(1, 4, 0, content="ghi chú nội bộ")]).open_reason == ""


def test_a_supplement_loop_gives_one_pause_a_round() -> None:
    loop = [
        *WALK[:2],
        event(10, 5, 2, content="a"),
        event(11, 2, 5),
        event(12, 5, 7, content="b"),
        event(13, 4, 9),
    ]
    facts = replay(loop)
    assert facts.pauses == (Pause(at(2), at(5)), Pause(at(7), at(9)))
    assert facts.received_at == at(1)


def test_a_new_promised_date_already_counts_the_pauses_before_it() -> None:
    loop = [*WALK[:2], event(10, 5, 2, content="a"), event(11, 4, 5, promised=at(200))]
    assert (replay(loop).promised_at, replay(loop).pauses) == (at(200), ())


def test_the_old_promised_date_told_again_is_no_new_promise() -> None:
    loop = [event(1, 2, 1), event(10, 5, 2, content="a"), event(11, 4, 5, promised=at(100))]
    assert replay(loop, promised_at=at(100)).pauses == (Pause(at(2), at(5)),)
    assert replay(loop, promised_at=at(100)).promised_at == at(100)


def test_a_result_taken_back_has_no_date() -> None:
    facts = replay([*WALK, event(20, 4, 8, "Thẩm định")])
    assert facts.state is State.appraising
    assert (facts.result_ready_at, facts.delivered_at) == (None, None)
    again = replay([*WALK, event(20, 4, 8, "Thẩm định"), event(21, 9, 10)])
    assert again.result_ready_at == at(10)


def test_an_undeclared_code_is_ignored() -> None:
    assert replay([*WALK, event(30, 77, 99)]) == replay(WALK)


events = st.builds(
    event,
    st.integers(1, 40),
    st.integers(0, 11),
    st.integers(0, 12),
    st.sampled_from(["", "Thẩm định", "Ký duyệt", "Phân công", "Bước 3"]),
    st.sampled_from(["", "thiếu bản sao", "đóng dấu"]),
    st.none() | st.integers(20, 30).map(at),
)


@given(st.lists(events, max_size=20), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_gives_the_same_facts(
    pile: list[EventFacts], chance: random.Random
) -> None:
    shuffled = [*pile, *chance.sample(pile, len(pile) // 2)]
    chance.shuffle(shuffled)
    assert replay(shuffled) == replay(pile)


@given(st.lists(events, max_size=20))
def test_facts_are_always_consistent(pile: list[EventFacts]) -> None:
    facts = replay(pile)
    assert facts.state in State
    assert facts.history == () or facts.history[-1] is facts.state
    open_pauses = [pause for pause in facts.pauses if pause.end is None]
    assert bool(open_pauses) == (facts.state is State.supplement_required)
    assert all(pause.end is None or pause.start < pause.end for pause in facts.pauses)
    if facts.state is State.result_delivered:
        assert facts.delivered_at is not None
