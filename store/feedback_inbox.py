"""The inbox of feedback: filtered, paged by key, counted up to a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from store.feedback import OPEN
from store.scopes import agencies_of
from store.tables import Feedback, Role, StaffAccount, StaffRole

#: A count that reaches this says "hơn 1.000".
CAP = 1000
#: A word is looked for in so many of the newest that fit the other filters: flat at any size.
SEARCHED = 20_000
#: Names for several states at once.
GROUPS: dict[str, tuple[str, ...]] = {"open": OPEN}


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to; empty members narrow nothing.

    ``state`` is a state, "open", or ""; ``late`` is "any", "accept" or "answer"; ``assignee`` 0 =
    nobody's; ``words`` folded; ``start`` and ``end`` bound the moment it came (end excluded).
    """

    state: str = ""
    kind: str = ""
    agency_id: int | None = None
    assignee: int | None = None
    late: str = ""
    words: str = ""
    code: str = ""
    published: bool = False
    start: datetime | None = None
    end: datetime | None = None


def page(
    session: Session,
    wanted: Wanted,
    agencies: frozenset[int] | None,
    now: datetime,
    *,
    limit: int,
    after: int | None = None,
) -> Sequence[Feedback]:
    """One page: what is late oldest first, everything else newest first.

    ``after`` is the id the page before ended with; ``agencies`` the reach of who asks, None = all.
    """
    conditions = _conditions(wanted, agencies, now)
    oldest_first = bool(wanted.late)
    if after is not None:
        conditions.append(col(Feedback.id) > after if oldest_first else col(Feedback.id) < after)
    order = col(Feedback.id).asc() if oldest_first else col(Feedback.id).desc()
    if not wanted.words:
        asked = select(Feedback).where(*conditions).order_by(order).limit(limit)
        return session.exec(asked).all()
    window = (
        core_select(col(Feedback.id), col(Feedback.folded))
        .where(*conditions)
        .order_by(order)
        .limit(SEARCHED)
        .subquery()
    )
    like = f"%{_escaped(wanted.words)}%"
    found = core_select(window.c.id).where(window.c.folded.like(like, escape="\\"))
    return session.exec(
        select(Feedback).where(col(Feedback.id).in_(found)).order_by(order).limit(limit)
    ).all()


def get(session: Session, feedback_id: int, agencies: frozenset[int] | None) -> Feedback | None:
    """One within the reach of who asks; what is not theirs is as if it were not there."""
    row = session.get(Feedback, feedback_id)
    if row is None or agencies is None:
        return row
    return row if row.agency_id in agencies else None


def count(session: Session, wanted: Wanted, agencies: frozenset[int] | None, now: datetime) -> int:
    """How many fit, at most `CAP`; words are not looked for."""
    some = core_select(col(Feedback.id)).where(*_conditions(wanted, agencies, now)).limit(CAP)
    return int(session.scalar(core_select(func.count()).select_from(some.subquery())) or 0)


def handlers(session: Session, agency_id: int | None) -> list[tuple[int, str]]:
    """Whom a feedback of an agency may be given to: id and name of each account, by name."""
    rows = session.exec(
        select(StaffAccount, StaffRole.agency_id)
        .join(StaffRole, col(StaffRole.account_id) == col(StaffAccount.id))
        .where(StaffRole.role == Role.feedback, col(StaffAccount.disabled_at).is_(None))
        .limit(500)
    ).all()
    limited = {agency for _, agency in rows if agency}
    reach = {agency: agencies_of(session, [agency]) for agency in limited}
    found = {
        account.id or 0: account.full_name or account.username
        for account, agency in rows
        if agency == 0 or agency_id in reach[agency]
    }
    return sorted(found.items(), key=lambda one: one[1])


def reached(agencies: frozenset[int] | None) -> list[ColumnElement[bool]]:
    """The condition of a person's reach."""
    return [] if agencies is None else [col(Feedback.agency_id).in_(sorted(agencies))]


def _conditions(
    wanted: Wanted, agencies: frozenset[int] | None, now: datetime
) -> list[ColumnElement[bool]]:
    made = reached(agencies)
    if wanted.code:
        return [*made, col(Feedback.code) == wanted.code]
    if wanted.state:
        made.append(col(Feedback.state).in_(GROUPS.get(wanted.state, (wanted.state,))))
    if wanted.kind:
        made.append(col(Feedback.kind) == wanted.kind)
    if wanted.agency_id is not None:
        made.append(_same(Feedback.agency_id, wanted.agency_id))
    if wanted.assignee is not None:
        made.append(_same(Feedback.assignee_id, wanted.assignee))
    if wanted.published:
        made.append(col(Feedback.published_at).is_not(None))
    if wanted.start is not None:
        made.append(col(Feedback.created_at) >= wanted.start)
    if wanted.end is not None:
        made.append(col(Feedback.created_at) < wanted.end)
    if wanted.late:
        made.append(_late(wanted.late, now))
    return made


def _same(column: Any, value: int) -> ColumnElement[bool]:
    found: ColumnElement[bool] = col(column) == value if value else col(column).is_(None)
    return found


def _late(which: str, now: datetime) -> ColumnElement[bool]:
    accept = and_(col(Feedback.state) == "new", col(Feedback.accept_due_at) < now)
    answer = and_(col(Feedback.state).in_(OPEN), col(Feedback.answer_due_at) < now)
    return {"accept": accept, "answer": answer}.get(which, or_(accept, answer))


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
