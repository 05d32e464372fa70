"""Where each number of the first page is listed."""

from __future__ import annotations

from urllib.parse import urlencode

_DOSSIERS = "/console/ho-so"


def dossiers(**filters: str) -> str:
    """The list of dossiers with filters: ``don_vi``, ``trang_thai``, ``nhan_tu``, ``tre_han`` ..."""
    return f"{_DOSSIERS}?{urlencode(filters)}" if filters else _DOSSIERS


OVERDUE = dossiers(tre_han="1")
NEAR = dossiers(sap_han="1")
SUPPLEMENT = dossiers(trang_thai="supplement_required")
CHATS = "/console/tro-chuyen"
FEEDBACK_NEW = "/console/phan-anh?trang_thai=new"
FEEDBACK_OPEN = "/console/phan-anh?trang_thai=open"
FEEDBACK_LATE = "/console/phan-anh?qua_han=1"
PRIVACY = "/console/quyen-rieng-tu"
IMPORTS = "/console/ho-so/nhap"
QUESTIONS = "/console/cau-hoi"
NOT_UNDERSTOOD = "/console/cau-hoi?loai=chua-hieu"
