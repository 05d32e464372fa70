"""Announcements in the console: a writer, people to tell, and the compose form as a person sends it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from store.tables import (
    Broadcast,
    Dossier,
    Follower,
    FollowerTag,
    PhoneLink,
    Proof,
)
from tests.console.conftest import Clerk, Office

FORM = {
    "title": "Nghỉ lễ mẫu",
    "topic": "hours",
    "way": "mixed",
    "spend": "allowance",
    "submitted_days": "365",
    "vi_text": "Bộ phận một cửa nghỉ ngày 01/01.",
}


@dataclass
class Desk:
    """The office with its writer."""

    office: Office
    clerk: Clerk
    _number: int = field(default=0)

    def person(self, hours: float = 1, *, tags: tuple[str, ...] = (), **more: Any) -> str:
        """Somebody who wrote to the OA so many hours ago; the UID."""
        self._number += 1
        now = self.office.clock.now()
        uid = f"{7300000000000000000 + self._number}"
        values = {
            "display_name": f"Nguyễn Thị Mẫu{self._number}",
            "followed": True,
            "first_seen_at": now,
            "last_interaction_at": now - timedelta(hours=hours),
            **more,
        }
        with self.office.database.write() as session:
            session.add(Follower(uid=uid, **values))
            for tag in tags:
                session.add(FollowerTag(tag=tag, uid=uid))
        return uid

    def link(self, uid: str, phone: str, proof: Proof = Proof.otp) -> None:
        """A phone of theirs."""
        now = self.office.clock.now()
        with self.office.database.write() as session:
            session.add(PhoneLink(uid=uid, phone=phone, proof=proof, claimed_at=now))

    def dossier(self, code: str, phone: str = "", unit: str = "H60.04", **more: Any) -> int:
        """A dossier of a phone; its id."""
        now = self.office.clock.now()
        values = {"unit_code": unit, "state_at": now, "created_at": now, "updated_at": now, **more}
        with self.office.database.write() as session:
            row = Dossier(code=code, phone=phone, receipt_token=code, **values)
            session.add(row)
            session.flush()
            return row.id or 0

    def draft(self, clerk: Clerk | None = None, **typed: Any) -> int:
        """A new draft with the form filled in; its id."""
        answer = (clerk or self.clerk).post("/console/thong-bao/moi")
        assert answer.status_code == 303
        number = int(answer.headers["Location"].split("/")[3])
        if typed is not None:
            self.save(number, clerk=clerk, **typed)
        return number

    def send(
        self, number: int, *, clerk: Clerk | None = None, script: bool = False, **typed: Any
    ) -> TestResponse:
        """Send the compose form; ``version`` is the present one unless given."""
        form = {"version": str(self.row(number).version), **FORM, **typed}
        headers = {"Accept": "application/json"} if script else {}
        return (clerk or self.clerk).post(
            f"/console/thong-bao/{number}/soan",
            form,
            headers=headers,
            content_type="multipart/form-data",
        )

    def save(self, number: int, *, clerk: Clerk | None = None, **typed: Any) -> None:
        """Send the form; everything must be taken."""
        answer = self.send(number, clerk=clerk, **typed)
        assert answer.status_code == 303, problems(answer.get_data(as_text=True))

    def row(self, number: int) -> Broadcast:
        """The announcement as stored."""
        with self.office.database.read() as session:
            row = session.get(Broadcast, number)
        assert row is not None
        return row

    def page(self, number: int, clerk: Clerk | None = None) -> str:
        """The compose page."""
        return (clerk or self.clerk).text(f"/console/thong-bao/{number}/soan")


def problems(page: str) -> str:
    """What a page complains of."""
    found = re.search(r'role="alert".*?</div>', page, re.DOTALL)
    return found[0] if found else page[:1500]


@pytest.fixture
def desk(office: Office) -> Desk:
    """Somebody of the communications team on a Wednesday morning."""
    return Desk(office, office.sign_in("hoa", "broadcast"))
