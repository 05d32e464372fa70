"""One dossier: its facts, what happened, who was told and how it went, what may be done next."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.dossiers.deadlines import standing
from console.dossiers.words import (
    CHANNELS,
    KINDS,
    OUTCOMES,
    PROOFS,
    masked,
    message_words,
    phone_words,
    short,
    state_words,
)
from console.frame import Answer, Console, person
from dossiers.moving import next_move, other_moves, why_not
from dossiers.names import mask_name
from dossiers.phones import Phone
from notify.staff import fate
from qr.letters import FORMS
from store import broadcasts, dossier_pages, saved_texts
from store import dossiers as store
from store.tables import Broadcast, Dossier, DossierEvent, Outbox
from wording import Words

declare("dossier.viewed", "Xem hồ sơ", "via")
declare("dossier.phone_shown", "Xem đầy đủ số điện thoại")

_RESENT = ("parked", "dropped", "uncertain")
_FORM_WORDS = {
    "02": "Phiếu yêu cầu bổ sung (mẫu 02)",
    "03": "Phiếu từ chối (mẫu 03)",
    "04": "Văn bản xin lỗi, gia hạn (mẫu 04)",
}


@dataclass(frozen=True)
class Line:
    """One message as the page shows it."""

    id: int
    what: str
    whom: str
    channel: str
    fate: str
    cost: int
    at: str
    may_resend: bool


def add(console: Console) -> None:
    """Add the page and the phone shown whole."""

    @console.page("/ho-so/<int:dossier_id>", may=Act.view_dossiers)
    def dossier(dossier_id: int) -> Answer:
        with console.database.read() as session:
            row = dossier_pages.seen_by(session, dossier_id, person().units(Act.view_dossiers))
            shown = _page(console, session, row) if row is not None else None
        if row is None or shown is None:
            return console.missing()
        console.looked("dossier.viewed", "dossier", row.code)
        return shown

    @console.page("/ho-so/<int:dossier_id>/dien-thoai", may=Act.view_dossiers)
    def dossier_phone(dossier_id: int) -> Answer:
        with console.database.read() as session:
            row = dossier_pages.seen_by(session, dossier_id, person().units(Act.view_dossiers))
            shown = _page(console, session, row, phone=True) if row is not None else None
        if row is None or shown is None:
            return console.missing()
        console.looked("dossier.phone_shown", "dossier", row.code)
        return shown


def show_again(
    console: Console, dossier_id: int, errors: dict[str, str], opened: str = ""
) -> Response:
    """The page with what is wrong with a form on it; ``opened`` names the form."""
    with console.database.read() as session:
        row = dossier_pages.seen_by(session, dossier_id, person().units(Act.view_dossiers))
        if row is None:
            return console.missing()
        return _page(console, session, row, errors=errors, opened=opened)


def _page(
    console: Console,
    session: Session,
    row: Dossier,
    *,
    phone: bool = False,
    errors: dict[str, str] | None = None,
    opened: str = "",
) -> Response:
    now, who, number = console.clock.now(), person(), row.id or 0
    scope = who.units(Act.move_dossiers) if who.may(Act.move_dossiers) else frozenset()
    mine = scope is None or row.unit_code in scope
    others = other_moves(row.state)
    refused = why_not(row)
    usual = next_move(row.state)
    agencies = who.agencies(Act.move_dossiers)
    purposes = {move.purpose for move in others if move.purpose}
    texts = {one: saved_texts.texts_for(session, one, agencies) for one in purposes}
    listeners = dossier_pages.listeners(session, row)
    messages = dossier_pages.messages(session, number)
    names = dossier_pages.names_of(session, [m.uid for m in messages if m.uid])
    announced = broadcasts.several(session, (m.broadcast_id for m in messages))
    return console.show(
        "dossiers/dossier.html",
        status=422 if errors else 200,
        row=row,
        key=secrets.token_urlsafe(12),
        stands=standing(row, console.calendar, now),
        state=state_words(row.state),
        kind=KINDS.get(row.applicant_type, ""),
        phone=Phone(row.phone).national if phone and row.phone else phone_words(row),
        phone_whole=phone,
        events=[_event(event) for event in reversed(store.events_of(session, number))],
        lines=[_line(m, names, announced, now) for m in messages],
        cost=sum(m.cost_vnd for m in messages),
        listeners=listeners,
        proofs=PROOFS,
        tick=dossier_pages.last_tick(session, number, row.phone),
        notes=dossier_pages.notes(session, number),
        receipt_given=store.has_receipt(session, row),
        usual=usual if mine and not refused else None,
        others=others if mine and not refused else [],
        why_not=refused if mine else "",
        texts=texts,
        mine=mine,
        forms=[(form, _FORM_WORDS[form]) for form in FORMS],
        errors=errors or {},
        opened=opened,
        words=Words("vi", console.settings),
        masked_name=mask_name,
        given=request.form,
        may_tick=mine,
    )


def _event(event: DossierEvent) -> dict[str, object]:
    return {
        "at": event.occurred_at,
        "what": event.step or state_words(event.state),
        "state": state_words(event.state),
        "who": " · ".join(filter(None, (event.officer, event.unit_name))),
        "content": event.content,
        "promised": event.promised_at,
        "outcome": OUTCOMES.get(event.outcome, event.outcome),
        "source": event.source_system,
    }


def _line(
    row: Outbox, names: dict[str, str], announced: dict[int, Broadcast], now: datetime
) -> Line:
    about = announced.get(row.broadcast_id or 0)
    whom = masked(row.phone)
    if row.uid:
        whom = mask_name(names.get(row.uid, "")) or f"…{row.uid[-4:]}"
    return Line(
        id=row.id or 0,
        what=f"{message_words(row.kind)}: {about.title}" if about else message_words(row.kind),
        whom=whom or "không có người nhận",
        channel=CHANNELS.get(row.channel, ""),
        fate=fate(row, now),
        cost=row.cost_vnd,
        at=short(row.created_at, now),
        # Announcements are tried again as a whole, from their own page.
        may_resend=row.state in _RESENT
        and bool(row.body or row.facts)
        and row.broadcast_id is None,
    )
