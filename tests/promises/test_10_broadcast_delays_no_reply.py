"""Promise 10: however large a broadcast, a reply goes within a second.

Time is simulated and Zalo's ``Date`` follows it, so that no slow machine makes this red; the same
with a real clock and 200,000 recipients is measured by ``python -m bench broadcast``.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest
from sqlmodel import select

from clock import FixedClock
from notify.pace import allowed_by_now
from settings import Settings
from store.engine import Database
from store.tables import Lane, Outbox
from tests.bot import zalo_stub
from tests.conftest import MORNING
from tests.notify.outgoing import draft, followers, queue, rows, sending, until, waiting
from tests.promises.sizes import size

#: The promise, in steps of the simulated clock.
STEP, MOST_STEPS = timedelta(seconds=0.5), 2


@pytest.fixture
def clock() -> FixedClock:
    """Late in a minute, so that Zalo's minute turns meanwhile."""
    return FixedClock(MORNING + timedelta(seconds=54))


def office(clock: FixedClock) -> Callable[[BaseHTTPRequestHandler], None]:
    """A Zalo that takes everything, and whose clock is the simulated one."""
    numbers = itertools.count()

    def answer(request: BaseHTTPRequestHandler) -> None:
        said = {"error": 0, "message": "Success", "data": {"message_id": f"m{next(numbers)}"}}
        raw = json.dumps(said)
        date = format_datetime(clock.now(), usegmt=True)
        head = f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: {len(raw)}\r\n\r\n"
        request.wfile.write((head + raw).encode())

    return answer


def sent(db: Database, name: str) -> bool:
    with db.read() as session:
        found = session.exec(select(Outbox.state).where(Outbox.dedupe_key == name)).one()
    return found == "sent"


@pytest.mark.parametrize("limit", [100, size(300, 2000)])
def test_in_every_second_of_a_broadcast_a_reply_goes_within_the_second(
    db: Database, settings: Settings, clock: FixedClock, limit: int
) -> None:
    seconds = size(8, 130)
    limits = {"zalo_rate_per_minute": limit, "zalo_app_rate_per_minute": 2 * limit}
    settings = settings.model_copy(update={**limits, "sender_threads": 4})
    crowd = [f"b{n}" for n in range(limit * (seconds + 120) // 60)]
    # Each is somebody else's: an answer that stays out holds the next of the same person only.
    asking = [f"asks{second}" for second in range(seconds)]
    followers(db, [*crowd, *asking], clock.now())
    now = clock.now()
    queue(db, [draft(uid, now, uid=uid, lane=Lane.broadcast) for uid in crowd], now)
    began, waited = clock.now(), []
    with zalo_stub.running() as zalo:
        zalo.answers = [office(clock)]
        with sending(db, zalo.url, settings, clock, read_timeout=600):
            until(lambda: zalo.asked)
            for second in range(seconds):
                name = f"r{second}"
                asks = draft(name, clock.now(), uid=asking[second], lane=Lane.reply)
                queue(db, [asks], clock.now())
                waited.append(steps_until_sent(db, clock, name))
                assert waited[-1] <= MOST_STEPS, (waited, rows(db)[name])
                clock.set(began + timedelta(seconds=second + 1))
                db.wakeups.notify()
            left = waiting(db)
            # The pace was really used up, or the replies had an easy time.
            spent = len(zalo.asked) - seconds
    assert left > 0, "the broadcast ended before its time"
    assert spent >= allowed_by_now(limit, settings.broadcast_reserve_percent, seconds - 1) // 2


def steps_until_sent(db: Database, clock: FixedClock, name: str) -> int:
    """How many steps the clock had to go until the reply was handed over."""
    for step in range(MOST_STEPS + 1):
        try:
            # The clock stands: only what is allowed at this very moment can happen.
            until(lambda: sent(db, name), 20 if step == MOST_STEPS else 5)
        except AssertionError:
            clock.set(clock.now() + STEP)
            db.wakeups.notify()
        else:
            return step
    return MOST_STEPS + 1
