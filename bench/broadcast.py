"""Design line 7 and the sending of announcements, on both databases.

One million followers are counted and fixed as recipients; then an announcement goes for five
minutes at 2,000 a minute to the local Zalo, a process of its own that refuses with -32 like the
real one, while somebody asks a question every second.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import requests
from sqlalchemy import text

from bench.rows import Options, Row, percentiles
from bench.sender import OneToken, log_to_nowhere
from bench.servers import APP_ID, OA_ID, databases, free_port
from bot.client import ZaloClient
from bot.messages import Text, to_json
from clock import SystemClock
from notify.broadcasts import feeding, moves
from notify.broadcasts.audience import Audience
from notify.broadcasts.content import Content, Texts, digest
from notify.broadcasts.estimate import estimate
from notify.broadcasts.loop import BroadcastLoop
from notify.rate import RateLimit
from notify.sender import Sender
from settings import Settings
from store import broadcasts
from store.engine import Database
from store.outbox import Draft, enqueue
from store.tables import Broadcast, BroadcastState, Lane

PEOPLE = 1_000_000
RATE = 2000
MINUTES = 5
_CLOCK = SystemClock()


class _Timed(Database):
    """Remembers how long its longest write transaction held the database."""

    longest = 0.0

    @contextmanager
    def write(self, *, wake: bool = False) -> Iterator[Any]:
        """As ever, with a look at the watch."""
        with super().write(wake=wake) as session:
            began = time.perf_counter()
            yield session
        # The commit included, the waiting for the lock not.
        self.longest = max(self.longest, time.perf_counter() - began)


def run(options: Options) -> Iterator[Row]:
    """Line 7 and its sending; about twenty minutes."""
    log_to_nowhere()
    with databases(options.databases) as urls:
        for kind, url in urls.items():
            database = _Timed(url)
            people(database, PEOPLE)
            number = announcement(database)
            counted = _estimated(database, number)
            yield Row("7", f"{PEOPLE:,} people of an announcement counted", kind, counted)
            queued = _fixed(database, number)
            bar = "seconds < 15, longest_lock_ms <= 100"
            yield Row("7", f"{PEOPLE:,} recipients queued", kind, queued, bar=bar)
            what = f"announcement at {RATE}/min for {MINUTES} minutes"
            yield Row("7", what, kind, _sent(database), bar="share >= 0.95, refused == 0")
            database.dispose()


def province(**more: Any) -> Settings:
    """A province that sends announcements at any hour."""
    wanted = {
        "environment": "test",
        "zalo_app_id": APP_ID,
        "zalo_oa_id": OA_ID,
        "zalo_rate_per_minute": RATE,
        "zalo_app_rate_per_minute": 1_000_000,
        "broadcast_from": "00:00",
        "broadcast_to": "23:59:59",
        "broadcast_pause_days": 0,
        **more,
    }
    return Settings(_env_file=None, **wanted)


def people(database: Database, count: int) -> None:
    """Followers who wrote an hour ago, written by the database itself."""
    now = _CLOCK.now()
    series = (
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)"
        if database.is_sqlite
        else "WITH n(i) AS (SELECT generate_series(0, :count - 1))"
    )
    number = "printf('%09d', i)" if database.is_sqlite else "lpad(CAST(i AS text), 9, '0')"
    statement = text(
        "INSERT INTO follower (uid, display_name, language, followed, follow_count, followed_at,"
        " first_seen_at, last_interaction_at, welcome_sent, notify, unreachable) "
        f"{series} SELECT 'u' || {number}, 'Mẫu', 'vi', TRUE, 1, :since, :since, :spoke, 0, TRUE,"
        " '' FROM n"
    )
    values = {"since": now - timedelta(days=30), "spoke": now - timedelta(hours=1)}
    stored = {k: _stored(database, v) for k, v in values.items()}
    with database.engine.begin() as connection:
        connection.execute(statement, {"count": count, **stored})
        connection.execute(text("ANALYZE"))


def _stored(database: Database, moment: datetime) -> Any:
    return moment.replace(tzinfo=None).isoformat(" ") if database.is_sqlite else moment


def announcement(database: Database) -> int:
    """A draft for everybody; answers its number."""
    now = _CLOCK.now()
    row = Broadcast(
        title="Nghỉ lễ",
        topic="hours",
        audience=Audience().model_dump(mode="json"),
        content=Content(vi=Texts(text="Bộ phận một cửa nghỉ lễ ngày 2/9.")).model_dump(mode="json"),
        created_by="bench",
        created_at=now,
        updated_at=now,
    )
    with database.write() as session:
        return broadcasts.add(session, row).id or 0


def _estimated(database: Database, number: int) -> dict[str, float]:
    settings, now = province(), _CLOCK.now()
    began = time.perf_counter()
    with database.read() as session:
        row = broadcasts.get(session, number)
        assert row is not None
        found = estimate(session, row, settings, now, now).estimate
    return {"seconds": time.perf_counter() - began, "reached": found.reach}


def _fixed(database: _Timed, number: int) -> dict[str, float]:
    settings = province()
    with database.write() as session:
        row = broadcasts.lock(session, number)
        assert row is not None
        moves.submit(session, row, settings, "lan", _CLOCK.now())
        moves.approve(row, "quan", digest(row), _CLOCK.now())
        row.state, row.preparing = BroadcastState.preparing, {"step": "start"}
        row.started_at = _CLOCK.now()
        session.add(row)
    database.longest = 0.0
    began = time.perf_counter()
    while feeding.prepare(database, settings, number, _CLOCK.now()):
        pass
    took = time.perf_counter() - began
    with database.read() as session:
        done = broadcasts.get(session, number)
    assert done is not None and done.total == PEOPLE
    return {"seconds": took, "longest_lock_ms": database.longest * 1000}


def _sent(database: Database) -> dict[str, float]:
    """Whole minutes of an announcement that has more than enough people left."""
    with _zalo() as url:
        asks = _known_to(url, database)
        settings = province(zalo_openapi_url=url)
        client = ZaloClient(url, url, url, OneToken("test-access"))
        rate = RateLimit(database, settings, _CLOCK)
        sender = Sender(database, client, settings, _CLOCK, owner="bench", rate=rate)
        loop = BroadcastLoop(database, client, settings, _CLOCK, rate)
        stop = threading.Event()
        threads = [threading.Thread(target=run, args=(stop,)) for run in (sender.run, loop.run)]
        for thread in threads:
            thread.start()
        try:
            first = int(time.time() // 60) + 1
            time.sleep(first * 60 - time.time())
            before = _counters(url)
            delays = _asked_meanwhile(database, asks, (first + MINUTES) * 60)
            after = _counters(url)
        finally:
            # Left running they would keep the whole bench from ending.
            stop.set()
            database.wakeups.notify()
            for thread in threads:
                thread.join()
    sent = after.get("accepted", 0) - before.get("accepted", 0)
    refused = after.get("error -32", 0)
    replies = {f"reply_{name}": took for name, took in percentiles(delays, 0.5, 1).items()}
    return {"share": sent / (RATE * MINUTES), "refused": refused, **replies}


def _asked_meanwhile(database: Database, asks: str, until: float) -> list[float]:
    """Queue a reply every second; seconds from each commit to its hand-over."""
    count = 0
    while time.time() < until:
        now = _CLOCK.now()
        with database.write(wake=True) as session:
            body = to_json(Text(f"Trả lời {count}"))
            draft = Draft(f"r{count}", Lane.reply, "reply", body, "bench", now, uid=asks)
            enqueue(session, [draft], now)
        count += 1
        time.sleep(max(0.0, min(1.0, until - time.time())))
    ends = time.monotonic() + 10
    while len(rows := _replies_sent(database)) < count and time.monotonic() < ends:
        time.sleep(0.5)
    assert len(rows) == count, f"{count - len(rows)} replies never went"
    return [(_moment(sent) - _moment(made)).total_seconds() for made, sent in rows]


def _replies_sent(database: Database) -> list[Any]:
    """When each was queued and handed over."""
    with database.read() as session:
        found = session.execute(
            text("SELECT created_at, sent_at FROM outbox WHERE lane = 'reply' AND state = 'sent'")
        )
        return list(found.all())


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


@contextmanager
def _zalo() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--rate-oa", str(RATE)]
    command += ["--access-token", "test-access", "--refresh-token", "test-refresh"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                requests.get(f"{url}/_control/state", timeout=1)
                break
            except requests.ConnectionError:
                if process.poll() is not None:
                    raise RuntimeError("the sandbox did not come up") from None
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def _known_to(url: str, database: Database) -> str:
    """Zalo's people take the places of the first of our followers; answers who asks questions."""
    order = {"count": RATE * (MINUTES + 2), "interacted_hours_ago": 1}
    made = requests.post(f"{url}/_control/people/bulk", json=order, timeout=60).json()["ids"]
    # By the whole key: there is no index by UID alone.
    places = [{"new": uid, "old": f"u{place:09}"} for place, uid in enumerate(made)]
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE broadcast_recipient SET uid = :new"
                " WHERE broadcast_id = (SELECT MAX(id) FROM broadcast) AND uid = :old"
            ),
            places,
        )
        connection.execute(text("UPDATE follower SET uid = :new WHERE uid = :old"), places)
    return str(made[-1])


def _counters(url: str) -> dict[str, int]:
    counters: dict[str, int] = requests.get(f"{url}/_control/state", timeout=20).json()["counters"]
    return counters
