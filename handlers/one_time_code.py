"""One-time codes by a ZBS template: six digits, few tries, few minutes, few a day."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from datetime import timedelta

from bot.messages import Query, Template, Text
from bot.routing import Context, Incoming, Outgoing, Reply
from dossiers.phones import Phone
from store import links, otp
from store.tables import Proof

_DIGITS = re.compile(r"[0-9]{6}")
_DAY = timedelta(days=1)

Verified = Callable[[Context, Phone, str], Reply]


def available(context: Context) -> bool:
    """Whether the province has a ZBS template for one-time codes."""
    return bool(context.settings.zbs_templates.get("otp", {}).get("template_id"))


def send(context: Context, phone: Phone) -> Reply:
    """Send a new code; every earlier one is void. Limited per follower and per phone a day."""
    words, settings, session = context.words, context.settings, context.session
    ways = (
        Query(words("proof.button.receipt"), "#bienlai"),
        Query(words("proof.button.counter"), "#taiquay"),
        Query(words("button.menu"), "#menu"),
    )
    if not available(context):
        return Reply.of(Text(words("otp.unavailable"), ways))
    sent = otp.sent_since(session, context.uid, phone.e164, context.now - _DAY)
    if max(sent.by_follower, sent.to_phone) >= settings.otp_per_day:
        return Reply.of(Text(words("otp.too_many"), ways))
    code = f"{secrets.randbelow(10**6):06d}"
    expires_at = context.now + timedelta(minutes=settings.otp_minutes)
    hashed = context.vault.code_hash(_scope(context, phone), code)
    challenge = otp.issue(session, context.uid, phone.e164, hashed, context.now, expires_at)
    context.expect("proof", "otp", phone=phone.e164)
    told = words(
        "otp.sent", phone=phone.masked, minutes=settings.otp_minutes, tries=settings.otp_tries
    )
    again = Query(words("otp.button.again"), "#otp")
    outgoing = Outgoing(
        kind="otp",
        message=_template(context, code, challenge.id or 0),
        phone=phone.e164,
        facts={"otp": code},
        expires_at=expires_at,
    )
    return Reply((Text(told, (again, *ways)),), (outgoing,))


def _template(context: Context, code: str, challenge: int) -> Template:
    settings = context.settings.zbs_templates["otp"]
    params = settings.get("params")
    named = params if isinstance(params, dict) and params else {"otp": "{otp}"}
    data = {str(name): str(value).replace("{otp}", code) for name, value in named.items()}
    return Template(str(settings["template_id"]), data, f"otp-{challenge}")


def _scope(context: Context, phone: Phone) -> str:
    return f"{context.uid}|{phone.e164}"


def answer(incoming: Incoming, context: Context, verified: Verified) -> Reply | None:
    """Six digits against the code that still counts; None when the text is no code."""
    typed = re.sub(r"[\s.\-]", "", incoming.text)
    if not _DIGITS.fullmatch(typed):
        if typed.isdigit():
            return _again(context, "otp.six_digits")
        return None
    phone = Phone(str(context.conversation.data.get("phone", "")))
    session, settings = context.session, context.settings
    challenge = otp.current(session, context.uid, phone.e164, context.now)
    if challenge is None or challenge.tries >= settings.otp_tries:
        return _again(context, "otp.expired")
    challenge.tries += 1
    session.add(challenge)
    given = context.vault.code_hash(_scope(context, phone), typed)
    if not hmac.compare_digest(challenge.code_hash, given):
        left = settings.otp_tries - challenge.tries
        if left <= 0:
            otp.void(session, context.uid, context.now)
            return _again(context, "otp.used_up")
        return _again(context, "otp.wrong", left=left)
    challenge.used_at = context.now
    if not links.verify(session, context.uid, phone.e164, Proof.otp, context.now):
        return _again(context, "otp.expired")
    return verified(context, phone, "link.verified")


def _again(context: Context, key: str, **values: object) -> Reply:
    words = context.words
    buttons = (
        Query(words("otp.button.again"), "#otp"),
        Query(words("button.menu"), "#menu"),
    )
    return Reply.of(Text(words(key, **values), buttons))
