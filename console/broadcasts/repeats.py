"""Announcements that come back: the list, and the rule of one with its next three days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Annotated, Literal

from flask import request
from pydantic import BaseModel, Field
from sqlmodel import Session

from clock import VIETNAM
from console.access import Act
from console.auditing import declare
from console.broadcasts.reach import address, held, may, seen
from console.broadcasts.repeat_rules import WEEKDAYS, coming, rule_words, why_not
from console.forms import Tick, read_form
from console.frame import Answer, Console, person
from notify.broadcasts.moves import NotNow
from notify.broadcasts.repeating import Rule, next_time
from store import broadcasts
from store.tables import Broadcast, BroadcastRepeat

declare("broadcast.repeat_set", "Đặt lịch lặp lại thông báo", "rule")
declare("broadcast.repeat_switched", "Bật, tắt lặp lại thông báo", "active")
declare("broadcast.repeat_removed", "Xóa lịch lặp lại thông báo")

_SWITCHES = {"bat": True, "tat": False}


class Repeating(BaseModel):
    """The rule as a form asks it."""

    every: Literal["week", "month"] = "month"
    weekday: Annotated[int, Field(ge=0, le=6)] = 0
    day: Annotated[int, Field(ge=0, le=31)] = 1
    at: time = time(8)
    workday: Tick = False

    def rule(self) -> Rule:
        """As it is kept."""
        values = self.model_dump() | {"at": self.at.replace(second=0, microsecond=0, tzinfo=None)}
        return Rule.model_validate(values)


def add(console: Console) -> None:
    """Add the list, the form and its acts."""
    console.nav("Thông báo lặp lại", "broadcast_repeats", Act.broadcast, "Nội dung")

    @console.page("/thong-bao/lap-lai", may=Act.broadcast)
    def broadcast_repeats() -> Answer:
        now = console.clock.now()
        with console.database.read() as session:
            rows = broadcasts.repeats(session)
            sources = broadcasts.several(session, (one.broadcast_id for one in rows))
        shown = [
            (one, sources[one.broadcast_id], rule_words(Rule.model_validate(one.rule)))
            for one in rows
            if one.broadcast_id in sources and may(sources[one.broadcast_id], Act.broadcast)
        ]
        return console.show("broadcasts/repeats.html", rows=shown, now=now, why_not=why_not)

    @console.page("/thong-bao/<int:broadcast_id>/lap-lai", may=Act.broadcast)
    def broadcast_repeat(broadcast_id: int) -> Answer:
        return _form(console, broadcast_id)

    @console.page(
        "/thong-bao/<int:broadcast_id>/lap-lai", may=Act.broadcast, methods=["POST"], confirm=True
    )
    def broadcast_repeat_save(broadcast_id: int) -> Answer:
        form, errors = read_form(Repeating)
        if form is None:
            return _form(console, broadcast_id, errors)
        if request.form.get("xem"):
            return _form(console, broadcast_id, tried=form)
        return _change(
            console, broadcast_id, lambda session, row: _save(console, session, row, form)
        )

    @console.page(
        "/thong-bao/<int:broadcast_id>/lap-lai/<act>", may=Act.broadcast, methods=["POST"]
    )
    def broadcast_repeat_act(broadcast_id: int, act: str) -> Answer:
        if act != "xoa" and act not in _SWITCHES:
            return console.missing()

        def how(session: Session, row: Broadcast) -> str:
            repeat = broadcasts.repeat_of(session, broadcast_id)
            if repeat is None:
                raise NotNow("Thông báo này không còn lịch lặp lại.")
            if act == "xoa":
                session.delete(repeat)
                console.audit(session, "broadcast.repeat_removed", "broadcast", str(broadcast_id))
                return "Đã xóa lịch lặp lại. Những bản đã hẹn vẫn còn."
            return _switch(console, session, row, repeat, _SWITCHES[act])

        return _change(console, broadcast_id, how)


def _change(
    console: Console, broadcast_id: int, how: Callable[[Session, Broadcast], str]
) -> Answer:
    """One change of the rule in one transaction; back to the list with what it says."""
    try:
        with console.database.write(wake=True) as session:
            row = held(session, broadcast_id, Act.broadcast)
            if row is None:
                return console.missing()
            notice = how(session, row)
    except NotNow as refused:
        return console.refuse(str(refused), back=address(broadcast_id))
    return console.redirect("/console/thong-bao/lap-lai", notice)


def _save(console: Console, session: Session, row: Broadcast, form: Repeating) -> str:
    if refused := why_not(row):
        raise NotNow(refused)
    now, rule = console.clock.now(), form.rule()
    repeat = broadcasts.repeat_of(session, row.id or 0) or BroadcastRepeat(
        broadcast_id=row.id or 0, changed_by="", updated_at=now
    )
    repeat.rule, repeat.active = rule.model_dump(mode="json"), True
    repeat.next_at = next_time(rule, now, console.calendar)
    repeat.changed_by, repeat.updated_at = person().username, now
    session.add(repeat)
    said = rule_words(rule)
    console.audit(session, "broadcast.repeat_set", "broadcast", str(row.id), rule=said)
    return f"Đã đặt lặp lại. Lần tới: {repeat.next_at.astimezone(VIETNAM):%H:%M %d/%m/%Y}."


def _switch(
    console: Console, session: Session, row: Broadcast, repeat: BroadcastRepeat, on: bool
) -> str:
    if on and (refused := why_not(row)):
        raise NotNow(refused)
    now = console.clock.now()
    if on:
        # What came round while it was off is not made up for.
        rule = Rule.model_validate(repeat.rule)
        repeat.next_at = next_time(rule, now, console.calendar)
    repeat.active, repeat.changed_by, repeat.updated_at = on, person().username, now
    session.add(repeat)
    console.audit(session, "broadcast.repeat_switched", "broadcast", str(row.id), active=on)
    return "Đã bật lặp lại." if on else "Đã tắt lặp lại."


def _form(
    console: Console,
    broadcast_id: int,
    errors: dict[str, str] | None = None,
    tried: Repeating | None = None,
) -> Answer:
    now = console.clock.now()
    with console.database.read() as session:
        row = seen(session, broadcast_id, Act.broadcast)
        repeat = broadcasts.repeat_seen(session, broadcast_id)
    if row is None:
        return console.missing()
    if (refused := why_not(row)) and repeat is None:
        return console.refuse(refused, back=address(row.id))
    kept = Rule.model_validate(repeat.rule) if repeat else Rule()
    rule = tried.rule() if tried else kept
    return console.show(
        "broadcasts/repeat.html",
        status=422 if errors else 200,
        row=row,
        repeat=repeat,
        rule=rule,
        words=rule_words(rule),
        coming=[] if errors else coming(rule, now, console.calendar),
        weekdays=list(enumerate(WEEKDAYS)),
        days=[(day, f"ngày {day}") for day in range(1, 32)] + [(0, "ngày cuối tháng")],
        errors=errors or {},
        refused=refused,
        hours=(console.settings.broadcast_from, console.settings.broadcast_to),
        back=address(row.id),
    )
