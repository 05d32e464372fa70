"""Which of several things named in a sentence is the one that is wanted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from procedures.language.concepts import TERMS

#: What is done to the thing one wants; what stands elsewhere is often only a paper one has.
_DONE = re.compile(
    r"\b(?:lam|xin|dang ky|cap|doi|caplai|thu tuc|lay|nhap|muon)(?: (?:lai|cai|giay|to|cho|moi))*$"
)
_WISHED = re.compile(r"\b(?:gio|bay gio|muon|can|dinh|de)\b")


def emphasis(plain: str, known: Sequence[str]) -> dict[str, float]:
    """How much more a named thing counts when several are: the first, and the object of an act."""
    things = [word for word in known if word in TERMS]
    if len(things) < 2:
        return {}
    weights = dict.fromkeys(things, 1.0)
    weights[things[0]] += 0.5
    for word in things:
        before = plain.split(word, 1)[0].split()[-4:]
        said = " ".join(before)
        if _DONE.search(said):
            weights[word] += 1.0
        if _WISHED.search(said):
            weights[word] += 0.7
    return weights
