"""Whose announcements an account sees and writes, and how a draft begins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from console.access import MAY, Act
from console.auditing import declare
from console.frame import person
from dossiers.names import fold
from store import broadcasts
from store.tables import Broadcast, Role

declare("broadcast.created", "Soạn thông báo mới", "copy_of", "template")
declare("broadcast.saved", "Lưu bản nháp thông báo", "version", "changed")
declare("broadcast.removed", "Xóa bản nháp thông báo")
declare("broadcast.submitted", "Trình thông báo", "reach", "cost", "urgent", "way", "state")
declare("broadcast.tested", "Gửi thử thông báo", "to", "messages")
declare("broadcast.sampled", "Xem vài người nhận của thông báo", "count")
declare("broadcast.listed", "Tải lên danh sách người nhận", "size", "good", "wrong")


def seen(session: Session, broadcast_id: int) -> Broadcast | None:
    """An announcement the person may look at; None for others' as for none."""
    return _within(broadcasts.get(session, broadcast_id), Act.view_broadcasts)


def held(session: Session, broadcast_id: int) -> Broadcast | None:
    """An announcement the person may change, locked; None for others' as for none."""
    return _within(broadcasts.lock(session, broadcast_id), Act.broadcast)


def own(session: Session, broadcast_id: int) -> Broadcast | None:
    """An announcement the person may write on, only to look at."""
    return _within(broadcasts.get(session, broadcast_id), Act.broadcast)


def own_agency() -> int | None:
    """The agency whose announcements the person writes; None = the province's."""
    if person().agencies(Act.broadcast) is None:
        return None
    granted = (agency for role, agency in person().grants if Role(role) in MAY[Act.broadcast])
    return next((agency for agency in granted if agency), None)


def begin(session: Session, now: datetime, **values: Any) -> Broadcast:
    """A new draft of the person's."""
    row = Broadcast(
        created_by=person().username,
        created_at=now,
        updated_at=now,
        agency_id=own_agency(),
        **values,
    )
    row.title_folded = fold(row.title)
    return broadcasts.add(session, row)


def _within(row: Broadcast | None, act: Act) -> Broadcast | None:
    reach = person().agencies(act)
    if row is None or (reach is not None and row.agency_id not in reach):
        return None
    return row
