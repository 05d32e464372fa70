"""ID numbers, read only to be hashed or refused: they are never stored or logged (domain 5.2)."""

from __future__ import annotations

import re

from dossiers.codes import without_codes
from dossiers.typed import plain

#: The longest text that can be one ID number with its label and separators.
_LONGEST = 60

_LABEL = re.compile(
    r"^(?:(?:số|so|thẻ|the)\s+)?(?:cccd|cmnd|cmt|căn cước(?: công dân)?|can cuoc(?: cong dan)?"
    r"|định danh|dinh danh|hộ chiếu|ho chieu|passport)?(?:\s+(?:số|so|là|la))?[\s:.#-]*",
    re.IGNORECASE,
)
_CITIZEN = re.compile(r"(?:0(?:0[1-9]|[1-8][0-9]|9[0-6])|[1-9][0-9]{2})[0-3][0-9]{8}")
_OLD = re.compile(r"[0-9]{9}")
_PASSPORT = re.compile(r"[A-Z][0-9]{7,8}")

#: In a sentence only these groupings are taken; others may be a date, a price or a phone.
_IN_SENTENCE = re.compile(
    r"(?<![\w+])(?<![0-9][.,/\-])(?:"
    r"[0-9]{12}|[0-9]{3}([ .])[0-9]{3}\1[0-9]{3}\1[0-9]{3}|[0-9]{4}([ .])[0-9]{4}\2[0-9]{4}"
    r"|[0-9]{9}|[0-9]{3} [0-9]{3} [0-9]{3}|[A-Z][0-9]{7,8}"
    r")(?![\w])(?![ .,/\-]?[0-9])"
)
_NOT_DIGITS = re.compile(r"[^0-9]")


def read_identity(text: str) -> str | None:
    """The one ID number a text consists of (a label before it is allowed), or None.

    12 digits with the structure of a CCCD (place 001-096 or a country from 100, century-and-sex
    0-3: nobody is born after 2099 yet), or 9 digits (CMND), or a passport "B1234567". Spaces,
    dots and hyphens between digits do not matter. There is no check digit to test.
    """
    if len(text) > _LONGEST:
        return None
    typed = _LABEL.sub("", plain(text).strip())
    bare = re.sub(r"[\s.\-]", "", typed).upper()
    return bare if _is_identity(bare) else None


def find_identities(text: str) -> list[str]:
    """Every ID number in a sentence, in order, each once; parts of dossier codes are none."""
    found: dict[str, None] = {}
    for match in _IN_SENTENCE.finditer(without_codes(text)):
        bare = match[0] if match[0][0].isalpha() else _NOT_DIGITS.sub("", match[0])
        if _is_identity(bare):
            found[bare] = None
    return list(found)


def last3(identity: str) -> str:
    """The last three characters: all that is ever kept in clear beside the keyed hash."""
    return identity[-3:]


def _is_identity(bare: str) -> bool:
    return any(pattern.fullmatch(bare) for pattern in (_CITIZEN, _OLD, _PASSPORT))


def without_identities(text: str, instead: str = "[số giấy tờ]") -> str:
    """The text with every ID number replaced: for copies that leave the house."""

    def replaced(match: re.Match[str]) -> str:
        bare = match[0] if match[0][0].isalpha() else _NOT_DIGITS.sub("", match[0])
        return instead if _is_identity(bare) else match[0]

    return _IN_SENTENCE.sub(replaced, text)
