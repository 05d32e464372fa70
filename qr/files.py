"""The receipt of a dossier as a file: the one-stop software's own, else ours (contract 3)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from dossiers.own_receipt import dossier_id
from procedures.filing import form_content
from qr.facts import read_facts
from qr.receipt import Size, receipt_pdf
from settings import Settings
from store import dossiers as store
from store import uploads
from store.engine import Database
from store.tables import Dossier


def receipt_file(
    session: Session, dossier: Dossier, settings: Settings, now: datetime, size: Size = "A5"
) -> bytes:
    """The stored PDF of the one-stop software, or form 01 made now from what is known."""
    stored = store.receipt_content(session, dossier.id or 0)
    if stored is not None:
        return stored
    return receipt_pdf(read_facts(session, dossier, settings), settings, now, size)


class Files:
    """The bytes behind media keys, for the sender: stored files, and receipts made when asked."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def content(self, media: str, now: datetime) -> bytes | None:
        """The file's bytes; None when nothing stored or makeable has this key."""
        form = form_content(media, self._settings)
        if form is not None:
            return form
        with self._database.read() as session:
            number = dossier_id(media)
            if number is None:
                return uploads.content(session, media)
            dossier = session.get(Dossier, number)
            if dossier is None:
                return None
            return receipt_file(session, dossier, self._settings, now)
