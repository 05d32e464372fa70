"""Holding a receipt: the token in its QR ties a follower to that dossier (design)."""

from __future__ import annotations

import re

from bot.messages import Message, Query, Text
from bot.routing import Context, Reply
from handlers import finding
from store import consents, links, lookups, receipt_codes
from store.tables import Dossier, Proof

_SHORT = re.compile(r"[2-9A-HJ-NP-Za-hj-np-z]{6}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}")


def by_token(context: Context, token: str) -> Reply:
    """Watch the dossier whose receipt carries this token, and show it wholly.

    Scanning is an act of the citizen and the answer says what follows from it; the consent is
    recorded with the wording's version. A phone claimed before becomes proven when it is this
    dossier's. Wrong tokens count as misses.
    """
    token = token.strip()
    words = context.words
    if not finding.allowed_to_guess(context):
        return finding.too_many(context)
    dossier = _held(context, token)
    if dossier is None:
        finding.miss(context)
        buttons = (Query(words("button.lookup"), "#tracuu"), Query(words("button.menu"), "#menu"))
        return Reply.of(Text(words("lookup.token_unknown"), buttons))
    return Reply.of(hold(context, dossier), finding.card(context, dossier))


def _held(context: Context, token: str) -> Dossier | None:
    """The dossier of a short code shown behind the receipt's QR, or of the token itself."""
    if _SHORT.fullmatch(token):
        hashed = context.vault.code_hash("receipt", token.upper())
        return receipt_codes.use(context.session, hashed, context.now)
    return lookups.by_token(context.session, token) if _TOKEN.fullmatch(token) else None


def hold(context: Context, dossier: Dossier) -> list[Message]:
    """Record that this follower holds the dossier's receipt; what to tell them about it."""
    session, words = context.session, context.words
    known = dossier.id or 0
    told: list[Message] = []
    if links.watch(session, context.uid, known, context.now):
        consents.record(
            session,
            kind="watch_dossier",
            action="given",
            uid=context.uid,
            dossier_id=known,
            version=context.settings.consent_version,
            now=context.now,
        )
        button = Query(words("link.button.unwatch"), f"#botheodoi {dossier.code}")
        told.append(Text(words("link.watching", code=dossier.code), (button,)))
    if prove_claim(context, dossier):
        told.append(Text(words("link.proven_by_receipt")))
    return told


def prove_claim(context: Context, dossier: Dossier) -> bool:
    """Turn a claim to this dossier's phone into a proven link; False when there is none."""
    if not dossier.phone:
        return False
    return links.verify(context.session, context.uid, dossier.phone, Proof.receipt, context.now)
