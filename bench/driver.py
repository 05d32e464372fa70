"""A small load generator: one thread, one event loop, keep-alive connections, raw requests.

Pure Python drives some ten thousand requests a second, enough to saturate the servers measured
here on the same machine; client and server share its cores, so only ratios mean something.
"""

from __future__ import annotations

import multiprocessing
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

#: Seconds to wait for the last answers: one that never comes must not hold the bench for ever.
_PATIENCE = 30.0


@dataclass
class Outcome:
    """What a run gave: seconds a request took, and answers by status."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Latency in milliseconds below which ``share`` (0..1) of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


def drive(
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int = 32,
    seconds: float = 5.0,
    rate: float | None = None,
) -> Outcome:
    """Send ``requests`` in order, as fast as answers come or at ``rate`` a second.

    Runs in a process of its own; ends after ``seconds`` or when all requests were sent. An answer
    that does not come within 30 s of that counts as status 0.
    """
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("fork")
    process = context.Process(
        target=lambda: theirs.send(_drive(port, requests, connections, seconds, rate))
    )
    process.start()
    # Ours alone would be left if it fails, and we should wait for ever.
    theirs.close()
    outcome: Outcome = ours.recv()
    process.join()
    return outcome


def _drive(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, rate: float | None
) -> Outcome:
    outcome = Outcome()
    selector = selectors.DefaultSelector()
    idle = [_connected(port, selector) for _ in range(connections)]
    sent_at: dict[int, float] = {}
    buffers: dict[int, bytes] = {}
    started = time.perf_counter()
    number = 0
    while True:
        now = time.perf_counter()
        over = now - started > seconds or number >= len(requests)
        if over and len(idle) == connections:
            break
        if now - started > seconds + _PATIENCE:
            outcome.statuses[0] = outcome.statuses.get(0, 0) + connections - len(idle)
            break
        while idle and not over and number < len(requests):
            if rate is not None and number > (now - started) * rate:
                break
            connection = idle.pop()
            # At a given rate the clock starts when the request was due, not when we got to it.
            due = started + number / rate if rate else time.perf_counter()
            sent_at[connection.fileno()] = due
            connection.sendall(requests[number])
            number += 1
        for key, _ in selector.select(0.001 if rate else 0.1):
            connection = key.fileobj  # type: ignore[assignment]
            handle = connection.fileno()
            received = connection.recv(65536)
            if not received:
                # Closed after a long rest, or because the server went: an answer that was
                # awaited counts as none.
                selector.unregister(connection)
                if connection in idle:
                    idle.remove(connection)
                else:
                    outcome.statuses[0] = outcome.statuses.get(0, 0) + 1
                connection.close()
                idle.append(_connected(port, selector))
                continue
            buffers[handle] = buffers.get(handle, b"") + received
            status = _complete(buffers[handle])
            if status is not None:
                outcome.latencies.append(time.perf_counter() - sent_at[handle])
                outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
                buffers[handle] = b""
                idle.append(connection)
    outcome.seconds = time.perf_counter() - started
    return outcome


def _connected(port: int, selector: selectors.BaseSelector) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    selector.register(connection, selectors.EVENT_READ)
    return connection


def _complete(buffer: bytes) -> int | None:
    """The status of a whole answer, None while bytes are missing."""
    head, found, body = buffer.partition(b"\r\n\r\n")
    if not found:
        return None
    length = 0
    for line in head.lower().split(b"\r\n")[1:]:
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return int(head[9:12]) if len(body) >= length else None
