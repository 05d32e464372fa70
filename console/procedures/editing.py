"""One procedure: as citizens get it, and the form of its whole record."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from bot.messages import Text, split
from console.access import Act
from console.auditing import declare
from console.frame import Answer, Console, person
from console.procedures import form
from console.procedures.form import Tree
from console.procedures.schema import SECTIONS, words_of
from console.versions import OUTDATED, Outdated, number
from procedures import texts
from procedures.catalogue import columns
from procedures.records import ProcedureRecord
from store import procedures as table
from wording import Words

declare("procedure.saved", "Sửa thủ tục", "old", "new")
declare("procedure.created", "Thêm thủ tục")

#: Letters with marks take nine bytes in a form: a long record is larger than it looks.
_LARGEST = 4 * 1024 * 1024
#: What citizens ask about a procedure, in the order the preview shows it.
_PREVIEW = (
    ("Thẻ thủ tục", texts.card),
    ("Giấy tờ cần nộp", texts.documents),
    ("Lệ phí và thời hạn", texts.fees),
    ("Các bước thực hiện", texts.steps),
    ("Nơi nộp", texts.where),
    ("Biểu mẫu", texts.forms),
    ("Yêu cầu, điều kiện", texts.conditions),
    ("Căn cứ pháp lý", texts.legal_basis),
)


def add(console: Console) -> None:
    """Add the page of a procedure, its form, and the form of a new one."""

    @console.page("/thu-tuc/moi", may=Act.edit_content, methods=["GET", "POST"], accepts=_LARGEST)
    def procedure_new() -> Answer:
        if request.method == "GET":
            return _form(console, "", form.of({"record_status": "needs_confirmation"}), 0)
        return _posted(console, "", {}, 0)

    @console.page("/thu-tuc/<key>", may=Act.edit_content)
    def procedure_page(key: str) -> Answer:
        with console.database.read() as session:
            row = table.by_key(session, key)
            history = table.versions(session, key) if row else []
        if row is None:
            return console.missing()
        record = ProcedureRecord.model_validate(row.record)
        return console.show(
            "procedures/page.html",
            row=row,
            record=record,
            history=history,
            seen=seen(console, record),
        )

    @console.page(
        "/thu-tuc/<key>/sua", may=Act.edit_content, methods=["GET", "POST"], accepts=_LARGEST
    )
    def procedure_edit(key: str) -> Answer:
        with console.database.read() as session:
            row = table.by_key(session, key)
        if row is None:
            return console.missing()
        if request.method == "GET":
            return _form(console, key, form.of(row.record), row.version)
        return _posted(console, key, row.record, row.version)


def seen(console: Console, record: ProcedureRecord) -> list[tuple[str, list[Text]]]:
    """What the chat answers about a record, without its buttons."""
    words = Words("vi", console.settings)
    return [(title, split(say(record, words))) for title, say in _PREVIEW]


def _posted(console: Console, key: str, before: dict[str, Any], present: int) -> Answer:
    tree, act = form.read(request.form), request.form.get("do", "save")
    version = number(request.form.get("version", ""))
    if form.act(tree, act):
        return _form(console, key, tree, version, unsaved=True)
    record, wrong = form.made(tree, before)
    if record is not None and key and record.key != key:
        wrong = {
            "code": "Đổi mã là thành thủ tục khác. Hãy thêm thủ tục mới và ghi mã cũ ở ô Thay cho mã."
        }
    if record is None or wrong:
        return _form(console, key, tree, version, wrong=wrong)
    if act == "preview":
        return _form(console, key, tree, version, unsaved=True, record=record)
    if version != present:
        return _form(console, key, tree, version, wrong={"_": OUTDATED})
    return _save(console, key, record, tree, version)


def _save(console: Console, key: str, record: ProcedureRecord, tree: Tree, version: int) -> Answer:
    try:
        with console.database.write() as session:
            now = table.later(session, console.clock.now())
            done = table.put(
                session, record.key, columns(record), person().username, now, expected=version
            )
            if done == "created":
                console.audit(session, "procedure.created", "procedure", record.key)
            elif done == "updated":
                new = version + 1
                console.audit(
                    session, "procedure.saved", "procedure", record.key, old=version, new=new
                )
    except Outdated:
        taken = OUTDATED if key else "Đã có thủ tục mang mã hoặc tên trong địa chỉ này."
        return _form(console, key, tree, version, wrong={"_" if key else "code": taken})
    said = "Không có gì thay đổi." if done == "unchanged" else "Đã lưu, chat trả lời theo bản mới."
    return console.redirect(url_for("console.procedure_page", key=record.key), said)


def _form(
    console: Console,
    key: str,
    tree: Tree,
    version: int,
    *,
    wrong: dict[str, str] | None = None,
    unsaved: bool = False,
    record: ProcedureRecord | None = None,
) -> Response:
    return console.show(
        "procedures/form.html",
        status=422 if wrong else 200,
        key=key,
        tree=tree,
        sections=SECTIONS,
        version=version,
        errors=wrong or {},
        summary={
            place: said if place == "_" else f"{words_of(tuple(place.split('.')))}: {said}"
            for place, said in (wrong or {}).items()
        },
        open_sections=_open(wrong or {}),
        unsaved=unsaved,
        seen=seen(console, record) if record else [],
    )


def _open(wrong: dict[str, str]) -> set[str]:
    """The sections unfolded on the page: what is wrong, what was just changed, else the first."""
    act = request.form.get("do", "").split(":")
    touched = {place.partition(".")[0] for place in wrong} | set(act[1:2])
    found = {
        section.key
        for section in SECTIONS
        if touched & ({cell.name for cell in section.cells} | {rows.name for rows in section.rows})
    }
    return found or {SECTIONS[0].key}
