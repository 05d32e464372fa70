"""Design line 10: what `serve` of a small province takes, resting and with everything at once.

Fifty webhooks a second (questions in citizens' words, and receipts), messages at the permitted
2,000 a minute, an announcement: three minutes, or with ``--hour`` an hour. Memory is the sum of
PSS over the whole tree of processes (shared pages counted once), read from /proc.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from bench import broadcast, zalo_stub
from bench.driver import Outcome, drive
from bench.latency import environment_of
from bench.rows import Options, Row
from bench.search import catalogue
from bench.servers import APP_ID, OA_ID, OA_SECRET, databases, end, free_port
from clock import SystemClock
from notify.broadcasts import moves
from notify.broadcasts.content import digest
from procedures.language import learned
from settings import ROOT
from store import broadcasts
from store.engine import Database
from store.tables import BroadcastState

_WEBHOOKS, _RATE = 50, 2000
_REST_SECONDS, _EVERY = 20, 2.0
#: As many as a province has in force.
_PROCEDURES = 2_000
#: Of ten webhooks so many are questions; all others say that a message was seen.
_QUESTIONS = 3
#: Little memory means nothing where little was done.
_BAR = f"highest_MB < 250, webhooks_per_s >= {0.95 * _WEBHOOKS}, sent_per_minute >= {0.8 * _RATE}, failed == 0"
#: Within three minutes caches still fill; of an hour twenty minutes may add two MB.
_FLAT = ", growth_MB_per_minute < 0.1"
_ROLES = ("serve", "web", "worker")
_CLOCK = SystemClock()


def run(options: Options) -> Iterator[Row]:
    """Line 10; about four minutes a database, or over an hour."""
    seconds = 3600 if options.hour else 180
    with databases(options.databases) as urls:
        for kind, url in urls.items():
            yield from _measured(kind, url, seconds)


def _measured(kind: str, url: str, seconds: int) -> Iterator[Row]:
    database = Database(url)
    people = _RATE * (seconds // 60 + 2)
    broadcast.people(database, people)
    with database.write() as session:
        session.add_all(catalogue()[:_PROCEDURES])
    number = broadcast.announcement(database)
    with zalo_stub.running(limit=_RATE) as stub, _serving(url, stub.url) as (port, pid):
        time.sleep(_REST_SECONDS)
        resting = _sizes(pid)
        yield Row("10", "web and worker, resting", kind, _told([resting]), bar="MB < 250")
        _begin(database, number)
        samples = []
        with ThreadPoolExecutor(1) as beside:
            load = beside.submit(_load, port, seconds)
            while not load.done():
                samples.append(_sizes(pid))
                time.sleep(_EVERY)
        numbers, outcome = _told(samples), load.result()
    third = len(samples) // 3
    early, late = (
        statistics.median(sum(one.values()) for one in part)
        for part in (samples[third : 2 * third], samples[2 * third :])
    )
    # From the middle of one third to the middle of the next.
    numbers["growth_MB_per_minute"] = (late - early) / (seconds / 3 / 60)
    numbers["highest_MB"] = max(sum(one.values()) for one in samples)
    sent = sum(stub.accepted)
    numbers |= {"webhooks_per_s": outcome.rate, "sent_per_minute": sent / (seconds / 60)}
    numbers["failed"] = sum(n for status, n in outcome.statuses.items() if status != 200)
    what = f"web and worker, full load for {seconds // 60} minutes"
    yield Row("10", what, kind, numbers, bar=_BAR + (_FLAT if seconds >= 3600 else ""))
    database.dispose()


class _serving:
    """`serve` in a process of its own: its port and its id."""

    def __init__(self, url: str, zalo: str) -> None:
        self._port = free_port()
        env = environment_of(url, zalo) | {
            "ZALO_RATE_PER_MINUTE": str(_RATE),
            "BROADCAST_FROM": "00:00",
            "BROADCAST_TO": "23:59:59",
            "BROADCAST_PAUSE_DAYS": "0",
            "PUBLIC_URL": "https://bench.example",
        }
        command = [sys.executable, "app.py", "serve", "--port", str(self._port)]
        self._process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)

    def __enter__(self) -> tuple[int, int]:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            try:
                told = requests.get(f"http://127.0.0.1:{self._port}/readyz", timeout=2).json()
                # Not its token: that is read from the settings at the first call to Zalo.
                if all(told["parts"].get(part) == "ok" for part in ("database", "worker")):
                    return self._port, self._process.pid
            except requests.RequestException:
                pass
            time.sleep(0.2)
        end(self._process, 40)
        raise RuntimeError("serve did not get ready")

    def __exit__(self, *_: object) -> None:
        end(self._process, 40)


def _begin(database: Database, number: int) -> None:
    """The announcement is agreed to and due: the worker does the rest."""
    settings = broadcast.province()
    with database.write(wake=True) as session:
        row = broadcasts.lock(session, number)
        assert row is not None
        moves.submit(session, row, settings, "lan", _CLOCK.now())
        moves.approve(row, "quan", digest(row), _CLOCK.now())
        row.state, row.preparing = BroadcastState.preparing, {"step": "start"}
        row.started_at = _CLOCK.now()
        session.add(row)


def _load(port: int, seconds: int) -> Outcome:
    return drive(port, list(_requests(_WEBHOOKS * seconds)), seconds=seconds, rate=_WEBHOOKS)


def _requests(count: int) -> Iterator[bytes]:
    lines = learned.EXAMPLES.read_text(encoding="utf-8").splitlines()
    texts = itertools.cycle([json.loads(line)["text"] for line in lines])
    now = str(int(time.time() * 1000))
    for n in range(count):
        uid = f"u{n % 500:09}"
        event: dict[str, object] = {"app_id": APP_ID, "timestamp": now}
        if n % 10 < _QUESTIONS:
            event |= {
                "event_name": "user_send_text",
                "sender": {"id": uid},
                "recipient": {"id": OA_ID},
                "message": {"msg_id": f"load{n}", "text": next(texts)},
            }
        else:
            event |= {
                "event_name": "user_seen_message",
                "sender": {"id": OA_ID},
                "recipient": {"id": uid},
                "message": {"msg_ids": [f"{n:020x}"]},
            }
        body = json.dumps(event, ensure_ascii=False).encode()
        mac = hashlib.sha256(APP_ID.encode() + body + now.encode() + OA_SECRET.encode())
        yield (
            b"POST /webhook/zalo HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            + f"X-ZEvent-Signature: mac={mac.hexdigest()}\r\n".encode()
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )


def _told(samples: list[dict[str, float]]) -> dict[str, float]:
    """Medians in MB: together, and by role."""
    roles = {
        f"{role}_MB": statistics.median(one.get(role, 0.0) for one in samples) for role in _ROLES
    }
    return {"MB": statistics.median(sum(one.values()) for one in samples), **roles}


def _sizes(root: int) -> dict[str, float]:
    """PSS in MB by role: the process that started all, the web process, the worker."""
    found: dict[str, float] = {}
    for pid in _tree(root):
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
            session = os.getsid(pid)
        except OSError:
            continue  # it ended between the two looks
        # The worker has a session of its own, forked or as a command.
        role = "serve" if pid == root else "worker" if session == pid else "web"
        kb = next(int(x.split()[1]) for x in rollup.splitlines() if x.startswith("Pss:"))
        found[role] = found.get(role, 0.0) + kb / 1024
    return found


def _tree(root: int) -> Iterator[int]:
    yield root
    for path in Path(f"/proc/{root}/task").glob("*/children"):
        try:
            children = path.read_text(encoding="utf-8").split()
        except OSError:
            continue
        for child in children:
            yield from _tree(int(child))
