"""Many dossiers moved at once: first what would happen, then done in lists of 500."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal
from urllib.parse import parse_qsl

from flask import Response, request
from pydantic import BaseModel, Field
from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from console.access import Act
from console.dossiers.acts import KEY, said, unsaid
from console.dossiers.asking import Wanted
from console.dossiers.listing import back_to_list, criteria_of, everything
from console.dossiers.words import state_words
from console.forms import MaybeInt, Text, read_form
from console.frame import Answer, Console, person
from dossiers.ingest import MOST_ITEMS, move_on
from dossiers.moving import BY_KEY, MOVES, OUR_SYSTEM, Move, event_of, why_not
from store import dossier_pages, saved_texts
from store.tables import Dossier

#: More than this in one act is a job for the one-stop software.
MOST = 2_000
_WHY_SHOWN = 100
Number = Annotated[int, Field(ge=1, lt=2**62)]


class Chosen(BaseModel):
    """The dossiers picked, or all of the filter; the step once it was chosen."""

    chon: Literal["1", "loc"] = "1"
    ids: list[Number] = Field(default_factory=list, max_length=MOST)
    danh_sach: Annotated[str, Field(max_length=2000)] = ""
    move: Annotated[str, Field(max_length=20)] = ""


class Moving(Chosen):
    """What was decided on the preview."""

    key: Annotated[str, Field(pattern=KEY)]
    reason: Annotated[Text, Field(max_length=3800)] = ""
    amount: MaybeInt = Field(default=None, ge=1, le=10_000_000_000)


def add(console: Console) -> None:
    """Add the preview and the act."""

    @console.page("/ho-so/chuyen", may=Act.move_dossiers, methods=["POST"])
    def batch_preview() -> Answer:
        form, errors = read_form(Chosen)
        if form is None:
            return console.refuse(next(iter(errors.values())), back=back_to_list(), status=422)
        return _preview(console, form, {})

    @console.page("/ho-so/chuyen/lam", may=Act.move_dossiers, methods=["POST"])
    def batch_apply() -> Answer:
        form, errors = read_form(Moving)
        if form is None:
            return console.refuse(next(iter(errors.values())), back=back_to_list(), status=422)
        step = BY_KEY.get(form.move)
        if step is None:
            return console.refuse("Xin chọn một bước.", back=back_to_list(), status=422)
        if problem := unsaid(step, form.reason, form.amount):
            return _preview(console, form, problem)
        return _apply(console, form, step)


def _picked(console: Console, session: Session, form: Chosen) -> list[Dossier]:
    """The dossiers meant, within the person's reach, at most `MOST` and one over."""
    scope = person().units(Act.move_dossiers)
    if form.chon == "loc":
        values = MultiDict(parse_qsl(form.danh_sach))
        wanted, _ = read_form(Wanted, values)
        asked = criteria_of(console, session, wanted or Wanted())
        return list(everything(session, asked, scope, (wanted or Wanted()).ordered, MOST + 1))
    found: list[Dossier] = []
    for start in range(0, len(form.ids), MOST_ITEMS):
        found += dossier_pages.several(session, form.ids[start : start + MOST_ITEMS], scope)
    return found


def _preview(console: Console, form: Chosen, errors: dict[str, str]) -> Response:
    with console.database.read() as session:
        rows = _picked(console, session, form)
        agencies = person().agencies(Act.move_dossiers)
        step = BY_KEY.get(form.move)
        texts = (
            saved_texts.texts_for(session, step.purpose, agencies) if step and step.purpose else ()
        )
    if not rows:
        return console.refuse(
            "Chưa chọn hồ sơ nào: tích các dòng trong danh sách rồi bấm lại.", back=back_to_list()
        )
    if len(rows) > MOST:
        return console.refuse(
            f"Có hơn {MOST} hồ sơ: thêm điều kiện lọc rồi chuyển từng phần.", back=back_to_list()
        )
    can = [row for row in rows if step and not why_not(row, step)]
    cannot = [(row, why_not(row, step)) for row in rows if step and why_not(row, step)]
    return console.show(
        "dossiers/batch.html",
        status=422 if errors else 200,
        form=form,
        rows=rows,
        can=can,
        cannot=cannot[:_WHY_SHOWN],
        cannot_count=len(cannot),
        step=step,
        moves=[(move.key, move.button) for move in MOVES],
        texts=texts,
        errors=errors,
        given=request.form,
        key=secrets.token_urlsafe(12),
        state_words=state_words,
        back=back_to_list(),
    )


def _apply(console: Console, form: Moving, step: Move) -> Answer:
    who, now = person(), console.clock.now()
    with console.database.read() as session:
        ids = [row.id or 0 for row in _picked(console, session, form)][:MOST]
    moved = 0
    for start in range(0, len(ids), MOST_ITEMS):
        part = ids[start : start + MOST_ITEMS]
        with console.database.write(wake=True) as session:
            scope = who.units(Act.move_dossiers)
            # Asked again: what was shown may have moved on meanwhile.
            rows = [r for r in dossier_pages.several(session, part, scope) if not why_not(r, step)]
            reason = said(step, form.reason, form.amount)
            events = [
                event_of(row, step, key=form.key, reason=reason, officer=who.name, now=now)
                for row in rows
            ]
            results = move_on(
                session,
                events,
                source=OUR_SYSTEM,
                by=who.username,
                now=now,
                settings=console.settings,
                vault=console.vault,
            )
            done = [r for r, told in zip(rows, results, strict=True) if told.status == "created"]
            for row in done:
                console.audit(session, "dossier.moved", "dossier", row.code, move=step.key, batch=1)
            moved += len(done)
    left = len(ids) - moved
    notice = f"{step.button}: đã chuyển {moved} hồ sơ."
    if left:
        notice += f" {left} hồ sơ không chuyển được hoặc đã chuyển trước đó."
    return console.redirect(back_to_list(), notice, kind="warning" if left else "success")
