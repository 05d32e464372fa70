"""Design lines 3 and 4: from a citizen's text to its reply, from a change sent to us to its news.

The whole way as a province runs it: granian, a worker process, the ingest API; only Zalo is a
stand-in without latency, in a process of its own that notes when each call reaches it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import requests

from bench import zalo_stub
from bench.driver import drive
from bench.rows import Options, Row, percentiles
from bench.servers import databases, environment, serving
from bench.webhook import signed_request
from clock import VIETNAM
from settings import ROOT
from store import api_keys
from store.engine import Database
from store.tables import Dossier, Follower, PhoneLink, Proof

_RATE, _SECONDS = 20, 20
_COUNT = _RATE * _SECONDS
#: What never arrived is in no percentile, so the bar asks for all.
_REPLY = f"p50_ms < 60, p99_ms < 300, arrived == {_COUNT}"
_NEWS = f"p50_ms < 100, p99_ms < 1000, arrived == {_COUNT}"


def run(options: Options) -> Iterator[Row]:
    """Lines 3 and 4; about two minutes."""
    with databases(options.databases) as urls:
        for kind, url in urls.items():
            key = _fill(url)
            with zalo_stub.running(told=True) as stub:
                env = environment_of(url, stub.url)
                with serving("service.web:application", "granian", env) as port, _worker(env):
                    replies = _replies(port, stub)
                    yield Row(
                        "3", f"text to its reply at Zalo, {_RATE}/s", kind, replies, bar=_REPLY
                    )
                    news = _changes(port, stub, key)
                    yield Row("4", f"change to its news at Zalo, {_RATE}/s", kind, news, bar=_NEWS)


def environment_of(database_url: str, zalo: str) -> dict[str, str]:
    """Settings of a benchmark process whose Zalo listens at ``zalo`` and refuses nothing."""
    return environment(
        database_url,
        ZALO_OPENAPI_URL=zalo,
        ZALO_OAUTH_URL=zalo,
        ZALO_BUSINESS_URL=zalo,
        ZALO_ACCESS_TOKEN="bench-access",
        ZALO_REFRESH_TOKEN="bench-refresh",
        ZALO_RATE_PER_MINUTE="100000",
        ZALO_APP_RATE_PER_MINUTE="100000",
        API_REQUESTS_PER_MINUTE="100000",
    )


@contextmanager
def _worker(env: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "app.py", "worker"], cwd=ROOT, env=env)
    time.sleep(3)  # it imports and claims its first empty turns
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _uid(number: int) -> str:
    return str(7300000000000000000 + number)


def _fill(url: str) -> str:
    """Followers with proven phones, a dossier each, and an API key, which is answered."""
    database, now = Database(url), datetime.now(UTC)
    with database.write() as session:
        for number in range(_COUNT):
            phone = f"+8490{number:07}"
            session.add(
                Follower(
                    uid=_uid(number),
                    display_name="Người Mẫu",
                    followed=True,
                    follow_count=1,
                    followed_at=now,
                    first_seen_at=now,
                    last_interaction_at=now,
                    last_event_at=now,
                )
            )
            session.add(
                PhoneLink(
                    uid=_uid(number),
                    phone=phone,
                    proof=Proof.otp,
                    claimed_at=now,
                    verified_at=now,
                )
            )
            session.add(
                Dossier(
                    code=_code(number),
                    procedure_name="Đăng ký thay đổi (mẫu)",
                    owner_name="NGUYỄN THỊ MẪU",
                    phone=phone,
                    source_system="bench",
                    state_at=now,
                    created_at=now,
                    updated_at=now,
                    receipt_token=f"t{number}",
                )
            )
        key = api_keys.create(session, "bench", api_keys.SCOPES, now)
    database.dispose()
    return key


def _code(number: int) -> str:
    return f"H60.04-250715-{number:04}"


def _replies(port: int, stub: zalo_stub.Stub) -> dict[str, float]:
    texts = [signed_request(f"menu{n}", _uid(n), "menu") for n in range(_COUNT)]
    began = time.perf_counter()
    drive(port, texts, seconds=_SECONDS + 2, rate=_RATE)
    heard = _heard(stub, _COUNT)
    return _shown([heard[_uid(n)] - (began + n / _RATE) for n in range(_COUNT) if _uid(n) in heard])


def _changes(port: int, stub: zalo_stub.Stub, key: str) -> dict[str, float]:
    """From sending the request that brings the change, which is before its commit: rather too long."""
    asked: dict[str, float] = {}
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"

    def change(number: int) -> None:
        event = {
            "MaSuKien": f"b{number}",
            "MaHoSo": _code(number),
            "TrangThai": 4,
            "BuocXuLy": "Phân công thụ lý",
            "ThoiDiemXuLy": datetime.now(VIETNAM).isoformat(),
        }
        asked[_uid(number)] = time.perf_counter()
        answer = session.post(f"http://127.0.0.1:{port}/api/v1/events", json=event, timeout=10)
        answer.raise_for_status()

    _at_rate(change)
    heard = _heard(stub, _COUNT)
    return _shown([heard[uid] - at for uid, at in asked.items() if uid in heard])


def _at_rate(work: Callable[[int], None]) -> None:
    began = time.perf_counter()
    threads = []
    for number in range(_COUNT):
        time.sleep(max(0.0, began + number / _RATE - time.perf_counter()))
        threads.append(threading.Thread(target=work, args=(number,)))
        threads[-1].start()
    for thread in threads:
        thread.join()


def _heard(stub: zalo_stub.Stub, count: int) -> dict[str, float]:
    """When the first message to each recipient reached Zalo."""
    heard: dict[str, float] = {}
    while len(heard) < count and stub.heard.poll(5):
        recipient, at = stub.heard.recv()
        if recipient:
            heard.setdefault(recipient, at)
    while stub.heard.poll(0.5):
        stub.heard.recv()
    return heard


def _shown(seconds: list[float]) -> dict[str, float]:
    return {**percentiles(seconds, 0.5, 0.99), "arrived": len(seconds), "asked": _COUNT}
