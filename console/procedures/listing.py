"""The list of procedures: searched, narrowed, and boards or cards printed of the ticked ones."""

from __future__ import annotations

from functools import lru_cache

from flask import request, url_for
from pydantic import BaseModel
from sqlmodel import Session

from console.access import Act
from console.forms import Word, read_query
from console.frame import Answer, Console
from console.procedures.schema import ONLINE
from dossiers.names import fold
from procedures.records import ProcedureRecord
from procedures.search import Entry, Index, index_of
from qr.posters import MOST, Notice, cards_pdf, poster_pdf
from store import procedures as table

_PAGE = 50


class Listed(BaseModel):
    """What the list is narrowed to."""

    q: Word = ""
    linh_vuc: Word = ""
    truc_tuyen: Word = ""
    after: int = 0


def add(console: Console) -> None:
    """Add the list and what is printed from it."""
    console.nav("Thủ tục", "procedure_list", Act.edit_content, "Nội dung")

    @console.page("/thu-tuc", may=Act.edit_content)
    def procedure_list() -> Answer:
        wanted = read_query(Listed)
        with console.database.read() as session:
            fields = index_of(session).fields()
            found = search(session, wanted)
            start = max(wanted.after, 0)
            shown = found[start : start + _PAGE]
            rows = table.by_keys(session, [entry.key for entry in shown])
        return console.show(
            "procedures/list.html",
            entries=shown,
            rows=rows,
            total=len(found),
            more=start + _PAGE if len(found) > start + _PAGE else 0,
            wanted=wanted,
            fields=fields,
            online=dict(ONLINE),
            most=MOST,
        )

    @console.page("/thu-tuc/in", may=Act.edit_content, methods=["POST"])
    def procedure_papers() -> Answer:
        keys = list(dict.fromkeys(request.form.getlist("key")))[: MOST + 1]
        back = url_for("console.procedure_list")
        if not keys or len(keys) > MOST:
            said = f"Hãy tích từ 1 đến {MOST} thủ tục trong danh sách rồi bấm in."
            return console.refuse(said, back=back)
        with console.database.read() as session:
            rows = table.by_keys(session, keys)
        chosen = [rows[key] for key in keys if key in rows]
        if not chosen:
            return console.missing("Không còn thủ tục nào trong số đã chọn.")
        if request.form.get("do") == "cards":
            records = [ProcedureRecord.model_validate(row.record) for row in chosen]
            made = cards_pdf(records, console.settings)
            return console.download(made, "the-thu-tuc.pdf", "application/pdf")
        title = request.form.get("title", "").strip()[:120] or console.settings.oa_name
        notices = [Notice(row.key, row.code, row.name) for row in chosen]
        size = "A3" if request.form.get("do") == "board-a3" else "A4"
        made = poster_pdf(title, notices, console.settings, "A3" if size == "A3" else "A4")
        return console.download(made, f"bang-niem-yet-{size.lower()}.pdf", "application/pdf")


def search(session: Session, wanted: Listed) -> list[Entry]:
    """Procedures whose name or code holds every word asked for, then those that fit the question."""
    index = index_of(session)
    asked = fold(wanted.q).split()
    if not asked:
        return [entry for entry in index.entries if _narrow(entry, wanted)]
    exact = index.by_code(wanted.q)
    found = [exact] if exact else []
    for entry, text in zip(index.entries, _folded(index), strict=True):
        if all(word in text for word in asked):
            found.append(entry)
    found += [hit.entry for hit in index.fitting(" ".join(asked))]
    # By key: an entry's own hash reads all its texts.
    return [entry for entry in {one.key: one for one in found}.values() if _narrow(entry, wanted)]


@lru_cache(maxsize=2)
def _folded(index: Index) -> tuple[str, ...]:
    """What each entry of an index is searched in, without marks, made once an index."""
    return tuple(fold(f"{entry.name} {entry.code} {entry.key}") for entry in index.entries)


def _narrow(entry: Entry, wanted: Listed) -> bool:
    if wanted.linh_vuc and entry.field != wanted.linh_vuc:
        return False
    if wanted.truc_tuyen == "khong":
        return not entry.online
    return not wanted.truc_tuyen or entry.online == wanted.truc_tuyen
