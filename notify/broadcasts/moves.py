"""The life of an announcement: who may move it where, and what each move makes sure of.

Every function works on a locked row in the caller's transaction and raises `NotNow` with a
sentence for staff when the move is not allowed in its present state.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from dossiers.names import fold
from notify.broadcasts.checks import problems
from notify.broadcasts.content import content_of, digest
from notify.broadcasts.estimate import Sorted, estimate
from notify.policy import is_night
from settings import Settings
from store import broadcast_sending, broadcasts
from store.tables import Broadcast, BroadcastState, Way
from wording import Words

_S = BroadcastState
_ENDED = (_S.cancelled, _S.done)
_HELD = (_S.paused, _S.stopped)
#: A message that could not go for so long is given up.
LIFE = timedelta(hours=24)
_BEFORE = (_S.draft, _S.waiting, _S.approved, _S.scheduled, _S.missed)


class NotNow(Exception):
    """The move is not possible; the text says why and what is."""


class Changed(NotNow):
    """Somebody else saved in between."""


def footers(settings: Settings) -> dict[str, str]:
    """How to stop and to choose topics, which every message says, by language."""
    return {language: Words(language, settings)("broadcast.footer") for language in ("vi", "en")}


def save(row: Broadcast, version: int, now: datetime, **changes: Any) -> None:
    """Change a draft; ``version`` is the one the person saw. Only drafts can be changed."""
    if row.state != _S.draft:
        raise NotNow("Thông báo này không còn là bản nháp. Rút lại trước khi sửa.")
    if row.version != version:
        raise Changed("Người khác vừa lưu bản nháp này. Mở lại trang để thấy bản mới nhất.")
    for name, value in changes.items():
        setattr(row, name, value)
    row.title_folded = fold(row.title)
    row.version, row.updated_at = row.version + 1, now


def submit(
    session: Session,
    row: Broadcast,
    settings: Settings,
    by: str,
    now: datetime,
    counted: Sorted | None = None,
) -> Sorted | None:
    """Freeze a draft: count it and ask for agreement, or approve it at once when it is small.

    Answers what it will reach; None for articles, whose reach only Zalo knows. ``counted`` was
    counted before, of this version, so that a large audience holds no lock.
    """
    if row.state != _S.draft:
        raise NotNow("Chỉ bản nháp mới trình được.")
    said = footers(settings)
    if found := problems(row, said):
        raise NotNow(found[0].sentence)
    content = content_of(row).model_copy(update={"footer": said})
    row.content = content.model_dump(mode="json")
    if row.way == Way.article:
        counted = None
    else:
        counted = counted or estimate(session, row, settings, now, now)
        if not counted.estimate.reach:
            raise NotNow("Với các lựa chọn này không gửi được tới ai. Xem lý do ở phần ước tính.")
        row.estimate = counted.estimate.model_dump(mode="json")
    row.submitted_by, row.submitted_at, row.version = by, now, row.version + 1
    row.remark = row.reason = ""
    reach = counted.estimate.reach if counted else None
    if needs_second_person(row, reach, settings):
        row.state = _S.waiting
    else:
        row.state, row.approved_hash = _S.approved, digest(row)
        row.approved_by, row.approved_at = "", now
    row.updated_at = now
    return counted


def needs_second_person(row: Broadcast, reach: int | None, settings: Settings) -> bool:
    """Articles go to everybody and urgent ones break the rules of courtesy: always."""
    return row.urgent or reach is None or reach > settings.broadcast_approve_above


def approve(row: Broadcast, by: str, seen: str, now: datetime) -> None:
    """A second person agrees to exactly what they saw (``seen`` is its digest)."""
    if row.state != _S.waiting:
        raise NotNow("Thông báo này không chờ duyệt.")
    if by in (row.submitted_by, row.created_by):
        raise NotNow("Người soạn hoặc trình không tự duyệt được; cần người thứ hai.")
    if seen != digest(row):
        raise Changed("Nội dung đã đổi từ lúc bạn mở trang. Xem lại rồi duyệt.")
    row.state, row.approved_hash = _S.approved, seen
    row.approved_by, row.approved_at, row.updated_at = by, now, now
    row.remark = row.reason = ""


def back_to_draft(row: Broadcast, remark: str, now: datetime) -> None:
    """Refused by the approver, or taken back by whoever wrote it; may be changed again."""
    if row.state not in (_S.waiting, _S.approved, _S.scheduled, _S.missed):
        raise NotNow("Chỉ rút lại được khi thông báo chưa bắt đầu gửi.")
    if row.again_of:
        # Its people are not those its audience names: with other words nobody agreed to that.
        raise NotNow("Bản gửi lại giữ nguyên nội dung đã duyệt. Muốn đổi thì hủy và soạn bản mới.")
    row.state, row.remark, row.reason, row.approved_hash = _S.draft, remark[:500], "", ""
    row.approved_by, row.approved_at, row.start_at = "", None, None
    row.version, row.updated_at = row.version + 1, now


def start(row: Broadcast, by: str, now: datetime) -> None:
    """Send it now; outside the hours of courtesy it begins when they do."""
    _schedulable(row)
    if row.expires_at is not None and row.expires_at <= now:
        raise NotNow("Thông báo đã hết giá trị. Rút lại để sửa ngày, hoặc hủy.")
    if row.way == Way.article and is_night(now):
        raise NotNow("Zalo không nhận bài gửi hàng loạt từ 22:00 đến 06:00. Hẹn giờ gửi.")
    row.state, row.start_at, row.started_by = _S.scheduled, now, by
    row.reason, row.updated_at = "", now


def schedule(row: Broadcast, at: datetime, by: str, now: datetime) -> None:
    """Send it at a moment in the future."""
    _schedulable(row)
    if at <= now:
        raise NotNow("Giờ hẹn đã qua. Chọn giờ khác, hoặc gửi ngay.")
    if at > now + timedelta(days=366):
        raise NotNow("Hẹn giờ không quá một năm.")
    if row.way == Way.article and is_night(at):
        raise NotNow("Zalo không nhận bài gửi hàng loạt từ 22:00 đến 06:00. Chọn giờ khác.")
    if row.expires_at is not None and at >= row.expires_at:
        raise NotNow("Giờ hẹn nằm sau lúc thông báo hết giá trị.")
    row.state, row.start_at, row.started_by = _S.scheduled, at, by
    row.reason, row.updated_at = "", now


def _schedulable(row: Broadcast) -> None:
    if row.state not in (_S.approved, _S.scheduled, _S.missed):
        raise NotNow("Thông báo chưa được duyệt, hoặc đã bắt đầu gửi.")
    if digest(row) != row.approved_hash:
        raise NotNow("Nội dung không còn là bản đã duyệt. Rút lại và trình lại.")


def grew(row: Broadcast, reach: int, settings: Settings, now: datetime) -> bool:
    """At the start: one that was small enough to need no second person and no longer is waits.

    Else whoever writes to few today could reach everybody with it next month.
    """
    if row.approved_by or row.again_of or reach <= settings.broadcast_approve_above:
        return False
    row.state, row.approved_hash, row.approved_at = _S.waiting, "", None
    row.preparing, row.started_at, row.start_at, row.updated_at = {}, None, None, now
    row.reason = (
        f"Lúc trình ít người nhận nên không cần duyệt; nay có {reach} người. "
        "Cần người thứ hai duyệt."
    )
    return True


def pause(row: Broadcast, reason: str, now: datetime) -> None:
    """Nothing more goes from the moment this is committed but what is with Zalo already."""
    if row.state not in (_S.preparing, _S.sending):
        raise NotNow("Thông báo này không đang gửi.")
    row.state, row.reason, row.updated_at = _S.paused, reason[:500], now


def resume(session: Session, row: Broadcast, by: str, now: datetime) -> None:
    """Go on where it was; what made it stop by itself is not counted against it again.

    What waited in the queue through the pause is worth as much as what comes behind it.
    """
    if row.state not in _HELD:
        raise NotNow("Thông báo này không tạm dừng.")
    figures = dict(row.figures)
    figures["excused"] = {
        name: int(figures.get(name, 0)) for name in ("ended", "failed", "left_by_it")
    }
    row.figures = figures
    ends = now + LIFE
    broadcast_sending.renew(
        session, row.id or 0, min(ends, row.expires_at) if row.expires_at else ends
    )
    row.state = _S.preparing if row.preparing else _S.sending
    row.reason, row.started_by, row.updated_at = "", row.started_by or by, now


def cancel(session: Session, row: Broadcast, reason: str, now: datetime) -> int:
    """End it; answers how many queued messages were given up. What is with Zalo arrives."""
    if row.state in (*_ENDED, _S.draft):
        raise NotNow("Thông báo này đã kết thúc.")
    dropped = 0
    if row.state not in _BEFORE:
        dropped = broadcast_sending.drop_waiting(session, row.id or 0, "cancelled")
    repeat = broadcasts.repeat_of(session, row.id or 0)
    if repeat is not None:
        repeat.active = False
        session.add(repeat)
    row.state, row.reason, row.finished_at, row.updated_at = _S.cancelled, reason[:500], now, now
    return dropped


def copy(row: Broadcast, by: str, now: datetime, **changes: Any) -> Broadcast:
    """A new draft with the same words and audience; not yet stored."""
    made = Broadcast(
        title=row.title,
        title_folded=row.title_folded,
        topic=row.topic,
        way=row.way,
        audience=dict(row.audience),
        content=dict(row.content),
        agency_id=row.agency_id,
        created_by=by,
        created_at=now,
        updated_at=now,
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def again(session: Session, row: Broadcast, by: str, now: datetime) -> Broadcast:
    """The same announcement for those of its recipients whom it failed to reach, where allowed.

    The words are those that were approved, for fewer people, so the approval holds.
    """
    if row.state not in _ENDED or row.way == Way.article:
        raise NotNow("Chỉ gửi lại được khi thông báo đã kết thúc.")
    if broadcasts.tried_again(session, row.id or 0):
        raise NotNow("Đã có bản gửi lại của thông báo này: xem trong danh sách.")
    made = copy(
        row,
        by,
        now,
        urgent=row.urgent,
        urgent_reason=row.urgent_reason,
        expires_at=row.expires_at,
        again_of=row.id,
        state=_S.approved,
        approved_hash=row.approved_hash,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        submitted_by=by,
        submitted_at=now,
    )
    return broadcasts.add(session, made)
