"""Where each number of the first page is listed."""

from __future__ import annotations

from urllib.parse import urlencode

_DOSSIERS = "/console/ho-so"


def dossiers(**filters: str) -> str:
    """The list of dossiers with filters: ``due``, ``states``, ``received_from`` ..."""
    return f"{_DOSSIERS}?{urlencode(filters)}" if filters else _DOSSIERS


OVERDUE = dossiers(due="overdue")
NEAR = dossiers(due="near")
SUPPLEMENT = dossiers(states="supplement_required")
CHATS = "/console/tro-chuyen"
FEEDBACK_NEW = "/console/phan-anh?trang_thai=new"
FEEDBACK_OPEN = "/console/phan-anh?trang_thai=open"
FEEDBACK_LATE = "/console/phan-anh?qua_han=1"
PRIVACY = "/console/quyen-rieng-tu"
IMPORTS = "/console/ho-so/nhap"
BROADCASTS_WAITING = "/console/thong-bao?state=waiting"
BROADCASTS_MISSED = "/console/thong-bao?state=missed"
BROADCASTS_STOPPED = "/console/thong-bao?state=stopped"
QUESTIONS = "/console/cau-hoi"
NOT_UNDERSTOOD = "/console/cau-hoi?loai=chua-hieu"
