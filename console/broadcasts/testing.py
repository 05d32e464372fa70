""" "Gửi thử cho tôi": the draft as it is, to a staff member's own Zalo."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated, Literal

from flask import Response, g, url_for
from pydantic import BaseModel, Field
from sqlmodel import Session

from bot.messages import Message, to_json
from console.access import Act
from console.broadcasts.drafts import own
from console.broadcasts.previewing import SAMPLE
from console.broadcasts.reading import draft_content
from console.forms import read_form
from console.frame import Answer, Console
from dossiers.reception import phone_words
from notify.broadcasts.content import message
from notify.broadcasts.moves import footers
from settings import Settings
from store import links, outbox, staff
from store.tables import Broadcast, Lane

KIND = "broadcast_test"
#: A trial is looked at now or not at all.
_LIFE = timedelta(hours=1)


class Trial(BaseModel):
    """To whom a trial goes, and in which language."""

    to: Literal["me", "staff", "phone"] = "me"
    phone: Annotated[str, Field(max_length=60)] = ""
    language: Literal["vi", "en"] = "vi"


def add(console: Console) -> None:
    """Add the page of trials."""

    @console.page("/thong-bao/<int:broadcast_id>/gui-thu", may=Act.broadcast)
    def broadcast_test(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = own(session, broadcast_id)
        return console.missing() if row is None else _page(console, row, {})

    @console.page("/thong-bao/<int:broadcast_id>/gui-thu", may=Act.broadcast, methods=["POST"])
    def broadcast_tested(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = own(session, broadcast_id)
        if row is None:
            return console.missing()
        form, errors = read_form(Trial)
        if form is None:
            return _page(console, row, errors)
        try:
            messages = said(row, form.language, console.settings)
        except ValueError:
            return _page(console, row, {"_": "Nội dung quá dài hoặc có nút sai: sửa trước đã."})
        if not messages:
            return _page(console, row, {"_": "Chưa có nội dung để gửi thử."})
        with console.database.write(wake=True) as session:
            uids, problem = _recipients(session, console.settings, form)
            if not problem:
                count = _queue(session, console, row, uids, messages)
                console.audit(
                    session,
                    "broadcast.tested",
                    "broadcast",
                    str(broadcast_id),
                    to=form.to,
                    messages=count,
                )
        if problem:
            return _page(console, row, {"phone" if form.to == "phone" else "_": problem})
        return console.redirect(
            url_for("console.broadcast_test", broadcast_id=broadcast_id),
            f"Đã xếp {count} tin gửi thử; tin tới trong vài giây nếu Zalo đó nhắn OA trong 7 ngày qua.",
        )


def said(row: Broadcast, language: str, settings: Settings) -> list[Message]:
    """The messages one person would get, in order, with sample facts."""
    content = draft_content(row).model_copy(update={"footer": footers(settings)})
    made = (message(content, part, language, SAMPLE) for part in content.parts())
    return [one for one in made if one is not None]


def _recipients(session: Session, settings: Settings, form: Trial) -> tuple[list[str], str]:
    if form.to == "me":
        uid = str(g.account.zalo_uid or "")
        return [uid], "" if uid else "Tài khoản của bạn chưa ghi mã Zalo: thêm ở trang Tài khoản."
    if form.to == "staff":
        uids = list(settings.staff_uids)
        return uids, "" if uids else "Chưa có Zalo cán bộ nào trong cài đặt (STAFF_UIDS)."
    told = phone_words(form.phone)
    if not told.e164:
        return [], told.words
    # A trial is no way to write to a citizen, nor to learn who is linked to which phone.
    ours = staff.zalo_uids(session) | set(settings.staff_uids)
    uids = [uid for uid in links.holders(session, told.e164) if uid in ours]
    return uids, (
        ""
        if uids
        else "Số này chưa là Zalo của cán bộ nào. Cán bộ ghi mã Zalo ở trang Tài khoản của mình."
    )


def _queue(
    session: Session, console: Console, row: Broadcast, uids: list[str], messages: list[Message]
) -> int:
    now = console.clock.now()
    press = secrets.token_hex(8)
    drafts = [
        outbox.Draft(
            dedupe_key=f"{KIND}:{row.id}:{press}:{uid}:{at}",
            lane=Lane.status,
            kind=KIND,
            body=to_json(one),
            correlation_id=f"broadcast-test-{row.id}",
            due_at=now,
            uid=uid,
            expires_at=now + _LIFE,
        )
        for uid in dict.fromkeys(uids)
        for at, one in enumerate(messages)
    ]
    return outbox.enqueue(session, drafts, now)


def _page(console: Console, row: Broadcast, errors: dict[str, str]) -> Response:
    return console.show(
        "broadcasts/test.html",
        status=422 if errors else 200,
        row=row,
        errors=errors,
        mine=bool(g.account.zalo_uid),
        staff=len(console.settings.staff_uids),
        english=bool(draft_content(row).en.text),
    )
