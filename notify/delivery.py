"""One claimed message: asked of the policy, handed to Zalo, its outcome turned into a result.

No transaction is open here; what must be written is in the `Done` that comes back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import journal
from bot.client import ZaloClient
from bot.errors import Api, Retry, Rule, rule_for
from bot.messages import File, Image, Message, Template, from_json
from bot.outcomes import CallFailed, Sent, ZaloError
from clock import Clock
from notify import measured
from notify.broadcasts import unsure
from notify.broadcasts.announced import Announced
from notify.media import FileGone, Media, NoSlot
from notify.policy import Channel, Drop, Hold, Quotas, Send, Terms, decide
from notify.pricing import Charge, charge
from notify.rate import RateLimit
from notify.recipient_facts import Recheck, message_facts, recipient_facts
from notify.restored import Restored
from notify.results import REMEMBERED, Verdict, backoff, judge
from notify.templates import as_template
from settings import Settings
from store.engine import Database
from store.results import Learned
from store.sending import Claimed, Result
from store.tables import SECRET_KINDS, Lane, OutboxState

_LOG = journal.get("sender")
#: Seconds between two looks for a message while Zalo cannot be asked, at most.
_LOOK_AGAIN = 300
_WAITS = (OutboxState.queued, OutboxState.uncertain)


@dataclass(frozen=True, slots=True)
class Done:
    """What to write after a message was dealt with."""

    result: Result
    learned: Learned | None = None
    alarm: Rule | None = None
    charge: Charge | None = None

    @property
    def waits(self) -> bool:
        """Whether it will be tried again: later messages of its order must then wait too."""
        return self.result.state in _WAITS


class Asks(NamedTuple):
    """What is asked of the database, or of Zalo, before a message may go."""

    announced: Announced
    restored: Restored
    recheck: Recheck

    @classmethod
    def over(
        cls,
        database: Database,
        client: ZaloClient,
        settings: Settings,
        clock: Clock,
        rate: RateLimit,
    ) -> Asks:
        """All three over one database and one client."""
        return cls(
            Announced(database, settings),
            Restored(database, client, settings, rate),
            Recheck(database, clock),
        )


class Delivery:
    """Deals with one message at a time, on any number of threads."""

    def __init__(
        self,
        client: ZaloClient,
        settings: Settings,
        clock: Clock,
        rate: RateLimit,
        media: Media,
        asks: Asks,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._rate = rate
        self._media = media
        self._announced, self._restored, self._recheck = asks
        self._jitter = jitter

    def deliver(self, row: Claimed, quotas: Quotas, welcomed: int, claimed_at: datetime) -> Done:
        """Send the message, or say why not; nothing the message holds makes it raise.

        ``welcomed``: welcome messages that went to this follower since the row was read, which
        was at ``claimed_at``.
        """
        latest = self._recheck.latest(row, claimed_at)
        if latest is None:
            return Done(_ended(row, OutboxState.dropped, "erased", self._clock.now()))
        row = latest
        terms: Terms | None = None
        try:
            if row.lane == Lane.broadcast and row.reason == unsure.REASON:
                known = self._known_fate(row)
                if known is not None:
                    return known
            if row.broadcast_id is not None:
                message, template, terms = self._announced.parts(row)
            else:
                message = from_json(row.body) if row.body else None
                template = as_template(row.kind, row.facts, message, f"m{row.id}", self._settings)
        except ValueError:
            return Done(_ended(row, OutboxState.parked, "invalid", self._clock.now()))
        recipient = recipient_facts(row, welcomed)
        refused: frozenset[Channel] = frozenset()
        failed: Done | None = None
        while True:
            facts = message_facts(row, message, template, refused, terms)
            now = self._clock.now()
            decision = decide(facts, recipient, now, self._settings, quotas)
            if not isinstance(decision, Send):
                return _undone(row, decision, failed, now)
            # What a backup held may have gone before it was lost: asked before the first try.
            if failed is None and (found := self._restored.before(row, decision.channel, now)):
                return Done(found)
            failed, other = self._attempt(row, decision, message, template, failed)
            if not other:
                return failed
            refused |= {decision.channel}

    def _known_fate(self, row: Claimed) -> Done | None:
        """What to write of an announcement that may have arrived; None when it certainly did not.

        Others are repeated after a pause; of these nobody may get two.
        """
        found = unsure.fate(self._client, row, self._rate.take)
        now = self._clock.now()
        if found.arrived:
            result = Result(
                row.id,
                OutboxState.sent,
                now,
                attempts=row.attempts,
                channel=Channel.consultation.value,
                zalo_message_id=found.message_id,
                sent_at=found.at or now,
            )
            return Done(result)
        if found.known or self._announced.echo_missing(row, now):
            return None
        attempts = row.attempts + 1
        if not found.asked and attempts < self._settings.retry_attempts:
            due = now + backoff(attempts, _LOOK_AGAIN, self._jitter)
            return Done(Result(row.id, OutboxState.queued, due, row.reason, attempts))
        return Done(_ended(row, OutboxState.parked, "uncertain", now))

    def _attempt(
        self,
        row: Claimed,
        decision: Send,
        message: Message | None,
        template: Template | None,
        before: Done | None,
    ) -> tuple[Done, bool]:
        """Try one channel; True when another may be tried. ``before`` is the failure before it."""
        channel = decision.channel
        began = time.monotonic()
        try:
            sent = self._hand_over(row, channel, message, template)
        except NoSlot:
            free = self._rate.free_at(oa=channel is Channel.consultation)
            return Done(_held(row, free, "rate")), False
        except FileGone:
            return Done(_ended(row, OutboxState.dropped, "file_gone", self._clock.now())), False
        except CallFailed as failure:
            now = self._clock.now()
            free = self._rate.free_at(now, oa=channel is Channel.consultation)
            verdict = judge(failure, row, now, free, self._settings, self._jitter)
            _log(row, channel, verdict.state.value, failure, began, now)
            return _failed(row, channel, verdict, now, before), verdict.try_other
        now = self._clock.now()
        _log(row, channel, "sent", None, began, now)
        cost = charge(decision, sent.quota, self._settings)
        learned = before.learned if before else None
        if cost.welcome and row.uid:
            learned = Learned(row.uid, now, welcome_used=cost.welcome)
        done = Result(
            row.id,
            OutboxState.sent,
            now,
            attempts=row.attempts + 1,
            channel=channel.value,
            zalo_message_id=sent.message_id,
            cost_vnd=cost.cost,
            sent_at=sent.sent_at or now,
            forget=row.kind in SECRET_KINDS,
        )
        return Done(done, learned, None, cost), False

    def _hand_over(
        self, row: Claimed, channel: Channel, message: Message | None, template: Template | None
    ) -> Sent:
        if channel is Channel.zbs_phone and template is not None:
            mode = "development" if self._settings.zbs_development_mode else None
            phone = row.phone.lstrip("+")
            return self._call(
                Api.zbs, lambda: self._client.send_template_phone(phone, template, mode)
            )
        if channel is Channel.zbs_uid and template is not None:
            return self._call(Api.zbs, lambda: self._client.send_template_uid(row.uid, template))
        if isinstance(message, Image | File):
            return self._send_media(row.uid, message)
        if message is None:
            raise FileGone
        return self._call(Api.oa, lambda: self._client.send(row.uid, message))

    def _send_media(self, uid: str, message: Image | File) -> Sent:
        """With Zalo's copy of our file; one that has expired there is uploaded again, once."""
        ready = self._media.ready(message)
        try:
            return self._call(Api.oa, lambda: self._client.send(uid, ready))
        except ZaloError as error:
            if rule_for(error.api, error.code).retry is not Retry.reupload:
                raise
        self._media.expired(message, ready)
        fresh = self._media.ready(message)
        return self._call(Api.oa, lambda: self._client.send(uid, fresh))

    def _call(self, api: Api, call: Callable[[], Sent]) -> Sent:
        """With a slot of the rate taken first, and what the answer says of it learned."""
        if not self._rate.take(oa=api is Api.oa):
            raise NoSlot
        asked = self._clock.now()
        try:
            sent = call()
        except CallFailed as failure:
            self._rate.learn(api, failure.rate, asked, self._clock.now())
            if isinstance(failure, ZaloError) and (
                rule_for(failure.api, failure.code).retry is Retry.minute
            ):
                self._rate.refused(api, failure.rate)
            raise
        self._rate.learn(api, sent.rate, asked, self._clock.now())
        return sent


def _failed(
    row: Claimed, channel: Channel, verdict: Verdict, now: datetime, before: Done | None
) -> Done:
    result = Result(
        row.id,
        verdict.state,
        verdict.due_at,
        verdict.reason,
        verdict.attempts,
        channel.value,
        error_code=verdict.error_code,
        forget=row.kind in SECRET_KINDS and verdict.state is OutboxState.dropped,
    )
    gone = verdict.quota_gone and channel is Channel.consultation
    spent = Charge(0, package_left=0) if gone else before.charge if before else None
    learned = Learned(
        row.uid,
        now,
        # What a phone's owner refused says nothing of the follower who waits for its dossier.
        unreachable="" if channel is Channel.zbs_phone else verdict.unreachable,
        not_follower=verdict.effect == "not_follower",
        window_closed=verdict.effect == "window_closed",
    )
    says = row.uid and (learned.unreachable or learned.not_follower or learned.window_closed)
    return Done(
        result, learned if says else before.learned if before else None, verdict.alarm, spent
    )


def _undone(row: Claimed, decision: Hold | Drop, failed: Done | None, now: datetime) -> Done:
    if isinstance(decision, Hold):
        held = _held(row, decision.until, decision.reason)
        return replace(failed, result=held) if failed else Done(held)
    # Zalo's refusal says more than "no channel".
    return failed or Done(_ended(row, OutboxState.dropped, decision.reason, now))


def _held(row: Claimed, until: datetime, reason: str) -> Result:
    # That a first try may have arrived must not be forgotten: there is only one more.
    reason = row.reason if row.reason in REMEMBERED else reason
    return Result(row.id, OutboxState.queued, until, reason, row.attempts)


def _ended(row: Claimed, state: OutboxState, reason: str, now: datetime) -> Result:
    return Result(row.id, state, now, reason, row.attempts, forget=row.kind in SECRET_KINDS)


def _log(
    row: Claimed,
    channel: Channel,
    state: str,
    failure: CallFailed | None,
    began: float,
    now: datetime,
) -> None:
    took, waited = time.monotonic() - began, (now - row.created_at).total_seconds()
    measured.call(channel.value, row.lane, failure, took, waited)
    code = failure.code if isinstance(failure, ZaloError) else None if failure else 0
    _LOG.info(
        "call",
        outbox_id=row.id,
        kind=row.kind,
        lane=row.lane,
        channel=channel.value,
        state=state,
        status=failure.http_status if failure else 200,
        code=code,
        error_type=type(failure).__name__ if failure else "",
        duration_ms=round(took * 1000, 1),
        correlation_id=row.correlation_id,
    )
