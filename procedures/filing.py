"""Where a procedure is filed online, for pages and chat alike."""

from __future__ import annotations

from urllib.parse import quote

from procedures.records import ProcedureRecord
from settings import Settings


def apply_address(record: ProcedureRecord, settings: Settings) -> str:
    """``APPLY_URL`` with the procedure's code in it, else the portal's own address."""
    address = settings.apply_url or settings.portal_url
    return address.replace("{code}", quote(record.code or "", safe=""))
