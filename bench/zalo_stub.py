"""A stand-in for Zalo, without latency or with a fixed one: one process, one event loop, fixed answers.

It counts calls per clock minute and refuses with -32 beyond a limit, as Zalo does (protocol 3.1).
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

_MINUTES = 64


@dataclass
class Stub:
    """Where it listens, and what it counted: accepted calls by minute modulo 64, refusals."""

    url: str
    accepted: Any
    refused: Any
    #: With ``told``: receives (recipient, `time.perf_counter` of the call) for each message.
    heard: Any = None


@contextmanager
def running(limit: int = 0, *, told: bool = False, latency: float = 0.0) -> Iterator[Stub]:
    """Serve on a free port in a process of its own; ``limit`` a minute, 0 for none.

    ``latency``: seconds before each answer.
    """
    context = multiprocessing.get_context("fork")
    accepted, refused = context.Array("q", _MINUTES), context.Value("q", 0)
    ours, theirs = context.Pipe()
    heard, tell = context.Pipe(duplex=False) if told else (None, None)
    process = context.Process(
        target=lambda: asyncio.run(_serve(theirs, limit, accepted, refused, tell, latency)),
        daemon=True,
    )
    process.start()
    try:
        yield Stub(f"http://127.0.0.1:{ours.recv()}", accepted, refused, heard)
    finally:
        process.terminate()
        process.join()


async def _serve(
    pipe: Any, limit: int, accepted: Any, refused: Any, tell: Any, latency: float
) -> None:
    counts, refusals = accepted.get_obj(), refused.get_obj()

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport
            self.buffer = b""

        def data_received(self, data: bytes) -> None:
            self.buffer += data
            while (size := _request_size(self.buffer)) and len(self.buffer) >= size:
                if tell is not None:
                    tell.send((_recipient(self.buffer[:size]), time.perf_counter()))
                self.buffer = self.buffer[size:]
                answer = _answer(limit, counts, refusals)
                if latency:
                    asyncio.get_running_loop().call_later(latency, self._give, answer)
                else:
                    self._give(answer)

        def _give(self, answer: bytes) -> None:
            self.transport.write(answer)  # type: ignore[attr-defined]

    server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _request_size(buffer: bytes) -> int:
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = buffer[:end].lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return end + 4 + length


def _recipient(request: bytes) -> str:
    """Whom a message goes to; "" for other calls."""
    body = request.partition(b"\r\n\r\n")[2]
    return str(json.loads(body)["recipient"]["user_id"]) if b'"recipient"' in body else ""


def _answer(limit: int, counts: Any, refusals: Any) -> bytes:
    now = time.time()
    minute = int(now // 60) % _MINUTES
    if int(now % 60) == 0:
        counts[(minute + 2) % _MINUTES] = 0
    if limit and counts[minute] >= limit:
        refusals.value += 1
        answer: dict[str, Any] = {"error": -32, "message": "Your OA reached limit call api"}
    else:
        counts[minute] += 1
        sent = {"message_id": f"{int(now * 1e6):020x}", "sent_time": str(int(now * 1000))}
        answer = {"data": sent, "error": 0, "message": "Success"}
    body = json.dumps(answer).encode()
    rate = ""
    if limit:
        left = max(0, limit - counts[minute])
        rate = f"X-RateLimit-Limit: {limit}\r\nX-RateLimit-Remain: {left}\r\n"
    head = f"HTTP/1.1 200 OK\r\nDate: {formatdate(now, usegmt=True)}\r\n{rate}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
