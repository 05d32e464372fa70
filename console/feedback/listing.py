"""The inbox: filtered, newest first, each with its clock; the late ones oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from flask import request, url_for
from pydantic import BaseModel, BeforeValidator, Field
from sqlmodel import Session

from bot.text import shorten
from clock import VIETNAM
from console.access import Act
from console.auditing import declare
from console.feedback.words import STATES, ClockWords, clock_words, kinds
from console.forms import MaybeInt, Word, read_query
from console.frame import Answer, Console, person
from dossiers.names import fold
from feedback.codes import find_code
from feedback.targets import clock_of
from store import feedback_inbox, staff
from store.agency_tree import choices, labels
from store.feedback_inbox import CAP, SEARCHED, Wanted
from store.tables import Feedback

declare("feedback.listed", "Xem danh sách phản ánh", "searched")
_PAGE = 50
_EXCERPT = 160
#: What the tabs above the list show; each narrows the whole list.
_TABS: tuple[tuple[str, str, Wanted], ...] = (
    ("Đang mở", "trang_thai=open", Wanted(state="open")),
    ("Mới", "trang_thai=new", Wanted(state="new")),
    ("Quá mục tiêu", "qua_han=1", Wanted(late="any")),
    ("Chờ đóng", "trang_thai=answered", Wanted(state="answered")),
)


def day_of(value: object) -> object:
    """A date as the browser's field or a person writes it; nothing else is a date."""
    text = str(value or "").strip()
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    return None


Day = Annotated[date | None, BeforeValidator(day_of)]


def midnight(day: date | None, plus: int = 0) -> datetime | None:
    """The first moment of a Vietnamese day, or of one so many days later."""
    if day is None or not 2000 <= day.year <= 2100:
        return None
    return datetime.combine(day + timedelta(days=plus), time(0), VIETNAM)


class Listed(BaseModel):
    """The filters, under the names they have in the address."""

    trang_thai: Literal["", "all", "open", "new", "accepted", "forwarded", "answered", "closed", "merged"] = ""  # fmt: skip
    loai: Literal["", "service", "procedure", "public_place", "suggestion", "other"] = ""
    co_quan: MaybeInt = Field(default=None, ge=0)
    nguoi: Annotated[str, Field(pattern=r"^(|toi|0|[0-9]{1,15})$")] = ""
    qua_han: Literal["", "1", "tiepnhan", "traloi"] = ""
    cong_khai: Literal["", "1"] = ""
    q: Word = ""
    tu: Day = None
    den: Day = None
    after: MaybeInt = Field(default=None, ge=1)

    def wanted(self, account_id: int) -> Wanted:
        """What the store is asked for; without any filter the open ones."""
        code = find_code(self.q)
        anything = (self.qua_han, self.q, self.tu, self.den, self.cong_khai, self.nguoi, self.loai)
        state = self.trang_thai or ("" if any(anything) or self.co_quan is not None else "open")
        late = {"1": "any", "tiepnhan": "accept", "traloi": "answer"}.get(self.qua_han, "")
        who = account_id if self.nguoi == "toi" else int(self.nguoi or 0)
        return Wanted(
            state="" if state == "all" else state,
            kind=self.loai,
            agency_id=self.co_quan,
            assignee=who if self.nguoi else None,
            late=late,
            words="" if code else fold(self.q),
            code=code or "",
            published=bool(self.cong_khai),
            start=midnight(self.tu),
            end=midnight(self.den, 1),
        )


@dataclass(frozen=True)
class Line:
    """One feedback in the list, in words."""

    row: Feedback
    excerpt: str
    kind: str
    state: str
    agency: str
    assignee: str
    clock: ClockWords


def add(console: Console) -> None:
    """Add the inbox."""

    @console.page("/phan-anh", may=Act.view_feedback)
    def feedback_list() -> Answer:
        asked = read_query(Listed)
        now, reach = console.clock.now(), person().agencies(Act.view_feedback)
        wanted = asked.wanted(person().id)
        with console.database.read() as session:
            rows = feedback_inbox.page(
                session, wanted, reach, now, limit=_PAGE + 1, after=asked.after
            )
            lines = _lines(console, session, rows[:_PAGE], now)
            tabs = [
                (words, query, feedback_inbox.count(session, one, reach, now))
                for words, query, one in _TABS
            ]
            agencies = [one for one in choices(session) if reach is None or one.id in reach]
        console.looked("feedback.listed", searched=bool(asked.q))
        last = rows[_PAGE - 1].id if len(rows) > _PAGE else None
        return console.show(
            "feedback/list.html",
            lines=lines,
            tabs=tabs,
            cap=CAP,
            searched=SEARCHED,
            asked=asked,
            wanted=wanted,
            kinds=kinds(console),
            states=STATES,
            agencies=agencies,
            filtered=bool(_query(asked)),
            next_url=f"{url_for('console.feedback_list')}?{_query(asked, last)}" if last else "",
            first_url=f"{url_for('console.feedback_list')}?{_query(asked)}" if asked.after else "",
        )


def _lines(
    console: Console, session: Session, found: Sequence[Feedback], now: datetime
) -> list[Line]:
    agencies, words = labels(session), kinds(console)
    people = staff.names(session, (row.assignee_id for row in found))
    calendar = console.calendar
    return [
        Line(
            row,
            shorten(row.text.replace("\n", " "), _EXCERPT) if row.text else "(đã xóa nội dung)",
            words[row.kind],
            STATES[row.state],
            agencies.get(row.agency_id or 0, ""),
            people.get(row.assignee_id or 0, ""),
            clock_words(clock_of(row, now, calendar)),
        )
        for row in found
    ]


def _query(asked: Listed, after: int | None = None) -> str:
    """The address's filters again, with the place in the list."""
    known = [
        (name, value)
        for name, value in request.args.items()
        if name in Listed.model_fields and name != "after" and value
    ]
    return urlencode([*known, ("after", str(after))] if after else known)
