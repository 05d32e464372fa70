"""What staff save reaches citizens from a worker that was running before, without a restart."""

from __future__ import annotations

import time

from clock import SystemClock
from store import content as table
from tests.e2e.conftest import PATIENCE, Town


def test_a_running_worker_says_the_new_words(town: Town) -> None:
    citizen = town.citizen("Nguyễn Thị Mẫu", "0900000001")
    citizen.do("follow")
    citizen.hears()
    with town.database.write() as session:
        table.put(
            session,
            table.MESSAGE,
            "menu.text",
            {"text": "Thực đơn mới, gọi {hotline}."},
            by="mau",
            now=SystemClock().now(),
            expected=0,
            language="vi",
        )
        table.put(
            session,
            table.SETTINGS,
            "ten-dia-chi",
            {"hotline": "1900 3333"},
            by="mau",
            now=SystemClock().now(),
            expected=0,
        )
    assert town.worker is not None
    ends = time.monotonic() + PATIENCE
    while town.worker.settings.hotline != "1900 3333" and time.monotonic() < ends:
        time.sleep(0.05)
    citizen.say("menu")
    citizen.hears_until("Thực đơn mới, gọi 1900 3333.")
