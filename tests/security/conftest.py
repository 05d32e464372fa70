"""The console's `office`, and one in which every row of every table is an attack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from procedures.records import ProcedureRecord
from settings import ROOT
from tests.console.conftest import Office, office
from tests.security import hostile_rows as rows

__all__ = ["office"]

ROLES = ("admin", "reception", "officer", "feedback", "broadcast", "approver", "auditor")
#: Free texts of a procedure.
_FREE = frozenset(
    {"name", "description", "note", "legal_basis", "condition", "case", "text", "form"}
)


def _hostile(value: Any, place: str) -> Any:
    """A procedure whose every free text is an attack."""
    if isinstance(value, list):
        return [_hostile(one, place) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: rows.attack(place)
        if key in _FREE and isinstance(inner, str)
        else _hostile(inner, place)
        for key, inner in value.items()
    }


@pytest.fixture
def attacked(office: Office) -> Iterator[Office]:
    """An office whose every row is an attack; "moi.nguoi" has every role."""
    catalogue = json.loads((ROOT / "data" / "procedures.json").read_text())
    record = next(one for one in catalogue["procedures"] if one.get("code") == rows.KEY)
    made = ProcedureRecord.model_validate(record).model_dump(mode="json")
    places = ("procedure.record", "procedure_version.record")
    office.account("moi.nguoi", *ROLES)
    rows.fill(
        office.database, office.clock.now(), {place: _hostile(made, place) for place in places}
    )
    yield office
