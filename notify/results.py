"""What follows from an answer that was no success: one reading of the error table for all."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.errors import Effect, Retry, Rule, rule_for
from bot.outcomes import CallFailed, NoToken, Uncertain, ZaloError
from notify.policy import morning, next_month, tomorrow
from settings import Settings
from store import restored
from store.faults import trouble
from store.sending import Claimed, Result, repeat_pause
from store.tables import Lane, OutboxState

_NO_TOKEN_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = 300
#: A connection that fails says nothing of the message: try for as long as it is useful.
_LONGEST_OUTAGE_PAUSE = 60
#: Spread over this long, so that a quota that starts anew is not stormed in its first second.
_SPREAD_SECONDS = 120
_UNREACHABLE = frozenset(
    {
        Effect.blocked,
        Effect.inactive,
        Effect.opted_out,
        Effect.opted_out_type,
        Effect.unreachable,
    }
)

#: Why a message may have arrived already; whatever holds it up must not make us forget that.
REMEMBERED = frozenset({"uncertain", restored.REASON})

Jitter = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The message's next state; ``try_other`` asks for another channel at once."""

    state: OutboxState
    due_at: datetime
    reason: str
    attempts: int
    error_code: int | None = None
    #: The rule whose sentence staff must read; None when nobody has to do anything.
    alarm: Rule | None = None
    try_other: bool = False
    #: A period's allowance is used up.
    quota_gone: bool = False
    effect: Effect = Effect.none

    @property
    def unreachable(self) -> str:
        """The word for `Follower.unreachable`; "" when the answer says nothing of the person."""
        return self.effect.value if self.effect in _UNREACHABLE else ""


def judge(
    failure: CallFailed,
    row: Claimed,
    now: datetime,
    free_at: datetime,
    settings: Settings,
    jitter: Jitter,
) -> Verdict:
    """What becomes of a message whose call failed.

    ``free_at`` is when the rate allows calls again; ``jitter`` gives numbers in 0..1.
    """
    if isinstance(failure, ZaloError):
        return _by_rule(rule_for(failure.api, failure.code), row, now, free_at, settings, jitter)
    if isinstance(failure, Uncertain):
        return _uncertain(row, now, settings)
    if isinstance(failure, NoToken):
        # All wait for the same person or refresh; none is worse off for it.
        return _later(row, now + _NO_TOKEN_PAUSE * (1 + jitter()), "no_token", row.attempts)
    pause = backoff(row.attempts, _LONGEST_OUTAGE_PAUSE, jitter)
    return _later(row, now + pause, "no_connection", row.attempts + 1)


def fault(row: Claimed, error: Exception, now: datetime, settings: Settings) -> Result:
    """What becomes of a message when we ourselves failed: later, and at last a person.

    A database that is full or away says nothing of the message: that is no attempt.
    """
    attempts = row.attempts + (0 if trouble(error) else 1)
    gone = attempts >= settings.retry_attempts
    state = OutboxState.parked if gone else OutboxState.queued
    # That a first try may have arrived must not be forgotten.
    reason = row.reason if row.reason in REMEMBERED else "internal"
    return Result(row.id, state, now + backoff(attempts, 300, random.random), reason, attempts)


def backoff(attempts: int, longest: int, jitter: Jitter) -> timedelta:
    """1, 2, 4 ... seconds up to ``longest``, each with a quarter more or less."""
    seconds = min(2.0 ** min(attempts, 16), longest)
    return timedelta(seconds=seconds * (0.75 + jitter() / 2))


def _uncertain(row: Claimed, now: datetime, settings: Settings) -> Verdict:
    # An announcement is looked for in the chat before each try, so it may be tried again.
    tries = settings.retry_attempts if row.lane == Lane.broadcast else 1
    if row.reason == "uncertain" and row.attempts >= tries:
        return Verdict(OutboxState.parked, now, "uncertain", row.attempts + 1)
    seconds = repeat_pause(
        row.lane, settings.uncertain_pause_seconds, settings.broadcast_echo_seconds
    )
    pause = timedelta(seconds=seconds)
    return Verdict(OutboxState.uncertain, now + pause, "uncertain", row.attempts + 1)


def _by_rule(
    rule: Rule,
    row: Claimed,
    now: datetime,
    free_at: datetime,
    settings: Settings,
    jitter: Jitter,
) -> Verdict:
    code = str(rule.code)
    spread = timedelta(seconds=_SPREAD_SECONDS * jitter())
    match rule.retry:
        case Retry.minute:
            # Not an attempt: the message was never looked at.
            return _later(row, max(free_at, now + timedelta(seconds=1)), "rate", row.attempts, rule)
        case Retry.refresh:
            return _later(
                row, now + _NO_TOKEN_PAUSE * (1 + jitter()), "no_token", row.attempts, rule
            )
        case Retry.soon | Retry.reupload:
            return _soon(rule, row, now, settings, jitter)
        case Retry.night:
            return _later(row, morning(now) + spread, code, row.attempts + 1, rule)
        case Retry.tomorrow:
            return _later(row, tomorrow(now) + spread, code, row.attempts + 1, rule)
        case Retry.later if rule.effect is Effect.quota_recipient:
            return _later(row, tomorrow(now) + spread, code, row.attempts + 1, rule)
        case Retry.later:
            wait = _later(row, next_month(now) + spread, code, row.attempts + 1, rule)
            return replace(wait, try_other=True, quota_gone=True)
        case Retry.wait_interaction | Retry.other_channel:
            ended = Verdict(OutboxState.dropped, now, code, row.attempts + 1, rule.code)
            return replace(ended, try_other=True, effect=rule.effect)
        case Retry.permanent if rule.effect is not Effect.none:
            ended = Verdict(OutboxState.dropped, now, code, row.attempts + 1, rule.code)
            return replace(ended, effect=rule.effect)
    # Nothing about this recipient: a person must mend a setting or the account, then requeue.
    return Verdict(OutboxState.parked, now, code, row.attempts + 1, rule.code, alarm=rule)


def _soon(rule: Rule, row: Claimed, now: datetime, settings: Settings, jitter: Jitter) -> Verdict:
    attempts = row.attempts + 1
    most = settings.retry_attempts if rule.known else settings.unknown_error_attempts
    code = str(rule.code)
    if attempts >= most:
        return Verdict(OutboxState.parked, now, code, attempts, rule.code, alarm=rule)
    pause = backoff(row.attempts, _LONGEST_PAUSE, jitter)
    return _later(row, now + pause, code, attempts, rule)


def _later(
    row: Claimed, due_at: datetime, reason: str, attempts: int, rule: Rule | None = None
) -> Verdict:
    code = rule.code if rule else None
    # That a first try may have arrived must not be forgotten: there is only one more.
    reason = row.reason if row.reason in REMEMBERED else reason
    if row.expires_at is not None and due_at >= row.expires_at:
        return Verdict(OutboxState.dropped, due_at, reason, attempts, code)
    return Verdict(OutboxState.queued, due_at, reason, attempts, code)
