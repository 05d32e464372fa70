"""What rules miss, learnt from labelled sentences: which kind of question this sounds like.

A linear model (softmax regression) over single words and pairs, trained in half a second from
``data/understanding/examples.jsonl`` when it is first asked. It learns how people ask, never what
is true: every fact in an answer comes from the catalogue. The same file gives the same answers
on every machine: the order is seeded and nothing is downloaded.
"""

from __future__ import annotations

import json
import math
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from procedures.language import concepts
from procedures.language.words import read
from settings import ROOT

EXAMPLES = ROOT / "data" / "understanding" / "examples.jsonl"
_ROUNDS = 8
_RATE = 0.3
_SHARP = 4.0
_SMALLEST = 1e-4


@dataclass(frozen=True)
class Guess:
    """The likeliest label and how likely it is, 0 to 1."""

    label: str
    chance: float


def features(text: str) -> tuple[str, ...]:
    """Words and neighbouring pairs, names of things and numbers as one kind each; sorted."""
    words = [_kind(word) for word in concepts.in_terms(read(text).plain).split()]
    pairs = zip(["^", *words], [*words, "$"], strict=True)
    return tuple(sorted({*words, *(f"{one}_{other}" for one, other in pairs)}))


def _kind(word: str) -> str:
    if word in concepts.TERMS:
        return "<thing>"
    return "<number>" if word[0].isdigit() else word


class Model:
    """Softmax regression by stochastic gradient descent over pairs of features and label."""

    def __init__(self, examples: Sequence[tuple[tuple[str, ...], str]]) -> None:
        self.labels = sorted({label for _, label in examples})
        self._weights: dict[str, defaultdict[str, float]] = {
            label: defaultdict(float) for label in self.labels
        }
        order = list(examples)
        seeded = random.Random(1)
        for turn in range(_ROUNDS):
            seeded.shuffle(order)
            for found, label in order:
                self._learn(found, label, _RATE / (1 + 0.3 * turn))

    def _learn(self, found: tuple[str, ...], label: str, rate: float) -> None:
        chances = self._chances(found)
        scale = rate / math.sqrt(len(found))
        for other in self.labels:
            step = ((other == label) - chances[other]) * scale
            if abs(step) > _SMALLEST:
                weights = self._weights[other]
                for feature in found:
                    weights[feature] += step

    def guess(self, found: tuple[str, ...]) -> Guess:
        """The likeliest label for these features."""
        chances = self._chances(found)
        label = max(self.labels, key=lambda one: chances[one])
        return Guess(label, chances[label])

    def _chances(self, found: tuple[str, ...]) -> dict[str, float]:
        scale = _SHARP / math.sqrt(len(found) or 1)
        scores = {
            label: scale * sum(weights.get(feature, 0.0) for feature in found)
            for label, weights in self._weights.items()
        }
        highest = max(scores.values())
        raised = {label: math.exp(score - highest) for label, score in scores.items()}
        total = sum(raised.values())
        return {label: value / total for label, value in raised.items()}


def intent(text: str) -> Guess:
    """Which label of domain 7.1 the sentence sounds like."""
    return _trained("intent").guess(features(text))


def facet(text: str) -> Guess:
    """Which side of a procedure it sounds like it asks for."""
    return _trained("facet").guess(features(text))


_ABOUT: dict[str, Callable[[dict[str, str]], bool]] = {
    "intent": lambda line: True,
    "facet": lambda line: bool(line["facet"]),
}


@cache
def _trained(what: str) -> Model:
    lines = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    wanted = [line for line in lines if _ABOUT[what](line)]
    return Model([(features(line["text"]), line[what]) for line in wanted])
