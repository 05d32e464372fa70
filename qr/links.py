"""The addresses our codes hold (contract 3; zalo-protocol 7.1, 7.5)."""

from __future__ import annotations

from urllib.parse import quote

from settings import Settings


def oa_address(settings: Settings) -> str:
    """What the OA's own "Quan tâm" code holds."""
    return f"https://zalo.me/{settings.zalo_oa_id}"


def receipt_address(settings: Settings, token: str) -> str:
    """What the code on a receipt holds: nothing but an unguessable token."""
    return f"{settings.public_url}/h/{token}"


def procedure_address(settings: Settings, key: str) -> str:
    """What the code of a procedure on a notice board holds."""
    return f"{settings.public_url}/t/{quote(key, safe='.')}"
