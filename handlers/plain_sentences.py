"""A sentence without what could tell who wrote it: numbers, names, addresses taken out (domain 4.5)."""

from __future__ import annotations

import re

from bot.text import clean, shorten
from dossiers.codes import without_codes
from dossiers.names import fold
from procedures.language.word_lists import SURNAMES, words

MOST = 120
NAME = "[tên]"
_MAIL = re.compile(r"\S+@\S+")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
#: Digits with what people put between them; every number becomes 0.
_NUMBER = re.compile(r"\d+(?:[\s.,:/\-]*\d+)*")
_TOKEN = re.compile(r"[^\W\d_]+|\s+|.", re.DOTALL)
_CALLED = words("ong ba anh chi co chu bac cu em chau be thay me bo cha vo chong con ten")
_MIDDLE = re.compile(r"(?:v[aă]n|th[iị])", re.IGNORECASE)
#: Surnames that are everyday words before "văn" and "thị": "làm văn bản", "tờ văn bản".
_WORDS_TOO = words("lam to ban do chu ly ha ho le ma")
#: Written with their marks these are surnames and nothing else.
_ONLY_NAMES = frozenset(["nguyễn", "huỳnh", "trần"])
_GIVEN = 4


def without_people(text: str) -> str:
    """One line of at most 120 characters: links, mail addresses and names replaced, each number 0.

    Names are runs of capitalised words that begin with a surname or follow a word of address
    ("chị Lan"), and surnames before "văn" or "thị" however they are written. Rather a word too
    many is taken out than a name left in.
    """
    bare = _LINK.sub("", _MAIL.sub("", clean(text)))
    bare = _NUMBER.sub("0", without_codes(bare).replace(" ; ", " "))
    return shorten(re.sub(r"\s+", " ", _nameless(bare)).strip(" .,;:!-"), MOST)


def key_of(text: str) -> str:
    """What counts as the same sentence: folded, punctuation aside."""
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s]|_", " ", fold(text))).strip()[:MOST]


def _nameless(text: str) -> str:
    # Where everything is written in capitals, capitals say nothing.
    tokens = _TOKEN.findall(text.lower() if text.isupper() else text)
    shown = _TOKEN.findall(text)
    places = [at for at, token in enumerate(tokens) if token[0].isalpha()]
    gone: set[int] = set()
    for number, at in enumerate(places):
        if at in gone:
            continue
        run = [tokens[place] for place in places[number : number + _GIVEN + 1]]
        length = _name(run, fold(tokens[places[number - 1]]) if number else "")
        if length:
            gone.update(range(at + 1, places[number + length - 1] + 1))
            shown[at] = NAME
    return "".join(token for at, token in enumerate(shown) if at not in gone)


def _name(run: list[str], before: str) -> int:
    """How many of these words, from the first on, are a name; 0 when none begins here."""
    first = fold(run[0])
    surname = first in SURNAMES
    capital = next((at for at, word in enumerate(run) if not word[0].isupper()), len(run))
    called = first in _CALLED and len(run) > 1 and fold(run[1]) in SURNAMES
    if surname and capital >= 2 and not called:
        return capital
    if capital and before in _CALLED:
        return capital
    if surname and len(run) > 2 and first not in _WORDS_TOO and _MIDDLE.fullmatch(run[1]):
        return 3
    if run[0].lower() in _ONLY_NAMES and len(run) > 1:
        return min(len(run), 3)
    return 0
