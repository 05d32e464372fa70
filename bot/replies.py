"""A handler's answer as rows of the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.messages import to_json
from bot.routing import Reply
from store.outbox import Draft
from store.tables import Lane

#: An answer nobody could deliver for a day answers nothing any more.
EXPIRY = timedelta(days=1)


def drafts(
    reply: Reply, inbound_id: int, uid: str, correlation_id: str, now: datetime
) -> list[Draft]:
    """The messages in order, then those for others; keys repeat when the event is replayed."""
    made = [
        Draft(
            dedupe_key=f"in:{inbound_id}:{n}",
            lane=Lane.reply,
            kind="reply",
            body=to_json(message),
            correlation_id=correlation_id,
            due_at=now,
            uid=uid,
            expires_at=now + EXPIRY,
        )
        for n, message in enumerate(reply.messages)
    ]
    made += [
        Draft(
            dedupe_key=f"in:{inbound_id}:also:{n}",
            lane=Lane.reply,
            kind=other.kind,
            body=to_json(other.message),
            correlation_id=correlation_id,
            due_at=now,
            uid=other.uid,
            phone=other.phone,
            facts=other.facts,
            expires_at=other.expires_at or now + EXPIRY,
        )
        for n, other in enumerate(reply.also)
    ]
    return made
