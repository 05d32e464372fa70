"""Chats that ask for a person: opened, taken by one clerk, given back to the bot.

At most one request of a citizen is open (`uq_chat_request_open`). Everybody who changes one locks
the follower first, as handlers do, so that nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlalchemy import select as core_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store import followers
from store.alarms import close_alarm
from store.tables import ChatRequest, Follower

#: Alarms that are mended once somebody has answered in the chat.
_ALARMS = ("human_wanted", "feedback")
#: Who gave a chat back when it was not a member of staff.
BY_CITIZEN, BY_SYSTEM = "citizen", "system"


@dataclass(frozen=True)
class Desk:
    """Who acts: the account, and the agencies it reaches (None = everywhere)."""

    account_id: int
    scope: frozenset[int] | None = None

    def sees(self, request: ChatRequest) -> bool:
        """Whether a request is this account's to see: in its scope, or handed to it by name."""
        if self.scope is None or request.claimed_by_id == self.account_id:
            return True
        return request.agency_id is not None and request.agency_id in self.scope


def open_request(session: Session, uid: str, reason: str, now: datetime) -> ChatRequest:
    """The citizen's open request, made when there is none; the caller holds the follower's lock.

    ``reason`` is "asked", "feedback", "staff" or "zalo" (`ChatRequest.reason`).
    """
    insert = (
        sqlite.insert(ChatRequest)
        if session.get_bind().dialect.name == "sqlite"
        else postgresql.insert(ChatRequest)
    )
    session.connection().execute(
        insert.values(uid=uid, reason=reason, opened_at=now, closed_by="").on_conflict_do_nothing()
    )
    return session.exec(
        select(ChatRequest).where(ChatRequest.uid == uid, col(ChatRequest.closed_at).is_(None))
    ).one()


def ask(session: Session, follower: Follower, reason: str, now: datetime) -> ChatRequest:
    """The citizen asks for a person; the caller holds the follower's lock.

    What is left of a conversation that somebody had and that fell silent is ended first, so that
    the new question waits for everybody and not for who went home.
    """
    left = open_of(session, follower.uid)
    silent_now = follower.human_until is None or follower.human_until <= now
    if left is not None and silent_now and (left.claimed_by_id or left.last_staff_at):
        close(session, follower.uid, BY_SYSTEM, now)
    return open_request(session, follower.uid, reason, now)


def open_of(session: Session, uid: str) -> ChatRequest | None:
    """The citizen's open request."""
    return session.exec(
        select(ChatRequest).where(ChatRequest.uid == uid, col(ChatRequest.closed_at).is_(None))
    ).first()


def recent_of(session: Session, uid: str, limit: int = 20) -> Sequence[ChatRequest]:
    """The citizen's newest requests, open and ended."""
    return session.exec(
        select(ChatRequest)
        .where(ChatRequest.uid == uid)
        .order_by(col(ChatRequest.id).desc())
        .limit(limit)
    ).all()


def close(session: Session, uid: str, by: str, now: datetime) -> bool:
    """End the citizen's open request; False when none was open. Does not touch the follower."""
    done = session.connection().execute(
        update(ChatRequest)
        .where(col(ChatRequest.uid) == uid, col(ChatRequest.closed_at).is_(None))
        .values(closed_at=now, closed_by=by)
    )
    return done.rowcount > 0


def hand_back(session: Session, uid: str, by: str, now: datetime) -> bool:
    """Give the chat back to the bot: the request ends and the silence with it."""
    follower = followers.lock(session, uid, now)
    follower.human_until = follower.human_requested_at = None
    session.add(follower)
    session.flush()
    for kind in _ALARMS:
        close_alarm(session, kind, uid, now)
    return close(session, uid, by, now)


def claim(session: Session, request_id: int, desk: Desk, now: datetime, quiet: timedelta) -> bool:
    """Take a request that nobody has; of two at once one wins. True also when it is theirs.

    The bot keeps quiet for ``quiet`` from now, as after every act of a person.
    """
    request = _locked(session, request_id, now)
    if request is None or request.closed_at is not None:
        return False
    if request.claimed_by_id == desk.account_id:
        return True
    taken = session.connection().execute(
        update(ChatRequest)
        .where(
            col(ChatRequest.id) == request_id,
            col(ChatRequest.closed_at).is_(None),
            col(ChatRequest.claimed_by_id).is_(None),
        )
        .values(claimed_by_id=desk.account_id, claimed_at=now)
    )
    if taken.rowcount == 1:
        stay_quiet(session, request.uid, now, quiet)
    session.refresh(request)
    return taken.rowcount == 1


def release(session: Session, request_id: int, desk: Desk, now: datetime) -> bool:
    """Put a request of one's own back into the queue, at its old place."""
    return _move(session, request_id, desk, now, {"claimed_by_id": None, "claimed_at": None})


def pass_to_person(
    session: Session, request_id: int, desk: Desk, account_id: int, now: datetime
) -> bool:
    """Hand a request of one's own to another account."""
    return _move(session, request_id, desk, now, {"claimed_by_id": account_id, "claimed_at": now})


def pass_to_agency(
    session: Session, request_id: int, desk: Desk, agency_id: int | None, now: datetime
) -> bool:
    """Put a request of one's own into an agency's queue (None: the queue of the province)."""
    values = {"claimed_by_id": None, "claimed_at": None, "agency_id": agency_id}
    return _move(session, request_id, desk, now, values)


def _move(
    session: Session, request_id: int, desk: Desk, now: datetime, values: Mapping[str, object]
) -> bool:
    request = _locked(session, request_id, now)
    if request is None:
        return False
    # Back in a queue it waits again, whatever was answered before.
    again = {"last_staff_at": None} if values["claimed_by_id"] is None else {}
    moved = session.connection().execute(
        update(ChatRequest)
        .where(
            col(ChatRequest.id) == request_id,
            col(ChatRequest.closed_at).is_(None),
            col(ChatRequest.claimed_by_id) == desk.account_id,
        )
        .values(**values, **again)
    )
    session.refresh(request)
    return moved.rowcount == 1


def staff_wrote(
    session: Session, uid: str, now: datetime, quiet: timedelta, *, reason: str = "zalo"
) -> ChatRequest:
    """Note that a person answered: the request (opened when there is none) and the silence.

    ``reason`` is used for a request that has to be opened. Alarms about the chat are mended.
    """
    stay_quiet(session, uid, now, quiet).human_requested_at = None
    request = open_request(session, uid, reason, now)
    request.last_staff_at = max(now, request.last_staff_at or now)
    session.add(request)
    session.flush()
    for kind in _ALARMS:
        close_alarm(session, kind, uid, now)
    return request


def stay_quiet(session: Session, uid: str, now: datetime, quiet: timedelta) -> Follower:
    """Keep the bot silent for ``quiet`` from now; a longer silence stays."""
    follower = followers.lock(session, uid, now)
    follower.human_until = max(now + quiet, follower.human_until or now)
    session.add(follower)
    session.flush()
    return follower


def citizen_wrote(session: Session, follower: Follower, now: datetime, quiet: timedelta) -> None:
    """A message during the silence: when somebody here has the chat, the silence starts anew.

    Nobody who waits in the queue, or for Zalo's own tool, is kept from the bot by writing on.
    """
    request = open_of(session, follower.uid)
    if request is not None and request.claimed_by_id:
        follower.human_until = max(now + quiet, follower.human_until or now)


def close_silent(
    session: Session, now: datetime, kept: Sequence[int] = (), limit: int = 500
) -> int:
    """End requests whose silence is over, except those ``kept``; answers how many.

    Waiting requests that the office had no chance to see yet are kept by the caller, who knows
    the office hours.
    """
    ended = silent(session, now, limit)
    done = 0
    for request in ended:
        if request.id in kept:
            continue
        follower = followers.lock(session, request.uid, now)
        if follower.human_until is None or follower.human_until <= now:
            follower.human_until = follower.human_requested_at = None
            session.add(follower)
            session.flush()
            done += close(session, request.uid, BY_SYSTEM, now)
    return done


def silent(session: Session, now: datetime, limit: int = 500) -> Sequence[ChatRequest]:
    """Open requests whose chats the bot has again because nobody wrote, oldest first."""
    return session.exec(
        select(ChatRequest)
        .join(Follower, col(Follower.uid) == col(ChatRequest.uid))
        .where(
            col(ChatRequest.closed_at).is_(None),
            func.coalesce(col(Follower.human_until), col(ChatRequest.opened_at)) <= now,
        )
        .order_by(col(ChatRequest.opened_at), col(ChatRequest.id))
        .limit(limit)
    ).all()


def get(session: Session, request_id: int, desk: Desk) -> ChatRequest | None:
    """A request this account may see, open or closed."""
    request = session.get(ChatRequest, request_id)
    return request if request is not None and desk.sees(request) else None


def _locked(session: Session, request_id: int, now: datetime) -> ChatRequest | None:
    """The request with its follower locked; None when there is none."""
    uid = session.scalar(core_select(col(ChatRequest.uid)).where(col(ChatRequest.id) == request_id))
    if uid is None:
        return None
    followers.lock(session, uid, now)
    return session.get_one(ChatRequest, request_id, with_for_update=True)
