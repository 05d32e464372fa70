"""Whether Zalo's own word about our messages reaches us (zalo-protocol 1.8, 8.7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from store import spelt
from store.tables import InboundEvent

#: So many of the newest events are looked at.
_NEWEST = 5000


def heard_since(session: Session, since: datetime) -> bool:
    """Whether silence about a message that left before ``since`` means that Zalo never took it.

    It does when echoes come at all, something came since, and nothing that came still waits to
    be read.
    """
    waits = core_select(col(InboundEvent.id)).where(
        spelt.one_of(col(InboundEvent.state), spelt.OPEN_EVENTS),
        col(InboundEvent.received_at) < since,
    )
    if session.scalar(core_select(exists(waits))):
        return False
    newest = (
        core_select(col(InboundEvent.event_name), col(InboundEvent.received_at))
        .order_by(col(InboundEvent.id).desc())
        .limit(_NEWEST)
        .subquery()
    )
    something = core_select(exists().where(newest.c.received_at >= since))
    an_echo = core_select(exists().where(newest.c.event_name.startswith("oa_send_")))
    return bool(session.scalar(something)) and bool(session.scalar(an_echo))
