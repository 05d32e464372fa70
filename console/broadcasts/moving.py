"""One move of an announcement: locked, moved, written down, or refused with the sentence why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from console.access import Act
from console.broadcasts.reach import address, held
from console.frame import Answer, Console
from notify.alarms import close_alarm
from notify.broadcasts.moves import NotNow
from store.tables import Broadcast

#: Moves a locked row; answers what the audit says of it.
Move = Callable[[Session, Broadcast], dict[str, Any]]


def move(
    console: Console, broadcast_id: int, act: Act, action: str, notice: str, how: Move
) -> Answer:
    """Do it in one transaction and go back to the page of the announcement."""
    back = address(broadcast_id)
    try:
        with console.database.write(wake=True) as session:
            row = held(session, broadcast_id, act)
            if row is None:
                return console.missing()
            details = how(session, row)
            session.add(row)
            # Somebody has seen to it.
            for kind in ("broadcast_grew", "broadcast_missed", "broadcast_stopped"):
                close_alarm(session, kind, str(broadcast_id), console.clock.now())
            console.audit(session, action, "broadcast", str(broadcast_id), **details)
    except NotNow as refused:
        return console.refuse(str(refused), back=back)
    return console.redirect(back, notice)
