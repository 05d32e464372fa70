"""A photo with a code on it: handled as if the code had been typed (domain 1.4).

Receipts of other systems are read too; addresses in them are never fetched and ID numbers in them
are neither kept nor echoed. A photo of an identity paper is refused and not kept.
"""

from __future__ import annotations

from dataclasses import replace

from bot.events import UserImage
from bot.messages import Text
from bot.router import read_text
from bot.routing import Context, Incoming, Reply, Route
from handlers import held_receipt, lookup, procedure
from handlers.menu import button, menu_button
from procedures.search import Entry, index_of

_SHORT_CODE = "#hs"
#: A board has many codes; the first few procedures are answered.
_PROCEDURES = 3


def photo(incoming: Incoming, context: Context) -> Reply | None:
    """What the codes ask for, or how to take a better photo; None leaves the photo to others."""
    if context.conversation.flow == "feedback":
        # A picture of a pothole is evidence, not a question.
        return None
    scanned = incoming.scanned
    if scanned is None:
        return None
    if not scanned:
        return None if incoming.text else _say("photo.no_code", context)
    found = _dossiers(incoming, scanned, context) or _procedures(scanned, context)
    return found or _say("photo.other_code", context)


def _dossiers(incoming: Incoming, scanned: tuple[str, ...], context: Context) -> Reply | None:
    for text in scanned:
        typed = read_text(incoming.event, text)
        if typed.payload == _SHORT_CODE:
            return held_receipt.by_token(context, typed.argument)
    asking = [text for text in scanned if lookup.read(text)]
    # One code keeps the notation of its system, which may prove who holds the paper; of a QR and
    # a bar code with the same dossier code the QR says more.
    asking.sort(key=len, reverse=True)
    if not asking:
        return None
    first = lookup.read(asking[0])
    if first.token or len(asking) == 1 or set(first.codes) >= _codes(asking[1:]):
        return lookup.by_text(_typed(incoming, asking[0]), context)
    return lookup.by_text(_typed(incoming, " ; ".join(sorted(_codes(asking)))), context)


def _codes(texts: list[str]) -> set[str]:
    return {code for text in texts for code in lookup.read(text).codes}


def _typed(incoming: Incoming, text: str) -> Incoming:
    return replace(read_text(incoming.event, text), payload="", argument="")


def _procedures(scanned: tuple[str, ...], context: Context) -> Reply | None:
    index = index_of(context.session)
    entries = [index.by_address(text) or _by_code(text, context) for text in scanned]
    keys = list(dict.fromkeys(entry.key for entry in entries if entry))
    if not keys:
        return None
    if len(keys) == 1:
        return procedure.show(keys[0], context)
    shown = [procedure.show(key, context) for key in keys[:_PROCEDURES]]
    return Reply.of(*(reply.messages[:-1] for reply in shown), shown[-1].messages[-1:])


def _by_code(text: str, context: Context) -> Entry | None:
    index = index_of(context.session)
    codes = index.codes_in(text)
    return index.by_code(codes[0]) if codes else None


def _say(key: str, context: Context) -> Reply:
    words = context.words
    buttons = (
        button(words, "lookup", "#tracuu"),
        button(words, "human", "#gapcanbo"),
        menu_button(words),
    )
    return Reply.of(Text(words(key), buttons))


ROUTES = (Route("photo", photo, "Codes on a photo, as if typed", events=(UserImage,)),)
