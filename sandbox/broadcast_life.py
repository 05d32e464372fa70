"""From review to the followers' chats (protocol 3.4, 4.2, 4.3).

Nothing says which events a broadcast makes, so it makes none unless a switch asks for receipts.
"""

from __future__ import annotations

from . import events, windows
from .broadcasts import Broadcast
from .citizen import NotPossible
from .errors import ZaloError
from .people import Person
from .world import World

#: Followers served under one hold of the lock: a crowd must not stop everybody else's calls.
BATCH = 500


def start_review(world: World, broadcast: Broadcast) -> None:
    """Lay it before the reviewers until `due_ms`."""
    world.schedule.at(broadcast.due_ms, lambda: _review_over(world, broadcast))
    world.ring("broadcast", broadcast.id)


def approve(world: World, broadcast: Broadcast) -> None:
    """Let it out, at 06:00 when it is night; `NotPossible` when its review is over already."""
    with world.lock():
        _check_waiting(broadcast)
        broadcast.state, broadcast.due_ms = "sending", world.clock.daytime_ms()
        world.schedule.at(broadcast.due_ms, lambda: _deliver(world, broadcast))
        world.ring("broadcast", broadcast.id)


def reject(world: World, broadcast: Broadcast, reason: str = "") -> None:
    """It reaches nobody; `NotPossible` when its review is over already."""
    with world.lock():
        _check_waiting(broadcast)
        broadcast.state, broadcast.note = "rejected", reason
        broadcast.done_ms = world.clock.now_ms()
        world.ring("broadcast", broadcast.id)


def _check_waiting(broadcast: Broadcast) -> None:
    if broadcast.state != "waiting_review":
        raise NotPossible("broadcast này không còn chờ duyệt")


def _review_over(world: World, broadcast: Broadcast) -> None:
    with world.lock():
        if broadcast.state != "waiting_review":
            return
        if world.switches.broadcast_rejected:
            reject(world, broadcast, "không qua kiểm duyệt")
        else:
            approve(world, broadcast)


def _deliver(world: World, broadcast: Broadcast) -> None:
    with world.lock():
        crowd = [p for p in world.people.all() if p.follower and broadcast.target.admits(p)]
        broadcast.matched = len(crowd)
    for start in range(0, len(crowd), BATCH):
        with world.lock():
            # A reset meanwhile forgot the broadcast and the people with it.
            if world.broadcasts.get(broadcast.id) is not broadcast:
                return
            for person in crowd[start : start + BATCH]:
                _hand_over(world, broadcast, person)
            world.ring("broadcast", broadcast.id)
    with world.lock():
        broadcast.state, broadcast.done_ms = "done", world.clock.now_ms()
        world.ring("broadcast", broadcast.id)


def _hand_over(world: World, broadcast: Broadcast, person: Person) -> None:
    if not _reachable(world, person):
        broadcast.unreachable += 1
        return
    if world.caps.room("broadcast", person.id).now <= 0:
        broadcast.held_back += 1
        return
    world.caps.use("broadcast", person.id)
    broadcast.reached += 1
    world.counters["sent broadcast"] += 1
    message = world.add_message(
        person,
        "oa",
        "article",
        broadcast.text,
        content=broadcast.content,
        via="broadcast",
        received_ms=world.clock.now_ms(),
    )
    if world.switches.broadcast_receipts:
        event = events.from_oa(world, person, "user_received_message", {"msg_id": message.id})
        world.webhooks.emit(event, person.id)


def _reachable(world: World, person: Person) -> bool:
    try:
        windows.check_user_state(world, person)
    except ZaloError:
        return False
    return person.follower
