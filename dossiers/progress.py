"""The six steps citizens see and where a dossier stands on them (domain 3.2, 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dossiers.national import FINAL
from store.tables.dossiers import State


class Step(NamedTuple):
    """One of the six steps citizens see; ``key`` names its words in the catalogue."""

    key: str
    states: frozenset[State]


#: The six steps the Tuyên Quang guide announces (domain 3.2, 8).
STEPS: tuple[Step, ...] = (
    Step("submitted", frozenset({State.submitted})),
    Step("received", frozenset({State.received})),
    Step("assigned", frozenset({State.assigned})),
    Step("appraising", frozenset({State.appraising})),
    Step("signing", frozenset({State.signing})),
    Step("result", frozenset({State.result_ready, State.result_delivered})),
)
_POSITION = {state: at for at, step in enumerate(STEPS) for state in step.states}

Mark = Literal["done", "current", "ahead"]


@dataclass(frozen=True)
class Progress:
    """The progress line: each step's key and whether it is done, current or still to do."""

    steps: tuple[tuple[str, Mark], ...]


def progress(state: State, history: Sequence[State]) -> Progress:
    """Where a dossier stands on the six steps.

    ``history`` is the states passed so far, oldest first. A state beside the path (supplement,
    payment, refusal ...) stands at the last step reached before it; a refused, withdrawn or
    stopped dossier has no current step, because nothing further happens to it.
    """
    state = State(state)
    walked = [_POSITION[past] for past in history if past in _POSITION]
    at = _POSITION.get(state, walked[-1] if walked else 0)
    reached: Mark = "done" if state in FINAL else "current"
    return Progress(
        tuple(
            (step.key, "done" if index < at else reached if index == at else "ahead")
            for index, step in enumerate(STEPS)
        )
    )
