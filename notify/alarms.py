"""Telling staff that something needs a person: one open alarm a subject, counted.

Known kinds: ``token_refused``, ``token_dying`` (an OA admin must consent again), ``human_wanted``,
``feedback`` (a citizen waits for an answer), ``error_code`` (Zalo refused with a code that needs
a person), ``event_parked``, ``inbox_old``, ``outbox_old`` (work does not get done).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

import journal
from store import alarms
from store.tables import Alarm


def open_alarm(session: Session, kind: str, subject: str, text: str, now: datetime) -> bool:
    """Raise an alarm within the caller's transaction; True when it was not open before.

    ``text`` says in Vietnamese what is wrong and which setting or person mends it; neither it
    nor ``subject`` may hold a phone number, a name or what a citizen wrote.
    """
    new = alarms.open_alarm(session, kind, subject, text, now)
    if new:
        journal.get("alarms").warning("alarm_opened", kind=kind)
    return new


def close_alarm(session: Session, kind: str, subject: str, now: datetime) -> bool:
    """Say that the matter is settled; False when no such alarm was open."""
    closed = alarms.close_alarm(session, kind, subject, now)
    if closed:
        journal.get("alarms").info("alarm_closed", kind=kind)
    return closed


def open_alarms(session: Session) -> Sequence[Alarm]:
    """What waits for a person, the one raised last first."""
    return alarms.open_alarms(session)


def watch(session: Session, kind: str, subject: str, text: str | None, now: datetime) -> None:
    """Open the alarm while ``text`` says that something is wrong, close it when it is None."""
    if text is None:
        close_alarm(session, kind, subject, now)
    elif alarms.hold_alarm(session, kind, subject, text, now):
        journal.get("alarms").warning("alarm_opened", kind=kind)
