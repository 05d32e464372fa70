"""Proving a claimed phone: by a receipt, by a one-time code, or at the counter (design)."""

from __future__ import annotations

import re

from bot.messages import Query, Text
from bot.phrasing import number
from bot.routing import Context, Incoming, Reply, Route
from dossiers.codes import find_codes, without_codes
from dossiers.identity import find_identities, read_identity
from dossiers.phones import Phone
from handlers import finding, mine, narrow, one_time_code
from store import links, lookups
from store.tables import Proof

_LAST3 = re.compile(r"[\W_]*([0-9]{3})[\W_]*")


def offer(context: Context, phone: Phone, target: str = "") -> Text:
    """The ways to prove this phone, numbered; a code is offered only when we can send one."""
    words = context.words
    ways = ["receipt", *(["otp"] if one_time_code.available(context) else []), "counter"]
    context.expect("proof", "choose", phone=phone.e164, ways=ways, target=target)
    lines = [
        words("proof.way", number=at, way=words(f"proof.ways.{way}"))
        for at, way in enumerate(ways, 1)
    ]
    payloads = {"receipt": "#bienlai", "otp": "#otp", "counter": "#taiquay"}
    buttons = [Query(words(f"proof.button.{way}"), payloads[way]) for way in ways]
    buttons.append(Query(words("proof.button.later"), "#menu"))
    text = "\n".join([words("proof.offer", phone=phone.masked), *lines, words("proof.choose")])
    return Text(text, tuple(buttons))


def ask(incoming: Incoming, context: Context) -> Reply:
    """``#xacthuc [CODE]``: prove a phone that was claimed before."""
    words = context.words
    code = finding.code_in(incoming.argument) or ""
    claimed = [
        link.phone
        for link in links.live(context.session, context.uid)
        if link.proof == Proof.claimed
    ]
    if not claimed:
        buttons = (Query(words("button.link"), "#lienket"), Query(words("button.menu"), "#menu"))
        return Reply.of(Text(words("proof.nothing_claimed"), buttons))
    if len(claimed) == 1:
        return Reply.of(offer(context, Phone(claimed[0]), code))
    context.expect("proof", "which", phones=claimed, target=code)
    lines = [f"{at}. {Phone(phone).masked}" for at, phone in enumerate(claimed, 1)]
    return Reply.of(Text("\n".join([words("proof.which"), *lines])))


def by_receipt(incoming: Incoming, context: Context) -> Reply:
    """``#bienlai``: the code on the receipt and the last three digits of the ID on it."""
    phone, target = _claimed(context)
    if phone is None:
        return ask(incoming, context)
    # The target is not looked up: asking for digits must not tell whether the code exists.
    if not target:
        context.expect("proof", "code", phone=phone.e164)
        return Reply.of(Text(context.words("proof.ask_code")))
    context.expect("proof", "digits", phone=phone.e164, code=target)
    return Reply.of(Text(context.words("proof.ask_digits", code=target)))


def by_code(incoming: Incoming, context: Context) -> Reply:
    """``#otp``: send a one-time code to the claimed phone."""
    phone, _ = _claimed(context)
    return ask(incoming, context) if phone is None else one_time_code.send(context, phone)


def at_counter(incoming: Incoming, context: Context) -> Reply:
    """``#taiquay``: what to bring to the counter."""
    words = context.words
    menu = Query(words("button.menu"), "#menu")
    return Reply.of(Text(words("proof.counter"), (menu,)))


def _claimed(context: Context) -> tuple[Phone | None, str]:
    """The claim being proven: the flow's, else the newest; and the dossier it was made for."""
    live = [
        link.phone
        for link in links.live(context.session, context.uid)
        if link.proof == Proof.claimed
    ]
    data = context.conversation.data if context.conversation.flow == "proof" else {}
    phone = str(data.get("phone", "")) or (live[-1] if len(live) == 1 else "")
    return (Phone(phone) if phone in live else None), str(data.get("target", ""))


def in_flow(incoming: Incoming, context: Context) -> Reply | None:
    """The choice of a way, then what that way asks for."""
    step = context.conversation.step
    if step == "which":
        return _which(incoming, context)
    if step == "otp":
        return one_time_code.answer(incoming, context, verified)
    if step in ("code", "digits", "choose"):
        answered = _receipt_answer(incoming, context, step)
        if answered is not None:
            return answered
    return _chosen(incoming, context) if step == "choose" else None


def _which(incoming: Incoming, context: Context) -> Reply | None:
    phones = [str(phone) for phone in context.conversation.data.get("phones", ())]
    chosen = number(incoming.text)
    if chosen is None or not 1 <= chosen <= len(phones):
        return None
    target = str(context.conversation.data.get("target", ""))
    return Reply.of(offer(context, Phone(phones[chosen - 1]), target))


def _chosen(incoming: Incoming, context: Context) -> Reply | None:
    ways = [str(way) for way in context.conversation.data.get("ways", ())]
    chosen = number(incoming.text)
    if chosen is None or not 1 <= chosen <= len(ways):
        return None
    doing = {"receipt": by_receipt, "otp": by_code, "counter": at_counter}
    return doing[ways[chosen - 1]](incoming, context)


def _receipt_answer(incoming: Incoming, context: Context, step: str) -> Reply | None:
    """Code and digits, in one message or two; None when the text holds neither."""
    data = context.conversation.data
    phone = str(data.get("phone", ""))
    codes = [one.code for one in find_codes(incoming.text) if one.valid]
    rest = without_codes(incoming.text)
    identities = find_identities(rest)
    digits = _LAST3.fullmatch(rest)
    proof = digits[1] if digits else (identities[0] if identities else "")
    if len(codes) == 1 and not proof:
        context.expect("proof", "digits", phone=phone, code=codes[0])
        return Reply.of(Text(context.words("proof.ask_digits", code=codes[0])))
    code = codes[0] if len(codes) == 1 else str(data.get("code", ""))
    proof = proof or (read_identity(incoming.text) or "")
    if step == "digits" and not codes and not proof and incoming.text.isdigit():
        return Reply.of(Text(context.words("narrow.three_digits")))
    return _prove(context, phone, code, proof) if code and proof else None


def _prove(context: Context, phone: str, code: str, proof: str) -> Reply:
    """Verify the claim; a wrong code, digit or phone all get the same answer."""
    dossier = narrow.match(context, code, proof)
    if isinstance(dossier, Reply):
        return dossier
    if dossier is not None and dossier.phone != phone:
        finding.miss(context)
        dossier = None
    if dossier is None:
        words = context.words
        context.expect("proof", "code", phone=phone)
        ways = (
            Query(words("proof.button.counter"), "#taiquay"),
            Query(words("button.human"), "#gapcanbo"),
            Query(words("button.menu"), "#menu"),
        )
        return Reply.of(Text(words("proof.mismatch"), ways))
    links.verify(context.session, context.uid, phone, Proof.receipt, context.now)
    return verified(context, Phone(phone), "link.verified")


def verified(context: Context, phone: Phone, key: str) -> Reply:
    """The phone is proven: say how many dossiers are followed now, and show them."""
    words, follower = context.words, context.follower
    context.done()
    count = lookups.own_count(context.session, context.uid, frozenset({phone.e164}))
    said = words(key, phone=phone.masked)
    told = words("link.count" if count else "link.count_none", count=count)
    lines = [said, told]
    buttons = []
    if not follower.notify:
        lines.append(words("link.muted"))
        buttons.append(Query(words("button.start"), "#bat"))
    if not follower.followed:
        lines.append(words("link.follow_first"))
    buttons.append(Query(words("button.menu"), "#menu"))
    listed = mine.of_page(context, 1).messages if count else ()
    return Reply.of(Text("\n".join(lines), tuple(buttons)), listed)


ROUTES = (
    Route("proof", ask, "proves a phone claimed before", payloads=("#xacthuc",)),
    Route("proof-receipt", by_receipt, "proof by a receipt", payloads=("#bienlai",)),
    Route("proof-otp", by_code, "proof by a one-time code", payloads=("#otp",)),
    Route("proof-counter", at_counter, "proof at the counter", payloads=("#taiquay",)),
    Route("proof-flow", in_flow, "the choice and the proof itself", flow="proof"),
)
