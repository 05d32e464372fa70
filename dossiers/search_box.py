"""What staff type into one box to find a dossier: code, phone, ID number or words of a name."""

from __future__ import annotations

import re
from dataclasses import replace

from crypto import Vault
from dossiers.codes import find_codes, is_legacy
from dossiers.identity import read_identity
from dossiers.names import fold
from dossiers.phones import Phone, read_phone
from dossiers.typed import plain
from store.dossier_search import Criteria

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 6
_LONGEST = 200


def asked_for(text: str, vault: Vault, base: Criteria | None = None) -> Criteria:
    """The criteria a text means, added to ``base``; nothing recognisable means words of the name.

    A code in any spelling; an old receipt number; a mobile number; an ID number (looked up by its
    keyed hash); else up to six words, folded, each of the name or the last part of a code.
    """
    found = base or Criteria()
    typed = plain(text[:_LONGEST]).strip()
    if not typed:
        return found
    codes = [one for one in find_codes(typed) if one.valid]
    if codes:
        return replace(found, code=codes[0].code)
    phone = read_phone(typed)
    if isinstance(phone, Phone):
        return replace(found, phone=phone.e164)
    identity = read_identity(typed)
    if identity is not None:
        return replace(found, identity_hash=vault.identity_hash(identity.upper()))
    if is_legacy(typed) and ("/" in typed or len(typed) > 7):
        return replace(found, receipt_number=typed)
    words = list(dict.fromkeys(_WORD.findall(fold(typed))))[:_MOST_WORDS]
    # Nothing but signs: no dossier has such a name.
    return replace(found, words=tuple(words) or ("-",))
