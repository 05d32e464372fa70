"""Claimed messages between the loop that claims and the threads that send: replies go first."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from store.sending import Claimed
from store.tables import LANE_RANK, Lane

_LOW = LANE_RANK[Lane.broadcast]


@dataclass(order=True)
class Job:
    """Messages of one order, sent one after the other by one thread."""

    rank: int
    number: int
    rows: Sequence[Claimed] = field(compare=False)
    #: Nothing may be sent from here on: the lease could end before the answer comes.
    deadline: datetime = field(compare=False)
    #: When the recipient's facts were read.
    claimed_at: datetime = field(compare=False)


class Lanes:
    """A queue by rank, then by arrival; closing it lets every thread go."""

    def __init__(self, broadcast_threads: int = 1) -> None:
        self._low = 0
        self._low_most = max(1, broadcast_threads)
        self._lock = threading.Lock()
        self._any = threading.Condition(self._lock)
        self._reply = threading.Condition(self._lock)
        self._heap: list[Job] = []
        self._numbers = count()
        self._closed = False

    def put(self, rows: Iterable[Claimed], deadline: datetime, claimed_at: datetime) -> None:
        """Add claimed messages; those that share an order become one job."""
        orders: dict[str, list[Claimed]] = {}
        for row in rows:
            orders.setdefault(row.order_key, []).append(row)
        with self._lock:
            for rows_of_order in orders.values():
                in_order = sorted(rows_of_order, key=lambda row: row.id)
                rank = LANE_RANK[Lane(in_order[0].lane)]
                job = Job(rank, next(self._numbers), in_order, deadline, claimed_at)
                heapq.heappush(self._heap, job)
                self._any.notify()
                if rank == 0:
                    self._reply.notify()

    def take(self, *, replies_only: bool = False) -> Job | None:
        """Wait for the next job; None when the queue was closed. Say `done` when it is dealt with.

        Announcements never have all threads: a slow answer to them must not hold up a status.
        """
        condition = self._reply if replies_only else self._any
        with self._lock:
            while not self._closed:
                if self._heap and self._may_go(self._heap[0], replies_only):
                    job = heapq.heappop(self._heap)
                    self._low += job.rank == _LOW
                    return job
                condition.wait()
            return None

    def done(self, job: Job) -> None:
        """A thread is free again."""
        if job.rank == _LOW:
            with self._lock:
                self._low -= 1
                self._any.notify()

    def _may_go(self, job: Job, replies_only: bool) -> bool:
        if replies_only:
            return job.rank == 0
        return job.rank < _LOW or self._low < self._low_most

    @property
    def empty(self) -> bool:
        """Whether nothing waits for a thread."""
        return not self._heap

    def close(self) -> list[Claimed]:
        """Let every thread go once it is idle; answers the messages nobody began with."""
        with self._lock:
            self._closed = True
            left = [row for job in self._heap for row in job.rows]
            self._heap.clear()
            self._any.notify_all()
            self._reply.notify_all()
            return left
