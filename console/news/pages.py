"""The list of news, and the page of one item."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from flask import Response, request, url_for
from pydantic import BaseModel
from sqlmodel import Session

from clock import VIETNAM
from console.access import Act
from console.auditing import declare
from console.forms import MaybeInt, Word, read_form, read_query
from console.frame import Answer, Console, person
from console.news.covers import NoCover, cover_of
from console.news.form import NewsForm
from dossiers.names import fold
from store import news, stored_files
from store.tables import NewsItem

declare("news.created", "Thêm tin", "state")
declare("news.changed", "Sửa tin", "state")
declare("news.removed", "Xóa tin")

STATES = {"draft": "Bản nháp", "published": "Đã đăng", "hidden": "Đã ẩn"}
KINDS = {"news": "Tin", "video": "Video"}
#: Changes of one press in the list.
_ACTS: dict[str, tuple[dict[str, Any], str]] = {
    "dang": ({"state": "published"}, "Đã đăng."),
    "an": ({"state": "hidden"}, "Đã ẩn khỏi Zalo."),
    "ghim": ({"pinned": True}, "Đã ghim lên đầu."),
    "bo-ghim": ({"pinned": False}, "Đã bỏ ghim."),
}
_PAGE = 30
#: A cover as a camera makes it; what is kept is small.
_ACCEPTS = 10 * 1024 * 1024


class Listed(BaseModel):
    """The filters of the list."""

    q: Word = ""
    state: Literal["", "draft", "published", "hidden"] = ""
    kind: Literal["", "news", "video"] = ""
    after: MaybeInt = None


def add(console: Console) -> None:
    """Add the pages."""
    console.nav("Tin tức", "news_list", Act.edit_content, "Nội dung")

    @console.page("/noi-dung/tin", may=Act.edit_content)
    def news_list() -> Answer:
        wanted = read_query(Listed)
        words = fold(wanted.q).split()
        with console.database.read() as session:
            rows = news.listing(
                session,
                state=wanted.state,
                kind=wanted.kind,
                after=wanted.after or 0,
                limit=_PAGE + 1,
                matches=(lambda text: all(w in fold(text) for w in words)) if words else None,
            )
            counts = news.counts(session)
        return console.show(
            "news/list.html",
            rows=rows[:_PAGE],
            more=rows[_PAGE - 1].id if len(rows) > _PAGE else None,
            wanted=wanted,
            counts=counts,
            states=STATES,
            kinds=KINDS,
            now=console.clock.now(),
        )

    @console.page(
        "/noi-dung/tin/moi", may=Act.edit_content, methods=["GET", "POST"], accepts=_ACCEPTS
    )
    def news_new() -> Answer:
        if request.method == "GET":
            return _form(console, None, {"kind": "news"})
        return _save(console, None)

    @console.page(
        "/noi-dung/tin/<int:item_id>",
        may=Act.edit_content,
        methods=["GET", "POST"],
        accepts=_ACCEPTS,
    )
    def news_item(item_id: int) -> Answer:
        with console.database.read() as session:
            row = news.get(session, item_id)
        if row is None:
            return console.missing()
        if request.method == "POST":
            return _save(console, row)
        local = row.published_at.astimezone(VIETNAM)
        return _form(console, row, {**row.model_dump(), "published_at": f"{local:%Y-%m-%dT%H:%M}"})

    @console.page("/noi-dung/tin/<int:item_id>/<act>", may=Act.edit_content, methods=["POST"])
    def news_act(item_id: int, act: str) -> Answer:
        if act != "xoa" and act not in _ACTS:
            return console.missing()
        changed, words = _ACTS.get(act, ({}, "Đã xóa."))
        with console.database.write() as session:
            if act == "xoa":
                if not news.remove(session, item_id):
                    return console.missing()
                console.audit(session, "news.removed", "news", str(item_id))
            else:
                row = news.put(session, item_id, changed, person().username, console.clock.now())
                if row is None:
                    return console.missing()
                console.audit(session, "news.changed", "news", str(item_id), state=row.state)
        return console.redirect(url_for("console.news_list"), words)

    @console.page("/noi-dung/tin/<int:item_id>/bia.jpg", may=Act.edit_content)
    def news_cover(item_id: int) -> Answer:
        with console.database.read() as session:
            row = news.get(session, item_id)
            content = news.cover(session, row.cover_media) if row else None
        if content is None:
            return console.missing()
        return console.download(content, "bia.jpg", "image/jpeg", inline=True)


def _save(console: Console, row: NewsItem | None) -> Answer:
    form, errors = read_form(NewsForm)
    cover = None
    try:
        sent = request.files.get("cover")
        if sent is not None and sent.filename:
            cover = cover_of(sent.read(), console.settings)
    except NoCover as refused:
        errors = {**errors, "cover": str(refused)}
    if form is None or errors:
        return _form(console, row, {**request.form.to_dict(), "id": row.id if row else ""}, errors)
    now = console.clock.now()
    with console.database.write() as session:
        values = form.columns(now, row.published_at if row else None)
        if cover is not None or form.drop_cover:
            values["cover_media"] = _kept(session, cover, now)
            values["cover_url"] = ""
        saved = news.put(session, row.id if row else None, values, person().username, now)
        if saved is None:
            return console.missing()
        action = "news.changed" if row else "news.created"
        console.audit(session, action, "news", str(saved.id), state=saved.state)
    return console.redirect(
        url_for("console.news_item", item_id=saved.id),
        _said(saved, console.clock.now() < saved.published_at),
    )


def _kept(session: Session, cover: bytes | None, now: datetime) -> str:
    return stored_files.keep(session, cover, "image/jpeg", now) if cover else ""


def _said(saved: NewsItem, later: bool) -> str:
    if saved.state == "published" and later:
        return "Đã lưu. Tin sẽ hiện trên Zalo vào lúc đã hẹn."
    return {
        "published": "Đã đăng. Công dân thấy tin khi bấm Tin tức trên Zalo.",
        "hidden": "Đã lưu và ẩn khỏi Zalo.",
    }.get(saved.state, "Đã lưu bản nháp.")


def _form(
    console: Console,
    row: NewsItem | None,
    values: dict[str, Any],
    errors: dict[str, str] | None = None,
) -> Response:
    return console.show(
        "news/form.html",
        status=422 if errors else 200,
        row=row,
        values=values,
        errors=errors or {},
        states=STATES,
        kinds=list(KINDS.items()),
        now=console.clock.now(),
    )
