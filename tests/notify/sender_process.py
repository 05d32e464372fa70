"""A sender in a process of its own, to be killed: ``python -m tests.notify.sender_process``."""

from __future__ import annotations

import sys
import threading

from clock import SystemClock
from notify.rate import RateLimit
from notify.sender import Sender
from settings import Settings
from store.engine import Database
from tests.notify.outgoing import client


def main(database_url: str, zalo_url: str, owner: str) -> None:
    """Send until killed."""
    settings = Settings(_env_file=None, environment="test", zalo_rate_per_minute=10_000)  # type: ignore[call-arg]
    database = Database(database_url)
    database.wakeups.listen()
    clock = SystemClock()
    rate = RateLimit(database, settings, clock)
    sender = Sender(database, client(zalo_url), settings, clock, owner=owner, rate=rate)
    print("ready", flush=True)
    sender.run(threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
