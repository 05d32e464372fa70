"""Names of people and organisations: comparing them, and showing them without giving them away."""

from __future__ import annotations

import re
import unicodedata

from dossiers.typed import MAX_TEXT, plain

_SPACES = re.compile(r"\s+")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_BETWEEN_PEOPLE = re.compile(r"(\s*[,;/&]\s*|\s+và\s+)", re.IGNORECASE)
_NOT_A_WORD = re.compile(r"[^\w\s]|_")

#: Folded words that say what kind of owner it is, not who: they stay readable.
_KINDS = re.compile(
    r"^(?:cong ty(?: (?:tnhh|trach nhiem huu han))?(?: (?:mtv|mot thanh vien|hai thanh vien))?"
    r"(?: (?:co phan|cp|hop danh|luat))?|doanh nghiep(?: tu nhan)?|dntn|tong cong ty|tap doan"
    r"|ho kinh doanh|hkd|hop tac xa|htx|chi nhanh|van phong(?: dai dien)?|ngan hang|quy"
    r"|uy ban nhan dan|ubnd|truong(?: (?:mam non|tieu hoc|thcs|thpt|dai hoc))?|benh vien"
    r"|phong kham|trung tam|hoi|ong|ba|anh|chi)(?= |$)"
)


def fold(text: str) -> str:
    """Lower case without diacritics, đ as d, single spaces (domain 7): for comparing, not showing.

    NFC and NFD give the same answer, so do full-width letters and invisible characters.
    """
    parts = unicodedata.normalize("NFKD", plain(text)[:MAX_TEXT].lower())
    bare = "".join(c for c in parts if not unicodedata.combining(c))
    return _SPACES.sub(" ", bare.replace("đ", "d")).strip()


def same_name(first: str, second: str) -> bool:
    """Whether two spellings are one name: folded, punctuation aside. No name equals no name."""
    one, other = (
        _SPACES.sub(" ", _NOT_A_WORD.sub(" ", fold(name))).strip() for name in (first, second)
    )
    return bool(one) and one == other


def mask_name(name: str) -> str:
    """A name its owner recognises and a stranger cannot read: "N*** T*** T*** Mận".

    Every word but the last keeps its first letter and three stars (so lengths tell nothing);
    the given name, which Vietnamese put last, stays. A single word is starred too. What stands
    in brackets is left out. Words for the kind of owner ("Công ty TNHH", "Ông") stay readable
    and the rest of an organisation's name is masked likewise. Several owners are masked each.
    """
    tidy = _SPACES.sub(" ", unicodedata.normalize("NFC", plain(name))).strip()
    tidy = _SPACES.sub(" ", _BRACKETS.sub(" ", tidy)).strip() or tidy
    parts = _BETWEEN_PEOPLE.split(tidy)
    return "".join(part if at % 2 else _mask_one(part) for at, part in enumerate(parts)).strip()


def _mask_one(name: str) -> str:
    words = name.split()
    kind = _KINDS.match(fold(name))
    kept = len(kind.group().split()) if kind else 0
    if kept >= len(words):
        # A name of nothing but such words would otherwise be shown whole.
        kept = max(len(words) - 1, 0)
    rest = words[kept:]
    shown = [_star(word) for word in rest[:-1]]
    if rest:
        shown.append(rest[-1] if len(rest) > 1 else _star(rest[0]))
    return " ".join([*words[:kept], *shown])


def _star(word: str) -> str:
    return f"{word[0]}***"
