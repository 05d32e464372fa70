"""An announcement's figures: kept on its row, so that looking at them costs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from store import broadcast_figures
from store.broadcast_figures import RULED_OUT, Tally
from store.tables import Broadcast, OutboxState

_REACHED = (OutboxState.sent, OutboxState.delivered, OutboxState.seen)
#: A longer pause between two counts says nothing of the speed.
_GAP_SECONDS = 120
_OPEN = (OutboxState.queued, OutboxState.leased, OutboxState.uncertain)


def count(session: Session, row: Broadcast, now: datetime) -> dict[str, Any]:
    """Fresh figures.

    ``sent``, ``delivered`` and ``seen`` each hold the later ones too; ``waiting`` are queued or on
    their way, ``left`` have not been queued yet; ``by_channel``, ``failed_by``, ``ruled_out_by``
    say how and why; ``cost`` in VND; ``stopped``, ``unfollowed`` and their sum ``left_by_it``.
    ``per_minute``: how many people it got done with lately.
    """
    tallies = broadcast_figures.tally(session, row.id or 0)
    by_state: Counter[str] = Counter()
    by_channel: Counter[str] = Counter()
    failed_by: Counter[str] = Counter()
    ruled_out_by: Counter[str] = Counter()
    for one in tallies:
        by_state[one.state] += one.count
        if one.state in _REACHED:
            by_channel[one.channel] += one.count
        elif one.state not in _OPEN:
            (ruled_out_by if _ruled_out(one) else failed_by)[one.reason] += one.count
    gone = (
        broadcast_figures.left_since(session, row.id or 0, row.started_at)
        if row.started_at
        else {"stopped": 0, "unfollowed": 0}
    )
    seen = by_state[OutboxState.seen]
    delivered = by_state[OutboxState.delivered] + seen
    sent = by_state[OutboxState.sent] + delivered
    failed = sum(failed_by.values())
    return {
        "at": now.isoformat(),
        "total": row.total,
        "sent": sent,
        "delivered": delivered,
        "seen": seen,
        "failed": failed,
        "ruled_out": sum(ruled_out_by.values()),
        "waiting": sum(by_state[state] for state in _OPEN),
        "left": max(0, row.total - row.fed),
        "ended": sent + failed,
        "by_channel": dict(by_channel),
        "failed_by": dict(failed_by),
        "ruled_out_by": dict(ruled_out_by),
        "cost": broadcast_figures.whole_cost(session, row.id or 0),
        **gone,
        "left_by_it": gone["stopped"] + gone["unfollowed"],
        "per_minute": _speed(row.figures, now, sent + failed + sum(ruled_out_by.values())),
        **({"excused": row.figures["excused"]} if "excused" in row.figures else {}),
    }


def _speed(before: Mapping[str, Any], now: datetime, done: int) -> float:
    """People a minute since the last count, half smoothed; after a long gap what was known."""
    known = float(before.get("per_minute") or 0)
    if "at" not in before:
        return known
    seconds = (now - datetime.fromisoformat(before["at"])).total_seconds()
    if not 0 < seconds <= _GAP_SECONDS:
        return known
    was = sum(int(before.get(name, 0)) for name in ("sent", "failed", "ruled_out"))
    fresh = max(0, done - was) * 60 / seconds
    return round((known + fresh) / 2 if known else fresh, 1)


def _ruled_out(one: Tally) -> bool:
    return one.state == OutboxState.dropped and one.reason in RULED_OUT
