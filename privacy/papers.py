"""The copy for the citizen as paper: a PDF one can read without a computer of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reportlab.lib.pagesizes import A4

from dossiers.times import show
from privacy.export import Section
from qr.paper import BOLD, Sheet, mm
from settings import Settings

_TEXT, _HEAD, _TITLE = 10, 12, 15


def copy_pdf(parts: Sequence[Section], code: str, now: datetime, settings: Settings) -> bytes:
    """Everything of `privacy.export.sections` on A4 pages."""
    sheet = Sheet(A4, f"Bản sao dữ liệu cá nhân {code}".strip(), margin=18 * mm)
    sheet.write(settings.oa_name, _TEXT)
    sheet.write("BẢN SAO DỮ LIỆU CÁ NHÂN", _TITLE, BOLD, align="center", after=4)
    if code:
        sheet.write(f"Theo yêu cầu {code}", _TEXT, align="center")
    sheet.write(f"Lập lúc {show(now)}", _TEXT, align="center", after=8)
    sheet.write(
        "Gồm mọi dữ liệu cá nhân của ông/bà mà hệ thống này đang giữ. Số giấy tờ tùy thân không được "
        "giữ ở dạng đọc được nên không có trong bản này. Ông/bà có quyền yêu cầu sửa, xóa hoặc rút lại "
        "sự đồng ý (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15).",
        _TEXT,
        after=6,
    )
    for part in parts:
        sheet.need(30 * mm)
        sheet.write(f"{part.title} ({len(part.rows)})", _HEAD, BOLD, after=2)
        if part.note:
            sheet.write(part.note, _TEXT, after=2)
        for row in part.rows:
            for label, value in row:
                sheet.pair(label, value[:4000], _TEXT)
            sheet.rule()
    if not parts:
        sheet.write("Hệ thống không giữ dữ liệu cá nhân nào của ông/bà.", _HEAD)
    return sheet.done()
