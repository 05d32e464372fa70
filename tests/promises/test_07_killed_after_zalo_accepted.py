"""7. Killed between Zalo's acceptance and our record: `uncertain`, by its kind's rule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlmodel import col

from clock import FixedClock, SystemClock
from service.worker import Worker
from settings import Settings
from store.tables import InboundEvent, InboundState, Lane, Outbox
from tests.e2e.conftest import Citizen, Town, town_of
from tests.notify import outgoing
from tests.notify.broadcasts import making
from tests.notify.outgoing import draft, until
from tests.notify.test_jobs import clockwork
from tests.promises.deliveries import control, counted
from tests.promises.processes import senders

SETTINGS = {
    "lease_seconds": 60,
    "uncertain_pause_seconds": 120,
    "broadcast_echo_seconds": 600,
    "broadcast_from": time(0),
    "broadcast_to": time(23, 59, 59),
}
ENDS = ("sent", "delivered", "seen")
KINDS = ("status", "reminder", "reply", "otp", "announcement")


@dataclass
class Scene:
    """Everything that was in the air when the sender died."""

    town: Town
    settings: Settings
    clock: FixedClock
    #: Who gets what, by the kind of the message.
    people: dict[str, Citizen]
    broadcast: int

    def rows(self) -> dict[str, Outbox]:
        """The messages by kind."""
        found = outgoing.rows(self.town.database)
        named = {key: row for key, row in found.items() if key in KINDS}
        (sent,) = making.messages(self.town.database, self.broadcast)
        return {**named, "announcement": sent}

    def states(self) -> dict[str, str]:
        """Their states."""
        return {kind: row.state for kind, row in self.rows().items()}

    def heard(self) -> dict[str, int]:
        """How many messages each person has got."""
        return {kind: len(self._chat(one)) for kind, one in self.people.items()}

    def _chat(self, one: Citizen) -> list[object]:
        found: list[object] = control(self.town, "GET", f"people/{one.uid}/chat?from=oa")[
            "messages"
        ]
        return found

    def sweep(self) -> dict[str, str]:
        """What the clock does once the dead sender's leases have run out."""
        self.clock.advance(seconds=61)
        assert clockwork(self.town.database, self.clock, self.settings).run_due(
            "sweep", self.clock.now()
        )
        return self.states()


@contextmanager
def killed_in_the_air(database_url: str, *, echoes: bool) -> Iterator[Scene]:
    """One message of each kind, accepted by Zalo; the sender died before it heard so."""
    with town_of(database_url, worker=False, **SETTINGS) as town:
        clock = FixedClock(SystemClock().now())
        if not echoes:
            control(town, "PATCH", "settings", receipts=False, events_off=["oa_send_text"])
        people = crowd(town)
        # First, so that its audience is one person alone.
        outgoing.followers(town.database, [people["announcement"].uid], clock.now())
        number = making.ready(town.database, town.settings, clock.now(), making.content())
        loop = making.looping(town.database, town.settings, clock, town.sandbox.url)
        until(lambda: (loop.turn(), making.messages(town.database, number))[1])
        single_messages(town, people, clock.now())
        scene = Scene(town, town.settings, clock, people, number)
        control(town, "POST", "faults", kind="timeout_after", path="*message*", seconds=600)
        templates = {"zbs_templates": town.settings.zbs_templates, "zbs_night_rule": False}
        hours = {"broadcast_from": time(0), "broadcast_to": time(23, 59, 59)}
        own = {"read_timeout": 500, "lease_seconds": 60, **templates, **hours}
        with senders(database_url, town.sandbox.url, ["dead"], **own):
            until(lambda: scene.heard() == dict.fromkeys(KINDS, 1), 60)
        control(town, "DELETE", "faults")
        # The server may still hold the dead sender's last transaction for a moment.
        until(lambda: set(scene.states().values()) == {"leased"})
        clock.set(SystemClock().now())
        yield scene


def crowd(town: Town) -> dict[str, Citizen]:
    """A person for each kind."""
    order = {"count": len(KINDS), "prefix": "Mẫu", "interacted_hours_ago": 1}
    uids = control(town, "POST", "people/bulk", **order)["ids"]
    control(town, "PATCH", f"people/{uids[KINDS.index('otp')]}", phones=["0900000001"])
    return {kind: Citizen(town.sandbox.url, uid) for kind, uid in zip(KINDS, uids, strict=True)}


def single_messages(town: Town, people: dict[str, Citizen], now: datetime) -> None:
    """All messages but the announcement."""
    told = {kind: people[kind].uid for kind in ("status", "reminder", "reply")}
    outgoing.followers(town.database, list(told.values()), now)
    code = {"phone": "+84900000001", "facts": {"otp": "123456"}, "body": {}}
    useful_until = now + timedelta(minutes=5)
    drafts = [
        draft("status", now, uid=told["status"]),
        draft("reminder", now, uid=told["reminder"], lane=Lane.reminder, kind="reminder"),
        draft("reply", now, uid=told["reply"], lane=Lane.reply, kind="reply"),
        draft("otp", now, lane=Lane.reply, kind="otp", expires_at=useful_until, **code),
    ]
    outgoing.queue(town.database, drafts, now)


@contextmanager
def another_worker(scene: Scene) -> Iterator[None]:
    """A worker on another machine, with the scene's clock."""
    worker = Worker(scene.town.database, scene.settings, scene.clock)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def all_handled(town: Town) -> bool:
    """Whether nothing that Zalo told waits any more."""
    done = [InboundState.handled.value, InboundState.ignored.value]
    return not counted(town, InboundEvent, col(InboundEvent.state).not_in(done))


def test_what_zalo_echoes_or_receipts_is_settled_by_it_and_never_repeated(
    database_url: str,
) -> None:
    with killed_in_the_air(database_url, echoes=True) as scene:
        # Echo or receipt of each of the five came in while nobody knew the messages' ids.
        until(lambda: counted(scene.town, InboundEvent) >= len(KINDS) * 2 - 1)
        with another_worker(scene):
            until(lambda: all_handled(scene.town))
            assert set(scene.states().values()) == {"leased"}, "its lease still runs"
            after = scene.sweep()
            assert set(after.values()) <= set(ENDS), after
            scene.clock.advance(hours=1)
            scene.sweep()
            until(lambda: all_handled(scene.town))
            assert scene.heard() == dict.fromkeys(KINDS, 1)
        rows = scene.rows()
    assert all(row.zalo_message_id for row in rows.values())
    assert (rows["otp"].facts, rows["otp"].body) == ({}, {}), "a code is not kept once it went"


def test_without_any_word_of_zalo_each_kind_has_its_own_rule(database_url: str) -> None:
    with killed_in_the_air(database_url, echoes=False) as scene:
        freed = scene.clock.now() + timedelta(seconds=61)
        assert scene.sweep() == dict.fromkeys(KINDS, "uncertain")
        pauses = {kind: (row.due_at - freed).seconds for kind, row in scene.rows().items()}
        assert pauses == {
            # Somebody waits for these.
            "reply": 10,
            "otp": 10,
            "status": 120,
            "reminder": 120,
            # As long as an echo may take.
            "announcement": 600,
        }
        once = dict.fromkeys(KINDS, 1)
        with another_worker(scene):
            scene.clock.advance(seconds=10)
            until(lambda: ends(scene) == {"reply", "otp"})
            assert scene.heard() == {**once, "reply": 2, "otp": 2}
            scene.clock.advance(seconds=110)
            until(lambda: ends(scene) == set(KINDS) - {"announcement"})
            twice = {**dict.fromkeys(KINDS, 2), "announcement": 1}
            assert scene.heard() == twice
            scene.clock.advance(seconds=480)
            until(lambda: ends(scene) == set(KINDS))
            # It stands in the chat, so nobody got it twice.
            assert scene.heard() == twice
            scene.clock.advance(hours=1)
            scene.sweep()
            assert scene.heard() == twice
        rows = scene.rows()
    assert all(row.zalo_message_id for row in rows.values())
    assert (rows["otp"].facts, rows["otp"].body) == ({}, {})


def ends(scene: Scene) -> set[str]:
    """The kinds whose message has come to an end."""
    return {kind for kind, state in scene.states().items() if state in ENDS}
