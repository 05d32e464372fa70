"""What is counted of sending: calls by channel and code, how long they took, how long it waited."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

from bot.errors import Api, rule_for
from bot.outcomes import CallFailed, NoToken, Uncertain, ZaloError

CALLS = Counter(
    "motcua_calls",
    'Messages handed to Zalo, by channel and answer: "0" taken, a code of Zalo\'s, '
    '"uncertain" no answer, "no_token", "no_connection", "unknown" a code nobody here knows',
    ["channel", "code"],
)
CALL_SECONDS = Histogram(
    "motcua_call_seconds",
    "Time of one call that hands a message to Zalo",
    ["channel"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
HANDED_SECONDS = Histogram(
    "motcua_handed_seconds",
    "Time from the queueing of a message until Zalo took it",
    ["lane"],
    buckets=(0.05, 0.1, 0.3, 1, 3, 10, 30, 60, 300, 3600, 36_000),
)


def answer_of(channel: str, failure: CallFailed | None) -> str:
    """The code an answer is counted under; a bounded set, whatever Zalo may invent."""
    if failure is None:
        return "0"
    if isinstance(failure, ZaloError):
        api = Api.zbs if channel == "zbs_phone" else Api.oa
        return str(failure.code) if rule_for(api, failure.code).known else "unknown"
    if isinstance(failure, Uncertain):
        return "uncertain"
    return "no_token" if isinstance(failure, NoToken) else "no_connection"


def call(channel: str, lane: str, failure: CallFailed | None, took: float, waited: float) -> None:
    """Count one call; ``took`` and ``waited`` (since it was queued) in seconds."""
    CALLS.labels(channel, answer_of(channel, failure)).inc()
    CALL_SECONDS.labels(channel).observe(took)
    if failure is None:
        HANDED_SECONDS.labels(lane).observe(max(0.0, waited))
