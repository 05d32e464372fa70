"""Notice boards and single cards: every procedure with its own code (the Cao Bằng board)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reportlab.lib.pagesizes import A3, A4, A5

from procedures import texts
from procedures.records import ProcedureRecord
from qr import links
from qr.paper import BOLD, ITALIC, Sheet, mm
from settings import Settings
from wording import Words

Size = Literal["A4", "A3"]
_PAGES = {"A4": A4, "A3": A3}
#: More than this is a book, not a board; the list is cut by field or agency instead.
MOST = 400
_OA_SIDE = {"A4": 32 * mm, "A3": 46 * mm}
_CODE_SIDE = {"A4": 34 * mm, "A3": 40 * mm}
_COLUMNS = {"A4": 2, "A3": 3}
_SCALE = {"A4": 1.0, "A3": 1.35}
_GAP = 5 * mm
_CARD_PAPERS = 6


@dataclass(frozen=True)
class Notice:
    """What a board shows of one procedure."""

    key: str
    code: str
    name: str


def poster_pdf(agency: str, notices: Sequence[Notice], settings: Settings, size: Size) -> bytes:
    """A board for an agency or field: title, the OA's code, a grid of procedures, how to scan.

    As many pages as it takes, each complete in itself; `ValueError` beyond `MOST`.
    """
    if len(notices) > MOST:
        raise ValueError(f"a board shows at most {MOST} procedures; choose a field or an agency")
    words = Words("vi", settings)
    sheet = Sheet(_PAGES[size], f"{words('paper.poster.title')} {agency}", margin=12 * mm)
    pages = _dealt(notices, _rows_a_page(sheet, size) * _COLUMNS[size])
    for number, listed in enumerate(pages, 1):
        if number > 1:
            sheet.next_page()
        _head(sheet, agency, settings, words, size)
        _grid(sheet, listed, settings, words, size)
        _how_to(sheet, words, size, number, len(pages))
    return sheet.done()


def card_pdf(record: ProcedureRecord, settings: Settings) -> bytes:
    """A card of A5 for one procedure: its code, papers, time, fee and where to file."""
    return cards_pdf([record], settings)


def cards_pdf(records: Sequence[ProcedureRecord], settings: Settings) -> bytes:
    """Cards of A5, one after the other; `ValueError` for none or more than `MOST`."""
    if not 0 < len(records) <= MOST:
        raise ValueError(f"choose 1 to {MOST} procedures")
    words = Words("vi", settings)
    sheet = Sheet(A5, records[0].name, margin=12 * mm)
    for number, record in enumerate(records):
        if number:
            sheet.next_page()
        _card(sheet, record, settings, words)
    return sheet.done()


def _card(sheet: Sheet, record: ProcedureRecord, settings: Settings, words: Words) -> None:
    sheet.write(words("paper.poster.card_title"), 11, BOLD, align="center", after=3)
    sheet.write(record.name, 13, BOLD, align="center", after=4, most=5)
    side = 44 * mm
    sheet.qr(
        links.procedure_address(settings, record.key),
        (sheet.size[0] - side) / 2,
        sheet.y,
        side,
    )
    sheet.y += side
    if record.code:
        sheet.write(words("paper.poster.code", code=record.code), 10, align="center")
    sheet.write(words("paper.poster.subtitle"), 9, ITALIC, align="center", after=4)
    _facts(sheet, record, words)


def _facts(sheet: Sheet, record: ProcedureRecord, words: Words) -> None:
    papers = [texts.document_words(one, words) for one in record.documents]
    if papers:
        sheet.write(words("paper.poster.documents") + ":", 10, BOLD)
        for paper in papers[:_CARD_PAPERS]:
            sheet.write(f"- {paper}", 9, most=3)
        if len(papers) > _CARD_PAPERS:
            sheet.write(words("paper.poster.more", count=len(papers) - _CARD_PAPERS), 9, ITALIC)
    times = dict.fromkeys(texts.time_words(one, words) for one in record.channels)
    fees = dict.fromkeys(texts.fee_words(one, words) for one in record.channels)
    sheet.pair(words("paper.poster.time"), "; ".join(times), 9.5)
    sheet.pair(words("paper.poster.fee"), "; ".join(fees), 9.5)
    sheet.pair(words("paper.poster.where"), record.implementing_agency or "", 9.5)
    if record.as_of:
        sheet.write(words("paper.poster.as_of", as_of=record.as_of), 8, ITALIC)


def _dealt(notices: Sequence[Notice], a_page: int) -> list[Sequence[Notice]]:
    return [notices[at : at + a_page] for at in range(0, len(notices), a_page)] or [()]


def _cell_height(size: Size) -> float:
    return float(_CODE_SIDE[size] + 2 * mm)


def _rows_a_page(sheet: Sheet, size: Size) -> int:
    used = sheet.margin * 2 + _OA_SIDE[size] + 10 * mm + 23 * mm * _SCALE[size]
    return max(1, int((sheet.size[1] - used) // (_cell_height(size) + _GAP)))


def _head(sheet: Sheet, agency: str, settings: Settings, words: Words, size: Size) -> None:
    scale, side = _SCALE[size], _OA_SIDE[size]
    left = sheet.size[0] - sheet.margin - side
    top = sheet.y
    sheet.qr(links.oa_address(settings), left, top, side)
    room = left - sheet.margin - 4 * mm
    sheet.y = top + 2 * mm
    sheet.write(words("paper.poster.title"), 17 * scale, BOLD, width=room, most=2)
    sheet.write(
        words("paper.poster.of", agency=agency).upper(), 13 * scale, BOLD, width=room, most=3
    )
    sheet.write(words("paper.poster.subtitle"), 10.5 * scale, width=room, most=3)
    sheet.y = max(sheet.y, top + side - 2 * mm)
    follow = f"{words('paper.poster.follow')}. {words('paper.poster.follow_why')}"
    sheet.write(follow, 9 * scale, BOLD, align="right", most=1)
    sheet.rule()


def _grid(
    sheet: Sheet, listed: Sequence[Notice], settings: Settings, words: Words, size: Size
) -> None:
    columns, side, scale = _COLUMNS[size], _CODE_SIDE[size], _SCALE[size]
    width = (sheet.width - (columns - 1) * _GAP) / columns
    top = sheet.y
    for at, notice in enumerate(listed):
        down, across = divmod(at, columns)
        left = sheet.margin + across * (width + _GAP)
        y = top + down * (_cell_height(size) + _GAP)
        _cell(sheet, notice, settings, words, left, y, width, side, scale)
    rows = -(-len(listed) // columns)
    sheet.y = top + rows * (_cell_height(size) + _GAP)


def _cell(
    sheet: Sheet,
    notice: Notice,
    settings: Settings,
    words: Words,
    left: float,
    top: float,
    width: float,
    side: float,
    scale: float,
) -> None:
    canvas = sheet.canvas
    canvas.setLineWidth(0.5)
    canvas.roundRect(left, sheet.size[1] - top - side - 2 * mm, width, side + 2 * mm, 4)
    sheet.qr(links.procedure_address(settings, notice.key), left + 1, top + 1 * mm, side)
    beside, room = left + side + 3, width - side - 6
    name = words("paper.poster.card", name=notice.name)
    text = 10.5 * scale
    while text > 6.5 and sheet.height(name, text, BOLD, room) > side - 12 * scale:
        text -= 0.5
    sheet.y = top + 2 * mm
    most = max(1, int((side - 12 * scale) // (text * 1.25)))
    sheet.write(name, text, BOLD, left=beside, width=room, most=most)
    if notice.code:
        code = words("paper.poster.code", code=notice.code)
        sheet.write(code, 9 * scale, left=beside, width=room, most=1)


def _how_to(sheet: Sheet, words: Words, size: Size, number: int, pages: int) -> None:
    scale = _SCALE[size]
    sheet.y = sheet.bottom - 22 * mm * scale
    sheet.rule(space=2)
    for step in ("step1", "step2", "step3"):
        sheet.write(words(f"paper.poster.{step}"), 10 * scale, most=1)
    if pages > 1:
        sheet.y -= 10 * scale * 1.25
        page = words("paper.poster.page", page=number, pages=pages)
        sheet.write(page, 9 * scale, align="right", most=1)
