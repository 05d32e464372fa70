"""What the intake page asks while the clerk types: procedures and phones."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field
from sqlmodel import Session

from clock import VIETNAM
from console.access import Act
from console.auditing import declare
from console.forms import Word, read_form, read_query
from console.frame import Answer, Console
from dossiers.reception import phone_words, promised, time_limit
from procedures import texts
from procedures.language.words import read
from procedures.records import ProcedureRecord
from procedures.search import Entry, index_of
from store import dossier_pages
from store import procedures as table
from wording import Words

declare("phone.checked", "Kiểm tra số điện thoại tại quầy", "standing")

_MOST = 8
_STANDINGS = {
    "linked": "Số này đã liên kết: tin sẽ tới Zalo của người nộp.",
    "claimed": "Có người tự nhận số này nhưng chưa xác thực: đối chiếu giấy tờ ở trang hồ sơ.",
    "": "Số này chưa quan tâm OA: đưa người nộp thẻ hướng dẫn sau khi tiếp nhận.",
}


class Asked(BaseModel):
    """Words of a procedure."""

    q: Word = ""


class Typed(BaseModel):
    """A phone as typed so far."""

    phone: Annotated[str, Field(max_length=60)] = ""


def add(console: Console) -> None:
    """Add the two questions."""

    @console.page("/ho-so/moi/thu-tuc", may=Act.take_in)
    def procedure_search() -> Answer:
        with console.database.read() as session:
            found = matching(session, read_query(Asked).q)
            rows = [_shown(console, session, entry) for entry in found]
        return console.json({"procedures": rows})

    @console.page("/ho-so/moi/dien-thoai", may=Act.take_in, methods=["POST"])
    def phone_check() -> Answer:
        form, _ = read_form(Typed)
        if form is None or not form.phone.strip():
            return console.json({"words": "", "good": False})
        told = phone_words(form.phone)
        if not told.e164:
            return console.json({"words": told.words, "good": False})
        with console.database.read() as session:
            standing = dossier_pages.phone_standing(session, told.e164)
        console.looked("phone.checked", standing=standing or "none")
        words = [f"Đầu số cũ đã đổi thành {told.mended}."] if told.mended else [told.words]
        words.append(_STANDINGS[standing])
        return console.json(
            {
                "words": " ".join(words),
                "good": True,
                "mended": told.mended,
                "standing": standing,
            }
        )


def matching(session: Session, text: str) -> list[Entry]:
    """The procedures that fit words or a code, best first."""
    index = index_of(session)
    exact = index.by_code(text)
    if exact is not None:
        return [exact]
    if not text.strip():
        return []
    sentence = read(text)
    for plain in index.variants(sentence.plain):
        if hits := index.fitting(plain, sentence.accented, limit=_MOST):
            return [hit.entry for hit in hits]
    words = sentence.plain.split()
    # Half a word is not yet a word: names that hold all its beginnings will do.
    named = [entry for entry in index.entries if all(w in read(entry.name).plain for w in words)]
    return named[:_MOST]


def record_of(session: Session, key: str) -> ProcedureRecord | None:
    """The whole procedure; None when there is none with this key."""
    row = table.by_key(session, key) if key else None
    return ProcedureRecord.model_validate(row.record) if row else None


def due_text(console: Console, record: ProcedureRecord) -> str:
    """The promised date of a dossier received now, as a date field takes it; "" when unknown."""
    due = promised(record, console.calendar, console.clock.now())
    return f"{due.astimezone(VIETNAM):%Y-%m-%dT%H:%M}" if due else ""


def limit_text(record: ProcedureRecord, words: Words) -> str:
    """The time limit in words, or that the catalogue has none."""
    limit = time_limit(record)
    said = [texts.time_words(c, words) for c in record.channels if c.time_limit == limit]
    return said[0] if said and limit else "danh mục chưa ghi thời hạn, xin nhập ngày hẹn"


def _shown(console: Console, session: Session, entry: Entry) -> dict[str, str]:
    record = record_of(session, entry.key)
    words = Words("vi", console.settings)
    return {
        "key": entry.key,
        "code": entry.code,
        "name": entry.name,
        "field": entry.field,
        "limit": limit_text(record, words) if record else "",
        "due": due_text(console, record) if record else "",
    }
