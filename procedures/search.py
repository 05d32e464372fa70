"""Finding a procedure by what citizens call it (domain 2.1, 7): names, old names, aliases, codes.

The index lives in memory, one a database, and is built anew when the table changes.
"""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlmodel import Session

from dossiers.names import fold
from procedures.records import national_code
from store import procedures as table
from store.tables import Procedure

#: Words of questions, not of procedures: alone they find nothing.
_STOP = frozenset(
    [
        "toi",
        "minh",
        "em",
        "anh",
        "chi",
        "ban",
        "cho",
        "xin",
        "hoi",
        "muon",
        "can",
        "lam",
        "gi",
        "nao",
        "the",
        "sao",
        "o",
        "dau",
        "khi",
        "bao",
        "lau",
        "nhieu",
        "mat",
        "tien",
        "phi",
        "le",
        "thu",
        "tuc",
        "giay",
        "to",
        "ho",
        "so",
        "nop",
        "thoi",
        "han",
        "het",
        "va",
        "voi",
        "la",
        "cua",
        "co",
        "khong",
        "duoc",
        "de",
        "ve",
        "ve",
        "viec",
        "nhu",
        "phai",
        "di",
        "den",
        "tai",
        "trong",
        "ngoai",
        "cac",
        "nhung",
        "mot",
        "voi",
        "a",
        "ah",
        "nhe",
        "oi",
        "ad",
        "vay",
        "roi",
        "thi",
        "ma",
    ]
)
_WORD = re.compile(r"[a-z0-9]+")
_CODE = re.compile(r"\b\d{1,2}\.\d{6}(?:\.[0-9A-Za-z]+)*")
#: Below this a hit is a coincidence of words.
_ENOUGH = 0.5
_TEXT_LIMIT = 500


@dataclass(frozen=True)
class Entry:
    """What a list shows of a procedure."""

    key: str
    name: str
    field: str


@dataclass(frozen=True)
class Hit:
    """A procedure and how well it fits; 1 and more says its very words were used."""

    entry: Entry
    score: float


@dataclass(frozen=True)
class _Phrase:
    entry: Entry
    words: tuple[str, ...]
    folded: str
    accented: str
    weight: float


class Index:
    """All procedures, asked from memory."""

    def __init__(self, rows: Iterable[Procedure]) -> None:
        self.entries: list[Entry] = []
        self._by_key: dict[str, Entry] = {}
        self._phrases: list[_Phrase] = []
        self._having: dict[str, set[int]] = defaultdict(set)
        for row in rows:
            entry = Entry(row.key, row.name, row.field_name)
            self.entries.append(entry)
            self._by_key[row.key] = entry
            for variant in (row.slug, *row.record.get("code_variants", ())):
                self._by_key.setdefault(national_code(variant) or variant, entry)
            self._add(entry, row.name, 1.0)
            for old in row.record.get("previous_names", ()):
                self._add(entry, old, 0.95)
            for alias in row.record.get("aliases", ()):
                self._add(entry, alias, 1.0)
            self._add(entry, row.field_name, 0.6)
        counts = Counter({word: len(having) for word, having in self._having.items()})
        total = max(len(self._phrases), 1)
        # A word nobody ever used says most of all that something else was meant.
        self._unknown = math.log(1 + total)
        self._rarity = {word: math.log(1 + total / n) for word, n in counts.items()}

    def _add(self, entry: Entry, text: str, weight: float) -> None:
        folded = fold(text)
        words = tuple(dict.fromkeys(_WORD.findall(folded)))
        if not words:
            return
        plain = " ".join(_WORD.findall(folded))
        self._phrases.append(_Phrase(entry, words, plain, _accented(text), weight))
        for word in words:
            self._having[word].add(len(self._phrases) - 1)

    def fields(self) -> list[tuple[str, int]]:
        """Every field with how many procedures it has, in alphabetical order."""
        counts = Counter(entry.field for entry in self.entries if entry.field)
        return sorted(counts.items(), key=lambda item: fold(item[0]))

    def in_field(self, field: str) -> list[Entry]:
        """The procedures of a field, by name."""
        return [entry for entry in self.entries if entry.field == field]

    def by_code(self, text: str) -> Entry | None:
        """The procedure whose code (first two segments), variant or slug this is."""
        text = text.strip()
        return self._by_key.get(national_code(text) or text)

    def search(self, text: str, limit: int = 20) -> list[Hit]:
        """The best fitting procedures, best first; nothing when only common words fit."""
        text = text[:_TEXT_LIMIT]
        for code in _CODE.findall(text):
            entry = self.by_code(code)
            if entry:
                return [Hit(entry, 2.0)]
        folded = " ".join(_WORD.findall(fold(text)))
        asked = [word for word in dict.fromkeys(folded.split()) if word not in _STOP]
        candidates = {at for word in asked if word in self._rarity for at in self._having[word]}
        accented = _accented(text)
        best: dict[str, Hit] = {}
        for at in candidates:
            phrase = self._phrases[at]
            score = self._score(phrase, asked, folded, accented)
            known = best.get(phrase.entry.key)
            if score >= _ENOUGH and (known is None or known.score < score):
                best[phrase.entry.key] = Hit(phrase.entry, score)
        ranked = sorted(best.values(), key=lambda hit: (-hit.score, len(hit.entry.name)))
        return ranked[:limit]

    def _score(self, phrase: _Phrase, asked: Sequence[str], folded: str, accented: str) -> float:
        telling = [word for word in phrase.words if word not in _STOP] or list(phrase.words)
        shared = sum(self._rarity[word] for word in telling if word in asked)
        if not shared:
            return 0.0
        wanted = sum(self._rarity.get(word, self._unknown) for word in asked)
        whole = sum(self._rarity[word] for word in telling)
        score = 0.7 * shared / wanted + 0.3 * shared / whole
        if f" {phrase.folded} " in f" {folded} ":
            score += 0.5
            # Accents decide between words that fold alike (domain 7).
            if f" {phrase.accented} " in f" {accented} ":
                score += 0.1
        return score * phrase.weight


def _accented(text: str) -> str:
    lowered = unicodedata.normalize("NFC", text).lower()
    return " ".join(re.findall(r"\w+", lowered))


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
            held = (stamp, Index(table.everything(session)))
            _built[engine] = held
        return held[1]
