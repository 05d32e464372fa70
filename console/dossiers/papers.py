"""Papers of a dossier: receipt, letters, guide card, and the codes shown on the screen."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask import request, url_for
from pydantic import BaseModel, Field

from clock import VIETNAM
from console.access import Act
from console.auditing import declare
from console.dossiers.intake import name_of
from console.forms import Text, read_query
from console.frame import Answer, Console, person
from qr import codes, links
from qr.facts import read_facts
from qr.files import receipt_file
from qr.guide_card import guide_pdf
from qr.letters import FORMS, NoReason, letter_pdf
from store import dossier_pages
from store.tables import Dossier

declare("dossier.printed", "In giấy tờ của hồ sơ", "form")

_PDF = "application/pdf"


class Wanted(BaseModel):
    """How a paper is wanted; reason and date only for letters."""

    size: Literal["A5", "A4", "A6"] = "A5"
    reason: Annotated[Text, Field(max_length=4000)] = ""
    new_date: Annotated[str, Field(max_length=20)] = ""


def add(console: Console) -> None:
    """Add the papers."""

    @console.page("/ho-so/<int:dossier_id>/giay/<form>", may=Act.view_dossiers)
    def dossier_paper(dossier_id: int, form: str) -> Answer:
        wanted, now = read_query(Wanted), console.clock.now()
        known = next((one for one in FORMS if one == form), None)
        row = _seen(console, dossier_id)
        if row is None or (known is None and form != "01"):
            return console.missing()
        with console.database.read() as session:
            if known is None:
                size: Literal["A5", "A4"] = "A4" if wanted.size == "A4" else "A5"
                made = receipt_file(session, row, console.settings, now, size)
            else:
                facts = read_facts(session, row, console.settings)
        if known is not None:
            try:
                made = letter_pdf(
                    known,
                    facts,
                    console.settings,
                    now,
                    reason=wanted.reason,
                    new_date=_moment(wanted.new_date),
                )
            except NoReason:
                return console.refuse(
                    "Giấy này phải nêu lý do: ghi lý do ở ô bên dưới nút in rồi bấm in lại.",
                    back=url_for("console.dossier", dossier_id=dossier_id),
                )
        console.looked("dossier.printed", "dossier", row.code, form=form)
        return console.download(made, f"mau-{form}-{name_of(row)}.pdf", _PDF, inline=True)

    @console.page("/ho-so/<int:dossier_id>/the-huong-dan", may=Act.view_dossiers)
    def dossier_guide(dossier_id: int) -> Answer:
        row = _seen(console, dossier_id)
        if row is None:
            return console.missing()
        with console.database.read() as session:
            facts = read_facts(session, row, console.settings)
        size: Literal["A6", "A5"] = "A5" if request.args.get("size") == "A5" else "A6"
        made = guide_pdf(facts, console.settings, size)
        console.looked("dossier.printed", "dossier", row.code, form="guide")
        return console.download(made, f"the-huong-dan-{name_of(row)}.pdf", _PDF, inline=True)

    @console.page("/ho-so/<int:dossier_id>/ma/<which>.png", may=Act.view_dossiers)
    def dossier_code(dossier_id: int, which: str) -> Answer:
        row = _seen(console, dossier_id)
        if row is None or which not in ("oa", "ho-so"):
            return console.missing()
        address = links.oa_address(console.settings)
        if which == "ho-so":
            address = links.receipt_address(console.settings, row.receipt_token)
        return console.download(
            codes.picture(address, "png", 384), f"{which}.png", "image/png", inline=True
        )


def _seen(console: Console, dossier_id: int) -> Dossier | None:
    with console.database.read() as session:
        return dossier_pages.seen_by(session, dossier_id, person().units(Act.view_dossiers))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)
    except ValueError:
        return None
