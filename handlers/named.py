"""What a text names besides procedures: dossiers, people, numbers (contract 1, ``understand``)."""

from __future__ import annotations

import re

from dossiers.codes import find_codes
from dossiers.names import fold
from dossiers.receipts import read_payload
from procedures.language.word_lists import BESIDE_A_PHONE, NOT_A_NAME, SURNAMES

#: Nothing is named.
NOBODY = ("", "")
LONG_NUMBER = re.compile(r"(?<![\w/.\-])\+?\(?[0-9](?:[ .\-()]{0,2}[0-9]){6,14}(?![\w/\-])")
_OF_SOMEBODY = re.compile(
    r"\b(?:ho so|hs|don)(?: [a-z]+){0,5}? (?:cua|ten|mang ten|dung ten|chu ho so|do)"
    r"(?: (?:ong|ba|anh|chi|co|chu|bac|cu|nguoi ten|chu ho so|nguoi nop|ten|la|me|bo|chong|vo|con)"
    r"(?: (?:toi|em|minh|chau))?)? ((?:[a-z]{1,9} ){1,4}[a-z]{1,9})"
)
_CALLED = re.compile(r"\b(?:ten(?: la)?|toi la|em la|minh la|chau la|ho so|hs|don|phieu|giay)\b")
_NAME_WORD = re.compile(r"[^\W\d_]+")


def dossiers(text: str) -> tuple[str, str] | None:
    """What a text names to look up: the kind and its values, ``;`` between several."""
    found = find_codes(text)
    payload = read_payload(text)
    codes = [one.code for one in found if one.valid]
    codes = list(dict.fromkeys([*(payload.codes if payload else ()), *codes]))
    if codes:
        return "dossier_code", ";".join(codes)
    if payload and payload.token:
        return "qr_token", payload.token
    if found:
        return "dossier_code_invalid", ";".join(one.code for one in found)
    if payload and payload.opaque:
        return "qr_token", _reference(text)
    return None


_GUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def _reference(text: str) -> str:
    """The id inside a receipt QR that only its own system can resolve (domain 1.4)."""
    found = _GUID.search(text)
    return found[0].lower() if found else ""


def only_a_number(text: str) -> bool:
    """Whether there is nothing beside a number but words people write around one."""
    rest = list(re.findall(r"[a-z]+", fold(LONG_NUMBER.sub(" ", text))))
    return all(word in BESIDE_A_PHONE for word in rest)


def person(text: str) -> tuple[str, str]:
    """The person whose dossiers are asked for, as typed; ("", "") when nobody is named."""
    folded = fold(text)
    words = [word for word in _NAME_WORD.findall(text) if fold(word).isalpha()]
    if _CALLED.search(folded):
        for at, word in enumerate(words):
            run = []
            for follower in words[at : at + 5]:
                if not follower[0].isupper():
                    break
                run.append(follower)
            if len(run) >= 2 and fold(word) in SURNAMES:
                return "person_name", " ".join(run)
    found = _OF_SOMEBODY.search(" ".join(fold(word) for word in words))
    name: list[str] = []
    for word in found[1].split() if found else ():
        if word in NOT_A_NAME:
            break
        name.append(word)
    if not 2 <= len(name) <= 4 or name[0] not in SURNAMES:
        return NOBODY
    plain = [fold(word) for word in words]
    at = next(i for i in range(len(plain)) if plain[i : i + len(name)] == name)
    return "person_name", " ".join(words[at : at + len(name)])
