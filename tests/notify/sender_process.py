"""A sender in a process of its own, to be killed: ``python -m tests.notify.sender_process``."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from clock import SystemClock
from notify.rate import RateLimit
from notify.sender import Sender
from settings import Settings
from store.engine import Database
from tests.notify.outgoing import client


def say_ready() -> None:
    """Tell whoever reads our output."""
    print("ready", flush=True)


def main(
    database_url: str,
    zalo_url: str,
    owner: str,
    ready: Callable[[], None] = say_ready,
    read_timeout: float = 5,
    **more: Any,
) -> None:
    """Send until killed; ``more`` changes settings."""
    wanted = {"zalo_rate_per_minute": 100_000, "zalo_app_rate_per_minute": 100_000, **more}
    settings = Settings(_env_file=None, environment="test", **wanted)
    database = Database(database_url)
    database.wakeups.listen()
    clock = SystemClock()
    rate = RateLimit(database, settings, clock)
    sender = Sender(
        database, client(zalo_url, read_timeout), settings, clock, owner=owner, rate=rate
    )
    ready()
    sender.run(threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
