"""From one stored event to its effects, in one transaction: facts, one handler, its replies.

A crash anywhere before the commit leaves nothing behind; handled again, the replies' keys
("in:<event id>:<n>") keep them from being queued twice (design, "The way of the data" 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

import journal
from bot import facts, repeats
from bot.events import (
    ChatNow,
    Event,
    Follow,
    NotAnEvent,
    OaSent,
    Received,
    ResponseButton,
    Seen,
    SubmitInfo,
    TagChanged,
    Unfollow,
    UserMessage,
    Withdraw,
    ZbsReceived,
    counts_as_interaction,
    is_console_test,
    parse,
)
from bot.replies import drafts
from bot.router import LAST, Router, read
from bot.routing import Attached, Context, Incoming, Reply, Route
from clock import Clock
from crypto import Vault
from dossiers.workdays import Calendar
from notify import receipts
from notify.calendars import calendar_of
from settings import Settings
from store import chats, conversations, followers, topics
from store.engine import Database
from store.outbox import enqueue
from store.tables import Follower, InboundEvent, InboundState
from wording import Words

_ANSWERED = (UserMessage, Follow, Unfollow, ChatNow, Withdraw, SubmitInfo, ResponseButton)
_RECEIPTS = (OaSent, Received, Seen, ZbsReceived)
#: What still reaches the bot while a person has the chat: consent, and the way back.
WHILE_QUIET = frozenset(
    {
        "follow",
        "unfollow",
        "withdraw",
        "erase",
        "erase_answer",
        "privacy_see",
        "privacy_correct",
        "privacy_details",
        "stop",
        "sentence_stop",
        "start",
        "human",
        "menu",
        "feedback_rating",
    }
)
#: Told of every text the bot answered: what was said, the route, the reply, and whether it came
#: into an open conversation.
Listener = Callable[[Incoming, Context, Route, Reply, bool], None]
#: Texts of the codes on a photo; None without a photo, or when it could not be had.
Scanned = tuple[str, ...] | None
#: Files sent into a feedback that is being written, fetched before; None when there are none.
Files = tuple[Attached, ...] | None
_UID_LIMIT = 64
#: So many unknown members are named in a log line; all are counted.
_NAMED = 10
_LOG = journal.get("handling")


@dataclass(frozen=True)
class Handled:
    """What became of one event; nothing in it is personal."""

    inbound_id: int
    event_name: str
    handler: str
    state: InboundState
    reason: str = ""
    replies: int = 0


class Handling:
    """Everything handling needs, put together once a worker.

    Without a ``calendar`` each event is handled by the one the settings have at that moment.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        vault: Vault,
        calendar: Calendar | None,
        clock: Clock,
        routes: Iterable[Route],
        listener: Listener | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._vault = vault
        self._calendar = calendar
        self._clock = clock
        self._router = Router(routes)
        self._listener = listener

    def handle(
        self,
        row: InboundEvent,
        profile: facts.Profile | None = None,
        scanned: Scanned = None,
        attached: Files = None,
    ) -> str:
        """Handle a claimed event; the handler's name, "" when the event asks for nothing."""
        if row.id is None:
            raise ValueError("the event was never stored")
        return self.run(
            row.id, profile, owner=row.lease_owner, scanned=scanned, attached=attached
        ).handler

    def run(
        self,
        event_id: int,
        profile: facts.Profile | None = None,
        owner: str | None = None,
        scanned: Scanned = None,
        attached: Files = None,
    ) -> Handled:
        """Handle the stored event ``event_id`` in a transaction of its own.

        ``profile`` is what Zalo told about the citizen, asked before (`facts.needs_profile`).
        ``scanned`` is what the codes on its photo say, ``attached`` the files of a feedback, read
        before for the same reason.
        With ``owner``, an event whose lease went to somebody else meanwhile is left to them.
        """
        with self._database.write(wake=True) as session:
            row = session.get(InboundEvent, event_id, with_for_update=True)
            now = self._clock.now()
            if row is None or row.state in (InboundState.handled, InboundState.ignored):
                return Handled(event_id, "", "", InboundState.handled, "already handled")
            if owner is not None and row.lease_owner != owner:
                return Handled(event_id, row.event_name, "", InboundState(row.state), "not ours")
            handled = self._decide(session, row, profile, (scanned, attached), now)
            row.state, row.handler, row.handled_at = handled.state, handled.handler, now
            row.problem, row.lease_owner, row.lease_until = handled.reason, "", None
            session.add(row)
        return handled

    def _decide(
        self,
        session: Session,
        row: InboundEvent,
        profile: facts.Profile | None,
        seen: tuple[Scanned, Files],
        now: datetime,
    ) -> Handled:
        try:
            event = parse(row.body or b"", server="ZNS" if row.zns else None)
        except NotAnEvent:
            return _ignored(row, "erased" if row.body is None else "not an event")
        if event.unknown_members:
            _LOG.info(
                "unknown_members",
                event_name=event.name,
                inbound_id=row.id,
                count=len(event.unknown_members),
                problem=" ".join(event.unknown_members[:_NAMED]),
            )
        if is_console_test(event, self._settings.zalo_oa_id):
            return _ignored(row, "console test")
        if isinstance(event, _RECEIPTS):
            receipts.learn(session, event, now)
            if isinstance(event, OaSent) and event.admin_id and event.user_id:
                self._person_answered(session, event, now)
            return _done(row, "receipts")
        if isinstance(event, TagChanged):
            _tag(session, event)
            return _done(row, "tags")
        answered = isinstance(event, _ANSWERED)
        if not event.user_id or len(event.user_id) > _UID_LIMIT:
            return _ignored(row, "no citizen")
        if not answered and not counts_as_interaction(event):
            return _ignored(row, "asks for nothing")
        follower = followers.lock(session, event.user_id, now)
        if not facts.learn(follower, event, profile, now):
            return _done(row, "late")
        session.add(follower)
        if not answered:
            return _done(row, "facts")
        return self._answer(session, row, event, follower, seen, now)

    def _person_answered(self, session: Session, event: OaSent, now: datetime) -> None:
        """A person wrote in Zalo's own tool: the bot keeps quiet from then (protocol 8.7)."""
        quiet = timedelta(minutes=self._settings.human_quiet_minutes)
        wrote = facts.moment(event, now)
        if wrote + quiet <= now:
            # An echo that comes an hour late must not hand over a chat that is the bot's again.
            return
        chats.staff_wrote(session, event.user_id or "", wrote, quiet)

    def _answer(
        self,
        session: Session,
        row: InboundEvent,
        event: Event,
        follower: Follower,
        seen: tuple[Scanned, Files],
        now: datetime,
    ) -> Handled:
        context = self._context(session, row, follower, now)
        quiet = follower.human_until is not None and follower.human_until > now
        incoming = read(event, *seen)
        waited = bool(context.conversation.flow) and (
            context.conversation.expires_at is None or context.conversation.expires_at >= now
        )
        found = self._router.route(incoming, context, WHILE_QUIET if quiet else None)
        session.add(follower)
        if found is None:
            self._wrote_to_person(session, event, follower, now)
            return _done(row, "quiet", reason="a person has the chat")
        route, reply = found
        if follower.withdrawn_at == now:
            row.body = None
        elif not quiet:
            reply = repeats.vary(reply, context, lost=route.name == LAST)
        context.conversation.updated_at = now
        session.add(context.conversation)
        handled = self._queue(session, row, route, reply, follower, now)
        if self._listener and incoming.text and not quiet and follower.withdrawn_at is None:
            # Last, so that a counter many share is held no longer than the commit takes.
            self._listener(incoming, context, route, reply, waited)
        return handled

    def _wrote_to_person(
        self, session: Session, event: Event, follower: Follower, now: datetime
    ) -> None:
        if isinstance(event, UserMessage):
            quiet = timedelta(minutes=self._settings.human_return_minutes)
            chats.citizen_wrote(session, follower, now, quiet)
            session.add(follower)

    def _context(
        self, session: Session, row: InboundEvent, follower: Follower, now: datetime
    ) -> Context:
        return Context(
            session=session,
            now=now,
            settings=self._settings,
            vault=self._vault,
            words=Words(follower.language, self._settings),
            calendar=self._calendar or calendar_of(self._settings),
            follower=follower,
            conversation=conversations.lock(session, follower.uid, now),
            correlation_id=row.correlation_id,
        )

    def _queue(
        self,
        session: Session,
        row: InboundEvent,
        route: Route,
        reply: Reply,
        follower: Follower,
        now: datetime,
    ) -> Handled:
        made = drafts(reply, row.id or 0, follower.uid, row.correlation_id, now)
        # The handler's own rows first, so that a reply never refers to something unwritten.
        session.flush()
        queued = enqueue(session, made, now)
        return _done(row, route.name, replies=queued)


def _tag(session: Session, event: TagChanged) -> None:
    """What the OA calls its people decides who belongs to an audience."""
    name = (event.tag or "").strip()[:100]
    uids = [uid for uid in event.user_ids if len(uid) <= _UID_LIMIT]
    if not name:
        return
    if event.change == "added":
        topics.tag(session, name, uids)
    else:
        topics.untag(session, name, uids if event.change == "removed" else None)


def _done(row: InboundEvent, handler: str, reason: str = "", replies: int = 0) -> Handled:
    return Handled(row.id or 0, row.event_name, handler, InboundState.handled, reason, replies)


def _ignored(row: InboundEvent, reason: str) -> Handled:
    return Handled(row.id or 0, row.event_name, "", InboundState.ignored, reason)
