"""Whether two short messages say the same thing: accents, politeness and teencode aside (domain 7).

Folding loses meaning: "đúng" (right), "dùng" (use) and "dừng" (stop) are one word without accents.
So a single accented word must be the very word, and only longer messages are compared folded.
"""

from __future__ import annotations

import re
import unicodedata

from dossiers.names import fold
from wording import typed

#: Nobody says one of the known things in more characters than this.
_LONG = 60
_EDGES = " \t\n.,;:!?…~\"'()*-_=+^<>"
_NUMBER = re.compile(r"(?:so|phim|chon|bam|muc|nhan|buoc)?\s*(\d{1,2})[.)]?")
_SHORT_FORMS = {
    "hs": "ho so",
    "hso": "ho so",
    "dvc": "dich vu cong",
    "tthc": "thu tuc hanh chinh",
    "tb": "thong bao",
    "cb": "can bo",
    "nv": "nhan vien",
    "ko": "khong",
    "k": "khong",
    "hok": "khong",
    "hong": "khong",
    "khg": "khong",
    "mk": "minh",
    "mik": "minh",
    "dc": "duoc",
    "mun": "muon",
    "r": "roi",
    "ktra": "kiem tra",
    "hd": "huong dan",
    "dky": "dang ky",
    "dk": "dang ky",
    "admin": "ad",
}


def bare(text: str) -> str:
    """``text`` folded, without the punctuation around it."""
    return fold(text).strip(_EDGES)


def _any_of(key: str) -> str:
    # Longest first, or "cho tôi" would leave "hỏi" of "cho tôi hỏi" behind.
    words = sorted({bare(word) for word in typed(key)}, key=len, reverse=True)
    return "|".join(re.escape(word) for word in words)


_LEADING = re.compile(rf"^(?:{_any_of('polite.before')}) (?=\S)")
_TRAILING = re.compile(rf"(?<=\S) (?:{_any_of('polite.after')})$")


def accented(text: str) -> str:
    """Lower case NFC without the punctuation around it, accents kept."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split()).strip(_EDGES)


def number(text: str) -> int | None:
    """The number a message consists of ("2", "số 2", "chọn 2."), else None."""
    found = _NUMBER.fullmatch(bare(text)) if len(text) <= _LONG else None
    return int(found[1]) if found else None


def readings(folded: str) -> tuple[str, ...]:
    """What a bare message may be compared as, the most literal first."""
    expanded = expand(folded)
    without_end = _stripped(expanded, _TRAILING)
    cores = [core for form in without_end for core in _stripped(form, _LEADING)]
    return tuple(dict.fromkeys((folded, *cores)))


def expand(folded: str) -> str:
    """Short forms written out: "hs cua mk" -> "ho so cua minh"."""
    return " ".join(_SHORT_FORMS.get(word, word) for word in folded.split())


def _stripped(folded: str, polite: re.Pattern[str]) -> list[str]:
    """The text with fewer and fewer polite words at one end: "xin ... giúp tôi với ạ"."""
    forms = [folded]
    while (shorter := polite.sub("", forms[-1])) != forms[-1]:
        forms.append(shorter)
    return forms


def _tone_free_order(text: str) -> str:
    """Letters and marks sorted within the word: "hoà" and "hòa" are the same word."""
    return "".join(sorted(unicodedata.normalize("NFD", text)))


class Phrases:
    """A set of things people type, asked once a message."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self._spelled: dict[str, set[str]] = {}
        for word in words:
            spelled = accented(word)
            for form in {bare(word), expand(bare(word))}:
                self._spelled.setdefault(form, set()).add(spelled)

    def match(self, text: str) -> bool:
        """Whether ``text`` as a whole says one of them."""
        if len(text) > _LONG:
            return False
        said = accented(text)
        return any(self._says(form, said) for form in readings(bare(text)))

    def _says(self, form: str, said: str) -> bool:
        spelled = self._spelled.get(form)
        if spelled is None:
            return False
        if " " in form or said == bare(said):
            return True
        # A polite sentence: compare the one accented word that was meant.
        words = {_tone_free_order(word) for word in said.split()}
        return any(word == bare(word) or _tone_free_order(word) in words for word in spelled)
