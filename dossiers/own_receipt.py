"""Which dossiers get a receipt from us, and the key under which the sender asks for its PDF."""

from __future__ import annotations

from settings import Settings
from store.tables import Dossier

#: "form01:<dossier id>:<version>": another version of the dossier is another file.
PREFIX = "form01:"


def own_receipt(dossier: Dossier, settings: Settings) -> str:
    """The media key of form 01 made by us; "" before the reception or when switched off.

    When the file is asked for, a receipt that the one-stop software gave meanwhile goes first.
    """
    if not settings.make_receipts or dossier.received_at is None or dossier.id is None:
        return ""
    return f"{PREFIX}{dossier.id}:{dossier.version}"


def dossier_id(media: str) -> int | None:
    """The dossier a media key of ours names; None for any other key."""
    number = media.removeprefix(PREFIX).partition(":")[0] if media.startswith(PREFIX) else ""
    return int(number) if number.isdecimal() and len(number) < 19 else None
