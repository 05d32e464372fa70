"""What keeps a draft from being submitted, each with the place of the page where it is mended."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from console.broadcasts.reading import audience_of
from notify.broadcasts.checks import problems
from notify.broadcasts.moves import footers
from settings import Settings
from store import broadcasts
from store.tables import Broadcast


@dataclass(frozen=True)
class Placed:
    """One thing to mend; ``place`` is an id of the page."""

    place: str
    sentence: str


def problems_of(session: Session, row: Broadcast, settings: Settings) -> list[Placed]:
    """Everything to mend before submitting, empty when nothing is."""
    found = [Placed(_place(one.field), one.sentence) for one in problems(row, footers(settings))]
    if audience_of(row).listed and not broadcasts.list_size(session, row.id or 0):
        found.append(Placed("o-listed", "Đang chọn theo danh sách nhưng chưa tải danh sách nào."))
    return found


def _place(field: str) -> str:
    named = {"audience": "ai", "way": "cach", "zbs": "o-zbs", "content": "noi-dung-tin"}
    return named.get(field) or f"o-{field.replace('.', '_')}"
