"""Design lines 5 and 6: the sender at the permitted rate, and beside a bare `requests` loop."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import requests
import structlog
from sqlalchemy import text

import journal
from bench import zalo_stub
from bench.rows import Options, Row
from bench.servers import APP_ID, OA_ID, databases
from bot.client import ZaloClient
from bot.messages import OpenUrl, Text, to_json
from bot.wire import consultation
from clock import SystemClock
from notify.sender import Sender
from settings import Settings
from store.engine import Database
from store.outbox import Draft, enqueue
from store.tables import Follower, Lane

_MESSAGES, _ROUNDS, _THREADS = 4000, 5, 16
_RATE = 2000
_LATENCY = 0.05
_PACE = "share >= 0.95, refused == 0"
_CARD = Text(
    "Hồ sơ 000.00.04.H60-230215-0028\nTên thủ tục: Đăng ký thay đổi (mẫu)\n"
    "Ngày tiếp nhận: 15/02/2023 08:00\nNgày hẹn trả: 22/02/2023 17:00\nTrạng thái: Đang xử lý",
    (OpenUrl("Xem hồ sơ", "https://example.gov.vn/h/mau"),),
)
_CLOCK = SystemClock()


class OneToken:
    """A token source whose token is simply valid."""

    def __init__(self, token: str = "t" * 200) -> None:
        self._token = token

    def current(self) -> str:
        """The token."""
        return self._token

    def renew(self, dead: str) -> str:
        """The same."""
        return dead


def run(options: Options) -> Iterator[Row]:
    """Lines 5 and 6; about six minutes."""
    log_to_nowhere()
    with databases(options.databases) as urls:
        bases = {kind: Database(url) for kind, url in urls.items()}
        for kind, database in bases.items():
            yield Row(
                "5", f"sender at the permitted {_RATE}/min", kind, _paced(database), bar=_PACE
            )
        yield from _drained(bases, 0.0, _MESSAGES, _ROUNDS, "ratio >= 0.9")
        # A call takes Zalo some 50 ms: then the ratio is about waiting well, not about computing.
        yield from _drained(bases, _LATENCY, _MESSAGES // 4, 3, "")
        for database in bases.values():
            database.dispose()


def _drained(
    bases: dict[str, Database], latency: float, messages: int, rounds: int, bar: str
) -> Iterator[Row]:
    """Line 6: rounds in turn, because the machine's speed changes more than the ratio."""
    rates: dict[str, list[float]] = {"bare": [], **{kind: [] for kind in bases}}
    with zalo_stub.running(latency=latency) as stub:
        for _ in range(rounds):
            rates["bare"].append(messages / _bare(stub.url, messages))
            for kind, database in bases.items():
                rates[kind].append(messages / _drain(database, stub, messages))
    for kind in bases:
        ratios = [ours / bare for ours, bare in zip(rates[kind], rates["bare"], strict=True)]
        numbers = {
            "ours_per_s": statistics.median(rates[kind]),
            "bare_per_s": statistics.median(rates["bare"]),
            "lowest": min(ratios),
            "highest": max(ratios),
            "threads": _THREADS,
        }
        slow = f", calls of {latency * 1000:.0f} ms" if latency else ""
        what = f"outbox drained to a bare requests loop{slow}"
        yield Row("6", what, kind, numbers, statistics.median(ratios), bar)


def _bare(url: str, messages: int) -> float:
    """Seconds that as many threads need for as many calls with nothing round them."""
    left = iter(range(messages))
    lock = threading.Lock()

    def work() -> None:
        session = requests.Session()
        session.trust_env = False
        headers = {"access_token": "t" * 200}
        while True:
            with lock:
                number = next(left, None)
            if number is None:
                return
            body = {"recipient": {"user_id": str(number)}, "message": consultation(_CARD)}
            answer = session.post(
                f"{url}/v3.0/oa/message/cs", json=body, headers=headers, timeout=(3, 10)
            )
            assert answer.json()["error"] == 0

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def _drain(database: Database, stub: zalo_stub.Stub, messages: int) -> float:
    """Seconds from the start of a sender until the last of the messages has its result."""
    settings = _settings(100_000)
    fill(database, messages)
    before = sum(stub.accepted)
    with _sending(database, stub.url, settings):
        began = time.perf_counter()
        while _open(database):
            time.sleep(0.02)
        took = time.perf_counter() - began
    # A message that was dropped or parked has its result too, and sooner.
    went = sum(stub.accepted) - before
    assert went == messages, f"{went} of {messages} messages went to Zalo"
    return took


def _paced(database: Database) -> dict[str, float]:
    """Line 5: one whole minute with more waiting than may go."""
    with zalo_stub.running(limit=_RATE) as stub:
        fill(database, 3 * _RATE)
        with _sending(database, stub.url, _settings(_RATE)):
            first = int(time.time() // 60) + 1
            while time.time() < (first + 1) * 60 + 0.5:
                time.sleep(0.1)
        used, refused = stub.accepted[first % 64], stub.refused.value
    return {"share": used / _RATE, "refused": refused}


@contextmanager
def _sending(database: Database, url: str, settings: Settings) -> Iterator[None]:
    client = ZaloClient(url, url, url, OneToken())
    sender = Sender(database, client, settings, _CLOCK, owner="bench")
    stop = threading.Event()
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        database.wakeups.notify()
        thread.join()


def _settings(rate: int) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        environment="test",
        zalo_app_id=APP_ID,
        zalo_oa_id=OA_ID,
        zalo_rate_per_minute=rate,
        zalo_app_rate_per_minute=1_000_000,
        sender_threads=_THREADS,
    )


def fill(database: Database, count: int) -> None:
    """As many messages for as many followers who wrote an hour ago."""
    now = _CLOCK.now()
    with database.write() as session:
        session.execute(text("DELETE FROM outbox"))
        session.execute(text("DELETE FROM follower"))
        session.execute(text("DELETE FROM rate_window"))
        hour_ago = now - timedelta(hours=1)
        session.add_all(
            Follower(
                uid=f"u{n}",
                followed=True,
                followed_at=hour_ago - timedelta(days=9),
                first_seen_at=hour_ago,
                last_interaction_at=hour_ago,
            )
            for n in range(count)
        )
        body = to_json(_CARD)
        drafts = [
            Draft(f"k{n}", Lane.status, "status_assigned", body, f"c{n}", now, uid=f"u{n}")
            for n in range(count)
        ]
        enqueue(session, drafts, now)


def _open(database: Database) -> bool:
    with database.read() as session:
        found = session.execute(
            text("SELECT 1 FROM outbox WHERE state IN ('queued', 'leased', 'uncertain') LIMIT 1")
        )
        return found.first() is not None


def log_to_nowhere() -> None:
    """The lines are made as in production, only not kept."""
    journal.configure("INFO")
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - open as long as the process
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=nowhere))
