"""Writing an announcement: who, by which way, what; seen, counted and checked on one page."""

from __future__ import annotations

from datetime import datetime

from flask import Response, render_template, request, url_for
from pydantic import BaseModel
from sqlmodel import Session

from clock import VIETNAM
from console.access import Act
from console.broadcasts import acting, attaching, choices, pieces, testing, words
from console.broadcasts.counting import Counted, count
from console.broadcasts.drafts import begin, own
from console.broadcasts.previewing import preview
from console.broadcasts.problems import problems_of
from console.broadcasts.reading import audience_of, draft_content
from console.broadcasts.saving import Saved, save_form
from console.broadcasts.typed import Typed
from console.dossiers.typing import matching
from console.dossiers.words import STATES as DOSSIER_STATES
from console.forms import Word, read_query
from console.frame import Answer, Console, person
from console.province.zbs import TemplateList
from notify.broadcasts.moves import footers
from store import broadcasts
from store.tables import Broadcast, BroadcastState, Way

#: Where a press leads on to, below the page.
_PLACES = {
    "count": "#uoc-tinh",
    "use_segment": "#ai",
    "save_segment": "#ai",
    "find": "#o-find",
    "template": "#o-zbs",
    "drop_template": "#o-zbs",
    "zbs": "#o-zbs",
    "drop_picture": "#o-picture",
    "drop_file": "#o-file",
    "use_template": "#noi-dung-tin",
    "save_template": "#noi-dung-tin",
    "preview": "#xem-truoc",
}


class Asked(BaseModel):
    """What the page is opened with."""

    tim: Word = ""
    zbs: bool = False


class Typing(BaseModel):
    """Words of a procedure."""

    q: Word = ""


def item_address(broadcast_id: int) -> str:
    """The page of an announcement after it was submitted."""
    return f"/console/thong-bao/{broadcast_id}"


def add(console: Console) -> None:
    """Add the beginning, the page itself, and what its script asks."""
    listed = TemplateList(console)
    attaching.add(console)
    acting.add(console)
    testing.add(console)

    @console.page("/thong-bao/moi", may=Act.broadcast)
    def broadcast_new() -> Answer:
        with console.database.read() as session:
            templates = broadcasts.pieces(session, "template")
        return console.show("broadcasts/new.html", templates=templates)

    @console.page("/thong-bao/moi", may=Act.broadcast, methods=["POST"])
    def broadcast_begin() -> Answer:
        number = request.form.get("template", "")
        with console.database.write() as session:
            piece = (
                broadcasts.piece(session, int(number), "template")
                if number.isascii() and number.isdigit() and len(number) < 18
                else None
            )
            values = {"content": dict(piece.body)} if piece else {}
            row = begin(session, console.clock.now(), **values)
            console.audit(
                session,
                "broadcast.created",
                "broadcast",
                str(row.id),
                **({"template": piece.id} if piece else {}),
            )
            number = str(row.id)
        return console.redirect(url_for("console.broadcast_compose", broadcast_id=number))

    @console.page("/thong-bao/<int:broadcast_id>/soan", may=Act.broadcast)
    def broadcast_compose(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = own(session, broadcast_id)
        if row is None:
            return console.missing()
        if row.state != BroadcastState.draft:
            return console.redirect(item_address(broadcast_id))
        return _page(console, listed, row)

    @console.page(
        "/thong-bao/<int:broadcast_id>/soan",
        may=Act.broadcast,
        methods=["POST"],
        accepts=attaching.ACCEPTS,
    )
    def broadcast_save(broadcast_id: int) -> Answer:
        act = request.form.get("do", "save")
        quietly = "application/json" in request.headers.get("Accept", "")
        found = save_form(console, broadcast_id, act, quietly=quietly)
        if quietly:
            return _told(console, found)
        return _answer(console, listed, found, act)

    @console.page("/thong-bao/<int:broadcast_id>/uoc-tinh.json", may=Act.broadcast)
    def broadcast_estimate(broadcast_id: int) -> Answer:
        with console.database.read() as session:
            row = own(session, broadcast_id)
            if row is None:
                return console.json({"error": "missing"}, 404)
            counted = count(session, row, console.settings, console.clock.now())
            shown = _shown(console, session, row, counted)
        return console.json(
            {
                "figures": counted.figures(),
                "closed": {offer.way: offer.closed for offer in counted.offers},
                "estimate": render_template("console/broadcasts/_estimate.html", **shown),
                "preview": render_template("console/broadcasts/_preview.html", **shown),
                "problems": render_template("console/broadcasts/_problems.html", **shown),
                "spoken": counted.spoken,
            }
        )

    @console.page("/thong-bao/thu-tuc.json", may=Act.broadcast)
    def broadcast_procedures() -> Answer:
        with console.database.read() as session:
            found = matching(session, read_query(Typing).q)
        return console.json(
            {"procedures": [{"code": one.code, "name": one.name} for one in found if one.code]}
        )


def _answer(console: Console, listed: TemplateList, found: Saved, act: str) -> Answer:
    row = found.row
    if row is None:
        return console.missing()
    number = row.id or 0
    if found.closed:
        return console.refuse(found.closed, back=item_address(number))
    if found.outdated:
        return _page(console, listed, row, found)
    if not found.errors:
        found.errors |= pieces.keep(console, row, act)
    if found.errors:
        return _page(console, listed, row, found)
    if act == "submit":
        return console.redirect(url_for("console.broadcast_submit", broadcast_id=number))
    if act == "list":
        return console.redirect(url_for("console.broadcast_list_upload", broadcast_id=number))
    if act == "test":
        return console.redirect(url_for("console.broadcast_test", broadcast_id=number))
    address = url_for("console.broadcast_compose", broadcast_id=number)
    if act == "find":
        tim = request.form.get("find", "").strip()[:200]
        address = url_for("console.broadcast_compose", broadcast_id=number, tim=tim)
    elif act == "zbs":
        address = url_for("console.broadcast_compose", broadcast_id=number, zbs=1)
    return console.redirect(address + _PLACES.get(act, ""), _NOTICES.get(act, "Đã lưu."))


_NOTICES = {
    "save_segment": "Đã lưu nhóm người nhận.",
    "save_template": "Đã lưu mẫu nội dung.",
    "use_segment": "Đã dùng nhóm người nhận đã lưu.",
    "use_template": "Đã dùng mẫu nội dung.",
    "find": "",
    "zbs": "",
}


def _told(console: Console, found: Saved) -> Answer:
    """The answer for the script that saves while somebody types."""
    if found.row is None:
        return console.json({"error": "missing"}, 404)
    if found.closed or found.outdated:
        words_ = found.closed or _outdated(found.row)
        return console.json({"error": "changed", "words": words_}, 409)
    return console.json(
        {
            "version": found.row.version,
            "saved": f"{console.clock.now().astimezone(VIETNAM):%H:%M}",
            "errors": found.errors,
        }
    )


def _outdated(row: Broadcast) -> str:
    at = row.updated_at.astimezone(VIETNAM)
    return (
        f"Người khác, hoặc một cửa sổ khác, đã lưu bản nháp này lúc {at:%H:%M}. Nội dung bạn gõ "
        "vẫn còn ở đây nhưng chưa lưu."
    )


def _page(
    console: Console, listed: TemplateList, row: Broadcast, found: Saved | None = None
) -> Response:
    asked = read_query(Asked)
    typed = found.typed if found else Typed.of_row(row, audience_of(row), draft_content(row))
    # The form that is shown may be saved over what stands now: whoever presses has been told.
    typed.version = str(row.version)
    errors = found.errors if found else {}
    with console.database.read() as session:
        counted = count(session, row, console.settings, console.clock.now())
        shown = _shown(console, session, row, counted)
        lists = choices.lists(console, session, typed, asked.tim)
        saved = {kind: broadcasts.pieces(session, kind) for kind in ("segment", "template")}
    zbs = draft_content(row).zbs
    wants_list = (
        asked.zbs or "template_id" in errors or (row.way == Way.zbs and not zbs.template_id)
    )
    templates, away = listed.now() if wants_list else ((), "")
    outdated = bool(found and found.outdated)
    return console.show(
        "broadcasts/compose.html",
        status=409 if outdated else 422 if errors else 200,
        typed=typed,
        errors=errors,
        outdated=_outdated(row) if outdated else "",
        lists=lists,
        saved=saved,
        tim=asked.tim,
        wants_list=wants_list,
        templates=[one for one in templates if one.status == "ENABLE"],
        away=bool(away),
        day_off=_day_off(console, console.clock.now()),
        limited=person().agencies(Act.broadcast) is not None,
        dossier_states=[(state.value, said) for state, said in DOSSIER_STATES.items()],
        **shown,
    )


def _shown(
    console: Console, session: Session, row: Broadcast, counted: Counted
) -> dict[str, object]:
    content = draft_content(row)
    return {
        "row": row,
        "content": content,
        "counted": counted,
        "preview": preview(row.way, content, console.settings),
        "problems": problems_of(session, row, console.settings),
        "footers": footers(console.settings),
        "words": words,
        "topics": words.topics(console.settings),
    }


def _day_off(console: Console, now: datetime) -> str:
    """A sentence when the offices are closed today; "" when they work."""
    today = now.astimezone(VIETNAM).date()
    calendar = console.calendar
    if calendar.is_workday(today):
        return ""
    name = calendar.holiday(today)
    return f"Hôm nay là ngày nghỉ{f' ({name})' if name else ''}: người dân hỏi lại chưa có ai trực."
