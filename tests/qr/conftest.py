"""A web process with the sample catalogue and one dossier, over a real database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from clock import FixedClock
from procedures.catalogue import import_file
from service.web import build
from settings import ROOT, Settings
from store.engine import Database
from store.tables import Dossier, State

CODE = "000.00.04.H60-230215-0028"
TOKEN = "mau-token-0123456789abcd"


@dataclass
class Town:
    """The pages, their database and clock."""

    client: FlaskClient
    db: Database
    clock: FixedClock
    settings: Settings

    def dossier(self, **changes: Any) -> int:
        """Store a sample dossier; its id."""
        now = self.clock.now()
        values: dict[str, Any] = {
            "code": CODE,
            "procedure_code": "2.002011",
            "procedure_name": "Đăng ký thay đổi thành viên",
            "owner_name": "Nguyễn Thị Mẫu",
            "identity_last3": "321",
            "phone": "+84900000001",
            "agency_name": "Sở Tài chính",
            "received_at": now - timedelta(days=1),
            "promised_at": now + timedelta(days=2),
            "state": State.appraising,
            "national_state": 4,
            "state_at": now,
            "receipt_token": TOKEN,
            "created_at": now,
            "updated_at": now,
        }
        with self.db.write() as session:
            row = Dossier(**{**values, **changes})
            session.add(row)
            session.flush()
            return row.id or 0


@pytest.fixture
def town(db: Database, settings: Settings, clock: FixedClock) -> Iterator[Town]:
    """The pages with the sample catalogue."""
    import_file(db, ROOT / "data" / "procedures.json", clock.now(), by="test")
    app = build(settings, db, clock)
    with app.test_client() as client:
        yield Town(client, db, clock, settings)
