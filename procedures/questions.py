"""A question about a procedure: which one, and which side of it (contract 1, ``understand``).

Deterministic and from the catalogue alone: nothing is learnt, fetched or guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from procedures.language import concepts, facets
from procedures.language.words import LIMIT, Sentence, read
from procedures.search import Hit, Index, telling

_ADDRESS = re.compile(r"https?://\S+")
#: From here a procedure counts as named.
SURE = 0.6
#: Words mended by guess must fit better than words as typed.
_BOLD = 0.85
#: One hit this much better than the next needs no question back.
CLEAR = 0.2


@dataclass(frozen=True)
class Question:
    """What was understood; ``hits`` best first, ``facet`` "" when the whole record is wanted."""

    sentence: Sentence
    #: Folded words with names of things in one term each.
    plain: str
    facet: str = ""
    #: Whether the facet was asked in so many words; "được không" alone is weak.
    strong: bool = False
    hits: tuple[Hit, ...] = ()
    #: Procedure codes typed, first two segments, known or not.
    codes: tuple[str, ...] = ()
    #: The procedure an address (a notice board's QR) leads to.
    addressed: bool = False
    #: Words left when the question itself is taken away: they name something, known or not.
    words: tuple[str, ...] = ()
    #: Whether words had to be mended by guess before a procedure was found.
    guessed: bool = False

    @property
    def named(self) -> bool:
        """Whether a procedure of the catalogue is named."""
        return bool(self.hits) and self.hits[0].score >= SURE

    @property
    def clear(self) -> bool:
        """Whether just one fits; otherwise the citizen is asked which."""
        return self.named and (
            len(self.hits) == 1 or self.hits[0].score - self.hits[1].score >= CLEAR
        )

    @property
    def candidates(self) -> Sequence[Hit]:
        """Those that may be meant: near enough to the best."""
        if not self.named:
            return ()
        return [hit for hit in self.hits if self.hits[0].score - hit.score < CLEAR]


def ask(text: str, index: Index) -> Question:
    """Read a message as a question about procedures; at most `LIMIT` characters count."""
    text = text[:LIMIT]
    sentence = read(_ADDRESS.sub(" ", text))
    codes = tuple(index.codes_in(text))
    entry = index.by_address(text)
    addressed = entry is not None
    entry = entry or next((one for code in codes if (one := index.by_code(code))), None)
    first: Question | None = None
    for at, tried in enumerate(index.variants(sentence.plain)):
        plain = concepts.in_terms(tried, hints=at == 0)
        asked = facets.asked(plain)
        hits = (Hit(entry, 2.0),) if entry else tuple(index.fitting(asked.rest, sentence.accented))
        made = Question(
            sentence,
            plain,
            asked.facet,
            asked.strong,
            hits,
            codes,
            addressed,
            telling(asked.rest),
        )
        first = first or made
        if made.named and (at == 0 or hits[0].score >= _BOLD):
            # What was asked stands in the words as typed; only the name needed mending.
            kept = first if first.strong else made
            return replace(made, facet=kept.facet, strong=kept.strong, guessed=at > 0)
    return first or Question(sentence, sentence.plain, codes=codes, addressed=addressed)
