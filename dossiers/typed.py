"""Text as people type, paste and scan it, brought to plain characters before anything reads it."""

from __future__ import annotations

import re
import unicodedata

#: No parser here looks further; chat texts end at 2,000 characters, QR codes at about 4,300.
MAX_TEXT = 10_000

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe0f\ufeff]"
)
_DASH = re.compile("[\u2010-\u2015\u2043\u2212\u02d7\u2796]")
_DOT = re.compile("[\u00b7\u2022\u2024\u2027\u3002]")


def plain(text: str) -> str:
    """NFKC, without invisible characters, every dash as "-" and every dot as "." (domain 1.3).

    Full-width letters become plain ones, no-break spaces become spaces. Cut at ``MAX_TEXT``.
    """
    # NFKC can make a text up to 18 times longer: cut on both sides of it.
    folded = unicodedata.normalize("NFKC", text[:MAX_TEXT])[:MAX_TEXT]
    return _DOT.sub(".", _DASH.sub("-", _INVISIBLE.sub("", folded)))
