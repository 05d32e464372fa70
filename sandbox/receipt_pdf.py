"""The receipt a one-stop software would print: plain, A5, with the dossier code as QR and text."""

from __future__ import annotations

import io
from datetime import datetime
from importlib.resources import files
from typing import Any

import qrcode
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader, simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

_REGULAR, _BOLD = "SandboxSans", "SandboxSansBold"
_MARGIN = 12 * mm
_LINE = 6 * mm
_ROWS = (
    ("Mã hồ sơ", "MaHoSo"),
    ("Người nộp", "ChuHoSo"),
    ("Thủ tục", "TenTTHC"),
    ("Cơ quan giải quyết", "CoQuan"),
    ("Nơi tiếp nhận", "DonViXuLy"),
    ("Ngày tiếp nhận", "NgayTiepNhan"),
    ("Ngày hẹn trả", "NgayHenTra"),
)


def receipt_pdf(dossier: dict[str, Any]) -> bytes:
    """One page of PDF for a dossier in the exchange's field names; missing fields are left out."""
    _register_fonts()
    made = io.BytesIO()
    page = Canvas(made, pagesize=A5, pageCompression=1)
    page.setTitle(f"Giấy tiếp nhận hồ sơ {dossier.get('MaHoSo', '')}")
    width, height = A5
    page.setFont(_BOLD, 13)
    page.drawCentredString(width / 2, height - 18 * mm, "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ")
    page.setFont(_REGULAR, 9)
    page.drawCentredString(width / 2, height - 24 * mm, "(Phần mềm một cửa giả lập – dữ liệu mẫu)")
    y = height - 36 * mm
    for label, field in _ROWS:
        if value := _shown(dossier.get(field)):
            y = _row(page, label, value, y, width)
    picture = qrcode.make(str(dossier.get("MaHoSo", "")), box_size=8, border=2).get_image()
    size = 32 * mm
    page.drawImage(ImageReader(picture), (width - size) / 2, 20 * mm, size, size)
    page.setFont(_REGULAR, 9)
    page.drawCentredString(
        width / 2, 15 * mm, "Mã QR dùng để tra cứu tiến độ giải quyết hồ sơ qua Zalo"
    )
    page.showPage()
    page.save()
    return made.getvalue()


def _row(page: Canvas, label: str, value: str, y: float, width: float) -> float:
    page.setFont(_BOLD, 10)
    page.drawString(_MARGIN, y, f"{label}:")
    page.setFont(_REGULAR, 10)
    left = _MARGIN + 36 * mm
    for line in simpleSplit(value, _REGULAR, 10, width - left - _MARGIN)[:6]:
        page.drawString(left, y, line)
        y -= _LINE
    return y


def _shown(value: Any) -> str:
    try:
        return datetime.fromisoformat(str(value)).strftime("%d/%m/%Y %H:%M")
    except ValueError:
        return str(value or "").strip()[:400]


def _register_fonts() -> None:
    if _REGULAR in pdfmetrics.getRegisteredFontNames():
        return
    folder = files("font_source_sans_pro") / "files"
    pdfmetrics.registerFont(TTFont(_REGULAR, str(folder / "SourceSansPro-Regular.ttf")))
    pdfmetrics.registerFont(TTFont(_BOLD, str(folder / "SourceSansPro-Bold.ttf")))
