"""`office`: the web application with staff who sign in, on both databases, with a settable clock."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlmodel import col, select
from werkzeug.test import TestResponse

from clock import FixedClock
from console import passwords
from crypto import Vault
from service.web import build
from settings import Settings
from store import audit as chain
from store import sessions, staff
from store.engine import Database
from store.tables import Agency, AuditEntry, StaffAccount

PASSWORD = "con trâu đi cày ruộng sớm"
#: Made once: hashing costs a tenth of a second on purpose.
HASH = passwords.hashed(PASSWORD)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Clerk:
    """One signed-in browser."""

    client: FlaskClient
    username: str
    csrf: str = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page and remember the token of its forms."""
        answer = self.client.get(path, **more)
        found = re.search(rb'<meta name="csrf" content="([^"]+)"', answer.get_data())
        if found:
            self.csrf = found[1].decode()
        return answer

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form as a page of ours would, with its token."""
        if not self.csrf:
            self.get("/console/toi")
        return self.client.post(path, data={"csrf": self.csrf, **(data or {})}, **more)

    def text(self, path: str) -> str:
        """The page as text; it must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.get_data(as_text=True)[:2000])
        return answer.get_data(as_text=True)


@dataclass
class Office:
    """The application, its database, and people to sign in as."""

    app: Flask
    database: Database
    settings: Settings
    vault: Vault
    clock: FixedClock
    _number: int = field(default=0)

    def account(
        self,
        username: str,
        *roles: str,
        agency: int = 0,
        grants: Iterable[tuple[str, int]] = (),
        factor: bool | None = None,
    ) -> StaffAccount:
        """An account in use; admins and approvers have a second factor unless told otherwise."""
        wanted = [(role, agency) for role in roles] + list(grants)
        strong = any(role in ("admin", "approver") for role, _ in wanted)
        with self.database.write() as session:
            made = staff.create(
                session,
                username=username,
                full_name=f"{username.capitalize()} Mẫu",
                password_hash=HASH,
                grants=wanted,
                now=self.clock.now(),
                by="test",
            )
            assert made is not None
            if strong if factor is None else factor:
                made.totp_sealed = self.vault.encrypt(SECRET)
                made.totp_confirmed_at = self.clock.now()
                session.add(made)
        return made

    def sign_in(self, username: str, *roles: str, agency: int = 0, **more: Any) -> Clerk:
        """Make the account if need be and open a session that showed everything it demands.

        The forms of signing in are tried in `test_sign_in` (`by_hand`); here their cost, meant
        for attackers, would be paid by every test.
        """
        with self.database.read() as session:
            known = staff.by_username(session, username)
        account = known or self.account(username, *roles, agency=agency, **more)
        # As after typing the code of the app: a moment later.
        self.clock.advance(seconds=60 if account.totp_confirmed_at else 0)
        token, now = secrets.token_urlsafe(32), self.clock.now()
        with self.database.write() as session:
            sessions.start(
                session,
                token,
                account.id or 0,
                now=now,
                life=timedelta(hours=self.settings.session_hours),
                ip="127.0.0.1",
                user_agent="test",
                second_factor=True,
            )
            chain.add(
                session,
                self.vault.audit_seal,
                actor=username,
                action="sign_in.done",
                now=now,
                subject_kind="account",
                subject=username,
                details={"factor": "totp"},
            )
        clerk = Clerk(self.app.test_client(), username)
        clerk.client.set_cookie("motcua", token)
        return clerk

    def by_hand(self, username: str, *roles: str, agency: int = 0, **more: Any) -> Clerk:
        """Make the account if need be and sign in through the forms."""
        with self.database.read() as session:
            known = staff.by_username(session, username)
        if known is None:
            self.account(username, *roles, agency=agency, **more)
        clerk = Clerk(self.app.test_client(), username)
        clerk.get("/console/dang-nhap")
        answer = clerk.post(
            "/console/dang-nhap", {"username": username, "password": PASSWORD, "tiep": ""}
        )
        assert answer.status_code == 303, answer.get_data(as_text=True)
        if "ma-xac-thuc" in answer.headers["Location"]:
            clerk.get("/console/ma-xac-thuc")
            answer = clerk.post("/console/ma-xac-thuc", {"code": self.code(), "tiep": ""})
            assert answer.status_code == 303, answer.get_data(as_text=True)
        clerk.csrf = ""
        return clerk

    def code(self) -> str:
        """The code the app shows now; the clock moves on first, for a code works once."""
        self.clock.advance(seconds=60)
        return pyotp.TOTP(SECRET).at(int(self.clock.now().timestamp()))

    def agency(self, code: str, name: str, parent: int | None = None, **more: Any) -> int:
        """An agency; answers its id."""
        with self.database.write() as session:
            row = Agency(
                code=code,
                name=name,
                name_folded=name.lower(),
                parent_id=parent,
                updated_at=self.clock.now(),
                **more,
            )
            session.add(row)
            session.flush()
            assert row.id is not None
            return row.id

    def audited(self, action: str = "") -> list[AuditEntry]:
        """The audit's entries, oldest first."""
        with self.database.read() as session:
            rows = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
        return [row for row in rows if not action or row.action == action]


class Compiled(BytecodeCache):
    """Templates compiled once a process, not once a test."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = Compiled()


@pytest.fixture
def office(db: Database, settings: Settings, vault: Vault, clock: FixedClock) -> Iterator[Office]:
    """The console over an empty database."""
    app = build(settings, db, clock)
    app.testing = True
    app.jinja_env.bytecode_cache = _COMPILED
    yield Office(app, db, settings, vault, clock)
