"""ID numbers and names reveal nothing by themselves: they narrow what a second proof opens.

A dossier code with the last three digits of the owner's ID (or the whole number) opens that one
dossier for this chat. ID numbers are neither stored nor logged: between two messages only the
keyed hash is kept (domain 4.5, 6; design, "Whose dossier is it?").
"""

from __future__ import annotations

import hmac
import re
from datetime import timedelta

from bot.messages import Query, Text
from bot.routing import Context, Incoming, Reply, Route
from dossiers.codes import find_codes
from dossiers.identity import find_identities, read_identity
from dossiers.names import fold
from dossiers.phones import find_phones
from handlers import finding, held_receipt, mine
from store import links, lookups, throttles
from store.tables import Dossier

#: Guesses at one dossier's digits by everybody together: three digits fall to a thousand tries.
_TRIES_A_DAY = 20
_DAY = timedelta(days=1)
_SHOWN = 5
_LAST3 = re.compile(r"[0-9]{3}")
_ASKED_BY_NAME = re.compile(
    r"(?:(?:cho|xin) )?(?:(?:toi|minh|em) )?(?:tra cuu|tim|xem|kiem tra|hoi)?(?: giup)? ?"
    r"(?:ho so|hs) (?:cua|ten|mang ten|chu ho so) (?:ong |ba |anh |chi |nguoi ten )?(.+)"
)
_NAME = re.compile(r"[^\W\d_]{1,12}(?: [^\W\d_]{1,12}){1,6}")
_SELF = frozenset(["toi", "minh", "em", "con", "chau", "tui", "mk", "e", "ban", "anh", "chi"])


def looks_like_phone(text: str) -> bool:
    """Whether a text holds a phone number and no ID number."""
    return bool(find_phones(text)) and not find_identities(text)


def prove(context: Context, code: str, proof: str) -> Reply:
    """Open one dossier with its code and ``proof``: an ID number or its last three digits.

    A wrong answer never says which part was wrong and counts as a miss.
    """
    dossier = match(context, code, proof)
    if isinstance(dossier, Reply):
        return dossier
    if dossier is None:
        return _mismatch(context)
    return opened(context, dossier)


def opened(context: Context, dossier: Dossier) -> Reply:
    """Keep the dossier open for this chat, prove a claim to its phone, and show it wholly."""
    codes = [*finding.opened_codes(context), dossier.code]
    context.expect("opened", "", opened=codes[-_SHOWN:])
    proven = held_receipt.prove_claim(context, dossier)
    told = [Text(context.words("link.proven_by_receipt"))] if proven else []
    return Reply.of(told, finding.card(context, dossier))


def match(context: Context, code: str, proof: str) -> Dossier | Reply | None:
    """The dossier when code and identity digits belong together; None when they do not.

    A `Reply` when this follower, or everybody together on this dossier, guessed too often.
    """
    if not finding.allowed_to_guess(context):
        return finding.too_many(context)
    dossier = _by_any_code(context, code)
    if dossier is not None:
        key = f"identity:{dossier.id}"
        if throttles.used(context.session, key, context.now, _DAY) >= _TRIES_A_DAY:
            dossier = None
        elif not _fits(context, dossier, proof):
            throttles.add(context.session, key, context.now, _DAY)
            dossier = None
    if dossier is None:
        finding.miss(context)
    return dossier


def _by_any_code(context: Context, code: str) -> Dossier | None:
    return lookups.by_code(context.session, code) or lookups.by_receipt_number(
        context.session, code
    )


def _fits(context: Context, dossier: Dossier, proof: str) -> bool:
    if _LAST3.fullmatch(proof):
        wanted, given = dossier.identity_last3, proof
    else:
        hashed = re.fullmatch(r"[0-9a-f]{64}", proof)
        given = proof if hashed else context.vault.identity_hash(proof)
        wanted = dossier.identity_hash
    return bool(wanted) and hmac.compare_digest(wanted, given)


def _mismatch(context: Context) -> Reply:
    words = context.words
    buttons = (
        Query(words("lookup.button.again"), "#tracuu"),
        Query(words("button.human"), "#gapcanbo"),
        Query(words("button.menu"), "#menu"),
    )
    return Reply.of(Text(words("narrow.mismatch"), buttons))


def has_identity(incoming: Incoming, context: Context) -> bool:
    """An ID number and no dossier code."""
    text = incoming.text
    return bool(text) and bool(find_identities(text)) and not find_codes(text)


def by_identity(incoming: Incoming, context: Context) -> Reply:
    """An ID number alone: narrow the citizen's own list, or ask for the code."""
    found = find_identities(incoming.text)
    if len(found) != 1:
        return Reply.of(Text(context.words("narrow.several")))
    hashed = context.vault.identity_hash(found[0])
    phones = links.verified_phones(context.session, context.uid)
    own = lookups.own_with_identity(context.session, context.uid, phones, hashed, _SHOWN)
    if own:
        return mine.listing(context, own)
    context.expect("narrow", "code", hash=hashed)
    key = "narrow.nine_digits" if len(found[0]) == 9 else "narrow.ask_code"
    return Reply.of(Text(context.words(key), _ways(context)))


def has_name(incoming: Incoming, context: Context) -> bool:
    """ "Hồ sơ của Nguyễn Văn A", or a name when a code was asked for."""
    if _ASKED_BY_NAME.fullmatch(incoming.folded):
        return True
    asked = context.conversation.flow in ("lookup", "narrow")
    return asked and bool(_NAME.fullmatch(incoming.text)) and incoming.text.istitle()


def by_name(incoming: Incoming, context: Context) -> Reply | None:
    """A name alone: narrow the citizen's own list, or say what else is needed."""
    asked = _ASKED_BY_NAME.fullmatch(incoming.folded)
    name = asked[1].strip(" .?!") if asked else fold(incoming.text)
    if name.split()[0] in _SELF or not name:
        return None
    phones = links.verified_phones(context.session, context.uid)
    own = lookups.own_with_name(context.session, context.uid, phones, name, _SHOWN)
    if own:
        return mine.listing(context, own)
    context.expect("lookup", "code")
    return Reply.of(Text(context.words("narrow.name"), _ways(context)))


def ask_digits(incoming: Incoming, context: Context) -> Reply:
    """``#xacminh CODE``: ask for the digits that open this dossier wholly."""
    code = finding.code_in(incoming.argument)
    if code is None:
        context.expect("lookup", "code")
        return Reply.of(Text(context.words("lookup.ask"), _ways(context)))
    dossier = lookups.by_code(context.session, code)
    if dossier is not None and finding.visible(context, [dossier]):
        return Reply.of(finding.card(context, dossier))
    context.expect("narrow", "digits", code=code, opened=list(finding.opened_codes(context)))
    return Reply.of(Text(context.words("narrow.ask_digits", code=code), _ways(context)))


def in_flow(incoming: Incoming, context: Context) -> Reply | None:
    """The second half of a proof: a code after an ID number, or digits after a code."""
    step, data = context.conversation.step, context.conversation.data
    found = [one.code for one in find_codes(incoming.text) if one.valid]
    if step == "code" and len(found) == 1:
        return prove(context, found[0], str(data.get("hash", "")))
    if step == "digits" and not found:
        typed = incoming.text.strip(" .")
        identity = read_identity(incoming.text)
        if identity or _LAST3.fullmatch(typed):
            return prove(context, str(data.get("code", "")), identity or typed)
        if typed.isdigit():
            return Reply.of(Text(context.words("narrow.three_digits"), _ways(context)))
    return None


def _ways(context: Context) -> tuple[Query, ...]:
    words = context.words
    return (
        Query(words("button.link"), "#lienket"),
        Query(words("button.human"), "#gapcanbo"),
        Query(words("button.menu"), "#menu"),
    )


ROUTES = (
    Route(
        "narrow-identity",
        by_identity,
        "an ID number alone: asks for a second proof, lists nothing",
        when=has_identity,
        rank=45,
    ),
    Route(
        "narrow-name",
        by_name,
        "a name alone: asks for a second proof, lists nothing",
        when=has_name,
        rank=46,
    ),
    Route(
        "narrow-verify",
        ask_digits,
        "asks for the ID digits that open a dossier wholly",
        payloads=("#xacminh",),
    ),
    Route("narrow-flow", in_flow, "the second half of a proof", flow="narrow"),
)
