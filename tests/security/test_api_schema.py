"""Requests made from the API's own description: none breaks it, and answers keep what it says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from clock import FixedClock
from service.web import build
from settings import Settings
from store import api_keys
from store.engine import Database
from tests.dossiers.office import CODE
from tests.promises.sizes import size

#: Of each address; at night twenty times as many, and new ones.
EXAMPLES = size(14, 500)
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@schemathesis.serializer("application/pdf")
def _pdf(_context: Any, value: Any) -> bytes:
    """The description says "a PDF"; what comes may be anything."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture
def api(db: Database, settings: Settings, clock: FixedClock) -> Iterator[tuple[Flask, str]]:
    """The application with a key for everything and one dossier."""
    wide = settings.model_copy(update={"api_requests_per_minute": 10_000_000})
    app = build(wide, db, clock)
    with db.write() as session:
        key = api_keys.create(session, "mau", api_keys.SCOPES, clock.now())
    answer = app.test_client().post(
        "/api/v1/dossiers",
        json={"MaHoSo": CODE, "NgayTiepNhan": "20230215161408"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 200
    yield app, key


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_no_request_of_the_description_breaks_the_api(api: tuple[Flask, str]) -> None:
    app, key = api
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    tried: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        _tried(operation, key, tried.setdefault(f"{operation.method} {operation.path}", set()))
    assert len(tried) >= 9
    # Examples that are all refused at the door prove nothing.
    assert sum(any(status < 300 for status in statuses) for statuses in tried.values()) >= 6, tried


def _cases(operation: Any) -> st.SearchStrategy[Any]:
    """Requests as the description wants them; of bodies also such as it forbids."""
    good = operation.as_strategy()
    if operation.method.upper() != "POST":
        return good
    return good | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)


def _tried(operation: Any, key: str, statuses: set[int]) -> None:
    @examples(
        max_examples=EXAMPLES,
        derandomize=os.environ.get("NIGHTLY") != "1",
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(_cases(operation), st.booleans())
    def attempt(case: Any, known: bool) -> None:
        if known and "MaHoSo" in (case.path_parameters or {}):
            case.path_parameters["MaHoSo"] = CODE
        answer = case.call(headers={"Authorization": f"Bearer {key}"})
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=list(CHECKS))

    attempt()
