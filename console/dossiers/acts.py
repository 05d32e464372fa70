"""What is done to one dossier: moved on, noted, a message sent again."""

from __future__ import annotations

from typing import Annotated

from flask import url_for
from pydantic import BaseModel, Field

from console.access import Act
from console.auditing import declare
from console.dossiers.view import show_again
from console.forms import MaybeInt, Text, read_form
from console.frame import Answer, Console, person
from dossiers.ingest import move_on
from dossiers.moving import BY_KEY, OUR_SYSTEM, Move, event_of, why_not
from store import dossier_pages, outbox
from store.tables import Outbox

declare("dossier.moved", "Chuyển trạng thái hồ sơ", "move", "batch")
declare("dossier.noted", "Ghi chú hồ sơ")
declare("message.requeued", "Gửi lại tin", "message")

KEY = r"^[A-Za-z0-9_-]{12,40}$"
_MONEY = 10_000_000_000


class Moving(BaseModel):
    """A step with what must be said; ``seen`` is the state the person saw."""

    key: Annotated[str, Field(pattern=KEY)]
    seen: Annotated[str, Field(max_length=40)] = ""
    reason: Annotated[Text, Field(max_length=3800)] = ""
    amount: MaybeInt = Field(default=None, ge=1, le=_MONEY)


class Noting(BaseModel):
    """A note for colleagues."""

    text: Annotated[Text, Field(min_length=1, max_length=2000)]


def add(console: Console) -> None:
    """Add the acts."""

    @console.page("/ho-so/<int:dossier_id>/chuyen/<move>", may=Act.move_dossiers, methods=["POST"])
    def dossier_move(dossier_id: int, move: str) -> Answer:
        step = BY_KEY.get(move)
        form, errors = read_form(Moving)
        if step is None:
            return console.missing()
        if form is None:
            return show_again(console, dossier_id, errors, move)
        if problem := unsaid(step, form.reason, form.amount):
            return show_again(console, dossier_id, problem, move)
        return _moved(console, dossier_id, step, form)

    @console.page("/ho-so/<int:dossier_id>/ghi-chu", may=Act.move_dossiers, methods=["POST"])
    def dossier_note(dossier_id: int) -> Answer:
        form, errors = read_form(Noting)
        if form is None:
            return show_again(console, dossier_id, errors, "ghi-chu")
        who = person()
        with console.database.write() as session:
            row = dossier_pages.seen_by(session, dossier_id, who.units(Act.move_dossiers))
            if row is None:
                return console.missing()
            dossier_pages.add_note(session, dossier_id, form.text, who.name, console.clock.now())
            console.audit(session, "dossier.noted", "dossier", row.code)
        return console.redirect(back(dossier_id, "ghi-chu"), "Đã ghi chú.")

    @console.page(
        "/ho-so/<int:dossier_id>/tin/<int:message_id>/gui-lai",
        may=Act.move_dossiers,
        methods=["POST"],
    )
    def message_requeue(dossier_id: int, message_id: int) -> Answer:
        with console.database.write(wake=True) as session:
            row = dossier_pages.seen_by(session, dossier_id, person().units(Act.move_dossiers))
            message = session.get(Outbox, message_id)
            if row is None or message is None or message.dossier_id != dossier_id:
                return console.missing()
            if message.broadcast_id is not None:
                return console.refuse(
                    "Tin của thông báo chung được gửi lại từ trang của thông báo đó.",
                    back=back(dossier_id, "tin"),
                )
            done = outbox.requeue(session, message_id, console.clock.now())
            if done:
                console.audit(session, "message.requeued", "dossier", row.code, message=message_id)
        if not done:
            return console.redirect(
                back(dossier_id, "tin"), "Tin này đang gửi hoặc đã gửi.", kind="warning"
            )
        return console.redirect(back(dossier_id, "tin"), "Tin đang được gửi lại.")


def unsaid(step: Move, reason: str, amount: int | None) -> dict[str, str]:
    """What a step still needs to be told, by field."""
    if step.key == "thanh-toan" and amount is None:
        return {"amount": "Xin ghi số tiền phải nộp."}
    if step.purpose and len(reason) < 3:
        return {"reason": f"{step.reason_label}: người nộp phải biết lý do, xin ghi rõ."}
    return {}


def said(step: Move, reason: str, amount: int | None) -> str:
    """The words that go with the step, the amount first."""
    if step.key != "thanh-toan" or amount is None:
        return reason
    money = f"{amount:,}".replace(",", ".")
    return f"{money} đồng. {reason}"


def _moved(console: Console, dossier_id: int, step: Move, form: Moving) -> Answer:
    who, now = person(), console.clock.now()
    with console.database.write(wake=True) as session:
        row = dossier_pages.held_by(session, dossier_id, who.units(Act.move_dossiers))
        if row is None:
            return console.missing()
        event = event_of(
            row,
            step,
            key=form.key,
            reason=said(step, form.reason, form.amount),
            officer=who.name,
            now=now,
        )
        if dossier_pages.by_event(session, OUR_SYSTEM, str(event["MaSuKien"])) is not None:
            return console.redirect(back(dossier_id), "Hồ sơ đã được chuyển.")
        if form.seen and form.seen != row.state:
            return console.refuse(
                "Hồ sơ vừa được người khác chuyển trạng thái: xem lại rồi quyết định.",
                back=back(dossier_id),
            )
        if refused := why_not(row, step):
            return console.refuse(refused, back=back(dossier_id))
        (result,) = move_on(
            session,
            [event],
            source=OUR_SYSTEM,
            by=who.username,
            now=now,
            settings=console.settings,
            vault=console.vault,
        )
        if result.status == "created":
            console.audit(session, "dossier.moved", "dossier", row.code, move=step.key, batch=0)
    if result.status == "error":
        told = {error.field or "_": error.message for error in result.errors}
        return show_again(console, dossier_id, {"reason": " ".join(told.values())}, step.key)
    return console.redirect(back(dossier_id), f"{step.button}: đã chuyển, người nộp được báo ngay.")


def back(dossier_id: int, part: str = "") -> str:
    """The dossier's page, at one part of it."""
    address = url_for("console.dossier", dossier_id=dossier_id)
    return f"{address}#{part}" if part else address
