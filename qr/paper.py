"""Drawing on paper: embedded Vietnamese fonts, lines that wrap, codes that scan.

All lengths are points from the top left; `Sheet` turns them for reportlab, which counts from the
bottom. Texts are NFC: without a shaper combining marks would stand beside their letters.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from qr import codes

REGULAR, BOLD, ITALIC = "MotCuaSans", "MotCuaSansBold", "MotCuaSansItalic"
_FILES = {
    REGULAR: "SourceSansPro-Regular.ttf",
    BOLD: "SourceSansPro-Bold.ttf",
    ITALIC: "SourceSansPro-It.ttf",
}
_LEADING = 1.25

__all__ = ["BOLD", "ITALIC", "REGULAR", "Sheet", "mm"]


@dataclass
class Sheet:
    """Pages of one size; ``y`` is how far down the page the next line begins."""

    size: tuple[float, float]
    title: str
    margin: float = 15 * mm
    y: float = 0.0
    pages: int = 1
    _bytes: io.BytesIO = field(default_factory=io.BytesIO)

    def __post_init__(self) -> None:
        _register()
        self.canvas = Canvas(self._bytes, pagesize=self.size, pageCompression=1)
        self.canvas.setTitle(_nfc(self.title))
        self.canvas.setCatalogEntry("Lang", "vi-VN")
        self.y = self.margin

    @property
    def width(self) -> float:
        """Between the margins."""
        return self.size[0] - 2 * self.margin

    @property
    def bottom(self) -> float:
        """How far down may be written."""
        return self.size[1] - self.margin

    def write(
        self,
        text: str,
        size: float = 10,
        font: str = REGULAR,
        *,
        align: str = "left",
        left: float | None = None,
        width: float | None = None,
        after: float = 0.0,
        most: int = 200,
    ) -> None:
        """A paragraph, wrapped; a new page when this one is full. ``most`` lines at most."""
        start = self.margin if left is None else left
        room = self.width if width is None else width
        lines = self.lines(text, size, font, room)
        if len(lines) > most:
            lines = [*lines[: most - 1], lines[most - 1].rstrip(" .,;") + "…"]
        for line in lines:
            self.need(size * _LEADING)
            self.y += size * _LEADING
            self._line(line, size, font, align, start, room)
        self.y += after

    def lines(self, text: str, size: float, font: str, width: float) -> list[str]:
        """A text as the lines it takes; words longer than a line are broken."""
        found: list[str] = []
        for whole in simpleSplit(_nfc(text), font, size, width):
            line = whole
            while pdfmetrics.stringWidth(line, font, size) > width and len(line) > 1:
                cut = len(line)
                while cut > 1 and pdfmetrics.stringWidth(line[:cut], font, size) > width:
                    cut -= 1
                found.append(line[:cut])
                line = line[cut:]
            found.append(line)
        return found

    def height(self, text: str, size: float, font: str, width: float) -> float:
        """How high a paragraph would be."""
        return len(self.lines(text, size, font, width)) * size * _LEADING

    def _line(
        self, line: str, size: float, font: str, align: str, left: float, width: float
    ) -> None:
        self.canvas.setFont(font, size)
        y = self.size[1] - self.y
        if align == "center":
            self.canvas.drawCentredString(left + width / 2, y, line)
        elif align == "right":
            self.canvas.drawRightString(left + width, y, line)
        else:
            self.canvas.drawString(left, y, line)

    def pair(self, label: str, value: str, size: float = 10) -> None:
        """ "Label: value" with the label in bold, the value wrapped beside it."""
        if not value.strip():
            return
        head = f"{label}: "
        indent = pdfmetrics.stringWidth(_nfc(head), BOLD, size)
        if indent > self.width * 0.55:
            self.write(head, size, BOLD)
            self.write(value, size, left=self.margin + 4 * mm, width=self.width - 4 * mm, most=12)
            return
        lines = self.lines(value, size, REGULAR, self.width - indent)[:12]
        for at, line in enumerate(lines):
            self.need(size * _LEADING)
            self.y += size * _LEADING
            if at == 0:
                self._line(_nfc(head), size, BOLD, "left", self.margin, indent)
            self._line(line, size, REGULAR, "left", self.margin + indent, self.width - indent)

    def need(self, height: float) -> bool:
        """Begin a new page when ``height`` does not fit; whether it did."""
        if self.y + height <= self.bottom:
            return False
        self.next_page()
        return True

    def next_page(self) -> None:
        """Go on at the top of a fresh page."""
        self.canvas.showPage()
        self.pages += 1
        self.y = self.margin

    def rule(self, width: float = 0.6, space: float = 4) -> None:
        """A thin line across."""
        self.y += space
        self.canvas.setLineWidth(width)
        y = self.size[1] - self.y
        self.canvas.line(self.margin, y, self.size[0] - self.margin, y)
        self.y += space

    def qr(self, text: str, left: float, top: float, side: float) -> None:
        """A code of ``side`` including its quiet zone, drawn as squares: sharp at any scale."""
        rows = codes.matrix(text)
        module = side / (len(rows) + 2 * codes.QUIET)
        canvas = self.canvas
        canvas.setFillGray(1)
        canvas.rect(left, self.size[1] - top - side, side, side, stroke=0, fill=1)
        canvas.setFillGray(0)
        path = canvas.beginPath()
        for down, row in enumerate(rows):
            for start, length in _runs(row):
                x = left + (codes.QUIET + start) * module
                y = self.size[1] - top - (codes.QUIET + down + 1) * module
                path.rect(x, y, length * module, module)
        canvas.drawPath(path, stroke=0, fill=1)

    def bar_code(self, text: str, left: float, top: float, width: float, height: float) -> None:
        """Code 128 of a dossier code, as wide as asked; non-ASCII text draws nothing."""
        if not text.isascii() or not text:
            return
        wide = Code128(text, barWidth=1, barHeight=height, quiet=True).width
        made = Code128(text, barWidth=width / wide, barHeight=height, quiet=True)
        made.drawOn(self.canvas, left, self.size[1] - top - height)

    def done(self) -> bytes:
        """The finished PDF."""
        self.canvas.showPage()
        self.canvas.save()
        return self._bytes.getvalue()


def _runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """Dark modules standing together: start and length. Fewer shapes, no hairlines between."""
    runs: list[tuple[int, int]] = []
    start = -1
    for at, dark in enumerate([*row, False]):
        if dark and start < 0:
            start = at
        elif not dark and start >= 0:
            runs.append((start, at - start))
            start = -1
    return runs


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _register() -> None:
    if REGULAR in pdfmetrics.getRegisteredFontNames():
        return
    folder = files("font_source_sans_pro") / "files"
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
