"""The card for citizens without Zalo: the OA's code, the dossier's code, three steps (domain 1.4)."""

from __future__ import annotations

from typing import Literal

from reportlab.lib.pagesizes import A5, A6

from qr import links
from qr.facts import DossierFacts
from qr.paper import BOLD, ITALIC, Sheet, mm
from settings import Settings
from wording import Words

Size = Literal["A6", "A5"]
_PAGES = {"A6": A6, "A5": A5}
_SCALE = {"A6": 1.15, "A5": 1.65}
#: A module of a token's code is then half a millimetre: any phone reads it (libraries 4).
_SIDE = 34 * mm
STEPS = ("step1", "step2", "step3")


def guide_pdf(facts: DossierFacts, settings: Settings, size: Size = "A6") -> bytes:
    """One page of A6 or A5 to hand over with the receipt; nothing personal but the code is on it."""
    words, scale = Words("vi", settings), _SCALE[size]
    sheet = Sheet(_PAGES[size], f"{words('paper.guide.title')} {facts.code}", margin=7 * mm)
    sheet.write(words("paper.guide.title"), 12 * scale, BOLD, align="center")
    sheet.write(
        words("paper.guide.code", code=facts.code), 9.5 * scale, BOLD, align="center", after=3
    )
    side, half = _SIDE * scale, sheet.width / 2
    top = sheet.y
    below = top
    codes = (
        ("oa", links.oa_address(settings)),
        ("dossier", links.receipt_address(settings, facts.token)),
    )
    for at, (name, address) in enumerate(codes):
        left = sheet.margin + at * half
        sheet.qr(address, left + (half - side) / 2, top, side)
        sheet.y = top + side
        sheet.write(
            words(f"paper.guide.{name}"),
            8 * scale,
            BOLD,
            align="center",
            left=left,
            width=half,
            most=2,
        )
        below = max(below, sheet.y)
    sheet.y = below + 2 * mm
    for step in STEPS:
        sheet.write(words(f"paper.guide.{step}"), 8.5 * scale, after=1.5)
    sheet.write(words("paper.guide.help"), 8 * scale, after=1.5)
    sheet.write(words("paper.guide.keep"), 7 * scale, ITALIC)
    return sheet.done()
