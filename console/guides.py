"""Filing guides: edited step by step with pictures, seen as citizens see them, taken back."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request, url_for

from bot.messages import Message
from console.access import Act
from console.frame import Answer, Console
from console.guide_form import GuideForm
from console.province.groups import base_of
from console.texts import LANGUAGES
from console.versions import OUTDATED, Outdated, Piece, held, keep, keep_all, number
from content import checks, fields
from content import guides as own
from content.compare import compare
from handlers.guides import step_messages
from procedures.guides import Guide, GuideError, found, is_key
from store import content as table
from wording import Words

_GROUP = "huong-dan"
#: A few photos at once, straight from a phone.
_LARGEST = 32 * 1024 * 1024


def add(console: Console) -> None:
    """Add the list of guides and the pages of one."""
    console.nav("Hướng dẫn nộp", "guide_list", Act.edit_content, "Nội dung")

    @console.page("/noi-dung/huong-dan", may=Act.edit_content)
    def guide_list() -> Answer:
        return console.show("guides/list.html", **_listed(console))

    @console.page("/noi-dung/huong-dan/dang-dung", may=Act.edit_content, methods=["POST"])
    def guides_offered() -> Answer:
        return _offer(console)

    @console.page("/noi-dung/huong-dan/moi", may=Act.edit_content, methods=["POST"])
    def guide_new() -> Answer:
        key = request.form.get("key", "").strip().lower()
        if not is_key(key) or key == "moi" or not key.strip("-"):
            said = "Tên ngắn chỉ gồm chữ không dấu, số và dấu gạch nối, ví dụ cong-tinh."
            return console.refuse(said, back=url_for("console.guide_list"))
        return console.redirect(url_for("console.guide_page", key=key))

    @console.page(
        "/noi-dung/huong-dan/<key>",
        may=Act.edit_content,
        methods=["GET", "POST"],
        accepts=_LARGEST,
    )
    def guide_page(key: str) -> Answer:
        language = request.args.get("ngon", "vi")
        if not is_key(key) or language not in LANGUAGES:
            return console.missing()
        if request.method == "GET":
            stored = held(console, table.GUIDE, key, language).body
            body = stored or own.shipped(console.settings, key, language)
            return _page(console, key, language, GuideForm.of(body))
        return _posted(console, key, language)

    @console.page("/noi-dung/huong-dan/<key>/so-sanh", may=Act.edit_content)
    def guide_compare(key: str) -> Answer:
        language = request.args.get("ngon", "vi")
        kept = held(console, table.GUIDE, key, language)
        sides = []
        for name in ("tu", "den"):
            body = kept.at(number(request.args.get(name, "")))
            if body is None or not is_key(key):
                return console.missing("Không có bản này.")
            sides.append(body or own.shipped(console.settings, key, language))
        differences = compare(*sides)
        return console.show(
            "texts/compare.html",
            title=f"Hướng dẫn {key}",
            back=url_for("console.guide_page", key=key, ngon=language),
            section="console.guide_list",
            before=number(request.args.get("tu", "")),
            after=number(request.args.get("den", "")),
            differences=differences,
            labels={one.place: _place(one.place) for one in differences},
            history=kept.history,
        )


def _listed(console: Console) -> dict[str, Any]:
    with console.database.read() as session:
        written = {(row.key, row.language): row for row in table.of_kind(session, table.GUIDE)}
    shipped = own.shipped_keys(console.settings)
    offered = console.settings.filing_guides
    keys = list(dict.fromkeys([*offered, *shipped, *(key for key, _ in written)]))
    rows = []
    for key in keys:
        try:
            guide: Guide | None = found(console.settings, key, "vi")
        except GuideError:
            guide = None
        row = written.get((key, "vi"))
        rows.append(
            {
                "key": key,
                "guide": guide,
                "shipped": key in shipped,
                "at": offered.index(key) + 1 if key in offered else "",
                "changed": row if row and row.body else None,
            }
        )
    version = held(console, table.SETTINGS, _GROUP).version
    return {"rows": rows, "version": version, "languages": LANGUAGES}


def _offer(console: Console) -> Answer:
    """Which guides citizens see, in the order of the numbers typed beside them."""
    keys = request.form.getlist("key")[:50]
    places = request.form.getlist("at")[:50]
    chosen = sorted(
        (number(place.strip()), key)
        for key, place in zip(keys, places, strict=False)
        if number(place.strip()) >= 0
    )
    back = url_for("console.guide_list")
    listed = [key for _, key in chosen]
    for key in listed:
        try:
            found(console.settings, key, "vi")
        except GuideError:
            return console.refuse(f"Hướng dẫn {key} chưa có nội dung tiếng Việt.", back=back)
    base = base_of(console)
    values, wrong = checks.with_changes(base, {"filing_guides": listed})
    if wrong:
        return console.refuse(" ".join(wrong.values()), back=back)
    body = {
        name: fields.plain(value) for name, value in values.items() if value != getattr(base, name)
    }
    try:
        keep(console, table.SETTINGS, _GROUP, body)
    except Outdated:
        return console.refuse(OUTDATED, back=back)
    return console.redirect(back, "Đã lưu, người dân thấy sau vài giây.")


def _posted(console: Console, key: str, language: str) -> Answer:
    form, act = GuideForm.read(), request.form.get("do", "save")
    wrong = form.take_pictures(console.database, console.clock.now())
    if act == "shipped":
        shipped = own.shipped(console.settings, key, language)
        if not shipped and language == "vi" and key in console.settings.filing_guides:
            said = "Người dân đang xem hướng dẫn này. Xin bỏ nó khỏi danh sách đang dùng trước."
            return console.refuse(said, back=url_for("console.guide_page", key=key))
        return _save(console, key, language, {})
    if form.act(act) or act == "preview":
        return _page(console, key, language, form, wrong, changed=True)
    body, more = own.checked(form.body())
    wrong = {**more, **wrong}
    if wrong:
        return _page(console, key, language, form, wrong, refused=True, changed=True)
    if body == own.checked(own.shipped(console.settings, key, language))[0]:
        body = {}
    return _save(console, key, language, body)


def _save(console: Console, key: str, language: str, body: dict[str, Any]) -> Answer:
    address = url_for("console.guide_page", key=key, ngon=language)
    expected = number(request.form.get("version", ""))
    try:
        keep_all(console, [Piece(table.GUIDE, key, body, expected, language)])
    except Outdated:
        return console.refuse(OUTDATED, back=address)
    return console.redirect(address, "Đã lưu, người dân thấy bản mới sau vài giây.")


def _page(
    console: Console,
    key: str,
    language: str,
    form: GuideForm,
    wrong: dict[str, str] | None = None,
    *,
    refused: bool = False,
    changed: bool = False,
) -> Response:
    kept = held(console, table.GUIDE, key, language)
    return console.show(
        "guides/page.html",
        status=422 if refused or wrong else 200,
        key=key,
        language=language,
        languages=LANGUAGES,
        form=form,
        errors=wrong or {},
        version=number(request.form.get("version", "")) if changed else kept.version,
        own=bool(kept.body),
        shipped=bool(own.shipped(console.settings, key, language)),
        offered=key in console.settings.filing_guides,
        history=kept.history,
        seen=_seen(console, key, language, form),
        unsaved=changed,
    )


def _seen(console: Console, key: str, language: str, form: GuideForm) -> list[list[Message]]:
    """The messages of every step as they would be sent; none while something is missing."""
    if own.checked(form.body())[1]:
        return []
    address = console.settings.provincial_portal_url or console.settings.portal_url
    filled = json.loads(json.dumps(form.body()).replace("{portal_address}", address))
    guide = Guide.model_validate({**filled, "key": key})
    words = Words(language, console.settings)
    return [
        step_messages(guide, n, words, console.settings, intro=n == 1)
        for n in range(1, guide.count + 1)
    ]


def _place(place: tuple[str, ...]) -> str:
    words = {"name": "Tên", "url": "Địa chỉ", "title": "tiêu đề", "text": "lời", "picture": "ảnh"}
    if place[0] != "part":
        return words.get(place[0], place[0])
    said = f"Phần {int(place[1]) + 1}"
    if place[2] == "steps":
        said += f", bước {int(place[3]) + 1}"
    return f"{said}: {words.get(place[-1], place[-1])}"
