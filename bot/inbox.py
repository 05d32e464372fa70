"""The worker's first loop: claim stored events, handle each once, in order per citizen."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

import journal
from clock import Clock
from settings import Settings
from store import faults, inbound
from store.engine import Database
from store.tables import InboundEvent

#: Looking again without a wake-up costs one empty query; it covers lost notifications.
IDLE_SECONDS = 1.0
_PER_THREAD = 4

#: Handles one event in a transaction of its own; answers the handler's name for the log.
Handle = Callable[[InboundEvent], str]


@dataclass
class _Lane:
    jobs: queue.SimpleQueue[InboundEvent | None]
    thread: threading.Thread


@dataclass(frozen=True)
class _Failure:
    event_id: int
    problem: str
    #: The database's fault, not the event's.
    blameless: bool


class InboxLoop:
    """Claims by lease and spreads events over threads, one citizen always on the same thread."""

    def __init__(
        self, database: Database, handle: Handle, settings: Settings, clock: Clock, owner: str
    ) -> None:
        self._database = database
        self._handle = handle
        self._settings = settings
        self._clock = clock
        self._owner = owner
        self._log = journal.get("inbox")
        self._open = 0
        self._room = threading.Condition()
        self._stopping = threading.Event()
        self._owed: list[_Failure] = []

    def run(self, stop: threading.Event) -> None:
        """Until ``stop``: then finish what is in hand and give the rest back."""
        lanes = [self._start_lane(n) for n in range(self._settings.handler_threads)]
        limit = len(lanes) * _PER_THREAD
        while not stop.is_set():
            seen = self._database.wakeups.generation
            taken = self._claim(limit - self._open)
            for row in taken:
                with self._room:
                    self._open += 1
                lanes[hash(row.subject or row.id) % len(lanes)].jobs.put(row)
            if not taken and not stop.is_set():
                self._database.wakeups.wait(seen, IDLE_SECONDS)
            elif self._open >= limit:
                with self._room:
                    self._room.wait_for(lambda: self._open < limit, IDLE_SECONDS)
        self._stopping.set()
        for lane in lanes:
            lane.jobs.put(None)
        for lane in lanes:
            lane.thread.join()
        try:
            with self._database.write(wake=True) as session:
                inbound.hand_back(session, self._owner)
        except SQLAlchemyError as error:
            # The leases run out by themselves.
            self._log.error("hand_back_failed", error_type=type(error).__name__)

    def _start_lane(self, number: int) -> _Lane:
        jobs: queue.SimpleQueue[InboundEvent | None] = queue.SimpleQueue()
        thread = threading.Thread(target=self._work, args=(jobs,), name=f"handle-{number}")
        thread.daemon = True
        thread.start()
        return _Lane(jobs, thread)

    def _claim(self, limit: int) -> list[InboundEvent]:
        if limit <= 0:
            return []
        try:
            self._pay_owed()
            with self._database.read() as session:
                if not inbound.anything(session, self._clock.now()):
                    return []
            with self._database.write() as session:
                return inbound.claim(
                    session, self._owner, self._clock.now(), limit, self._settings.lease_seconds
                )
        except SQLAlchemyError as error:
            # The database is away: say so and look again; nothing is lost, Zalo keeps events too.
            self._log.error("claim_failed", error_type=type(error).__name__)
            time.sleep(IDLE_SECONDS)
            return []

    def _pay_owed(self) -> None:
        """Failures that could not be written when they happened, because the database was away."""
        owed = list(self._owed)
        if owed:
            with self._database.write() as session:
                for failure in owed:
                    self._write(session, failure)
            # Others may have been added at the end meanwhile.
            del self._owed[: len(owed)]

    def _work(self, jobs: queue.SimpleQueue[InboundEvent | None]) -> None:
        while (row := jobs.get()) is not None:
            if not self._stopping.is_set():
                self._handle_one(row)
            with self._room:
                self._open -= 1
                self._room.notify_all()

    def _handle_one(self, row: InboundEvent) -> None:
        started = time.perf_counter()
        problem = ""
        where = ""
        handler = ""
        try:
            handler = self._handle(row)
        except Exception as error:  # one bad event must not stop the others
            problem, where = type(error).__name__, journal.place(error)
            self._note_failure(_Failure(row.id or 0, problem, faults.trouble(error) is not None))
        self._log.info(
            "event",
            inbound_id=row.id,
            event_name=row.event_name,
            handler=handler,
            correlation_id=row.correlation_id,
            attempt=row.attempts,
            state="failed" if problem else "handled",
            error_type=problem or None,
            where=where or None,
            duration_ms=round((time.perf_counter() - started) * 1000, 1),
        )

    def _note_failure(self, failure: _Failure) -> None:
        try:
            with self._database.write(wake=True) as session:
                self._write(session, failure)
        except SQLAlchemyError:
            # Written with the next claim; else the lease runs out and the event comes again.
            self._owed.append(failure)
            self._log.error(
                "failure_not_noted", inbound_id=failure.event_id, error_type=failure.problem
            )

    def _write(self, session: Session, failure: _Failure) -> None:
        inbound.failed(
            session,
            failure.event_id,
            failure.problem,
            self._clock.now(),
            owner=self._owner,
            blameless=failure.blameless,
        )
