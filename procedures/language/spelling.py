"""Slips of the finger: an unknown word read as the known one that differs in a single letter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

_SHORTEST = 4


class Spelling:
    """Known words, found again with one letter missing, added, wrong or swapped.

    Every word is kept under itself and under each form with one letter left out; two words that
    share a form differ by at most two edits of that kind, and the nearest in length wins.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._known = {word for word in words if word.isalpha()}
        self._forms: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._known):
            for form in _forms(word):
                self._forms[form].append(word)

    def knows(self, word: str) -> bool:
        """Whether the word is one of the known ones."""
        return word in self._known

    def nearest(self, word: str) -> str | None:
        """The known word one slip away, or None; short words have too many neighbours."""
        if len(word) < _SHORTEST or word in self._known:
            return None
        near = {known for form in _forms(word) for known in self._forms.get(form, ())}
        fitting = [known for known in near if _one_slip(word, known)]
        # The first letter is hit right more often than any other.
        fitting.sort(key=lambda known: (known[0] != word[0], sorted(known) != sorted(word), known))
        return fitting[0] if fitting else None


def _forms(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _one_slip(word: str, known: str) -> bool:
    if len(known) < _SHORTEST - 1:
        return False
    if abs(len(word) - len(known)) == 1:
        shorter, longer = sorted((word, known), key=len)
        return shorter in _forms(longer)
    if len(word) != len(known):
        return False
    wrong = [at for at in range(len(word)) if word[at] != known[at]]
    if len(wrong) == 1:
        return True
    return len(wrong) == 2 and wrong[1] == wrong[0] + 1 and sorted(word) == sorted(known)
