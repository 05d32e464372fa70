"""Form 01: Giấy tiếp nhận hồ sơ và hẹn trả kết quả (Thông tư 03/2025/TT-VPCP, domain 4.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from reportlab.lib.pagesizes import A4, A5

from qr import links
from qr.facts import DossierFacts, Paper, day
from qr.heading import heading, signatures
from qr.paper import BOLD, ITALIC, Sheet, mm
from settings import Settings
from wording import Words

Size = Literal["A5", "A4"]
_PAGES = {"A5": A5, "A4": A4}
#: 25 mm of modules and the quiet zone round them: readable from a cheap print (libraries 4).
QR_SIDE = 31 * mm
_PAPERS_SHOWN = {"A5": 8, "A4": 16}


def receipt_pdf(
    facts: DossierFacts, settings: Settings, made_at: datetime, size: Size = "A5"
) -> bytes:
    """The receipt as PDF, on one page where letters of four fifths make it fit.

    Missing fields are lines to fill in by hand.
    """
    usual = 1.0 if size == "A5" else 1.25
    sheet = _drawn(facts, settings, made_at, size, usual)
    for smaller in (0.92, 0.85, 0.8):
        if sheet.pages == 1:
            break
        tighter = _drawn(facts, settings, made_at, size, usual * smaller)
        sheet = tighter if tighter.pages < sheet.pages else sheet
    return sheet.done()


def _drawn(
    facts: DossierFacts, settings: Settings, made_at: datetime, size: Size, scale: float
) -> Sheet:
    words = Words("vi", settings)
    sheet = Sheet(_PAGES[size], f"{words('paper.form01.title')} {facts.code}", margin=_margin(size))
    heading(sheet, facts, words, made_at, scale, "form01")
    top = sheet.y
    _code_block(sheet, facts, settings, words, top, max(scale, 1.0))
    _people(sheet, facts, words, scale)
    _body(sheet, facts, words, scale, size)
    signatures(sheet, words, ("paper.form01.submitter", "paper.form01.receiver"), scale)
    sheet.write(words("paper.form01.keep"), 7.5 * scale, ITALIC, align="center")
    return sheet


def _margin(size: Size) -> float:
    return float((10 if size == "A5" else 18) * mm)


def _code_block(
    sheet: Sheet, facts: DossierFacts, settings: Settings, words: Words, top: float, scale: float
) -> None:
    """The QR with its caption on the right, the bar code of the dossier code on the left."""
    side = QR_SIDE * scale
    left = sheet.size[0] - sheet.margin - side
    sheet.qr(links.receipt_address(settings, facts.token), left, top, side)
    caption_top = sheet.y
    sheet.y = top + side
    sheet.write(
        words("paper.form01.caption"),
        7 * scale,
        align="center",
        left=left - 2 * mm,
        width=side + 4 * mm,
        most=4,
    )
    below = sheet.y
    sheet.y = caption_top
    room = left - sheet.margin - 4 * mm
    sheet.bar_code(facts.code, sheet.margin, top + 2 * mm, room, 10 * mm * scale)
    sheet.y = top + 13 * mm * scale
    sheet.write(facts.code, 10.5 * scale, BOLD, align="center", width=room)
    narrow = (("agency", facts.agency), ("receipt_number", facts.receipt_number))
    for name, value in narrow:
        if value:
            label = words(f"paper.form01.{name}")
            sheet.write(f"{label}: {value}", 9 * scale, width=room, most=3)
    sheet.y = max(sheet.y, below) + 2


def _people(sheet: Sheet, facts: DossierFacts, words: Words, scale: float) -> None:
    blank = words("paper.blank")
    identity = (
        words("paper.form01.identity_masked", last3=facts.identity_last3)
        if facts.identity_last3
        else blank
    )
    pairs = (
        ("applicant", facts.owner or blank),
        ("address", blank),
        ("phone", facts.phone or blank),
        ("identity", identity),
        ("content", facts.procedure or blank),
        ("field", facts.field),
    )
    for name, value in pairs:
        sheet.pair(words(f"paper.form01.{name}"), value, 9 * scale)


def _body(sheet: Sheet, facts: DossierFacts, words: Words, scale: float, size: Size) -> None:
    text = 9 * scale
    sheet.write(words("paper.form01.papers"), text, BOLD)
    _papers(sheet, facts.papers, words, text, _PAPERS_SHOWN[size])
    blank = words("paper.blank")
    pairs = (
        ("sets", words("paper.form01.sets_value")),
        ("term", facts.term or blank),
        ("received", day(facts.received) or blank),
        ("promised", day(facts.promised) or blank),
        ("result_place", facts.result_form or words("paper.one_stop").capitalize()),
    )
    for name, value in pairs:
        sheet.pair(words(f"paper.form01.{name}"), value, text)
    sheet.write(words("paper.form01.early"), 8 * scale, ITALIC)
    hours = words("paper.form01.hours", hours=words("paper.hours_value"))
    sheet.write(f"{hours} {words('paper.form01.after_hours')}", 8 * scale, ITALIC, after=3)


def _papers(sheet: Sheet, papers: tuple[Paper, ...], words: Words, size: float, most: int) -> None:
    if not papers:
        sheet.write(words("paper.form01.papers_unknown"), size, left=sheet.margin + 4 * mm)
        return
    for paper in papers[:most]:
        box = size * 0.8
        sheet.need(size * 1.3)
        top = sheet.y + size * 0.45
        sheet.canvas.setLineWidth(0.6)
        left = sheet.margin + 3 * mm
        sheet.canvas.rect(left, sheet.size[1] - top - box, box, box)
        sheet.write(
            _paper_words(paper, words),
            size,
            left=left + box + 2 * mm,
            width=sheet.width - box - 6 * mm,
            most=2,
        )


def _paper_words(paper: Paper, words: Words) -> str:
    counts = []
    if paper.originals:
        counts.append(words("procedures.originals", n=paper.originals))
    if paper.copies:
        counts.append(words("procedures.copies", n=paper.copies))
    return f"{paper.name} ({', '.join(counts)})" if counts else paper.name
