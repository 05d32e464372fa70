"""National codes, step words and the progress line (domain 3.1, 3.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.states import FINAL, NEEDS_REASON, STEPS, State, from_national, national, progress


def test_the_states_are_exactly_those_of_the_domain() -> None:
    assert [state.value for state in State] == [
        *("submitted", "received", "assigned", "appraising", "signing", "supplement_required"),
        *("payment_required", "refused", "withdrawn", "stopped", "result_ready"),
        "result_delivered",
    ]


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (1, State.submitted),
        (2, State.received),
        (3, State.refused),
        (4, State.assigned),
        (5, State.supplement_required),
        (6, State.payment_required),
        (7, State.withdrawn),
        (8, State.stopped),
        (9, State.result_ready),
        (10, State.result_delivered),
    ],
)
def test_every_national_code_has_its_state_and_back(code: int, state: State) -> None:
    assert from_national(code, "") is state
    assert national(state) == code


@pytest.mark.parametrize(
    ("step", "state"),
    [
        ("Phân công thụ lý", State.assigned),
        ("PHAN CONG", State.assigned),
        ("Phân công thẩm định", State.assigned),
        ("Đang thụ lý hồ sơ", State.assigned),
        ("Thẩm định hồ sơ", State.appraising),
        ("tham dinh", State.appraising),
        ("Thâ\u0309m đi\u0323nh hồ sơ", State.appraising),
        ("Thẩm tra, xác minh", State.appraising),
        ("Thẩm định, trình ký", State.appraising),
        ("Ký duyệt", State.signing),
        ("Trình lãnh đạo ký kết quả thẩm định", State.signing),
        ("Phê duyệt kết quả", State.signing),
        ("Lãnh đạo ký số", State.signing),
        ("Bước 7", State.assigned),
        ("", State.assigned),
    ],
)
def test_step_words_within_code_four_are_recognised(step: str, state: State) -> None:
    assert from_national(4, step) is state


@pytest.mark.parametrize("code", [-1, 0, 11, 99])
def test_a_code_outside_the_list_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match="1 đến 10"):
        from_national(code, "")


def test_three_codes_need_a_reason_and_four_states_end_a_dossier() -> None:
    assert {3, 5, 8} == NEEDS_REASON
    assert {State.refused, State.withdrawn, State.stopped, State.result_delivered} == FINAL


def line(state: State, *history: State) -> str:
    return " ".join(
        {"done": "x", "current": "o", "ahead": "."}[mark]
        for _, mark in progress(state, history).steps
    )


@pytest.mark.parametrize(
    ("state", "history", "drawn"),
    [
        (State.submitted, [], "o . . . . ."),
        (State.received, [State.received], "x o . . . ."),
        (State.signing, [State.received, State.signing], "x x x x o ."),
        (State.appraising, [State.signing, State.appraising], "x x x o . ."),
        (State.supplement_required, [State.appraising, State.supplement_required], "x x x o . ."),
        (State.payment_required, [State.received, State.payment_required], "x o . . . ."),
        (State.supplement_required, [], "o . . . . ."),
        (State.refused, [State.submitted, State.refused], "x . . . . ."),
        (State.stopped, [State.received, State.appraising, State.stopped], "x x x x . ."),
        (State.result_ready, [State.signing, State.result_ready], "x x x x x o"),
        (State.result_delivered, [State.result_delivered], "x x x x x x"),
    ],
)
def test_the_progress_line_shows_where_the_dossier_stands(
    state: State, history: list[State], drawn: str
) -> None:
    assert line(state, *history) == drawn


def test_the_six_steps_are_the_guides() -> None:
    assert [step.key for step in STEPS] == [
        "submitted",
        "received",
        "assigned",
        "appraising",
        "signing",
        "result",
    ]


states = st.sampled_from(State)


@given(states, st.lists(states))
def test_a_progress_line_is_always_done_then_current_then_ahead(
    state: State, history: list[State]
) -> None:
    marks = [mark for _, mark in progress(state, history).steps]
    order = ["done", "current", "ahead"]
    assert marks == sorted(marks, key=order.index)
    assert marks.count("current") == (0 if state in FINAL else 1)
