"""Câu hỏi: what citizens ask in their own words, and what staff make of what is not understood."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from typing import Annotated, Literal

from flask import request, url_for
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from console.access import Act
from console.auditing import declare
from console.forms import Line, Word, read_form, read_query, tidy
from console.frame import Answer, Console, person
from dossiers.names import fold
from handlers import ROUTES, trial
from handlers.understanding import INTENTS, warm
from procedures import questions as asking
from procedures.aliases import AliasRefused, add_alias
from procedures.search import Hit, index_of
from store import asked
from store.engine import Database
from store.tables import AskedSentence

declare("question.alias", "Dạy trợ lý tên gọi khác của thủ tục", "procedure")
declare("question.test", "Đưa câu hỏi vào bộ kiểm thử", "procedure", "intent", "facet")
declare("question.ignored", "Bỏ qua câu hỏi")
declare("question.reopened", "Mở lại câu hỏi")
declare("question.exported", "Tải bộ câu kiểm thử", "count")

_PAGE = 50
_SUGGESTED = 8
KINDS = {
    "tat-ca": "Tất cả, hỏi nhiều trước",
    "chua-hieu": "Chưa hiểu",
    "da-hieu": "Đã hiểu",
    "da-xu-ly": "Đã xử lý",
}
FACETS = {
    "": "Không hỏi riêng mặt nào",
    "documents": "Giấy tờ",
    "time": "Thời gian",
    "fee": "Phí, lệ phí",
    "where": "Nơi nộp",
    "forms": "Biểu mẫu",
    "steps": "Các bước",
    "conditions": "Điều kiện",
    "legal_basis": "Căn cứ pháp lý",
    "result": "Kết quả",
    "deadline": "Thời hạn công dân phải giữ",
    "channel": "Cách nộp",
}
INTENT_WORDS = {
    "lookup_code": "Tra cứu theo mã",
    "lookup_my_dossiers": "Hỏi hồ sơ của mình",
    "procedure_search": "Tìm thủ tục",
    "procedure_detail": "Hỏi chi tiết thủ tục",
    "feedback": "Phản ánh, kiến nghị",
    "news": "Tin tức, giờ làm việc",
    "help": "Cách dùng",
    "menu": "Chào, xem danh mục",
    "opt_out": "Dừng nhận tin",
    "opt_in": "Bật nhận tin",
    "link_phone": "Liên kết số điện thoại",
    "human": "Gặp cán bộ",
    "other": "Khác",
}
MADE = {"alias": "Đã thành tên gọi khác", "test": "Đã vào bộ kiểm thử", "ignored": "Đã bỏ qua"}
_Key = Annotated[str, BeforeValidator(tidy), Field(min_length=1, max_length=200)]
_Facet = Literal[tuple(FACETS)]  # type: ignore[valid-type]
_Intent = Literal[INTENTS]  # type: ignore[valid-type]


#: Not a pattern of Pydantic's, which keeps megabytes for counted letters of all scripts.
_PLACE = re.compile(r"[0-9]{1,9}~.{1,200}")


def _is_place(value: str) -> str:
    if not _PLACE.fullmatch(value):
        raise ValueError("not a place in the list")
    return value


class Wanted(BaseModel):
    """The filters of the list; ``sau`` is where the page before ended."""

    loai: Literal["tat-ca", "chua-hieu", "da-hieu", "da-xu-ly"] = "tat-ca"
    q: Word = ""
    sau: Annotated[str, AfterValidator(_is_place)] = ""

    def place(self) -> asked.Place | None:
        """Where to go on."""
        times, _, folded = self.sau.partition("~")
        return asked.Place(int(times), folded) if self.sau else None


class One(BaseModel):
    """Which sentence, and what to look for among the procedures."""

    k: Annotated[str, BeforeValidator(tidy), Field(max_length=200)] = ""
    tim: Line = ""


class Alias(BaseModel):
    """A sentence becomes another name of a procedure."""

    k: _Key
    text: Annotated[str, BeforeValidator(tidy), Field(min_length=2, max_length=120)]
    procedure: _Key


class Test(BaseModel):
    """A sentence becomes a labelled example."""

    k: _Key
    intent: _Intent
    procedure: Word = ""
    facet: _Facet = ""  # type: ignore[valid-type]


class Key(BaseModel):
    """Which sentence."""

    k: _Key


def add(console: Console) -> None:
    """Add the list, the page of one sentence, and what can be made of it."""
    console.nav("Câu hỏi", "question_list", Act.view_reports, "Số liệu")
    warmed = threading.Event()

    @console.page("/cau-hoi", may=Act.view_reports)
    def question_list() -> Answer:
        wanted = read_query(Wanted)
        if not warmed.is_set():
            # Reading a first sentence takes seconds; who opens the list will open one of them.
            warmed.set()
            threading.Thread(target=_warm, args=[console.database], daemon=True).start()
        with console.database.read() as session:
            rows = asked.page(
                session,
                understood={"chua-hieu": False, "da-hieu": True}.get(wanted.loai),
                words=fold(wanted.q),
                settled=wanted.loai == "da-xu-ly",
                after=wanted.place(),
                limit=_PAGE + 1,
            )
        last = rows[_PAGE - 1] if len(rows) > _PAGE else None
        return console.show(
            "questions/list.html",
            rows=rows[:_PAGE],
            after=f"{last.times}~{last.folded}" if last else "",
            wanted=wanted,
            kinds=KINDS,
            intents=INTENT_WORDS,
            made=MADE,
        )

    @console.page("/cau-hoi/cau", may=Act.view_reports)
    def question() -> Answer:
        return _question(console, read_query(One))

    _add_changes(console)

    @console.page("/cau-hoi/kiem-thu.jsonl", may=Act.edit_content)
    def question_tests() -> Answer:
        with console.database.read() as session:
            rows = asked.tests(session)
        console.looked("question.exported", count=len(rows))
        lines = "".join(json.dumps(labelled(row), ensure_ascii=False) + "\n" for row in rows)
        return console.download(lines.encode(), "cau-kiem-thu.jsonl", "application/x-ndjson")


def _warm(database: Database) -> None:
    with contextlib.suppress(SQLAlchemyError), database.read() as session:
        warm(session)


def _question(
    console: Console, one: One, errors: dict[str, str] | None = None, status: int = 200
) -> Answer:
    """The page of a sentence: how it is read now, what is answered, what can be made of it."""
    with console.database.read() as session:
        row = asked.get(session, one.k)
        hits = _hits(session, one.tim or (row.text if row else ""))
        name = _name(session, row)
    if row is None:
        return console.missing("Câu hỏi này không còn: đã quá thời gian lưu.")
    now = trial.answer(
        console.database,
        ROUTES,
        row.text,
        settings=console.settings,
        vault=console.vault,
        calendar=console.calendar,
        now=console.clock.now(),
    )
    return console.show(
        "questions/question.html",
        status=status,
        row=row,
        one=one,
        hits=hits,
        now=now,
        errors=errors or {},
        procedure=name,
        facets=FACETS,
        intents=INTENT_WORDS,
        made=MADE,
    )


def _hits(session: Session, words: str) -> tuple[Hit, ...]:
    found = asking.ask(words, index_of(session)).hits if words.strip() else ()
    return tuple(found[:_SUGGESTED])


def _name(session: Session, row: AskedSentence | None) -> str:
    entry = index_of(session).by_code(row.procedure_key) if row and row.procedure_key else None
    return entry.name if entry else ""


def _add_changes(console: Console) -> None:
    def done(key: str, notice: str) -> Answer:
        return console.redirect(url_for("console.question", k=key), notice)

    @console.page("/cau-hoi/ten-goi", may=Act.edit_content, methods=["POST"])
    def question_alias() -> Answer:
        item, errors = read_form(Alias)
        if item is None:
            return _question(console, _asked_for(), errors, 422)
        now = console.clock.now()
        with console.database.write() as session:
            if asked.get(session, item.k, lock=True) is None:
                return console.missing()
            try:
                result = add_alias(session, item.procedure, item.text, person().username, now)
            except AliasRefused as refused:
                return console.refuse(str(refused), back=url_for("console.question", k=item.k))
            asked.settle(session, item.k, "alias", person().username, procedure_key=item.procedure)
            console.audit(
                session, "question.alias", "procedure", item.procedure, procedure=item.procedure
            )
        if result == "unchanged":
            return done(item.k, "Thủ tục đã có tên gọi này; câu hỏi được đánh dấu đã xử lý.")
        return done(item.k, "Đã thêm tên gọi khác. Trợ lý hiểu ngay; câu trả lời mới ở bên dưới.")

    @console.page("/cau-hoi/kiem-thu", may=Act.edit_content, methods=["POST"])
    def question_test() -> Answer:
        item, errors = read_form(Test)
        if item is None:
            return _question(console, _asked_for(), errors, 422)
        label = {"intent": item.intent, "procedure_key": item.procedure, "facet": item.facet}
        with console.database.read() as session:
            unknown = item.procedure and index_of(session).by_code(item.procedure) is None
        if unknown:
            wrong = {"procedure": "Không có thủ tục nào có mã này."}
            return _question(console, _asked_for(), wrong, 422)
        with console.database.write() as session:
            if not asked.settle(session, item.k, "test", person().username, **label):
                return console.missing()
            console.audit(
                session,
                "question.test",
                "question",
                procedure=item.procedure,
                intent=item.intent,
                facet=item.facet,
            )
        return done(item.k, "Đã đưa vào bộ câu kiểm thử. Tải bộ này ở trang Câu hỏi.")

    def settled(made: asked.Made, action: str, notice: str) -> Answer:
        item, _ = read_form(Key)
        if item is None:
            return console.missing()
        with console.database.write() as session:
            if not asked.settle(session, item.k, made, person().username):
                return console.missing()
            console.audit(session, action, "question")
        return done(item.k, notice)

    @console.page("/cau-hoi/bo-qua", may=Act.edit_content, methods=["POST"])
    def question_ignore() -> Answer:
        return settled("ignored", "question.ignored", "Đã bỏ qua câu hỏi này.")

    @console.page("/cau-hoi/mo-lai", may=Act.edit_content, methods=["POST"])
    def question_reopen() -> Answer:
        return settled("", "question.reopened", "Đã mở lại câu hỏi.")


def _asked_for() -> One:
    return One(k=str(request.form.get("k", ""))[:200])


def labelled(row: AskedSentence) -> dict[str, str]:
    """A sentence as a line of ``data/understanding/examples.jsonl``."""
    return {
        "text": row.text,
        "intent": row.intent,
        "entity_type": "procedure" if row.procedure_key else "",
        "entity_value": row.procedure_key,
        "facet": row.facet,
    }
