"""Many machines: a worker or a whole small province that is asked to stop finishes what is in flight,
hands back what it only held, and goes with status 0; another goes on at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from sqlmodel import select

from clock import SystemClock
from store.tables import InboundEvent, Outbox
from tests.e2e.test_citizen_loop import follow
from tests.notify.outgoing import draft, queue
from tests.promises.machines import Machines, Program, eventually, machines_of, up

#: Whole processes are started: on a machine with much to do that takes its time.
pytestmark = pytest.mark.timeout(600)

#: A lease nobody would wait for: only what was handed back can be sent by another.
LEASE = 3_600
MESSAGES = 24


def slow(town: Machines, milliseconds: int) -> None:
    """From now on every call takes its time, so that a stop falls into the middle of some."""
    fault = {"kind": "latency", "path": "*", "ms": milliseconds}
    requests.post(f"{town.sandbox.url}/_control/faults", json=fault).raise_for_status()


def quick(town: Machines) -> None:
    requests.delete(f"{town.sandbox.url}/_control/faults").raise_for_status()


def rows(town: Machines, table: type[Any]) -> list[Any]:
    with town.database.read() as session:
        return list(session.exec(select(table)).all())


def news(town: Machines) -> list[Outbox]:
    return [row for row in rows(town, Outbox) if row.kind == "status"]


def busy(town: Machines) -> None:
    """A crowd of events and messages, of which some are in flight and most still wait."""
    citizens = [follow(town, f"Mẫu {n}", f"09{n:08d}") for n in range(3)]
    for citizen in citizens:
        # Who wrote may be told for two days; who only followed, three times.
        citizen.say("menu")
        citizen.hears_until("6. Hỗ trợ")
    slow(town, 700)
    now = SystemClock().now()
    drafts = [draft(f"m{n}", now, uid=citizens[n % 3].uid) for n in range(MESSAGES)]
    queue(town.database, drafts, now)
    eventually(lambda: any(row.state == "leased" for row in news(town)))
    for number in range(8):
        # Newcomers: each is asked after in Zalo first, which is slow now.
        town.citizen(f"Mới {number}", f"08{number:08d}").do("follow")
    eventually(lambda: any(row.state == "leased" for row in rows(town, InboundEvent)))


def nothing_held(town: Machines) -> None:
    """No row is leased, none is half done, and Zalo took exactly what we believe it took."""
    held = [row for row in (*rows(town, Outbox), *rows(town, InboundEvent)) if row.lease_owner]
    assert held == []
    assert {row.state for row in rows(town, InboundEvent)} <= {"queued", "handled"}
    assert {row.state for row in news(town)} <= {"queued", "sent", "delivered", "seen"}
    for row in rows(town, InboundEvent):
        assert row.attempts == (1 if row.state == "handled" else 0), "a stop is no failure"


def told(town: Machines) -> list[str]:
    """Every status message on every phone."""
    people = requests.get(f"{town.sandbox.url}/_control/people").json()["people"]
    found = []
    for person in people:
        path = f"{town.sandbox.url}/_control/people/{person['id']}/chat?from=oa"
        found += [str(line.get("text")) for line in requests.get(path).json()["messages"]]
    return sorted(text for text in found if text.startswith("tin m"))


def test_a_worker_asked_to_stop_ends_what_is_in_flight_and_another_goes_on_at_once(
    database_url: str,
) -> None:
    with machines_of(
        database_url, sender_threads=2, handler_threads=2, lease_seconds=LEASE
    ) as town:
        busy(town)
        assert town.workers[0].stop() == 0
        nothing_held(town)
        sent = [row.dedupe_key for row in news(town) if row.state != "queued"]
        waits = [row for row in news(town) if row.state == "queued"]
        assert waits, "it stopped in the middle"
        assert told(town) == sorted(f"tin {name}" for name in sent)
        quick(town)
        town.workers.append(Program(town.settings, "worker"))
        eventually(lambda: all(row.state != "queued" for row in news(town)))
        eventually(lambda: {row.state for row in rows(town, InboundEvent)} == {"handled"})
        assert town.workers[1].stop() == 0
        assert told(town) == sorted(f"tin m{n}" for n in range(MESSAGES)), "each once"


def children(pid: int) -> set[int]:
    """All processes that this one started, and theirs."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text(encoding="ascii").split():
            found |= {int(child)} | children(int(child))
    return found


def test_serve_asked_to_stop_ends_both_halves_and_leaves_nothing_behind(database_url: str) -> None:
    with machines_of(
        database_url, webs=0, workers=0, sender_threads=2, lease_seconds=LEASE
    ) as town:
        port = town.url.rsplit(":", 1)[1]
        both = Program(town.settings, "serve", "--port", port)
        town.workers.append(both)
        eventually(lambda: up(town.url))
        eventually(lambda: town.ready()["parts"].get("worker") == "ok")
        busy(town)
        halves = children(both.process.pid)
        assert len(halves) >= 2, "a web server and a worker"
        assert both.stop() == 0
        assert not [pid for pid in halves if Path(f"/proc/{pid}/cmdline").exists()]
        nothing_held(town)
        assert [row for row in news(town) if row.state == "queued"], "it stopped in the middle"
