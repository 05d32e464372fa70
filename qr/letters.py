"""Forms 02, 03 and 04: asking for more, refusing, apologising for a delay (domain 4.2).

Every one of them must carry a reason: a dossier returned without one is what citizens complain of
most, so a letter without a reason is not made.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from reportlab.lib.pagesizes import A4

from qr import links
from qr.facts import DossierFacts, day
from qr.heading import heading, signatures
from qr.paper import REGULAR, Sheet, mm
from settings import Settings
from wording import Words

Form = Literal["02", "03", "04"]
FORMS: tuple[Form, ...] = ("02", "03", "04")
_SCALE = 1.25
_TEXT = 12.0
_QR = 28 * mm
_REASON_LIMIT = 4000


class NoReason(Exception):
    """The letter has nothing to tell: no reason was given with the dossier's state."""


def letter_pdf(
    form: Form,
    facts: DossierFacts,
    settings: Settings,
    made_at: datetime,
    *,
    reason: str = "",
    new_date: datetime | None = None,
) -> bytes:
    """Form 02, 03 or 04 as an A4 PDF; ``reason`` overrides the one the dossier carries.

    ``new_date`` is the date form 04 proposes. `NoReason` when there is none to print.
    """
    why = (reason or facts.reason).strip()[:_REASON_LIMIT]
    if not why:
        raise NoReason(form)
    words = Words("vi", settings)
    key = f"form{form}"
    title = words(f"paper.{key}.title")
    sheet = Sheet(A4, f"{title} {facts.code}", margin=20 * mm)
    heading(sheet, facts, words, made_at, _SCALE, key)
    owner = facts.owner or words("paper.blank")
    sheet.write(words("paper.letter.to", owner=owner), _TEXT, align="center", after=6)
    named = {
        "agency": facts.agency or words("paper.one_stop").capitalize(),
        "code": facts.code,
        "owner": owner,
        "procedure": facts.procedure or words("paper.blank"),
        "received": day(facts.received) or words("paper.blank"),
        "promised": day(facts.promised) or words("paper.blank"),
    }
    opening = words(f"paper.{key}.opening", **named)
    paragraphs = [
        opening,
        words(f"paper.{key}.need", **named),
        why,
        *_closing(form, named, words, new_date),
    ]
    for paragraph in paragraphs:
        for line in paragraph.splitlines():
            sheet.write(line, _TEXT, REGULAR, after=4)
    _foot(sheet, facts, settings, words, form)
    return sheet.done()


def _closing(
    form: Form, named: dict[str, str], words: Words, new_date: datetime | None
) -> list[str]:
    if form == "02":
        return [words("paper.form02.reason"), words("paper.form02.closing")]
    if form == "03":
        return [words("paper.form03.closing")]
    if new_date is None:
        told = words("paper.form04.closing_open", **named)
    else:
        told = words("paper.form04.closing_date", **named, new_date=day(new_date))
    return [told, words("paper.form04.contact")]


def _foot(sheet: Sheet, facts: DossierFacts, settings: Settings, words: Words, form: Form) -> None:
    sheet.need(48 * mm)
    top = sheet.y + 6
    sheet.qr(links.receipt_address(settings, facts.token), sheet.margin, top, _QR)
    sheet.y = top + _QR
    sheet.write(words("paper.letter.scan"), 9, width=_QR + 10 * mm)
    sheet.y = top
    signer = "paper.letter.officer" if form == "02" else "paper.letter.head"
    signatures(sheet, words, ("", signer), _SCALE)
