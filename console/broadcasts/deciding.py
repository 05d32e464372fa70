"""Before it goes: agreed to by a second person, given back, taken back, sent now or at an hour."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from flask import request
from pydantic import BaseModel, Field
from sqlmodel import Session

from clock import VIETNAM
from console.access import Act
from console.auditing import declare
from console.broadcasts import showing
from console.broadcasts.moving import move
from console.broadcasts.reach import seen
from console.forms import Text, read_form
from console.frame import Answer, Console, person
from dossiers.times import show
from notify.alarms import close_alarm
from notify.broadcasts import moves
from notify.broadcasts.moves import NotNow
from store.tables import Broadcast

declare("broadcast.approved", "Duyệt thông báo", "reach", "urgent", "reason")
declare("broadcast.returned", "Trả lại thông báo cho người soạn")
declare("broadcast.taken_back", "Rút thông báo về bản nháp")
declare("broadcast.started", "Gửi thông báo ngay")
declare("broadcast.scheduled", "Hẹn giờ gửi thông báo", "at")


class Agreeing(BaseModel):
    """The digest of what the page showed."""

    seen: Annotated[Text, Field(min_length=64, max_length=64)]


class Returning(BaseModel):
    """What the writer has to mend."""

    remark: Annotated[Text, Field(min_length=3, max_length=500)]


class Hour(BaseModel):
    """When to send, Vietnam time."""

    day: date
    at: time

    @property
    def moment(self) -> datetime:
        """The moment it means."""
        return datetime.combine(self.day, self.at.replace(tzinfo=None), VIETNAM)


def add(console: Console) -> None:
    """Add the acts."""

    @console.page(
        "/thong-bao/<int:broadcast_id>/duyet", may=Act.approve, methods=["POST"], confirm=True
    )
    def broadcast_approve(broadcast_id: int) -> Answer:
        form, _ = read_form(Agreeing)
        seen_digest = form.seen if form else ""

        def how(session: Session, row: Broadcast) -> dict[str, Any]:
            moves.approve(row, person().username, seen_digest, console.clock.now())
            told: dict[str, Any] = {"reach": row.estimate.get("reach", 0)}
            # An urgent one breaks rules of courtesy: why, stays for good.
            return told | ({"urgent": True, "reason": row.urgent_reason} if row.urgent else {})

        notice = "Đã duyệt. Người soạn có thể gửi hoặc hẹn giờ."
        return move(console, broadcast_id, Act.approve, "broadcast.approved", notice, how)

    @console.page("/thong-bao/<int:broadcast_id>/tra-lai", may=Act.approve, methods=["POST"])
    def broadcast_return(broadcast_id: int) -> Answer:
        form, errors = read_form(Returning)
        if form is None:
            return _again(console, broadcast_id, errors, Act.approve)

        def how(session: Session, row: Broadcast) -> dict[str, Any]:
            if row.state != "waiting":
                raise NotNow("Thông báo này không chờ duyệt.")
            moves.back_to_draft(row, form.remark, console.clock.now())
            return {}

        notice = "Đã trả lại cho người soạn kèm lý do."
        return move(console, broadcast_id, Act.approve, "broadcast.returned", notice, how)

    @console.page("/thong-bao/<int:broadcast_id>/rut-lai", may=Act.broadcast, methods=["POST"])
    def broadcast_take_back(broadcast_id: int) -> Answer:
        def how(session: Session, row: Broadcast) -> dict[str, Any]:
            now = console.clock.now()
            moves.back_to_draft(row, "", now)
            close_alarm(session, "broadcast_missed", str(broadcast_id), now)
            return {}

        notice = "Đã rút về bản nháp. Sửa xong thì trình lại."
        return move(console, broadcast_id, Act.broadcast, "broadcast.taken_back", notice, how)

    @console.page(
        "/thong-bao/<int:broadcast_id>/gui-ngay", may=Act.broadcast, methods=["POST"], confirm=True
    )
    def broadcast_start(broadcast_id: int) -> Answer:
        def how(session: Session, row: Broadcast) -> dict[str, Any]:
            now = console.clock.now()
            moves.start(row, person().username, now)
            close_alarm(session, "broadcast_missed", str(broadcast_id), now)
            return {}

        notice = "Đang bắt đầu gửi."
        return move(console, broadcast_id, Act.broadcast, "broadcast.started", notice, how)

    @console.page(
        "/thong-bao/<int:broadcast_id>/hen-gio", may=Act.broadcast, methods=["POST"], confirm=True
    )
    def broadcast_schedule(broadcast_id: int) -> Answer:
        form, errors = read_form(Hour)
        if form is None:
            return _again(console, broadcast_id, errors, Act.broadcast)
        at = form.moment

        def how(session: Session, row: Broadcast) -> dict[str, Any]:
            now = console.clock.now()
            moves.schedule(row, at, person().username, now)
            close_alarm(session, "broadcast_missed", str(broadcast_id), now)
            return {"at": show(at)}

        notice = f"Đã hẹn gửi lúc {at:%H:%M} ngày {at:%d/%m/%Y}.{_warning(console, at)}"
        return move(console, broadcast_id, Act.broadcast, "broadcast.scheduled", notice, how)


def _warning(console: Console, at: datetime) -> str:
    """What to know of the hour; nothing forbids it."""
    said = ""
    first, last = console.settings.broadcast_from, console.settings.broadcast_to
    if not console.calendar.is_workday(at.date()):
        said += " Hôm đó là ngày nghỉ, có thể không có cán bộ trực."
    if not first <= at.time() < last:
        said += f" Ngoài giờ gửi thì tin đợi đến {first:%H:%M}."
    return said


def _again(console: Console, broadcast_id: int, errors: dict[str, str], act: Act) -> Answer:
    with console.database.read() as session:
        row = seen(session, broadcast_id, act)
        if row is None:
            return console.missing()
        given = {name: request.form.get(name, "")[:500] for name in ("day", "at", "remark")}
        return showing.page(console, session, row, errors=errors, given=given)
