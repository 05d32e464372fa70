"""The page of one announcement: what it says, to whom, who agreed, and what may be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, url_for
from sqlmodel import Session

from clock import VIETNAM
from console.access import Act
from console.broadcasts import office_days
from console.broadcasts.bubbles import names_facts, template_rows, told
from console.broadcasts.describing import (
    audience_words,
    estimate_of,
    excluded_rows,
    share_rows,
)
from console.broadcasts.outcomes import missed_words, rule_words
from console.broadcasts.progress import MOVING, NUMBERS, progress_of
from console.broadcasts.reach import may
from console.broadcasts.repeat_rules import why_not
from console.broadcasts.words import STATES, WAYS, lasting, money, topics
from console.frame import Console, person
from notify.broadcasts.content import Content, content_of, digest
from store import broadcast_articles, broadcast_figures, broadcasts, staff
from store.agency_tree import labels
from store.tables import Broadcast, BroadcastState, Way

_S = BroadcastState
_BEFORE = (_S.waiting, _S.approved, _S.scheduled, _S.missed)
_READY = (_S.approved, _S.scheduled, _S.missed)
_HELD = (_S.paused, _S.stopped)
_ENDED = (_S.done, _S.cancelled)


@dataclass(frozen=True)
class Able:
    """What the person may do with it in its present state."""

    approve: bool
    #: It waits, and they wrote it themselves: somebody else has to agree.
    own: bool
    take_back: bool
    start: bool
    cancel: bool
    pause: bool
    resume: bool
    again: bool
    repeat: bool
    copy: bool
    unsure: bool


def page(
    console: Console,
    session: Session,
    row: Broadcast,
    *,
    errors: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    """The page; with ``errors`` of its form for the hour, which is shown as ``given``."""
    now, settings = console.clock.now(), console.settings
    content = _content(row)
    able = _able(session, row)
    counted = estimate_of(row)
    agencies = person().agencies(Act.broadcast)
    names = staff.by_usernames(
        session, {row.created_by, row.submitted_by, row.approved_by, row.started_by} - {""}
    )
    picture = url_for("console.broadcast_shown_picture", broadcast_id=row.id)
    return console.show(
        "broadcasts/item.html",
        status=422 if errors else 200,
        row=row,
        able=able,
        state=STATES[BroadcastState(row.state)],
        topic=topics(settings).get(row.topic, row.topic),
        way=WAYS[Way(row.way)],
        agency=labels(session).get(row.agency_id or 0, "") if row.agency_id else "",
        names=names,
        content=content,
        told=told(content, picture) if content and row.way != Way.article else [],
        parameters=template_rows(content) if content else [],
        named=bool(content and row.way != Way.article and names_facts(content)),
        picture=picture,
        rules=rule_words(row.way, row.urgent, settings),
        audience=_audience(session, row),
        estimate=counted,
        shares=share_rows(counted) if counted else [],
        excluded=excluded_rows(counted) if counted else [],
        lasting=lasting,
        money=money,
        seen=digest(row),
        missed=missed_words(row.reason) if row.state == _S.missed else "",
        progress=progress_of(row, settings, now) if row.started_at or row.state in MOVING else None,
        moving=row.state in MOVING and _soon(row, now),
        number_words=NUMBERS,
        article=broadcast_articles.get(session, row.id or 0) if row.way == Way.article else None,
        weeks=office_days.weeks(session, console.calendar, now, agencies, row.id)
        if able.start
        else [],
        hours=f"{settings.broadcast_from:%H:%M} đến {settings.broadcast_to:%H:%M}",
        form=given or _proposed(console, row, now),
        errors=errors or {},
    )


def _able(session: Session, row: Broadcast) -> Able:
    write, state = may(row, Act.broadcast), row.state
    mine = person().username in (row.created_by, row.submitted_by)
    waits = state == _S.waiting and may(row, Act.approve)
    unsure = False
    if row.way == Way.article and state == _S.stopped:
        article = broadcast_articles.get(session, row.id or 0)
        unsure = article is not None and article.step == "unsure"
    failed = (
        write
        and state in _ENDED
        and row.way != Way.article
        and not broadcasts.tried_again(session, row.id or 0)
        and bool(broadcast_figures.failed_after(session, row.id or 0, 0, 1)[0])
    )
    return Able(
        approve=waits and not mine,
        own=waits and mine,
        take_back=write and state in _BEFORE and not row.again_of,
        start=write and state in _READY,
        cancel=write and state not in (*_ENDED, _S.draft),
        pause=write and state in (_S.preparing, _S.sending),
        resume=write and state in _HELD and not unsure,
        again=failed,
        repeat=write and state in (_S.approved, _S.scheduled, _S.done) and not why_not(row),
        copy=write and state in _ENDED,
        unsure=write and unsure,
    )


def _content(row: Broadcast) -> Content | None:
    try:
        return content_of(row)
    except ValueError:
        return None


def _audience(session: Session, row: Broadcast) -> list[tuple[str, str]]:
    try:
        return audience_words(session, row)
    except ValueError:
        return [("Người nhận", "Đối tượng đã lưu không còn đọc được.")]


def _soon(row: Broadcast, now: datetime) -> bool:
    """Whether something will change while somebody looks."""
    if row.state != _S.scheduled:
        return True
    return row.start_at is not None and (row.start_at - now).total_seconds() < 600


def _proposed(console: Console, row: Broadcast, now: datetime) -> dict[str, str]:
    if row.start_at is not None and row.start_at > now:
        local = row.start_at.astimezone(VIETNAM)
        return {"day": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}"}
    return {"day": office_days.next_workday(console.calendar, now).isoformat(), "at": "08:00"}
