"""The announcements' loop of a worker: starts what is due, fixes recipients, feeds, watches, ends.

Any number of workers run it: each step locks the announcement's row and looks again before it
acts, so that two of them only share the work. Sending itself is the sender's (`notify.sender`).
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from enum import IntEnum

import journal
from bot.client import ZaloClient
from clock import Clock
from dossiers import times
from notify.alarms import open_alarm
from notify.broadcasts import articles, feeding, figures, guard
from notify.broadcasts.content import digest
from notify.broadcasts.moves import copy
from notify.broadcasts.repeating import Rule, next_time
from notify.calendars import calendar_of
from notify.policy import next_opening
from notify.rate import RateLimit
from settings import Settings
from store import broadcast_sending, broadcasts, health
from store.engine import Database
from store.tables import AT_WORK, Broadcast, BroadcastState, Way

_LOG = journal.get("broadcast")
#: While something is being sent, the outbox is filled up this often.
_BUSY_SECONDS = 0.2
_IDLE_SECONDS = 1.0
#: Figures are counted this often, or less often where counting takes long.
_COUNT_SECONDS = 2.0
_FIRST_COUNT_SECONDS = 0.3
#: Outside the hours only receipts come in.
_RESTING_SECONDS = 60.0
#: Receipts still come in this long after the end.
_RECEIPTS = timedelta(days=7)
#: Messages kept waiting in the outbox: this share of a minute's rate, within bounds.
_AHEAD, _LEAST, _MOST = 4, 20, 1000


#: What stands so never comes back by itself.
_NOT_AGREED = (BroadcastState.draft, BroadcastState.waiting, BroadcastState.cancelled)


class Next(IntEnum):
    """When to look again."""

    later = 0
    soon = 1
    at_once = 2


class BroadcastLoop:
    """Works on announcements until told to stop."""

    def __init__(
        self,
        database: Database,
        client: ZaloClient,
        settings: Settings,
        clock: Clock,
        rate: RateLimit,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._articles = articles.Articles(database, client, settings, clock, rate)
        self._counted: dict[int, float] = {}

    def run(self, stop: threading.Event) -> None:
        """Go on until ``stop`` is set; a database that is away is waited for."""
        while not stop.is_set():
            seen = self._database.wakeups.generation
            try:
                again = self.turn()
            except Exception as error:
                # The database is away, or one announcement cannot be read: the others go on.
                _LOG.error("failed", error_type=type(error).__name__, where=journal.place(error))
                again = Next.later
            if again is Next.later:
                self._database.wakeups.wait(seen, _IDLE_SECONDS)
            elif again is Next.soon:
                stop.wait(_BUSY_SECONDS)

    def turn(self) -> Next:
        """One look at everything there is to do."""
        now = self._clock.now()
        self._come_back(now)
        with self._database.read() as session:
            ids = [] if health.held(session) else broadcasts.at_work(session)
        return max((self._safely(one, now) for one in ids), default=Next.later)

    def refresh(self, now: datetime) -> int:
        """Count announcements of the last days again, for receipts come late; answers how many.

        What a worker held when somebody cancelled, and left behind when it died, is given up.
        """
        with self._database.read() as session:
            recent = [
                row
                for row in broadcasts.listing(
                    session, states=(BroadcastState.done, BroadcastState.cancelled), limit=200
                )
                if row.finished_at is not None
                and now - row.finished_at < _RECEIPTS
                and row.way != Way.article
            ]
        for row in recent:
            if row.state == BroadcastState.cancelled and self._still_open(row.id or 0):
                with self._database.write() as session:
                    broadcast_sending.drop_waiting(session, row.id or 0, "cancelled")
            self._count(row.id or 0, now)
        return len(recent)

    def _safely(self, broadcast_id: int, now: datetime) -> Next:
        """One that cannot be worked on stops for a person; the others go on."""
        try:
            return self._step(broadcast_id, now)
        except ValueError as error:
            _LOG.error("unusable", broadcast_id=broadcast_id, where=journal.place(error))
        with self._database.write() as session:
            row = broadcasts.lock(session, broadcast_id)
            if row is not None and row.state in AT_WORK:
                row.state, row.updated_at = BroadcastState.stopped, now
                row.reason = (
                    "Tự dừng: nội dung không đọc được hoặc không còn là bản đã duyệt. "
                    "Hủy và soạn lại."
                )
                open_alarm(
                    session,
                    "broadcast_stopped",
                    str(broadcast_id),
                    f"Thông báo “{row.title}”: {row.reason}",
                    now,
                )
                session.add(row)
        return Next.later

    def _step(self, broadcast_id: int, now: datetime) -> Next:
        with self._database.read() as session:
            row = broadcasts.get(session, broadcast_id)
        if row is None:
            return Next.later
        if row.state == BroadcastState.scheduled:
            return self._start(row, now) if row.start_at and row.start_at <= now else Next.later
        if row.way == Way.article:
            return Next.soon if self._articles.step(broadcast_id, now) else Next.later
        if row.state == BroadcastState.preparing:
            more = feeding.prepare(self._database, self._settings, broadcast_id, now)
            return Next.at_once if more else Next.later
        return self._send(row, now) if row.state == BroadcastState.sending else Next.later

    def _start(self, row: Broadcast, now: datetime) -> Next:
        """Begin what is due; what was missed for long is left to a person."""
        late = timedelta(minutes=self._settings.broadcast_missed_minutes)
        with self._database.write() as session:
            locked = broadcasts.lock(session, row.id or 0, skip=True)
            if (
                locked is None
                or locked.state != BroadcastState.scheduled
                or locked.start_at is None
                or locked.start_at > now
            ):
                return Next.later
            if digest(locked) != locked.approved_hash:
                locked.state, locked.reason = BroadcastState.missed, "changed"
            elif now - locked.start_at > late or (locked.expires_at and locked.expires_at <= now):
                locked.state, locked.reason = BroadcastState.missed, "late"
            else:
                locked.state, locked.started_at = BroadcastState.preparing, now
                locked.preparing = {"step": "start"}
            if locked.state == BroadcastState.missed:
                text = (
                    f"Thông báo “{locked.title}” hẹn gửi lúc {times.show(locked.start_at)} đã lỡ giờ và "
                    "chưa gửi. Mở trang Thông báo để chọn gửi ngay, hẹn lại hoặc hủy."
                )
                open_alarm(session, "broadcast_missed", str(locked.id), text, now)
            session.add(locked)
        _LOG.info("started", broadcast_id=row.id, state=locked.state)
        return Next.at_once

    def _send(self, row: Broadcast, now: datetime) -> Next:
        broadcast_id = row.id or 0
        if row.expires_at is not None and row.expires_at <= now:
            return self._finish(broadcast_id, now, expired=True)
        disturbs = row.urgent or next_opening(now, self._settings) <= now
        if row.fed and self._due_to_count(broadcast_id):
            self._count(broadcast_id, now, resting=not disturbs)
        if row.fed >= row.total and self._still_open(broadcast_id):
            # Receipts and retries take their time; looking again is for the idle pace.
            return Next.later
        if not disturbs:
            return Next.later
        with self._database.read() as session:
            room = self._ahead() - broadcast_sending.waiting_now(session, now)
        if not guard.proven(row.figures):
            # What cannot work is found out with a few people, not with all of them.
            room = min(room, guard.FIRST - row.fed)
        if room <= 0:
            return Next.soon
        fed = feeding.feed(self._database, self._settings, broadcast_id, now, room)
        if fed < 0:
            return self._finish(broadcast_id, now)
        return Next.soon

    def _still_open(self, broadcast_id: int) -> bool:
        with self._database.read() as session:
            return broadcast_sending.still_open(session, broadcast_id) > 0

    def _ahead(self) -> int:
        share = self._settings.zalo_rate_per_minute // _AHEAD
        return min(max(share, _LEAST), _MOST)

    def _finish(self, broadcast_id: int, now: datetime, *, expired: bool = False) -> Next:
        if not expired:
            if self._still_open(broadcast_id):
                return Next.soon
            # Counted before the lock: it takes a look at every message.
            self._count(broadcast_id, now)
        with self._database.write() as session:
            row = broadcasts.lock(session, broadcast_id, skip=True)
            if row is None or row.state != BroadcastState.sending:
                return Next.later
            if expired:
                broadcast_sending.drop_waiting(session, broadcast_id, "expired")
                row.reason = "expired"
            if broadcast_sending.still_open(session, broadcast_id):
                return Next.soon
            row.state, row.finished_at, row.updated_at = BroadcastState.done, now, now
            session.add(row)
        if expired:
            self._count(broadcast_id, now)
        _LOG.info("finished", broadcast_id=broadcast_id)
        return Next.later

    def _due_to_count(self, broadcast_id: int) -> bool:
        return time.monotonic() >= self._counted.get(broadcast_id, 0)

    def _count(self, broadcast_id: int, now: datetime, *, resting: bool = False) -> None:
        began = time.monotonic()
        with self._database.read() as session:
            row = broadcasts.get(session, broadcast_id)
            fresh = figures.count(session, row, now) if row is not None else {}
        took = time.monotonic() - began
        pause = _COUNT_SECONDS if guard.proven(fresh) else _FIRST_COUNT_SECONDS
        pause = _RESTING_SECONDS if resting else pause
        self._counted[broadcast_id] = time.monotonic() + max(pause, 20 * took)
        with self._database.write() as session:
            row = broadcasts.lock(session, broadcast_id, skip=True)
            if row is None or not fresh:
                return
            if "excused" in row.figures:
                fresh["excused"] = row.figures["excused"]
            row.figures = fresh
            if row.state == BroadcastState.sending and (
                why := guard.verdict(fresh, self._settings)
            ):
                row.state, row.reason, row.updated_at = BroadcastState.stopped, why, now
                text = f"Thông báo “{row.title}”: {why}"
                open_alarm(session, "broadcast_stopped", str(broadcast_id), text, now)
            session.add(row)

    def _come_back(self, now: datetime) -> None:
        """Repeating announcements whose moment is near become announcements of their own."""
        with self._database.read() as session:
            due = [one.id for one in broadcasts.repeats(session, due=now)]
        if not due:
            return
        with self._database.write() as session:
            for repeat in broadcasts.repeats(session, due=now):
                locked = broadcasts.repeat_of(session, repeat.broadcast_id)
                source = broadcasts.get(session, repeat.broadcast_id)
                if locked is None or locked.next_at is None or locked.next_at > now:
                    continue
                if (
                    source is None
                    or source.state in _NOT_AGREED
                    or digest(source) != source.approved_hash
                ):
                    locked.active = False
                    session.add(locked)
                    continue
                made = copy(
                    source,
                    locked.changed_by,
                    now,
                    state=BroadcastState.scheduled,
                    start_at=locked.next_at,
                    approved_hash=source.approved_hash,
                    approved_by=source.approved_by,
                    approved_at=source.approved_at,
                    submitted_by=source.submitted_by,
                    submitted_at=source.submitted_at,
                    started_by=locked.changed_by,
                    repeat_id=locked.id,
                )
                broadcasts.add(session, made)
                rule = Rule.model_validate(locked.rule)
                locked.next_at = next_time(rule, locked.next_at, calendar_of(self._settings))
                session.add(locked)
