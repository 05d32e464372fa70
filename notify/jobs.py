"""The clock inside each worker: periodic jobs, each tick run by one worker only.

APScheduler only looks at the time. What is due, and whose it is, is decided by rows in the
database, so that any number of workers may run, freeze and die (design; libraries 8).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

import journal
from bot.tokens import Tokens
from clock import Clock
from dossiers.workdays import Calendar
from notify import alarms, chats, news_feed, reminders, retention, statistics
from notify.calendars import calendar_of
from notify.schedule import Job, Slot, daily, every, in_office_hours, on_workdays
from privacy import watch as privacy_clocks
from settings import Settings
from store import delivery, health, inbound, sending
from store import jobs as rows
from store.engine import Database

_LOG = journal.get("clock")
_BEAT_SECONDS = 5
_RETRY = timedelta(minutes=1)
#: Ticks older than this are history: the next one does their work.
_STALE = timedelta(hours=20)
_INBOX_LIMIT = timedelta(minutes=5)
_OUTBOX_LIMIT = timedelta(minutes=15)


class Clockwork:
    """All periodic work of one worker; `start` and `stop`, or `run_due` one tick by hand."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        *,
        owner: str,
        tokens: Tokens,
        counts: Sequence[Callable[[datetime], int]] = (),
        backup: Callable[[datetime], None] | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._owner = owner
        self._tokens = tokens
        self._counts = counts
        self._backup = backup
        self._started_at = clock.now()
        self._scheduler: BackgroundScheduler | None = None
        self.jobs: dict[str, Job] = {job.name: job for job in self._all_jobs()}

    def _all_jobs(self) -> tuple[Job, ...]:
        def calendar() -> Calendar:
            return calendar_of(self._settings)

        office = in_office_hours(every(3600), calendar)
        mornings = on_workdays(daily(time(8), until=time(20)), calendar)
        night = daily(time(2))
        long = timedelta(hours=1)
        return (
            Job("sweep", 10, every(10), self._sweep),
            # Until a pair given by the settings is adopted the system says it is not ready.
            Job("tokens", 60, every(300), lambda _: self._tokens.maintain(), at_start=True),
            Job("chats", 20, every(60), self._end_chats),
            Job("watch", 30, every(60), self._watch),
            Job("reminders", 60, mornings, self._remind, long),
            Job("retention", 60, night, self._forget, long),
            Job("backup", 60, self._when_kept(daily(time(1, 30))), self._back_up, long),
            Job("news", 60, every(900), self._fetch_news),
            Job("statistics", 30, every(300), self._count, long),
            Job("statistics_past", 60, daily(time(0, 10)), self._count_past, long),
            Job("apologies", 60, self._when_wanted(office), self._apologise, long),
        )

    def _when_wanted(self, slot: Slot) -> Slot:
        """Apologies only while the setting is on; staff may switch it at any time."""
        return lambda now: slot(now) if self._settings.apology_enabled else None

    def _when_kept(self, slot: Slot) -> Slot:
        """Backups while there is a folder for them, and a database that is copied from here."""
        wanted = bool(self._settings.backup_dir) and self._backup is not None
        return lambda now: slot(now) if wanted else None

    def start(self) -> None:
        """Start looking at the time, on threads of its own."""
        self._started_at = self._clock.now()
        scheduler = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60},
        )
        self._beat()
        scheduler.add_job(self._beat, IntervalTrigger(seconds=_BEAT_SECONDS))
        for job in self.jobs.values():
            scheduler.add_job(self._look, IntervalTrigger(seconds=job.look_seconds), args=[job])
            if job.at_start:
                scheduler.add_job(self._look, args=[job])
        self._scheduler = scheduler
        scheduler.start()

    def stop(self) -> None:
        """Let a running tick end, then take this worker's heartbeat away."""
        if self._scheduler is None:
            return
        self._scheduler.shutdown(wait=True)
        self._scheduler = None
        with self._database.write() as session:
            rows.gone(session, self._owner)

    def run_due(self, name: str, slot: datetime) -> bool:
        """Run one tick if it is ours to run; False when another worker had or has it.

        A job that raises is tried again after a minute, by whichever worker comes first.
        """
        job, now = self.jobs[name], self._clock.now()
        with self._database.read() as session:
            if rows.taken(session, name, slot, now):
                return False
        with self._database.write() as session:
            if not rows.claim(session, name, slot, self._owner, now, job.lease):
                return False
        try:
            job.run(now)
        except Exception as error:
            _LOG.error("job_failed", job=name, error_type=type(error).__name__)
            with self._database.write() as session:
                rows.fail(session, name, slot, self._owner, type(error).__name__, now + _RETRY)
            return False
        with self._database.write() as session:
            rows.finish(session, name, slot, self._owner, self._clock.now())
        return True

    def _look(self, job: Job) -> None:
        """What APScheduler calls: nothing that goes wrong may stop the clock."""
        try:
            slot = job.slot(self._clock.now())
            if slot is not None:
                self.run_due(job.name, slot)
        except Exception as error:
            # The database is away: it is asked again at the next look.
            _LOG.error("look_failed", job=job.name, error_type=type(error).__name__)

    def _beat(self) -> None:
        try:
            with self._database.write() as session:
                rows.beat(session, self._owner, self._started_at, self._clock.now())
        except Exception as error:
            _LOG.error("beat_failed", error_type=type(error).__name__)

    def _sweep(self, now: datetime) -> None:
        """Free what dead workers held: messages, events, ticks; join receipts with messages."""
        with self._database.write() as session:
            sending.sweep_expired_leases(
                session,
                now,
                pause_seconds=self._settings.uncertain_pause_seconds,
                max_attempts=self._settings.retry_attempts,
                echo_seconds=self._settings.broadcast_echo_seconds,
            )
        with self._database.write() as session:
            delivery.reconcile(session)
        with self._database.write() as session:
            parked = inbound.sweep(session, now)
            text = None
            if parked:
                text = (
                    f"Có {len(parked)} sự kiện từ Zalo không xử lý được sau nhiều lần thử. Người "
                    "vận hành xem nhật ký, sửa nguyên nhân rồi chạy python app.py events replay ID "
                    f"(bắt đầu từ {parked[0]})."
                )
            alarms.watch(session, "event_parked", "", text, now)
        self._redo(now)

    def _redo(self, now: datetime) -> None:
        with self._database.read() as session:
            missed = rows.expired(session, now, now - _STALE)
        for name, slot in missed:
            # Today's sweep does what an older one left; running it here would call itself.
            if name in self.jobs and name != "sweep":
                self.run_due(name, slot)

    def _watch(self, now: datetime) -> None:
        """Raise an alarm when work stands still, and close it when it moves again."""
        with self._database.read() as session:
            event = health.oldest_queued_event(session)
            due = health.outbox_due(session, now)
        message = min((since for _, since in due.values()), default=None)
        stands = "Kiểm tra tiến trình worker (python app.py doctor)"
        inbox_text = f"Sự kiện từ Zalo chờ quá 5 phút chưa được xử lý. {stands}."
        outbox_text = (
            "Tin gửi công dân chờ quá 15 phút. "
            f"{stands}, quyền truy cập Zalo và hạn mức gửi của OA."
        )
        waits_in = event is not None and now - event > _INBOX_LIMIT
        waits_out = message is not None and now - message > _OUTBOX_LIMIT
        with self._database.write() as session:
            alarms.watch(session, "inbox_old", "", inbox_text if waits_in else None, now)
            alarms.watch(session, "outbox_old", "", outbox_text if waits_out else None, now)
            privacy_clocks.watch(session, now)

    def _back_up(self, now: datetime) -> None:
        if self._backup is not None:
            self._backup(now)

    def _end_chats(self, now: datetime) -> None:
        if count := chats.end_silent(self._database, self._settings, now):
            _LOG.info("chats_ended", job="chats", count=count)

    def _remind(self, now: datetime) -> None:
        count = reminders.remind(self._database, self._settings, now)
        _LOG.info("reminded", job="reminders", count=count)

    def _apologise(self, now: datetime) -> None:
        count = reminders.apologise(self._database, self._settings, now)
        _LOG.info("apologised", job="apologies", count=count)

    def _fetch_news(self, now: datetime) -> None:
        if count := news_feed.fetch_news(self._database, self._settings, now):
            _LOG.info("news_fetched", job="news", count=count)

    def _count(self, now: datetime) -> None:
        statistics.count_today(self._database, self._settings, now)
        for count in self._counts:
            count(now)

    def _count_past(self, now: datetime) -> None:
        statistics.count_past(self._database, self._settings, now)
        statistics.count_sizes(self._database, now)

    def _forget(self, now: datetime) -> None:
        count = retention.forget(self._database, self._settings, now)
        count += retention.prune(self._database, self._settings, now)
        _LOG.info("forgot", job="retention", count=count)
