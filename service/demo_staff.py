"""Sample staff of the demonstration: one clerk for everything at the counter, one administrator."""

from __future__ import annotations

from datetime import datetime

import pyotp
from sqlmodel import Session

from console import passwords
from crypto import Vault
from store import staff

PASSWORD = "mau-thu-khong-dung-that"  # noqa: S105 - of the demonstration alone, printed on purpose
#: So that the demonstration's administrator needs no phone: ``app.py demo --code`` tells the code.
FACTOR = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"
PEOPLE = (
    ("lan", "Nguyễn Thị Lan Mẫu", ("reception", "officer", "feedback", "broadcast")),
    ("quan", "Trần Văn Quân Mẫu", ("admin", "approver")),
)


def load(session: Session, vault: Vault, now: datetime) -> None:
    """Make the sample accounts."""
    made = passwords.hashed(PASSWORD)
    for username, full_name, roles in PEOPLE:
        account = staff.create(
            session,
            username=username,
            full_name=full_name,
            password_hash=made,
            grants=[(role, 0) for role in roles],
            now=now,
            by="demo",
        )
        if account is not None and "admin" in roles:
            account.totp_sealed, account.totp_confirmed_at = vault.encrypt(FACTOR), now
            session.add(account)


def code() -> str:
    """The one-time code the administrator's app would show now."""
    return pyotp.TOTP(FACTOR).now()
