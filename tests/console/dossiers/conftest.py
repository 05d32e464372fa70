"""`counter`: an office with an agency, the sample catalogue and a clerk who takes in dossiers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlmodel import col, select

from dossiers.moving import OUR_SYSTEM
from procedures.catalogue import import_file
from settings import ROOT
from store.tables import (
    Consent,
    Dossier,
    DossierEvent,
    Follower,
    Outbox,
    PhoneLink,
    Proof,
)
from tests.console.conftest import Clerk, Office

UNIT = "H60.04"
PHONE = "+84900000001"
FORM = {
    "key": "khoa-mau-0123456789",
    "act": "luu",
    "procedure": "1.001193",
    "owner": "Nguyễn Thị Mẫu",
    "kind": "citizen",
    "identity": "008090000321",
    "phone": "0900 000 001",
    "promised": "",
    "result_form": "truc_tiep",
}


@dataclass
class Counter:
    """The office, its agency's id, and its clerk."""

    office: Office
    agency: int
    clerk: Clerk
    _taken: int = field(default=0)

    def take_in(self, **changed: Any) -> Dossier:
        """A dossier taken in through the page; the row."""
        self._taken += 1
        form = {**FORM, "key": f"khoa-mau-{self._taken:08}-x", **changed}
        answer = self.clerk.post("/console/ho-so/moi", form)
        assert answer.status_code == 303, problems(answer.get_data(as_text=True))
        number = int(answer.headers["Location"].split("/")[3])
        return self.dossier(number)

    def dossier(self, number: int) -> Dossier:
        with self.office.database.read() as session:
            row = session.get(Dossier, number)
        assert row is not None
        return row

    def all(self, table: type[Any]) -> list[Any]:
        with self.office.database.read() as session:
            return list(session.exec(select(table)).all())

    def events(self, number: int) -> list[DossierEvent]:
        with self.office.database.read() as session:
            return list(
                session.exec(
                    select(DossierEvent)
                    .where(DossierEvent.dossier_id == number)
                    .order_by(col(DossierEvent.id))
                )
            )

    def messages(self, number: int) -> list[Outbox]:
        with self.office.database.read() as session:
            return list(
                session.exec(
                    select(Outbox).where(Outbox.dossier_id == number).order_by(col(Outbox.id))
                )
            )

    def consents(self) -> list[tuple[str, str, str, str]]:
        return [(c.kind, c.action, c.by, c.wording_version) for c in self.all(Consent)]

    def follower(self, uid: str = "uid-mau", proof: Proof = Proof.otp, phone: str = PHONE) -> int:
        """A follower with a link to the phone; the link's id."""
        now = self.office.clock.now()
        with self.office.database.write() as session:
            if session.get(Follower, uid) is None:
                session.add(
                    Follower(
                        uid=uid,
                        display_name="Trần Văn Mẫu",
                        followed=True,
                        first_seen_at=now,
                        last_interaction_at=now,
                    )
                )
            link = PhoneLink(uid=uid, phone=phone, proof=proof, claimed_at=now)
            session.add(link)
            session.flush()
            return link.id or 0

    def foreign(self, code: str = "H60.04-261118-7777", **more: Any) -> Dossier:
        """A dossier that another system owns."""
        now = self.office.clock.now()
        values: dict[str, Any] = {
            "code": code,
            "owner_name": "Lê Văn Mẫu",
            "unit_code": UNIT,
            "source_system": "igate",
            "state": "appraising",
            "national_state": 4,
            "state_at": now,
            "created_at": now,
            "updated_at": now,
            "receipt_token": f"token-{code}",
        }
        with self.office.database.write() as session:
            row = Dossier(**{**values, **more})
            session.add(row)
            session.flush()
            return row


def problems(page: str) -> str:
    """What a page complains of."""
    found = re.search(r'role="alert".*?</div>', page, re.DOTALL)
    return found[0] if found else page[:1500]


@pytest.fixture
def counter(office: Office) -> Counter:
    """A one-stop counter of a department, open on a Wednesday morning."""
    import_file(office.database, ROOT / "data" / "procedures.json", office.clock.now(), by="test")
    agency = office.agency(UNIT, "Sở Nội vụ mẫu")
    return Counter(office, agency, office.sign_in("lan", "reception", agency=agency))


__all__ = ["OUR_SYSTEM", "Counter"]
