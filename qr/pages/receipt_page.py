"""``/h/{token}``: where a dossier stands, for who holds its receipt.

The token is unguessable and revocable and the page says nothing that the paper does not say:
the name is masked, phone and ID never appear. A scan tells Zalo's webhook nothing
(zalo-protocol 7.5), so a short code carries it into the chat.
"""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import timedelta

from flask import Blueprint, Response, request
from sqlmodel import Session

from dossiers import card_lines as lines
from dossiers import times
from dossiers.states import State, progress
from qr import codes, links
from qr.files import receipt_file
from qr.pages import Site
from store import lookups, receipt_codes, scans, throttles
from store.tables import Dossier

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}")
#: Letters and digits nobody mistakes for each other, read aloud or copied by hand.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 6
_DIGITS = 4
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
#: Codes one receipt may ask for in an hour, and guesses at the phone's digits in a day.
CODES_PER_HOUR = 20
GUESSES_PER_DAY = 10


def add(blueprint: Blueprint, site: Site) -> None:
    """Add the page, its two forms and the picture of its code."""

    @blueprint.get("/h/<token>")
    def receipt_page(token: str) -> Response:
        with site.database.read() as session:
            dossier = _by_token(session, token)
            if dossier is None:
                return site.missing("receipt_gone")
            page = _page(site, session, dossier)
        site.count(scans.RECEIPT)
        return page

    @blueprint.post("/h/<token>/ma")
    def receipt_code(token: str) -> Response:
        now = site.clock.now()
        with site.database.write() as session:
            dossier = _by_token(session, token)
            if dossier is None:
                return site.missing("receipt_gone")
            asked = throttles.add(session, f"receipt-code:{dossier.id}", now, _HOUR)
            if asked > CODES_PER_HOUR:
                return _page(site, session, dossier, problem="page.too_many_codes", status=429)
            code = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))
            until = now + timedelta(minutes=site.settings.receipt_code_minutes)
            receipt_codes.keep(session, code_hash(site, code), dossier.id or 0, until)
            return _page(site, session, dossier, code=code, until=times.show(until))

    @blueprint.post("/h/<token>/phieu")
    def receipt_pdf(token: str) -> Response:
        now = site.clock.now()
        given = request.form.get("so-cuoi", "").strip()
        with site.database.write() as session:
            dossier = _by_token(session, token)
            if dossier is None:
                return site.missing("receipt_gone")
            # Counted before it is looked at: of many guesses at once each is counted.
            key = f"receipt-phone:{dossier.id}"
            if throttles.add(session, key, now, _DAY) > GUESSES_PER_DAY:
                return _page(site, session, dossier, problem="page.too_many_guesses", status=429)
            if not _has_paper(session, dossier) or not _knows_phone(dossier, given):
                return _page(site, session, dossier, problem="page.wrong_digits", status=422)
            throttles.add(session, key, now, _DAY, -1)
        with site.database.read() as session:
            content = receipt_file(session, dossier, site.settings, now)
        response = Response(content, mimetype="application/pdf")
        name = re.sub(r"[^\w.\-]", "-", dossier.code)
        response.headers["Content-Disposition"] = f'attachment; filename="phieu-{name}.pdf"'
        response.headers["Cache-Control"] = "no-store"
        return response

    @blueprint.get("/h/<token>/qr.png")
    def receipt_qr(token: str) -> Response:
        with site.database.read() as session:
            known = _by_token(session, token) is not None
        if not known:
            return site.missing("receipt_gone")
        made = codes.picture(links.receipt_address(site.settings, token), "png")
        response = Response(made, mimetype="image/png")
        response.headers["Cache-Control"] = "no-store"
        return response


def code_hash(site: Site, code: str) -> str:
    """The keyed hash under which a short code is stored."""
    return site.vault.code_hash("receipt", code.upper())


def _by_token(session: Session, token: str) -> Dossier | None:
    return lookups.by_token(session, token) if _TOKEN.fullmatch(token) else None


def _knows_phone(dossier: Dossier, given: str) -> bool:
    if not dossier.phone or not re.fullmatch(rf"[0-9]{{{_DIGITS}}}", given):
        return False
    return hmac.compare_digest(dossier.phone[-_DIGITS:], given)


def _has_paper(session: Session, dossier: Dossier) -> bool:
    """Whether there is a receipt to download: nobody gets one before the reception."""
    received = dossier.received_at is not None
    return received or lookups.receipt_of(session, dossier.id or 0) is not None


def _page(
    site: Site,
    session: Session,
    dossier: Dossier,
    *,
    code: str = "",
    until: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    words, now = site.words(), site.clock.now()
    known = dossier.id or 0
    events = lookups.events_of(session, known)
    walked = [State(event.state) for event in events if event.outcome != "foreign"]
    steps = progress(State(dossier.state), walked).steps
    dates = [
        (words(f"card.field.{name}"), times.show(moment))
        for name, moment in (
            ("submitted", dossier.submitted_at),
            ("received", dossier.received_at),
            ("promised", dossier.promised_at),
            ("ready", dossier.result_ready_at),
            ("delivered", dossier.delivered_at),
        )
        if moment
    ]
    facts = [
        (words("card.field.owner"), lines.owner(dossier, full=False)),
        (words("card.field.procedure"), dossier.procedure_name),
        (words("card.field.agency"), dossier.agency_name or dossier.unit_name),
    ]
    return site.show(
        "receipt.html",
        status=status,
        words=words,
        dossier=dossier,
        token=dossier.receipt_token,
        state=lines.status_words(dossier, words, full=False),
        steps=[(lines.MARKS[mark], mark, words(f"card.step.{name}")) for name, mark in steps],
        term=lines.term(dossier, words, site.calendar, now),
        reason=words("page.reason_hidden") if lines.reason(dossier, words, full=False) else "",
        next_step=lines.next_step(dossier, words),
        dates=dates,
        facts=[(label, value) for label, value in facts if value],
        code=code,
        until=until,
        minutes=site.settings.receipt_code_minutes,
        problem=words(problem) if problem else "",
        has_phone=bool(dossier.phone),
        has_paper=_has_paper(session, dossier),
    )
