"""4. Database away at ingest: 503, then redelivery works once."""

from __future__ import annotations

import requests
from sqlmodel import col

from store.tables import DossierEvent, InboundEvent, Outbox
from tests.e2e.conftest import Town, town_of
from tests.e2e.test_citizen_loop import CODE, dossier, event
from tests.promises.deliveries import at_once, control, counted, deliver, mac, post
from tests.promises.outage import away
from tests.promises.test_01_the_same_event_many_times import from_oa, linked

_TEXT = col(InboundEvent.event_name) == "user_send_text"


def attempts(town: Town, count: int) -> list[tuple[int, int]]:
    """(num_retry, status) of each delivery of the citizen's text, once there are so many."""
    for _ in range(100):
        told = control(town, "GET", "webhooks?event=user_send_text")["webhooks"][-1]["attempts"]
        if len(told) >= count:
            return [(one["num_retry"], one["status"]) for one in told]
        control(town, "GET", "idle?wait=1")
    raise AssertionError(f"only {told}")


def test_zalo_is_told_to_come_again_and_its_redelivery_works_once(database_url: str) -> None:
    with town_of(database_url, worker=False) as town:
        citizen = linked(town)
        control(town, "PATCH", "settings", webhook_timeout_ms=60_000)
        with away(town.database):
            citizen.say("chào lần 1")
            assert attempts(town, 1) == [(0, 503)]
            # Alive, but not ready.
            assert requests.get(f"{town.url}/readyz", timeout=30).status_code == 503
            assert requests.get(f"{town.url}/healthz", timeout=30).status_code == 200
            # Zalo's own pauses: half a minute, then five minutes.
            control(town, "POST", "clock", advance=31)
            assert attempts(town, 2) == [(0, 503), (1, 503)]
        control(town, "POST", "clock", advance=301)
        assert attempts(town, 3) == [(0, 503), (1, 503), (2, 200)]
        (told,) = control(town, "GET", "webhooks?event=user_send_text")["webhooks"]
        body, stamp = told["raw"].encode(), told["timestamp"]
        assert counted(town, InboundEvent, _TEXT, col(InboundEvent.body) == body) == 1
        # Zalo may repeat even what was taken, all at once.
        again = at_once(5, lambda: deliver(town, body, mac(town, body, stamp), num_retry="3"))
        assert again == [200] * 5
        assert counted(town, InboundEvent, _TEXT) == 1
        town.start_worker()
        heard = from_oa(town, citizen)
        assert len(heard) == 1, heard


def test_what_was_open_when_the_database_went_is_not_believed_afterwards(
    database_url: str,
) -> None:
    with town_of(database_url, worker=False) as town:
        citizen = linked(town)
        citizen.say("trước")
        assert attempts(town, 1) == [(0, 200)]
        with away(town.database):
            pass
        # The connection the webhook kept is dead; the first event after it is stored all the same.
        citizen.say("sau")
        assert attempts(town, 1) == [(0, 200)]
        assert counted(town, InboundEvent, _TEXT) == 2


def test_the_api_says_503_and_the_same_request_works_once(database_url: str) -> None:
    with town_of(database_url, worker=False, make_receipts=False) as town:
        citizen = linked(town)
        town.push("dossiers", dossier())
        told = event(4, "Thẩm định mẫu")
        with away(town.database):
            for path, body in (("events", told), ("dossiers", dossier(GhiChu="mẫu"))):
                answer = post(town, path, body, **{"Idempotency-Key": f"mau-{path}"})
                assert answer.status_code == 503, answer.text
                assert answer.headers["Retry-After"] == "5"
                assert answer.json()["code"] == "database_away"
        keyed = {"Idempotency-Key": "mau-events"}
        first = post(town, "events", told, **keyed)
        assert [one["status"] for one in first.json()["results"]] == ["created"]
        assert post(town, "events", told, **keyed).json() == first.json()
        unkeyed = post(town, "events", told).json()["results"]
        assert [one["status"] for one in unkeyed] == ["duplicate"]
        assert counted(town, DossierEvent) == 1
        assert counted(town, Outbox, col(Outbox.dossier_event_id).is_not(None)) == 1
        town.start_worker()
        heard = from_oa(town, citizen)
        assert len(heard) == 1 and "Thẩm định mẫu" in heard[0]
        assert [len(e["notifications"]) for e in town.settled(CODE)["events"]] == [1]
