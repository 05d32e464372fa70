"""Plain text as Zalo takes it: cleaned, counted in UTF-16 units, cut between words."""

import re
import unicodedata

_LINE_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
# Control characters (but \n and \t), lone surrogates, and the invisible direction switches that let
# relayed text hide what it says.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_MENTION = re.compile(r"\[@[^\[\]\s]{0,64}\]")
_HALF_MENTION = re.compile(r"\[+@")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_LINE = re.compile(r"\n\s*")
_SENTENCE = re.compile(r"(?<=[.!?…;])[\"'”’)\]]*\s+")
_WORD = re.compile(r"\s+")


def clean(text: str) -> str:
    """`text` in NFC without control characters, lone surrogates and `[@id]` mentions.

    Mentions would notify group members (zalo-protocol 3.11, 8.15); NFD doubles the length of
    Vietnamese (8.14). Line breaks become `\\n`, tabs stay; outer white space goes. Idempotent.
    """
    if not (text.isascii() and text.isprintable()):
        text = _LINE_BREAKS.sub("\n", text)
        text = _UNWANTED.sub("", text)
    if "[@" in text:
        # A nested "[@[@1]2]" would leave a live mention behind the first pass.
        text = _HALF_MENTION.sub("@", _MENTION.sub("", text))
    return unicodedata.normalize("NFC", text).strip()


def units(text: str) -> int:
    """Length in UTF-16 code units: the larger of the two counts Zalo may use (8.14)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten(text: str, limit: int) -> str:
    """`text` cleaned and at most `limit` UTF-16 units, cut after a word and ended with "…".

    For places that hold one piece only: a title, a template parameter. ValueError below 1.
    """
    if limit < 1:
        raise ValueError("limit must be at least 1")
    text = clean(text)
    if units(text) <= limit:
        return text
    return pieces(text, limit - 1)[0].rstrip(" ,;:-") + "…" if limit > 1 else "…"


def pieces(text: str, limit: int) -> list[str]:
    """`text` cleaned and cut into parts of at most `limit` UTF-16 units, in order.

    Cuts at the last paragraph, line or sentence in the second half of a part, else between words;
    only a single word longer than `limit` is cut itself. Empty text gives no part.
    """
    rest = clean(text)
    parts: list[str] = []
    while rest:
        end, resume = _cut(rest, limit)
        parts.append(rest[:end].rstrip())
        rest = rest[resume:].lstrip()
    return parts


def _cut(text: str, limit: int) -> tuple[int, int]:
    """Where the first part of `text` ends and where the next one starts."""
    room = _prefix(text, limit)
    if room == len(text):
        return room, room
    # One character more, so that a break just behind a full part is seen.
    window = text[: room + 1]
    for pattern in (_PARAGRAPH, _LINE, _SENTENCE, _WORD):
        earliest = 1 if pattern is _WORD else room // 2
        breaks = [m for m in pattern.finditer(window) if earliest <= m.start() <= room]
        if breaks:
            last = breaks[-1]
            # A sentence keeps the quotation mark or bracket that closes it.
            return (last.end() if pattern is _SENTENCE else last.start()), last.end()
    return _hard_cut(text, room)


def _prefix(text: str, limit: int) -> int:
    """The number of characters of `text` that fit into `limit` UTF-16 units."""
    used = 0
    for index, char in enumerate(text[: limit + 1]):
        used += 2 if char > "\uffff" else 1
        if used > limit:
            return index
    return min(len(text), limit)


def _hard_cut(text: str, room: int) -> tuple[int, int]:
    """A cut inside an endless word, but not between a letter and its marks."""
    room = max(room, 1)
    end = room
    while end > 1 and (unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f"):
        end -= 1
    end = end if end > 1 else room
    return end, end
