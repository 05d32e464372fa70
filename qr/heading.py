"""The head and foot that the forms of Thông tư 03/2025/TT-VPCP share."""

from __future__ import annotations

import re
from datetime import datetime

from clock import VIETNAM
from qr.facts import DossierFacts
from qr.paper import BOLD, ITALIC, Sheet, mm
from wording import Words

#: Letters are dated "Tuyên Quang, ngày ...", without the kind of province.
_PROVINCE = re.compile(r"^(?:tỉnh|thành phố|tp\.?) ", re.IGNORECASE)


def heading(
    sheet: Sheet, facts: DossierFacts, words: Words, made_at: datetime, scale: float, form: str
) -> None:
    """Agency on the left, the nation's name and motto on the right, number, date and title."""
    half = sheet.width / 2
    top = sheet.y
    agency = (facts.agency or words("paper.one_stop")).upper()
    sheet.write(agency, 8.5 * scale, BOLD, align="center", width=half - 2 * mm, most=3)
    if facts.unit and facts.unit != facts.agency:
        sheet.write(facts.unit, 8 * scale, align="center", width=half - 2 * mm, most=2)
    sheet.write(
        words("paper.number", code=facts.code), 8 * scale, align="center", width=half - 2 * mm
    )
    left_end = sheet.y
    sheet.y = top
    right = sheet.margin + half
    sheet.write(words("paper.nation"), 8 * scale, BOLD, align="center", left=right, width=half)
    sheet.write(words("paper.motto"), 8.5 * scale, BOLD, align="center", left=right, width=half)
    local = made_at.astimezone(VIETNAM)
    date = words(
        "paper.place_date",
        place=_PROVINCE.sub("", words("paper.place")),
        day=f"{local.day:02}",
        month=f"{local.month:02}",
        year=local.year,
    )
    sheet.write(date, 8 * scale, ITALIC, align="center", left=right, width=half)
    sheet.y = max(sheet.y, left_end) + 4 * scale
    sheet.write(words(f"paper.{form}.name"), 8 * scale, ITALIC, align="right")
    sheet.write(words(f"paper.{form}.title"), 12 * scale, BOLD, align="center", after=3 * scale)


def signatures(sheet: Sheet, words: Words, titles: tuple[str, str], scale: float) -> None:
    """Two places to sign, side by side, kept on one page."""
    room = 24 * mm * scale
    sheet.need(room)
    top, half = sheet.y + 4, sheet.width / 2
    for at, key in enumerate(titles):
        if not key:
            continue
        sheet.y = top
        left = sheet.margin + at * half
        sheet.write(words(key), 9 * scale, BOLD, align="center", left=left, width=half)
        sheet.write(
            words("paper.sign_hint"), 8 * scale, ITALIC, align="center", left=left, width=half
        )
    sheet.y = top + room - 6
