"""Chats fall back to the bot when nobody writes any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from dossiers.workdays import Calendar
from notify.calendars import calendar_of
from settings import Settings
from store import chats
from store.engine import Database
from store.tables import ChatRequest


def end_silent(database: Database, settings: Settings, now: datetime) -> int:
    """End the requests whose silence is over; answers how many.

    Who asked in the evening keeps the place in the queue until the office was open as long as
    the bot keeps quiet: the bot answers again meanwhile, but nobody's question is lost overnight.
    """
    calendar = calendar_of(settings)
    minutes = settings.human_return_minutes
    with database.read() as session:
        found = chats.silent(session, now)
    if not found:
        return 0
    kept = [one.id for one in found if one.id and _unseen(one, calendar, minutes, now)]
    with database.write() as session:
        return chats.close_silent(session, now, kept)


def _unseen(request: ChatRequest, calendar: Calendar, minutes: int, now: datetime) -> bool:
    """Whether the office had no chance yet to see a request that nobody took."""
    if request.claimed_by_id is not None or request.last_staff_at is not None:
        return False
    if now - request.opened_at > timedelta(days=14):
        return False
    return now < calendar.add_work_hours(request.opened_at, minutes / 60)
