"""What follows an accepted send: echo, then received, then seen (protocol 3.2, 9)."""

from __future__ import annotations

from collections.abc import Callable

from . import events
from .people import ChatMessage, Person
from .world import World


def oa_sent(world: World, person: Person, message: ChatMessage) -> None:
    """Echo the message at once and let the phone receive it a moment later."""
    name, body = events.echo_of(message)
    world.webhooks.emit(events.from_oa(world, person, name, body, message.admin_id), person.id)
    world.counters[f"sent {message.via or 'staff'}"] += 1
    later(world, lambda: received(world, person, message))


def received(world: World, person: Person, message: ChatMessage) -> None:
    """The phone has it; when its chat is open the citizen sees it too."""
    with world.lock():
        if message.received_ms is not None:
            return
        message.received_ms = world.clock.now_ms()
        world.touch(person, message)
        if world.switches.receipts:
            event = events.from_oa(world, person, "user_received_message", {"msg_id": message.id})
            world.webhooks.emit(event, person.id)
        if person.chat_open:
            seen(world, person)


def seen(world: World, person: Person) -> None:
    """The citizen looks at the chat: everything received becomes seen, in one receipt."""
    with world.lock():
        fresh = [
            m
            for m in person.messages
            if m.side == "oa" and m.received_ms is not None and m.seen_ms is None
        ]
        if not fresh:
            return
        for message in fresh:
            message.seen_ms = world.clock.now_ms()
        world.touch(person, *fresh)
        if world.switches.receipts:
            silent = {"zbs"} if world.switches.broadcast_receipts else {"zbs", "broadcast"}
            ids = [m.id for m in fresh if m.via not in silent]
            if ids:
                event = events.from_oa(world, person, "user_seen_message", {"msg_ids": ids})
                world.webhooks.emit(event, person.id)


def zbs_sent(
    world: World, person: Person | None, message: ChatMessage | None, receipt: tuple[str, str, str]
) -> None:
    """Receipt of a template by phone: `receipt` is (recipient, message id, tracking id)."""

    def arrive() -> None:
        with world.lock():
            now = world.clock.now_ms()
            recipient, message_id, tracking = receipt
            state = {"status": 1, "message": "Message is delivered", "delivery_time": str(now)}
            world.zbs_status[message_id] = state
            if person and message:
                message.received_ms = now
                world.touch(person, message)
            if world.switches.receipts:
                event = events.zbs_receipt(world, recipient, message_id, tracking, now)
                world.webhooks.emit(event, recipient, zns=True)
            if person and person.chat_open:
                seen(world, person)

    world.counters["sent zbs"] += 1
    later(world, arrive)


def later(world: World, action: Callable[[], None]) -> None:
    """Run `action` after the receipt delay of the settings."""
    world.schedule.soon(world.switches.receipt_delay_ms / 1000, action)
