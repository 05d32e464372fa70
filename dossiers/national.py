"""The states of a dossier and the codes the national exchange has for them (domain 3.1, 3.2)."""

from __future__ import annotations

from dossiers.names import fold
from store.tables.dossiers import State

#: National codes whose event must say why (contract 3).
NEEDS_REASON = frozenset({3, 5, 8})

#: States after which nothing more is expected.
FINAL = frozenset({State.refused, State.withdrawn, State.stopped, State.result_delivered})

_NATIONAL: dict[State, int] = {
    State.submitted: 1,
    State.received: 2,
    State.refused: 3,
    State.assigned: 4,
    State.appraising: 4,
    State.signing: 4,
    State.supplement_required: 5,
    State.payment_required: 6,
    State.withdrawn: 7,
    State.stopped: 8,
    State.result_ready: 9,
    State.result_delivered: 10,
}
_BY_CODE = {code: state for state, code in _NATIONAL.items() if code != 4}

#: Folded words one-stop systems use for the sub-steps of code 4.
_STEP_WORDS: tuple[tuple[State, tuple[str, ...]], ...] = (
    (State.assigned, ("phan cong", "thu ly", "giao xu ly", "giao viec", "chuyen xu ly")),
    (
        State.appraising,
        ("tham dinh", "tham tra", "xac minh", "kiem tra", "lay y kien", "khao sat", "xem xet"),
    ),
    (
        State.signing,
        ("ky duyet", "ky so", "trinh", "phe duyet", "cho ky", "lanh dao", "dong dau", "ban hanh"),
    ),
)


def from_national(code: int, step: str) -> State:
    """The state that a national code (1-10) and the system's step words mean (domain 3.2).

    Within 4 the phrase that stands first decides ("Phân công thẩm định" is an assignment);
    words nobody knows mean ``assigned`` and stay readable in the event. Raises ``ValueError``
    for a code that the national list does not have.
    """
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code != 4:
        raise ValueError("Mã trạng thái phải từ 1 đến 10.")
    words = f" {fold(step)}"
    found = [
        (at, state)
        for state, phrases in _STEP_WORDS
        for phrase in phrases
        if (at := words.find(f" {phrase}")) >= 0
    ]
    return min(found)[1] if found else State.assigned


def national(state: State) -> int:
    """The national code of a state (domain 3.1)."""
    return _NATIONAL[State(state)]
