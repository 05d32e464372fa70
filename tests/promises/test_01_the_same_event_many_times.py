"""1. The same event 1, 2, 50 times in parallel: one effect."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlmodel import col

from clock import SystemClock
from store.tables import DossierEvent, InboundEvent, InboundState, Outbox
from tests.e2e.conftest import Citizen, Town, town_of
from tests.e2e.test_citizen_loop import CODE, dossier, event
from tests.notify import makers, outgoing
from tests.promises.deliveries import at_once, control, counted, deliver, held_back, mac, post

TIMES = (1, 2, 50)
_DONE = (InboundState.handled.value, InboundState.ignored.value)


def linked(town: Town) -> Citizen:
    """A citizen who wrote an hour ago and proved the dossier's phone."""
    made = control(town, "POST", "people/bulk", count=1, interacted_hours_ago=1)
    (uid,) = made["ids"]
    with town.database.write() as session:
        makers.link(session, uid, SystemClock().now())
    return Citizen(town.sandbox.url, uid)


def from_oa(town: Town, citizen: Citizen) -> list[str]:
    """Everything the citizen got, once nothing is on its way to or from anybody any more."""

    def quiet() -> bool:
        open_ = counted(town, InboundEvent, col(InboundEvent.state).not_in(_DONE))
        return not open_ and not outgoing.waiting(town.database)

    outgoing.until(quiet)
    lines = control(town, "GET", f"people/{citizen.uid}/chat?from=oa")["messages"]
    return [str(line["text"]) for line in lines]


def test_one_event_of_zalo_is_one_row_and_one_reply(database_url: str) -> None:
    with town_of(database_url) as town:
        citizen = linked(town)
        for number, times in enumerate(TIMES):
            body, stamp = held_back(town, citizen, f"chào lần {number}")
            before = len(from_oa(town, citizen)), counted(town, Outbox)

            def send(body: bytes = body, stamp: str = stamp) -> int:
                return deliver(town, body, mac(town, body, stamp))

            assert at_once(times, send) == [200] * times
            texts = col(InboundEvent.event_name) == "user_send_text"
            assert counted(town, InboundEvent, texts) == number + 1
            assert len(from_oa(town, citizen)) == before[0] + 1
            assert counted(town, Outbox) == before[1] + 1
        # Zalo comes again a day later: still nothing more.
        for _ in range(3):
            assert send() == 200
        assert len(from_oa(town, citizen)) == len(TIMES)


@pytest.mark.parametrize("listed", [False, True], ids=["one", "list"])
def test_one_progress_event_is_one_row_and_one_notification(
    database_url: str, listed: bool
) -> None:
    with town_of(database_url, make_receipts=False) as town:
        citizen = linked(town)
        town.push("dossiers", dossier())
        for number, times in enumerate(TIMES):
            told = event(4, f"Bước mẫu {number}")

            def push(told: dict[str, object] = told) -> list[str]:
                answer = post(town, "events", [told, told] if listed else told)
                assert answer.status_code == 200, answer.text
                return [result["status"] for result in answer.json()["results"]]

            results = Counter(status for got in at_once(times, push) for status in got)
            assert results == Counter(created=1, duplicate=times * (2 if listed else 1) - 1)
            assert counted(town, DossierEvent) == number + 1
            heard = [text for text in from_oa(town, citizen) if f"Bước mẫu {number}" in text]
            assert len(heard) == 1
            assert counted(town, Outbox, col(Outbox.dossier_event_id).is_not(None)) == number + 1
        shown = town.settled(CODE)["events"]
        assert [len(one["notifications"]) for one in shown] == [1] * len(TIMES)
