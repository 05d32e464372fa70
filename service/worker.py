"""The worker process: inbox loop, sender, clock; any number of them on any number of machines."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

import journal
from bot.client import ZaloClient
from bot.handling import Handling
from bot.inbox import InboxLoop
from bot.oauth import OAuthClient
from bot.profiles import Profiles
from bot.tokens import Tokens
from clock import Clock
from content import live
from content.live import LiveSettings
from crypto import Vault
from handlers import ROUTES, asked, understanding
from notify import alarms
from notify.broadcasts.loop import BroadcastLoop
from notify.jobs import Clockwork
from notify.rate import RateLimit
from notify.sender import Sender
from notify.templates import unusable
from service import backups, counting
from service.evidence import EvidenceReader
from service.import_loop import ImportLoop
from service.photos import PhotoReader
from settings import Settings
from store.engine import Database
from store.tables import InboundEvent


def owner_name() -> str:
    """A name for leases: machine, process, and something new at every start."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(3)}"


class Worker:
    """All loops of one worker; `start`, then `stop` finishes what is in flight."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self.owner = owner_name()
        self._database = database
        self._stop = threading.Event()
        settings = self.settings = LiveSettings.over(settings, database)
        vault = Vault(settings.secret_key.get_secret_value())
        secret = settings.zalo_app_secret.get_secret_value()
        oauth = OAuthClient(settings.zalo_oauth_url, settings.zalo_app_id, secret)
        tokens = Tokens(database, vault, oauth, settings, clock)
        client = ZaloClient(
            settings.zalo_openapi_url,
            settings.zalo_oauth_url,
            settings.zalo_business_url,
            tokens,
            timeouts=(settings.zalo_connect_timeout_seconds, settings.zalo_read_timeout_seconds),
            app_id=settings.zalo_app_id,
            app_secret=secret,
            use_proof=settings.zalo_use_appsecret_proof,
        )
        rate = RateLimit(database, settings, clock)
        handling = Handling(database, settings, vault, None, clock, ROUTES, asked.note)
        profiles = Profiles(database, client, rate.take)
        photos = PhotoReader(settings)
        evidence = EvidenceReader(database, settings, clock)

        def handle(row: InboundEvent) -> str:
            # Both before the transaction: nothing may wait for the network inside it.
            profile = profiles.wanted_for(row)
            attached = evidence.wanted_for(row)
            # A photo sent into a feedback is evidence, not a question: its codes are not asked.
            scanned = photos.wanted_for(row) if attached is None else None
            return handling.handle(row, profile, scanned, attached)

        self._inbox = InboxLoop(database, handle, settings, clock, self.owner)
        self._sender = Sender(database, client, settings, clock, owner=self.owner, rate=rate)
        self._broadcasts = BroadcastLoop(database, client, settings, clock, rate)
        self._imports = ImportLoop(database, settings, vault, clock, self.owner)
        self._clockwork = Clockwork(
            database,
            settings,
            clock,
            owner=self.owner,
            tokens=tokens,
            counts=(self._broadcasts.refresh,),
            backup=self._back_up if database.is_sqlite else None,
        )
        self._threads: list[threading.Thread] = []
        self._counting: threading.Thread | None = None

    def start(self) -> None:
        """Start every loop on threads of its own."""
        self._database.wakeups.listen()
        live.start(self.settings, self._stop)
        self._counting = counting.start(self._database, self._stop)
        loops: tuple[tuple[str, Callable[[threading.Event], None]], ...] = (
            ("inbox", self._inbox.run),
            ("sender", self._sender.run),
            ("imports", self._imports.run),
            ("broadcasts", self._broadcasts.run),
        )
        for name, run in loops:
            thread = threading.Thread(target=run, args=(self._stop,), name=name)
            thread.start()
            self._threads.append(thread)
        self._clockwork.start()
        threading.Thread(target=self._warm, name="warm", daemon=True).start()
        journal.get("worker").info("started", worker=self.owner)

    def _back_up(self, now: datetime) -> None:
        """The daily copy of SQLite; a failure is told by alarm, metrics and `doctor`."""
        folder, keep = Path(self.settings.backup_dir), self.settings.backup_keep
        try:
            backups.take(self._database, self.settings, folder, keep, now)
            text = None
        except backups.BackupFailed as error:
            text = f"Sao lưu hằng ngày không thành công: {error}. Xem docs/backup.md."
        with self._database.write() as session:
            alarms.watch(session, "backup_failed", "", text, now)

    def _warm(self) -> None:
        try:
            with self._database.read() as session:
                understanding.warm(session)
        except SQLAlchemyError as error:
            # The first question builds it then.
            journal.get("worker").info("not_warmed", error_type=type(error).__name__)

    def stop(self) -> None:
        """Finish what is in flight, hand back leases, close."""
        self._stop.set()
        self._clockwork.stop()
        self._database.wakeups.notify()
        for thread in self._threads:
            thread.join()
        # What was sent while stopping is counted too.
        if self._counting is not None:
            self._counting.join()
        counting.of(self._database).flush()
        journal.get("worker").info("stopped", worker=self.owner)

    def dead_loop(self) -> str:
        """The name of a loop that ended though nobody asked it to; "" when all live."""
        if self._stop.is_set():
            return ""
        return next((t.name for t in self._threads if not t.is_alive()), "")


def run(settings: Settings, clock: Clock) -> int:
    """Run one worker until SIGTERM or SIGINT; answers the exit status."""
    database = Database(settings.database_url, pool_size=settings.handler_threads + 12)
    worker = Worker(database, settings, clock)
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    worker.start()
    for problem in unusable(worker.settings):
        journal.get("worker").warning("template_unusable", problem=problem)
    status = 0
    while not asked.wait(1.0):
        if name := worker.dead_loop():
            # Better a fresh process than half a worker: whoever started us starts us again.
            journal.get("worker").error("loop_died", name=name)
            status = 1
            break
    worker.stop()
    database.dispose()
    return status
