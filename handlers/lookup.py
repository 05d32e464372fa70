"""Where is my dossier? By code, receipt number, receipt QR or the token on our own receipt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.messages import Message, Query, Text
from bot.routing import Context, Incoming, Reply, Route
from dossiers.codes import FoundCode, find_codes, without_codes
from dossiers.identity import find_identities
from dossiers.receipts import read_payload
from handlers import finding, held_receipt, narrow
from store.tables import Dossier
from wording import typed

#: Answered in one message; more would be a way to fetch lists.
MOST = 5
_DIGITS = re.compile(r"[\W_]*([0-9]{3})[\W_]*")
_MANY_DIGITS = re.compile(r"(?:[0-9][\W_]*){6}")


@dataclass(frozen=True)
class Asked:
    """What a text asks for; a receipt's QR may hold more than it should."""

    codes: tuple[str, ...]
    broken: tuple[FoundCode, ...]
    token: str = ""
    opaque: bool = False
    personal: bool = False
    #: Not typed by hand: the notation of a QR code.
    scanned: bool = False

    def __bool__(self) -> bool:
        return bool(self.codes or self.broken or self.token or self.opaque or self.personal)


def read(text: str) -> Asked:
    """Codes and tokens in what somebody typed, pasted or scanned (domain 1.3, 1.4)."""
    found = find_codes(text)
    payload = read_payload(text)
    codes = [one.code for one in found if one.valid]
    broken = tuple(one for one in found if not one.valid)
    if payload is None:
        return Asked(tuple(codes), broken)
    scanned = any(mark in text for mark in "=|{")
    return Asked(
        tuple(dict.fromkeys([*payload.codes, *codes])),
        () if payload.codes else broken,
        token=payload.token or "",
        opaque=payload.opaque and not codes and not payload.codes,
        personal=payload.had_personal_data and scanned,
        scanned=scanned,
    )


def asks(incoming: Incoming, context: Context) -> bool:
    """Whether a text holds anything to look up."""
    return bool(incoming.text) and not incoming.payload and bool(read(incoming.text))


def by_text(incoming: Incoming, context: Context) -> Reply | None:
    """Answer the codes of a text; a code with identity digits beside it is a proof (narrow)."""
    asked = read(incoming.text)
    if not asked:
        return None
    if asked.token:
        return held_receipt.by_token(context, asked.token)
    if len(asked.codes) == 1 and (proof := _proof(incoming.text)):
        if not asked.scanned:
            return narrow.prove(context, asked.codes[0], proof)
        # A receipt's own QR with both numbers: whoever holds it holds the receipt.
        held = narrow.match(context, asked.codes[0], proof)
        if isinstance(held, Reply):
            return held
        if held is not None:
            note = Text(context.words("lookup.personal"))
            return Reply.of(note, narrow.opened(context, held).messages)
    return _answer(context, asked)


def _proof(text: str) -> str:
    """Identity digits beside a code: the last three, or one whole number."""
    rest = without_codes(text)
    digits = _DIGITS.fullmatch(rest)
    identities = find_identities(rest)
    return digits[1] if digits else (identities[0] if len(identities) == 1 else "")


def _answer(context: Context, asked: Asked) -> Reply:
    words = context.words
    messages: list[Message] = []
    if asked.personal:
        messages.append(Text(words("lookup.personal" if asked.codes else "lookup.id_card")))
    if asked.codes:
        found = finding.find(context, asked.codes[:MOST])
        if isinstance(found, Reply):
            return found
        messages += cards(context, found.dossiers)
        if found.missing:
            messages.append(finding.not_found(context, found.missing))
        if context.conversation.flow in ("lookup", "narrow"):
            context.done()
    if len(asked.codes) > MOST:
        messages.append(Text(words("lookup.more", most=MOST)))
    for one in asked.broken[:MOST]:
        messages.append(Text(words(f"lookup.broken.{one.problem}", code=one.code), _back(context)))
        if not asked.codes:
            context.expect("lookup", "code")
    if asked.opaque:
        context.expect("lookup", "code")
        messages.append(Text(words("lookup.opaque"), _back(context)))
    return Reply.of(messages)


def cards(context: Context, dossiers: tuple[Dossier, ...]) -> list[Message]:
    """One card each; the first says how many there are."""
    shown: list[Message] = []
    for at, dossier in enumerate(dossiers):
        shown += finding.card(context, dossier, total=0 if at else len(dossiers))
    return shown


def ask(incoming: Incoming, context: Context) -> Reply:
    """Ask for the code and show what one looks like."""
    context.expect("lookup", "code")
    return Reply.of(Text(context.words("lookup.ask"), _ways(context)))


def in_flow(incoming: Incoming, context: Context) -> Reply | None:
    """The answer to "which code?"; what is no code at all belongs to the other handlers."""
    if asks(incoming, context):
        return by_text(incoming, context)
    if find_identities(incoming.text):
        return narrow.by_identity(incoming, context)
    if _MANY_DIGITS.search(incoming.text) and not narrow.looks_like_phone(incoming.text):
        return Reply.of(Text(context.words("lookup.not_a_code"), _ways(context)))
    return None


def open_one(incoming: Incoming, context: Context) -> Reply:
    """``#hoso CODE``: one dossier from a list or a card."""
    asked = read(incoming.argument)
    code = finding.code_in(incoming.argument)
    if not asked and code is None:
        return ask(incoming, context)
    return _answer(context, asked or Asked((code or "",), ()))


def by_token(incoming: Incoming, context: Context) -> Reply:
    """``#hs TOKEN``: the token of our own receipt, bare."""
    return held_receipt.by_token(context, incoming.argument)


_SHORT_CODE = re.compile(r"(#?)\s*HS\s*[:.\-]?\s*([2-9A-HJ-NP-Z]{6})\s*", re.IGNORECASE)


def is_short_code(incoming: Incoming, context: Context) -> bool:
    """The code shown behind a receipt's QR, copied by hand: "#HS7K3M9P", "hs 7k3m9p"."""
    found = _SHORT_CODE.fullmatch(incoming.text)
    return found is not None and bool(found[1] or any(char.isdigit() for char in found[2]))


def by_short_code(incoming: Incoming, context: Context) -> Reply | None:
    """Use it as if it had been sent exactly as shown."""
    found = _SHORT_CODE.fullmatch(incoming.text)
    return held_receipt.by_token(context, found[2]) if found else None


def _ways(context: Context) -> tuple[Query, ...]:
    words = context.words
    return (Query(words("button.mine"), "#hosocuatoi"), *_back(context))


def _back(context: Context) -> tuple[Query, ...]:
    words = context.words
    return (
        Query(words("button.human"), "#gapcanbo"),
        Query(words("button.menu"), "#menu"),
    )


ROUTES = (
    Route(
        "lookup-short",
        by_short_code,
        "the short code behind a receipt's QR, spelled freely",
        when=is_short_code,
        rank=6,
    ),
    Route(
        "lookup",
        by_text,
        "dossier codes, TTHC <code>, receipt numbers and receipt QR codes anywhere in a text",
        when=asks,
        rank=30,
    ),
    Route(
        "lookup-ask",
        ask,
        "asks for a dossier code and shows the format",
        payloads=("#tracuu",),
        words=typed("typed.lookup"),
    ),
    Route("lookup-flow", in_flow, "the code that was asked for", flow="lookup"),
    Route("lookup-open", open_one, "opens one dossier", payloads=("#hoso",)),
    Route("lookup-token", by_token, "the token of our own receipt", payloads=("#hs",)),
)
