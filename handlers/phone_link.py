"""Linking a phone: wording, agreement, claim. How a claim is proven stands in `phone_proof`.

A number typed or sent by Zalo's form is a claim, never proof. Nothing is stored as a link before
the citizen agreed to the wording shown (law 91/2025 Art. 9, domain 4.5).
"""

from __future__ import annotations

import re

from bot.events import SubmitInfo, UserBusinessCard
from bot.messages import AskInfo, Message, Query, Text
from bot.phrasing import Phrases
from bot.routing import Context, Incoming, Reply, Route
from dossiers.codes import find_codes
from dossiers.phones import Phone, PhoneProblem, find_phones, read_phone
from handlers import finding, held_receipt, phone_proof
from store import consents, links, lookups
from store.tables import Proof
from wording import typed

#: More phones than this on one account is a call centre, not a family.
MOST_PHONES = 5
_AGREE = Phrases(typed("typed.agree"))
_REFUSE = Phrases(typed("typed.refuse"))
_NUMBERISH = re.compile(r"[\W_]*(?:[0-9][\W_]*){8,15}")
_FORM_ECHO = re.compile(r"ban da g[uo]i thong tin cho oa")
_ANY_NUMBER = re.compile(r"[0-9]{3}")


def start(incoming: Incoming, context: Context) -> Reply:
    """``#lienket``: the consent wording, Zalo's form, and the choice to type instead."""
    return begin(context)


def begin(context: Context, target: str = "") -> Reply:
    """Show the wording of ``CONSENT_VERSION`` and wait; ``target`` is the dossier meant."""
    words, settings = context.words, context.settings
    context.expect("link", "wording", **_carried(context, target=target))
    text = words("link.consent", version=settings.consent_version)
    form = AskInfo(
        words("link.form_title"),
        words("link.form_subtitle"),
        f"{settings.public_url}/pictures/link-phone.png",
    )
    return Reply.of(Text(text, _choice(context)), form)


def _carried(context: Context, **more: object) -> dict[str, object]:
    """Data of the link flow: what this chat opened and the target survive its steps."""
    before = context.conversation.data if context.conversation.flow == "link" else {}
    kept = {"opened": list(finding.opened_codes(context)), "target": before.get("target", "")}
    return {**kept, "version": context.settings.consent_version, **more}


def _choice(context: Context) -> tuple[Query, ...]:
    words = context.words
    return (
        Query(words("link.button.agree"), "#dongy"),
        Query(words("link.button.refuse"), "#khongdongy"),
        Query(words("button.menu"), "#menu"),
    )


def notify_me(incoming: Incoming, context: Context) -> Reply:
    """``#nhanthongbao CODE``: be told of this dossier from now on."""
    code = finding.code_in(incoming.argument)
    if code is None:
        return begin(context)
    dossier = finding.find_one(context, code)
    if isinstance(dossier, Reply):
        return dossier
    words = context.words
    if links.entitled(context.session, context.uid, [dossier]):
        menu = Query(words("button.menu"), "#menu")
        return Reply.of(Text(words("link.already_told", code=dossier.code), (menu,)))
    if dossier.code in finding.opened_codes(context):
        finding.keep_open(context)
        return Reply.of(held_receipt.hold(context, dossier))
    return begin(context, target=dossier.code)


def agree(incoming: Incoming, context: Context) -> Reply:
    """``#dongy``: yes to the wording; then the number, unless it was typed before."""
    flow, data = context.conversation.flow, context.conversation.data
    if flow != "link" or data.get("version") != context.settings.consent_version:
        return begin(context)
    phone = str(data.get("phone", ""))
    if phone:
        return claim(context, Phone(phone))
    context.expect("link", "number", **_carried(context))
    return Reply.of(Text(context.words("link.ask_number")))


def refuse(incoming: Incoming, context: Context) -> Reply:
    """``#khongdongy``: nothing is stored; looking up by code works all the same."""
    context.done()
    words = context.words
    buttons = (Query(words("button.lookup"), "#tracuu"), Query(words("button.menu"), "#menu"))
    return Reply.of(Text(words("link.refused"), buttons))


def has_phone(incoming: Incoming, context: Context) -> bool:
    """A phone, or a number that was meant to be one, and no dossier code."""
    text = incoming.text
    if not text or incoming.payload or not _ANY_NUMBER.search(text) or find_codes(text):
        return False
    if find_phones(text):
        return True
    problem = read_phone(text)
    known = isinstance(problem, PhoneProblem) and problem.reason != "invalid"
    return known and bool(_NUMBERISH.fullmatch(text))


def typed_phone(incoming: Incoming, context: Context) -> Reply:
    """A number typed at any time: show the wording and ask to agree to link it."""
    return _offered(context, read_phone(incoming.text))


def submitted(incoming: Incoming, context: Context) -> Reply | None:
    """Zalo's form came back. Sent after the wording was shown it is the agreement itself."""
    event = incoming.event
    if not isinstance(event, SubmitInfo):
        return None
    if not event.phone:
        return Reply.of(Text(context.words("link.no_phone_in_form")))
    phone = read_phone(event.phone)
    data = context.conversation.data
    shown = context.conversation.flow == "link" and (
        data.get("version") == context.settings.consent_version
    )
    if isinstance(phone, Phone) and shown:
        return claim(context, phone)
    return _offered(context, phone)


def is_form_echo(incoming: Incoming, context: Context) -> bool:
    """The text Zalo itself may write beside a sent form (protocol 1.9, user_submit_info)."""
    return len(incoming.folded) < 200 and bool(_FORM_ECHO.search(incoming.folded))


def form_echo(incoming: Incoming, context: Context) -> Reply:
    """Nothing was asked, and what is being waited for stays open."""
    chat = context.conversation
    context.expect(chat.flow, chat.step, **chat.data)
    return Reply()


def _offered(context: Context, phone: Phone | PhoneProblem) -> Reply:
    words = context.words
    if isinstance(phone, PhoneProblem):
        return _problem(context, phone)
    context.expect("link", "agree", **_carried(context, phone=phone.e164))
    text = words("link.confirm", phone=phone.masked, version=context.settings.consent_version)
    return Reply.of(Text(text, _choice(context)))


def _problem(context: Context, problem: PhoneProblem) -> Reply:
    words = context.words
    human = Query(words("button.human"), "#gapcanbo")
    menu = Query(words("button.menu"), "#menu")
    if context.conversation.flow == "link":
        context.expect("link", context.conversation.step, **_carried(context))
    else:
        context.expect("link", "wording", **_carried(context, version=""))
    return Reply.of(Text(words(f"link.problem.{problem.reason}"), (human, menu)))


def business_card(incoming: Incoming, context: Context) -> Reply:
    """Somebody's contact is refused: it may be another person's."""
    words = context.words
    buttons = (Query(words("button.link"), "#lienket"), Query(words("button.menu"), "#menu"))
    return Reply.of(Text(words("link.business_card"), buttons))


def in_flow(incoming: Incoming, context: Context) -> Reply | None:
    """The answer to the wording or the number asked for."""
    text, step = incoming.text, context.conversation.step
    if _AGREE.match(text):
        return agree(incoming, context)
    if _REFUSE.match(text):
        return refuse(incoming, context)
    if find_codes(text) or not _ANY_NUMBER.search(text):
        return None
    phone = read_phone(text)
    if step == "number" and isinstance(phone, Phone):
        return claim(context, phone)
    return _offered(context, phone)


def claim(context: Context, phone: Phone) -> Reply:
    """Record the agreement and the claim; proven at once by a receipt held or just opened."""
    session, uid, words = context.session, context.uid, context.words
    live = {link.phone: link for link in links.live(session, uid)}
    target = str(context.conversation.data.get("target", ""))
    opened = finding.opened_codes(context)
    if phone.e164 not in live and len(live) >= MOST_PHONES:
        context.done()
        unlink = Query(words("link.button.unlink"), "#huylienket")
        return Reply.of(Text(words("link.too_many", most=MOST_PHONES), (unlink,)))
    if phone.e164 in live and live[phone.e164].proof != Proof.claimed:
        return phone_proof.verified(context, phone, "link.already_linked")
    consents.record(
        session,
        kind="link_phone",
        action="given",
        uid=uid,
        phone=phone.e164,
        version=context.settings.consent_version,
        now=context.now,
    )
    links.claim(session, uid, phone.e164, context.now)
    just_opened = lookups.by_codes(session, opened).values()
    holds = links.watched_with_phone(session, uid, phone.e164) or any(
        dossier.phone == phone.e164 for dossier in just_opened
    )
    if holds and links.verify(session, uid, phone.e164, Proof.receipt, context.now):
        return phone_proof.verified(context, phone, "link.verified")
    noted: list[Message] = [Text(words("link.claimed", phone=phone.masked))]
    return Reply.of(noted, phone_proof.offer(context, phone, target))


ROUTES = (
    Route(
        "link",
        start,
        "links a phone: consent wording and Zalo's form",
        payloads=("#lienket",),
        words=typed("typed.link"),
    ),
    Route("link-notify", notify_me, "be told of one dossier", payloads=("#nhanthongbao",)),
    Route("link-agree", agree, "agrees to the consent wording", payloads=("#dongy",)),
    Route("link-refuse", refuse, "does not agree to link", payloads=("#khongdongy",)),
    Route("link-form", submitted, "the filled-in phone form", events=(SubmitInfo,)),
    Route("link-echo", form_echo, "Zalo's own text beside a form", when=is_form_echo, rank=5),
    Route("link-card", business_card, "refuses a business card", events=(UserBusinessCard,)),
    Route("link-typed", typed_phone, "a phone number typed in chat", when=has_phone, rank=40),
    Route("link-flow", in_flow, "agreement or number of the link being made", flow="link"),
)
