"""Finding a procedure by what citizens call it (domain 2.1, 7): names, old names, aliases, codes.

The index lives in memory, one a database, and is built anew when the table changes.
"""

from __future__ import annotations

import heapq
import math
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from weakref import WeakKeyDictionary

from sqlmodel import Session

from dossiers.names import fold
from procedures import addresses
from procedures.language import concepts
from procedures.language.emphasis import emphasis
from procedures.language.spelling import Spelling
from procedures.language.typing_marks import is_syllable
from procedures.language.word_lists import STOP
from procedures.language.words import read
from procedures.records import national_code
from store import procedures as table
from store.tables import Procedure

_WORD = re.compile(r"[a-z0-9]+")
_CODE = re.compile(r"(?<![\d.])\d{1,2}\.\d{6}(?!\d)(?:\.[0-9A-Za-z]+)*")
#: Below this a hit is a coincidence of words.
_ENOUGH = 0.45
#: Phrases weighed exactly; the rest shares less.
_WEIGHED = 150
_COMMON = 0.25
#: More words nobody uses in the catalogue make a question longer, not another one.
_STRANGERS = 3
_SWAPS = (
    (re.compile(r"\bn(?=[aeiouy])"), "l"),
    (re.compile(r"\bl(?=[aeiouy])"), "n"),
    (re.compile(r"\bch(?=[aeiouy])"), "tr"),
    (re.compile(r"\bx(?=[aeiouy])"), "s"),
)


@dataclass(frozen=True)
class Entry:
    """What a list shows of a procedure."""

    key: str
    name: str
    field: str
    #: "toan_trinh", "mot_phan" or "" (unknown or not online).
    online: str = ""
    agency: str = ""
    code: str = ""


@dataclass(frozen=True)
class Hit:
    """A procedure and how well it fits; 1 and more says its very words were used."""

    entry: Entry
    score: float


@dataclass(frozen=True)
class _Phrase:
    entry: Entry
    words: tuple[str, ...]
    plain: str
    accented: str
    weight: float
    whole: float = 0.0


class Index:
    """All procedures, asked from memory."""

    def __init__(self, rows: Iterable[Procedure]) -> None:
        self.entries: list[Entry] = []
        self._by_key: dict[str, Entry] = {}
        self._replaced: dict[str, Entry] = {}
        self._by_address: dict[str, Entry] = {}
        self._phrases: list[_Phrase] = []
        self._having: dict[str, list[int]] = defaultdict(list)
        spelled: set[str] = set(concepts.SPELLED)
        for row in rows:
            entry = Entry(
                row.key,
                row.name,
                row.field_name,
                str(row.record.get("online_service_level") or ""),
                str(row.record.get("implementing_agency") or ""),
                row.code,
            )
            self.entries.append(entry)
            self._by_key[row.key] = entry
            for variant in (row.slug, *row.record.get("code_variants", ())):
                self._by_key.setdefault(national_code(variant) or variant, entry)
            for replaced in row.record.get("replaces", ()):
                self._replaced.setdefault(national_code(replaced) or replaced, entry)
            for source in row.record.get("sources", ()):
                for name in addresses.names(str(source.get("url") or "")):
                    self._by_address.setdefault(name, entry)
            names = [(row.name, 1.0), (row.field_name, 0.45)]
            names += [(old, 0.97) for old in row.record.get("previous_names", ())]
            names += [(alias, 1.0) for alias in row.record.get("aliases", ())]
            for text, weight in names:
                self._add(entry, text, weight, spelled)
        self.spelling = Spelling(spelled)
        total = max(len(self._phrases), 1)
        self._unknown = math.log(1 + total)
        self._rarity = {word: math.log(1 + total / len(at)) for word, at in self._having.items()}
        self._common = {word for word, at in self._having.items() if len(at) > _COMMON * total}
        self._whole = [sum(self._rarity[word] for word in p.words) for p in self._phrases]

    def _add(self, entry: Entry, text: str, weight: float, spelled: set[str]) -> None:
        plain, accented, words = _taken_apart(text)
        spelled.update(plain.split())
        if not words:
            return
        self._phrases.append(_Phrase(entry, words, " ".join(words), accented, weight))
        for word in words:
            self._having[word].append(len(self._phrases) - 1)

    def fields(self) -> list[tuple[str, int]]:
        """Every field with how many procedures it has, in alphabetical order."""
        counts = Counter(entry.field for entry in self.entries if entry.field)
        return sorted(counts.items(), key=lambda item: fold(item[0]))

    def in_field(self, field: str) -> list[Entry]:
        """The procedures of a field, by name."""
        return [entry for entry in self.entries if entry.field == field]

    def by_code(self, text: str) -> Entry | None:
        """The procedure whose code (first two segments), variant or slug this is, or its successor."""
        name = national_code(text.strip()) or text.strip()
        return self._by_key.get(name) or self._replaced.get(name)

    def by_address(self, text: str) -> Entry | None:
        """The procedure a portal's address or our own ``/t/`` address leads to (domain 1.4)."""
        for name in addresses.names(text):
            found = self._by_address.get(name) or self.by_code(name)
            if found:
                return found
        return None

    def codes_in(self, text: str) -> list[str]:
        """Procedure codes written in a text, first two segments, known or not."""
        return list(dict.fromkeys(national_code(code) for code in _CODE.findall(text)))

    def mended(self, plain: str, *, eager: bool = False) -> str:
        """Folded words with slips of one letter undone; ``eager`` also for possible syllables."""
        return " ".join(self._mended(word, eager) for word in plain.split())

    def _mended(self, word: str, eager: bool) -> str:
        if word in STOP or (is_syllable(word) and not eager):
            return word
        made = self.spelling.nearest(word)
        return word if made is None or made in STOP else made

    def variants(self, plain: str) -> tuple[str, ...]:
        """The words as they stand, then with slips of the finger undone, boldest last."""
        # Many in the north-east say and write l for n, ch for tr, x for s.
        swapped = [plain]
        for sounds, letter in _SWAPS:
            swapped += [sounds.sub(letter, form) for form in tuple(swapped)]
        return tuple(
            dict.fromkeys((plain, self.mended(plain), *swapped, self.mended(plain, eager=True)))
        )

    def fitting(self, plain: str, accented: str = "", limit: int = 20) -> list[Hit]:
        """The best fitting procedures for words already read, best first; may be empty."""
        asked = telling(concepts.in_terms(plain, hints=False))
        known = [word for word in asked if word in self._rarity]
        things = [word for word in known if word not in concepts.ACTS]
        if not things:
            return []
        shared: dict[int, float] = defaultdict(float)
        rare = [word for word in things if word not in self._common] or things
        for word in rare:
            for at in self._having[word]:
                shared[at] += self._rarity[word]
        nearest = heapq.nlargest(_WEIGHED, shared.items(), key=lambda item: item[1])
        weight = emphasis(plain, known)
        wanted = sum(self._rarity[word] * weight.get(word, 1.0) for word in known)
        wanted += 0.4 * self._unknown * min(len(asked) - len(known), _STRANGERS)
        best: dict[str, Hit] = {}
        for at, _ in nearest:
            score = self._score(at, frozenset(known), weight, wanted, " ".join(asked), accented)
            entry = self._phrases[at].entry
            before = best.get(entry.key)
            if score >= _ENOUGH and (before is None or before.score < score):
                best[entry.key] = Hit(entry, score)
        ranked = sorted(best.values(), key=lambda hit: (-hit.score, len(hit.entry.name)))
        return ranked[:limit]

    def _score(
        self,
        at: int,
        known: frozenset[str],
        weight: dict[str, float],
        wanted: float,
        asked: str,
        accented: str,
    ) -> float:
        phrase = self._phrases[at]
        shared = [word for word in phrase.words if word in known]
        whole = sum(self._rarity[word] for word in shared) / self._whole[at]
        fits = sum(self._rarity[word] * weight.get(word, 1.0) for word in shared)
        score = 0.5 * whole + 0.5 * fits / wanted
        if len(shared) == 1 and len(phrase.words) > 2 and shared[0] not in concepts.TERMS:
            # One common word of a long name is a coincidence.
            score = min(score, _ENOUGH)
        named = [word for word in phrase.words if word in concepts.TERMS]
        if named and not known.intersection(named):
            # The thing itself was not said, only what stands round it.
            score = min(score, _ENOUGH)
        if whole > 0.999:
            # Every word of a name was said; a longer name was meant more surely.
            score += 0.2 + 0.04 * (len(phrase.words) - 1)
            if f" {phrase.plain} " in f" {asked} ":
                score += 0.05
            # Accents decide between words that fold alike (domain 7).
            if accented and f" {phrase.accented} " in f" {accented} ":
                score += 0.05
        return score * phrase.weight


@lru_cache(maxsize=100_000)
def _taken_apart(text: str) -> tuple[str, str, tuple[str, ...]]:
    """A name folded, as typed, and its telling words: read once, however often staff save others."""
    sentence = read(text)
    plain = concepts.in_terms(sentence.plain)
    return sentence.plain, sentence.accented, telling(plain) or tuple(dict.fromkeys(plain.split()))


def telling(plain: str) -> tuple[str, ...]:
    """The words that may name a procedure, each once, in order."""
    return tuple(dict.fromkeys(word for word in _WORD.findall(plain) if word not in STOP))


_Stamp = tuple[int, datetime | None]
_built: WeakKeyDictionary[object, tuple[_Stamp, Index]] = WeakKeyDictionary()
_building = threading.Lock()


def index_of(session: Session) -> Index:
    """The index of this database's catalogue, no older than the session's view of the table."""
    engine = session.get_bind().engine
    stamp = table.stamp(session)
    with _building:
        held = _built.get(engine)
        if held is None or held[0] != stamp:
            held = (stamp, Index(table.each(session)))
            _built[engine] = held
        return held[1]
