"""The sender: claims what is due, hands it to Zalo on threads, writes what became of it.

One plain loop owns the database side. Each of its turns is one transaction that writes the
results so far, reserves the rate and claims the next messages; HTTP happens on threads in
between, with no transaction open (design, "Send").
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

import journal
from bot.client import ZaloClient
from clock import Clock
from notify.alarms import open_alarm
from notify.delivery import Asks, Delivery, Done
from notify.lanes import Job, Lanes
from notify.media import Media
from notify.pace import next_slot
from notify.policy import FREE_WINDOW, Quotas
from notify.rate import RateLimit, Slots
from notify.results import fault
from qr.files import Files
from settings import Settings
from store import allowances, results, sending
from store.engine import Database
from store.sending import Claimed, Outlook
from store.tables import LANE_RANK, Lane

_LOG = journal.get("sender")
#: Claimed messages per thread: enough that threads never wait for the loop, few enough that
#: little hangs on one worker's life.
_DEPTH = 8
#: While threads have work, results gather this long, or until there are many.
_LINGER_SECONDS = 0.03
#: Without any sign of work or of other processes, look this often.
_LOOK_SECONDS = 1.0
#: Room kept for replies when everything else is full.
_REPLY_ROOM = 16
_LOW = LANE_RANK[Lane.broadcast]


class Sender:
    """Sends what stands in the outbox; any number of them on any number of machines."""

    def __init__(
        self,
        database: Database,
        client: ZaloClient,
        settings: Settings,
        clock: Clock,
        *,
        owner: str,
        rate: RateLimit | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._owner = owner
        self._rate = rate = rate or RateLimit(database, settings, clock)
        media = Media(database, client, self._rate, clock, Files(database, settings).content)
        asks = Asks.over(database, client, settings, clock, rate)
        self._delivery = Delivery(client, settings, clock, rate, media, asks, jitter)
        # Announcements may fill so many threads, and be claimed half as many again in advance.
        low = max(1, settings.sender_threads * 3 // 4)
        self._lanes = Lanes(low)
        self._low_capacity = low * 3 // 2 + 1
        self._open_low = 0
        self._paced_until = 0.0
        self._capacity = settings.sender_threads * _DEPTH
        self._lock = threading.Lock()
        self._many = threading.Event()
        self._done: list[tuple[Claimed, Done]] = []
        self._returned: list[Claimed] = []
        self._open = self._open_oa = 0
        self._quotas = Quotas()
        self._more = False
        self._stopping = False

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set (and the wake-ups are notified); then finish what is in
        flight, hand back what nobody began with, and return."""
        threads = [
            threading.Thread(target=self._work, args=(replies_only,), name="send", daemon=True)
            for replies_only in self._workforce()
        ]
        for thread in threads:
            thread.start()
        while not stop.is_set():
            seen = self._database.wakeups.generation
            pause = self._turn()
            if self._lanes.empty:
                self._database.wakeups.wait(seen, pause)
            else:
                self._many.wait(_LINGER_SECONDS)
            self._many.clear()
        self._stopping = True
        self._return(self._lanes.close())
        for thread in threads:
            thread.join()
        try:
            self._write(self._clock.now(), (), 0)
        except SQLAlchemyError as error:
            # The leases run out by themselves; what was sent may then go once more.
            _LOG.error("database", problem=type(error).__name__)

    def _workforce(self) -> list[bool]:
        """Threads for everything, and a few more for replies only: slow calls of a broadcast
        must not hold up somebody who waits."""
        return [False] * (count := self._settings.sender_threads) + [True] * max(1, count // 8)

    # The loop's side

    def _turn(self) -> float:
        """Write, claim, hand out; answers for how many seconds nothing else can be due."""
        now = self._clock.now()
        try:
            room = self._capacity - self._open + len(self._done)
            outlook = self._look(now)
            ranks: Sequence[int] = outlook.due
            if room < self._capacity // 3:
                ranks, room = [rank for rank in ranks if rank == 0], room + _REPLY_ROOM
            if self._paced_until > time.monotonic():
                ranks = [rank for rank in ranks if rank != _LOW]
            if ranks or self._done or self._returned or self._rate.has_news:
                self._write(now, ranks, room)
        except SQLAlchemyError as error:
            # Results stay in memory, leases run on; a database that restarts is back in seconds.
            _LOG.error("database", problem=type(error).__name__)
            return _LOOK_SECONDS
        times = [at for at in (outlook.next_at, self._rate.free_at(now)) if at and at > now]
        wait = min((at - now for at in times), default=timedelta(seconds=_LOOK_SECONDS))
        held = self._paced_until - time.monotonic()
        return min(wait.total_seconds(), held if held > 0 else _LOOK_SECONDS)

    def _look(self, now: datetime) -> Outlook:
        # After a claim that took all it might, there is more for certain.
        if self._more:
            return Outlook(tuple(LANE_RANK.values()), None)
        with self._database.read() as session:
            return sending.look(session, now)

    def _write(self, now: datetime, ranks: Sequence[int], room: int) -> None:
        """One transaction: results in, leases back, the next messages out."""
        with self._lock:
            done, self._done = self._done, []
            returned, self._returned = self._returned, []
        closed = [*(row for row, _ in done), *returned]
        gone_oa = sum(1 for row in closed if row.uid)
        gone_low = sum(1 for row in closed if row.lane == Lane.broadcast)
        claimed: list[Claimed] = []
        slots = Slots()
        try:
            with self._database.write() as session:
                self._record(session, [outcome for _, outcome in done], now)
                if returned:
                    sending.hand_back(session, self._owner, [row.id for row in returned])
                if ranks and room > 0:
                    claimed, slots = self._claim_all(
                        session,
                        now,
                        ranks,
                        (room, self._low_capacity - self._open_low + gone_low),
                        self._open_oa - gone_oa,
                        self._open - len(closed),
                    )
                elif self._rate.has_news:
                    slots = self._rate.grant(session, 0, 0)
        except BaseException:
            with self._lock:
                self._done = done + self._done
                self._returned = returned + self._returned
            raise
        self._open += len(claimed) - len(closed)
        self._open_oa += sum(1 for row in claimed if row.uid) - gone_oa
        low = sum(1 for row in claimed if row.lane == Lane.broadcast)
        self._open_low += low - gone_low
        self._rate.add(slots)
        self._more = len(claimed) > low and len(claimed) >= room
        if claimed:
            self._lanes.put(claimed, self._deadline(now), now)

    def _claim_all(
        self,
        session: Session,
        now: datetime,
        ranks: Sequence[int],
        rooms: tuple[int, int],
        open_oa: int,
        open_all: int,
    ) -> tuple[list[Claimed], Slots]:
        """What somebody waits for first; announcements with what the even pace leaves them."""
        room, low_room = rooms
        first = [rank for rank in ranks if rank != _LOW]
        claimed: list[Claimed] = []
        slots = Slots()
        if first:
            claimed, slots = self._claim(session, now, first, room, open_oa, open_all)
        low_room = min(low_room, room - len(claimed))
        if _LOW not in ranks or low_room <= 0:
            return claimed, slots
        open_oa += sum(1 for row in claimed if row.uid)
        more, taken = self._claim(
            session, now, [_LOW], low_room, open_oa, open_all + len(claimed), beside=slots
        )
        if not more:
            # Nothing may go yet, or what is due is paused: no need to ask at every turn.
            self._paced_until = time.monotonic() + next_slot(
                self._settings.zalo_rate_per_minute, self._settings.broadcast_reserve_percent
            )
        slots.join(taken)
        return claimed + more, slots

    def _claim(
        self,
        session: Session,
        now: datetime,
        ranks: Sequence[int],
        room: int,
        open_oa: int,
        open_all: int,
        *,
        beside: Slots | None = None,
    ) -> tuple[list[Claimed], Slots]:
        """``beside``: announcements, with what was reserved just now for everybody else."""
        slots = Slots()
        blocked = self._rate.free_at(now) > now
        if blocked and self._rate.free_at(now, oa=False) > now:
            return [], slots

        def grant(rows: Sequence[Claimed]) -> int:
            nonlocal slots
            oa = sum(1 for row in rows if row.uid)
            slots = self._rate.grant(
                session,
                open_oa + oa if oa else 0,
                open_all + len(rows),
                paced=beside is not None,
                beside=beside,
            )
            oa_left, app_left = slots.oa - open_oa, slots.app - open_all
            for number, row in enumerate(rows):
                oa_left -= 1 if row.uid else 0
                app_left -= 1
                if app_left < 0 or (row.uid and oa_left < 0):
                    return number
            return len(rows)

        claimed = sending.claim(
            session,
            self._owner,
            now,
            room,
            self._settings.lease_seconds,
            ranks=ranks,
            phone_only=blocked,
            grant=grant,
        )
        self._read_quotas(session, claimed, now)
        return claimed, slots

    def _read_quotas(self, session: Session, claimed: Sequence[Claimed], now: datetime) -> None:
        paid = now - FREE_WINDOW
        if any(row.last_interaction_at and row.last_interaction_at <= paid for row in claimed):
            total = self._settings.consultation_allowance
            self._quotas = Quotas(allowances.left(session, now, total))

    def _record(self, session: Session, done: Sequence[Done], now: datetime) -> None:
        if not done:
            return
        learned = [d.learned for d in done if d.learned is not None]
        results.finish(session, self._owner, [d.result for d in done], learned)
        charges = [d.charge for d in done if d.charge is not None]
        package = sum(c.package for c in charges)
        told = [c.package_left for c in charges if c.package_left is not None]
        if package or told:
            allowances.note(session, now, package, min(told) if told else None)
        for rule in {d.alarm.code: d.alarm for d in done if d.alarm is not None}.values():
            open_alarm(session, "error_code", str(rule.code), rule.staff, now)

    def _deadline(self, now: datetime) -> datetime:
        """From when on a call could outlive its lease, and another worker repeat it."""
        settings = self._settings
        call = settings.zalo_connect_timeout_seconds + 2 * settings.zalo_read_timeout_seconds
        return now + timedelta(
            seconds=settings.lease_seconds - min(call, settings.lease_seconds / 2)
        )

    # The threads' side

    def _work(self, replies_only: bool) -> None:
        while (job := self._lanes.take(replies_only=replies_only)) is not None:
            self._deal(job)
            self._lanes.done(job)

    def _deal(self, job: Job) -> None:
        welcomed = 0
        for number, row in enumerate(job.rows):
            if self._stopping or self._clock.now() >= job.deadline:
                self._return(job.rows[number:])
                return
            done = self._deliver(row, welcomed, job.claimed_at)
            if done.charge is not None:
                welcomed += done.charge.welcome
            self._finished(row, done)
            if done.waits and number + 1 < len(job.rows):
                self._return(job.rows[number + 1 :])
                return

    def _deliver(self, row: Claimed, welcomed: int, claimed_at: datetime) -> Done:
        try:
            return self._delivery.deliver(row, self._quotas, welcomed, claimed_at)
        except Exception as error:
            # A fault of ours or a database away: the thread must live, the message must wait.
            _LOG.error(
                "failed",
                outbox_id=row.id,
                kind=row.kind,
                error_type=type(error).__name__,
                where=journal.place(error),
            )
            return Done(fault(row, error, self._clock.now(), self._settings))

    def _finished(self, row: Claimed, done: Done) -> None:
        with self._lock:
            self._done.append((row, done))
            many = len(self._done) >= self._capacity // 2
        if self._lanes.empty:
            self._many.set()
            self._database.wakeups.notify()
        elif many:
            self._many.set()

    def _return(self, rows: Sequence[Claimed]) -> None:
        if rows:
            with self._lock:
                self._returned.extend(rows)
            self._many.set()
            self._database.wakeups.notify()
