"""How well labelled sentences are understood: shares, and who is taken for whom."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from handlers.understanding import Understanding, understand
from procedures.search import Index
from settings import ROOT

#: Sentences the rules and the model were made with, and sentences kept away from both.
EXAMPLES = ROOT / "data" / "understanding" / "examples.jsonl"
UNSEEN = Path(__file__).parent / "unseen.jsonl"


@dataclass
class Scores:
    """Counts of right answers; ``confused`` is (wanted, got) -> how often."""

    total: int = 0
    intents: int = 0
    by_label: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    values: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    facets: list[int] = field(default_factory=lambda: [0, 0])

    @property
    def intent_share(self) -> float:
        """The share of right intents."""
        return self.intents / max(self.total, 1)

    def share(self, kind: str) -> float:
        """The share of right values among those of one kind."""
        right, total = self.values[kind]
        return right / max(total, 1)

    @property
    def facet_share(self) -> float:
        """The share of right facets among sentences that ask for one side of a procedure."""
        return self.facets[0] / max(self.facets[1], 1)


def lines(path: Path) -> list[dict[str, str]]:
    """The labelled sentences of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def score(listed: list[dict[str, str]], index: Index) -> Scores:
    """Compare what is understood with the labels."""
    scores = Scores()
    for line in listed:
        _add(scores, line, understand(line["text"], index))
    return scores


def _add(scores: Scores, line: dict[str, str], got: Understanding) -> None:
    scores.total += 1
    right = got.intent == line["intent"]
    scores.intents += right
    scores.by_label[line["intent"]][0] += right
    scores.by_label[line["intent"]][1] += 1
    scores.confused[line["intent"], got.intent] += 1
    if line["entity_type"]:
        kind = scores.values[line["entity_type"]]
        kind[0] += got.entity_value == line["entity_value"]
        kind[1] += 1
    if line["facet"]:
        scores.facets[0] += got.facet == line["facet"]
        scores.facets[1] += 1
