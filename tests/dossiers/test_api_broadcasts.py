"""Other systems draft announcements through the API; sending is always a person's act."""

from __future__ import annotations

from typing import Any

import pytest

from store import api_keys, broadcasts
from store.tables import Agency
from tests.dossiers.office import Office, problem

GOOD: dict[str, Any] = {
    "title": "Nghỉ lễ 2/9",
    "topic": "hours",
    "text": "Bộ phận một cửa nghỉ ngày 2/9.",
    "buttons": [{"kind": "open_url", "title": "Lịch", "value": "https://tinh.example/lich"}],
}


def test_a_draft_is_stored_and_nothing_is_sent(office: Office) -> None:
    answer = office.post("broadcasts", GOOD)
    assert answer.status_code == 201
    told = answer.get_json()
    assert told["state"] == "draft" and told["url"].endswith(f"/console/thong-bao/{told['id']}")
    with office.db.read() as session:
        row = broadcasts.get(session, told["id"])
        assert row is not None
        assert (row.created_by, row.content["vi"]["text"]) == ("api:igate", GOOD["text"])
        assert broadcasts.at_work(session) == []
    assert office.call("GET", f"broadcasts/{told['id']}").get_json() == told


def test_agencies_are_named_by_their_codes(office: Office) -> None:
    with office.db.write() as session:
        session.add(
            Agency(id=5, code="H60.01", name="X", name_folded="x", updated_at=office.clock.now())
        )
    answer = office.post("broadcasts", GOOD | {"agencies": ["H60.01"]})
    with office.db.read() as session:
        row = broadcasts.get(session, answer.get_json()["id"])
        assert row is not None and row.audience["agencies"] == [5]
    wrong = problem(office.post("broadcasts", GOOD | {"agencies": ["H60.01", "H60.99"]}), 422)
    assert wrong["errors"][0]["field"] == "agencies.1"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"topic": "sales"}, "topic"),
        ({"way": "article"}, "way"),
        ({"text": "x" * 2001}, "text"),
        ({"states": ["lost"]}, "states.0"),
        ({"state": "approved"}, "state"),
        (
            {"buttons": [{"kind": "open_url", "title": "x", "value": "javascript:alert(1)"}]},
            "buttons.0",
        ),
    ],
)
def test_what_is_wrong_is_named(office: Office, change: dict[str, Any], field: str) -> None:
    wrong = problem(office.post("broadcasts", GOOD | change), 422)
    assert field in [error["field"] for error in wrong["errors"]]


@pytest.mark.parametrize("number", ["1", "0", "999999999999999999999"])
def test_what_is_not_there_is_said(office: Office, number: str) -> None:
    problem(office.call("GET", f"broadcasts/{number}"), 404)


def test_a_list_is_refused(office: Office) -> None:
    problem(office.post("broadcasts", [GOOD, GOOD]), 422)


def test_a_key_needs_the_scope(office: Office) -> None:
    with office.db.write() as session:
        key = api_keys.create(session, "hẹp", "dossiers:read", office.clock.now())
    headers = {"Authorization": f"Bearer {key}"}
    answer = office.client.post("/api/v1/broadcasts", json=GOOD, headers=headers)
    assert answer.status_code == 403
