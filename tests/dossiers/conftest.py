"""An office with a key, and limits small enough to run into."""

from __future__ import annotations

import pytest

from clock import FixedClock
from service.web import build
from settings import Settings
from store import api_keys
from store.engine import Database
from tests.dossiers.office import Office


@pytest.fixture
def small(settings: Settings) -> Settings:
    """Settings with small limits on bodies."""
    return settings.model_copy(update={"api_max_bytes": 300_000, "receipt_max_bytes": 2_000})


@pytest.fixture
def office(db: Database, small: Settings, clock: FixedClock) -> Office:
    """A one-stop software with a key of every scope."""
    with db.write() as session:
        key = api_keys.create(session, "igate", api_keys.SCOPES, clock.now())
    return Office(build(small, db, clock), db, key, clock)
