"""Prints the tables of docs/understanding.md: ``python -m tests.understanding.report``."""

from __future__ import annotations

from handlers.understanding import INTENTS
from tests.understanding.scores import EXAMPLES, UNSEEN, Scores, lines, score
from tests.understanding.test_accuracy import sample_index


def main() -> None:
    """Accuracy by label and the confusion table, for the unseen and the known sentences."""
    index = sample_index()
    for title, path in (("Unseen", UNSEEN), ("Known", EXAMPLES)):
        scores = score(lines(path), index)
        print(f"\n### {title}: {scores.total} sentences\n")
        _summary(scores)
        _confusion(scores)


def _summary(scores: Scores) -> None:
    print("| what | right | of | share |\n| --- | ---: | ---: | ---: |")
    print(f"| all intents | {scores.intents} | {scores.total} | {scores.intent_share:.1%} |")
    for label in INTENTS:
        right, total = scores.by_label[label]
        if total:
            print(f"| {label} | {right} | {total} | {right / total:.1%} |")
    for kind, (right, total) in sorted(scores.values.items()):
        print(f"| value: {kind} | {right} | {total} | {right / total:.1%} |")
    right, total = scores.facets
    print(f"| facet | {right} | {total} | {right / total:.1%} |")


def _confusion(scores: Scores) -> None:
    print("\nRows are what was meant, columns what was understood.\n")
    print("| | " + " | ".join(INTENTS) + " |\n| --- |" + " ---: |" * len(INTENTS))
    for wanted in INTENTS:
        row = [scores.confused[wanted, got] for got in INTENTS]
        print(f"| **{wanted}** | " + " | ".join(str(n or "") for n in row) + " |")


if __name__ == "__main__":
    main()
