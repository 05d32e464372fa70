"""The lists of chats: who waits and since when, whose they are, what ended today.

Only open chats and those of the last days are ever read, so that no list grows with history.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from store import spelt
from store.chats import Desk
from store.tables import (
    Agency,
    ChatRequest,
    Follower,
    InboundEvent,
    InboundState,
    StaffAccount,
    StaffRole,
)

#: More open chats than this are not listed; nobody could read them.
_MOST = 500
#: A chat that ended today was opened in this time.
_RECENT = timedelta(days=7)
#: So many newest events of a citizen are looked through for unanswered messages.
_LOOK_BACK = 60


@dataclass(frozen=True)
class Waiting:
    """One chat in a list."""

    id: int
    uid: str
    name: str
    reason: str
    opened_at: datetime
    agency: str
    claimed_by_id: int | None
    claimed_by: str
    last_staff_at: datetime | None
    human_until: datetime | None
    closed_at: datetime | None
    closed_by: str

    @property
    def answered_in_zalo(self) -> bool:
        """Somebody answers, but in Zalo's own tool: nobody here has taken it."""
        return self.claimed_by_id is None and self.last_staff_at is not None


def waiting(session: Session, desk: Desk) -> list[Waiting]:
    """Chats nobody answers yet, the longest waiting first."""
    return _listed(session, desk, _waits())


def mine(session: Session, desk: Desk) -> list[Waiting]:
    """Chats this account has taken, the oldest first."""
    return _listed(session, desk, _open(), col(ChatRequest.claimed_by_id) == desk.account_id)


def others(session: Session, desk: Desk) -> list[Waiting]:
    """Chats somebody else answers, here or in Zalo's own tool."""
    taken = func.coalesce(col(ChatRequest.claimed_by_id), 0) != desk.account_id
    answered = or_(
        col(ChatRequest.claimed_by_id).is_not(None), col(ChatRequest.last_staff_at).is_not(None)
    )
    return _listed(session, desk, _open(), taken, answered)


def closed_since(session: Session, desk: Desk, since: datetime) -> list[Waiting]:
    """Chats that ended after a moment, the newest first."""
    found = _rows(
        _visible(desk),
        col(ChatRequest.opened_at) >= since - _RECENT,
        col(ChatRequest.closed_at) >= since,
    ).order_by(col(ChatRequest.closed_at).desc(), col(ChatRequest.id).desc())
    return [_made(row) for row in session.execute(found.limit(_MOST)).all()]


def waiting_count(session: Session, scope: frozenset[int] | None) -> int:
    """How many chats in these agencies (None: everywhere) wait for somebody; at most 500."""
    chosen = core_select(col(ChatRequest.id)).where(_waits(), _in(scope)).limit(_MOST).subquery()
    return int(session.scalar(core_select(func.count()).select_from(chosen)) or 0)


def unanswered(session: Session, uid: str, since: datetime) -> tuple[int, datetime | None]:
    """How many messages of a citizen came after a moment, and when the first of them did.

    Handled and still queued events count; at most the newest sixty events are looked through.
    """
    handled = (
        core_select(col(InboundEvent.event_name), col(InboundEvent.received_at))
        .where(
            col(InboundEvent.subject) == uid,
            spelt.is_(col(InboundEvent.state), InboundState.handled),
        )
        .order_by(col(InboundEvent.id).desc())
        .limit(_LOOK_BACK)
    )
    times = [
        at
        for name, at in session.execute(handled).all()
        if at > since and name.startswith("user_send_")
    ]
    return len(times), min(times, default=None)


def colleagues(session: Session, roles: Collection[str], besides: int) -> Sequence[tuple[int, str]]:
    """Accounts with one of these roles to whom a chat can be handed: id and name."""
    rows = session.execute(
        core_select(col(StaffAccount.id), col(StaffAccount.full_name), col(StaffAccount.username))
        .where(
            col(StaffAccount.disabled_at).is_(None),
            col(StaffAccount.id) != besides,
            col(StaffAccount.id).in_(
                core_select(col(StaffRole.account_id)).where(col(StaffRole.role).in_(list(roles)))
            ),
        )
        .order_by(col(StaffAccount.full_name), col(StaffAccount.username))
        .limit(_MOST)
    ).all()
    return [(number, full or username) for number, full, username in rows]


def agencies(session: Session) -> Sequence[tuple[int, str]]:
    """Agencies a chat can be handed to: id and name."""
    rows = session.execute(
        core_select(col(Agency.id), col(Agency.name))
        .where(col(Agency.valid_to).is_(None))
        .order_by(col(Agency.name), col(Agency.id))
        .limit(_MOST)
    ).all()
    return [(number, name) for number, name in rows]


def name_of(session: Session, account_id: int | None) -> str:
    """The name of an account; "" for nobody."""
    account = session.get(StaffAccount, account_id) if account_id else None
    return (account.full_name or account.username) if account else ""


def agency_name(session: Session, agency_id: int | None) -> str:
    """The name of an agency; "" for none."""
    agency = session.get(Agency, agency_id) if agency_id else None
    return agency.name if agency else ""


def names(session: Session, usernames: Collection[str]) -> dict[str, str]:
    """Full names by username, for those that are known."""
    if not usernames:
        return {}
    rows = session.exec(
        select(StaffAccount).where(col(StaffAccount.username).in_(set(usernames)))
    ).all()
    return {row.username: row.full_name or row.username for row in rows}


def _open() -> ColumnElement[bool]:
    return col(ChatRequest.closed_at).is_(None)


def _waits() -> ColumnElement[bool]:
    return and_(
        _open(),
        col(ChatRequest.claimed_by_id).is_(None),
        col(ChatRequest.last_staff_at).is_(None),
    )


def _in(scope: frozenset[int] | None) -> ColumnElement[bool]:
    if scope is None:
        return col(ChatRequest.id) > 0
    return col(ChatRequest.agency_id).in_(sorted(scope)) if scope else false()


def _visible(desk: Desk) -> ColumnElement[bool]:
    return or_(_in(desk.scope), col(ChatRequest.claimed_by_id) == desk.account_id)


def _listed(session: Session, desk: Desk, *where: ColumnElement[bool]) -> list[Waiting]:
    found = _rows(_visible(desk), *where).order_by(col(ChatRequest.opened_at), col(ChatRequest.id))
    return [_made(row) for row in session.execute(found.limit(_MOST)).all()]


def _rows(*where: ColumnElement[bool]) -> Any:
    return (
        core_select(
            ChatRequest,
            Follower,
            col(StaffAccount.full_name),
            col(StaffAccount.username),
            col(Agency.name),
        )
        .join(Follower, col(Follower.uid) == col(ChatRequest.uid))
        .outerjoin(StaffAccount, col(StaffAccount.id) == col(ChatRequest.claimed_by_id))
        .outerjoin(Agency, col(Agency.id) == col(ChatRequest.agency_id))
        .where(*where)
    )


def _made(row: Sequence[Any]) -> Waiting:
    request, follower, full_name, username, agency = row
    return Waiting(
        id=request.id or 0,
        uid=request.uid,
        name=follower.display_name,
        reason=request.reason,
        opened_at=request.opened_at,
        agency=agency or "",
        claimed_by_id=request.claimed_by_id,
        claimed_by=full_name or username or "",
        last_staff_at=request.last_staff_at,
        human_until=follower.human_until,
        closed_at=request.closed_at,
        closed_by=request.closed_by,
    )
