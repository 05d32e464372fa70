"""The list of announcements, below what Zalo allows and how many people that is today."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel
from sqlmodel import Session

from console.access import Act
from console.broadcasts.words import SHORT_WAYS, STATES
from console.charts import number
from console.forms import MaybeInt, Word, read_query
from console.frame import Answer, Console, person
from console.person import Person
from dossiers.names import fold
from store import allowances, audience, broadcasts
from store.audience import Kind, Question
from store.tables import Broadcast, BroadcastState

_PAGE = 30
#: Counting everybody is one pass over all followers: once a minute is enough for a hint.
_COUNT_LIFE = timedelta(minutes=1)
_BEGUN = (
    BroadcastState.sending,
    BroadcastState.paused,
    BroadcastState.stopped,
    BroadcastState.done,
    BroadcastState.cancelled,
)
_TROUBLE = (BroadcastState.missed, BroadcastState.stopped)


class Listed(BaseModel):
    """The filters of the list."""

    q: Word = ""
    state: Literal[
        "", "draft", "waiting", "approved", "scheduled", "missed", "preparing", "sending",
        "paused", "stopped", "cancelled", "done",
    ] = ""  # fmt: skip
    before: MaybeInt = None


class Allowed(BaseModel):
    """How many people each of Zalo's rules lets us reach now."""

    at: datetime
    followers: int = 0
    free: int = 0
    week: int = 0
    left: int = 0
    total: int = 0


def add(console: Console) -> None:
    """Add the list."""
    console.nav("Thông báo", "broadcast_list", Act.view_broadcasts, "Nội dung", badge=_waiting)
    known: list[Allowed] = []

    def allowed(session: Session) -> Allowed:
        now = console.clock.now()
        if not known or not timedelta(0) <= now - known[0].at < _COUNT_LIFE:
            known[:] = [allowed_now(session, console, now)]
        return known[0]

    @console.page("/thong-bao", may=Act.view_broadcasts)
    def broadcast_list() -> Answer:
        wanted = read_query(Listed)
        reach = person().agencies(Act.view_broadcasts)
        states = (BroadcastState(wanted.state),) if wanted.state else ()
        with console.database.read() as session:
            rows = broadcasts.listing(
                session,
                states=states,
                words=fold(wanted.q),
                agency_ids=reach,
                before=wanted.before,
                limit=_PAGE + 1,
            )
            counts = broadcasts.counts(session, reach)
            rules = allowed(session)
        return console.show(
            "broadcasts/list.html",
            rows=[(row, progress(row)) for row in rows[:_PAGE]],
            more=rows[_PAGE - 1].id if len(rows) > _PAGE else None,
            wanted=wanted,
            counts=counts,
            states=[(state.value, _with_count(said, counts.get(state, 0)))
                    for state, said in STATES.items()],
            state_words=STATES,
            ways=SHORT_WAYS,
            allowed=rules,
            number=number,
        )  # fmt: skip


def allowed_now(session: Session, console: Console, now: datetime) -> Allowed:
    """Followers, those who wrote lately and want to hear from us, and the package's rest."""
    asked = Question(now=now, topic="", follow_opens_window=console.settings.follow_opens_window)
    silent = Kind.silenced | Kind.withdrawn | Kind.refused_us | Kind.unreachable | Kind.left
    found = audience.kinds(session, asked)
    told = {code: people for code, people in found.items() if not code & silent}
    total = console.settings.consultation_allowance
    return Allowed(
        at=now,
        followers=sum(people for code, people in found.items() if code & Kind.followed),
        free=sum(people for code, people in told.items() if code & 3 == 3),
        week=sum(people for code, people in told.items() if code & 3 >= 2),
        left=allowances.left(session, now, total),
        total=total,
    )


def progress(row: Broadcast) -> str:
    """How far an announcement got, or what it promises."""
    figures, promise = row.figures, row.estimate
    if row.state in _BEGUN and row.total:
        sent, failed = int(figures.get("sent", 0)), int(figures.get("failed", 0))
        words = f"{number(sent)}/{number(row.total)} người"
        return f"{words}, {number(failed)} lỗi" if failed else words
    if promise.get("reach"):
        return f"dự kiến {number(int(promise['reach']))} người"
    return ""


def _with_count(words: str, count: int) -> str:
    return f"{words} ({number(count)})" if count else words


def _waiting(session: Session, known: Person) -> int:
    """What waits for the approver's word, and what the writer has to decide."""
    found = 0
    if known.may(Act.approve):
        reach = known.agencies(Act.approve)
        found += broadcasts.waiting_for(
            session, (BroadcastState.waiting,), reach, but_by=known.username
        )
    if known.may(Act.broadcast):
        found += broadcasts.waiting_for(session, _TROUBLE, known.agencies(Act.broadcast))
    return found
