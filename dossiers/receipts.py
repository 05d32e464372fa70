"""What a QR or bar code on a receipt says, ours or another system's (domain 1.4).

Other systems put the citizen's ID number into the code. It is read past here: neither returned
nor kept, and no address from a citizen is ever fetched.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

from dossiers.codes import canonical_code, find_codes, is_legacy
from dossiers.identity import find_identities
from dossiers.names import fold
from dossiers.phones import find_phones
from dossiers.typed import plain

_LONGEST = 4_000
#: Members of a JSON payload looked at; receipts have a dozen.
_MOST_MEMBERS = 200

_CODE_NAMES = frozenset(
    ("mhs", "mahoso", "sohoso", "sobiennhan", "mabiennhan", "dossiercode", "dossierno")
)
_PERSONAL_NAMES = frozenset(
    (
        *("sgt", "sodinhdanh", "cccd", "cmnd", "cmt", "socccd", "socmnd", "sogiayto"),
        *("madoituong", "identitynumber", "sodienthoai", "sdt", "phone", "phonenumber"),
        *("chuhoso", "tennguoinop", "hoten", "ownerfullname", "email"),
    )
)
_MEMBER = re.compile(
    r"(?<![\w])([A-Za-z][\w\-]{1,29})[\"']?[ ]?[=:][ ]?[\"']?([^&?;|,\"'\s<>#]{1,80})"
)
_ADDRESS = re.compile(r"https?://|(?<![\w@.])[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}/", re.IGNORECASE)
_OURS = re.compile(r"/h/([A-Za-z0-9_\-]{8,128})(?![A-Za-z0-9_\-])")
_OPAQUE = re.compile(
    r"[?&]id=\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?(?![0-9a-f])", re.IGNORECASE
)


@dataclass(frozen=True)
class Payload:
    """What a receipt payload tells.

    ``codes``: canonical dossier codes or receipt numbers, each once, in order. ``token``: of our
    own receipts (whether it is live the database knows). ``had_personal_data``: an ID number,
    phone or name stood in it, so the message must not be kept or echoed. ``opaque``: a reference
    only its own system can resolve (``?id=<GUID>``); ask for the printed code instead.
    """

    codes: tuple[str, ...]
    token: str | None
    had_personal_data: bool
    opaque: bool


def read_payload(text: str) -> Payload | None:
    """The payload of a receipt's QR or bar code, or None when the text is none.

    Plain code, URL, JSON or delimited, percent- and HTML-encoded up to twice. The first 4,000
    characters count. Text without a code, token, reference or ID card data is None.
    """
    decoded = _decode(text[:_LONGEST])
    members = list(_members(decoded))
    codes = list(_codes(decoded, members))
    address = _ADDRESS.search(decoded)
    token = _OURS.search(decoded) if address else None
    opaque = bool(address and not codes and not token and _OPAQUE.search(decoded))
    personal = _had_personal_data(decoded, members)
    if not (codes or token or opaque or (personal and "|" in decoded)):
        return None
    return Payload(tuple(dict.fromkeys(codes)), token[1] if token else None, personal, opaque)


def _decode(text: str) -> str:
    for _ in range(2):
        text = html.unescape(text)
        # A plus is a space only in a query; in plain text it may begin a phone number.
        text = unquote_plus(text) if "%" in text or "?" in text else text
    return plain(text)[:_LONGEST]


def _members(decoded: str) -> Iterator[tuple[str, str]]:
    """Name and value pairs of whatever notation, names folded to letters."""
    if decoded.lstrip()[:1] in ("{", "["):
        yield from _json_members(decoded)
    for name, value in _MEMBER.findall(decoded):
        yield _name(name), value


def _json_members(decoded: str) -> Iterator[tuple[str, str]]:
    try:
        waiting = [("", json.loads(decoded))]
    except (ValueError, RecursionError):
        return
    for _ in range(_MOST_MEMBERS):
        if not waiting:
            return
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((str(key), inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend((name, inner) for inner in reversed(value))
        elif isinstance(value, str | int):
            yield _name(name), str(value)[:80]


def _name(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(name))


def _codes(decoded: str, members: list[tuple[str, str]]) -> Iterator[str]:
    for name, value in members:
        # The member's name is the explicit prefix that an old receipt number needs.
        if name in _CODE_NAMES and (code := canonical_code(value, legacy=True)):
            yield code
    for found in find_codes(decoded):
        if found.valid:
            yield found.code


def _had_personal_data(decoded: str, members: list[tuple[str, str]]) -> bool:
    if any(name in _PERSONAL_NAMES and value for name, value in members):
        return True
    # A receipt number of nine digits is no ID number where its member says what it is.
    rest = decoded
    for name, value in members:
        if name in _CODE_NAMES and is_legacy(value):
            rest = rest.replace(value, " ")
    return bool(find_identities(rest) or find_phones(rest))
