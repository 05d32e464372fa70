"""One-time codes from an app (RFC 6238), and recovery codes for a lost phone."""

from __future__ import annotations

import secrets
from datetime import datetime

import pyotp
from sqlmodel import Session

import journal
from crypto import Undecipherable, Vault
from store import staff
from store.tables import StaffAccount

_STEP_SECONDS = 30
RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_secret() -> str:
    """A fresh TOTP secret (base32, 160 bits)."""
    return pyotp.random_base32()


def address(secret: str, username: str, issuer: str) -> str:
    """What the QR code of the enrolment holds (otpauth://)."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step a code belongs to, one step early or late forgiven; None when it is wrong."""
    digits = "".join(char for char in code if char.isdigit())
    if len(digits) != 6:
        return None
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // _STEP_SECONDS
    for step in (present, present - 1, present + 1):
        if secrets.compare_digest(totp.at(step * _STEP_SECONDS), digits):
            return step
    return None


def accept(session: Session, account: StaffAccount, code: str, vault: Vault, now: datetime) -> str:
    """Check a code against a locked account: "totp", "recovery" or "" when it does not fit.

    A TOTP code works once (RFC 6238 5.2), a recovery code too.
    """
    try:
        secret = vault.decrypt(account.totp_sealed) if account.totp_sealed else ""
    except Undecipherable:
        # Sealed before SECRET_KEY changed: an administrator removes it, recovery codes do not fit.
        journal.get("console").warning("factor_unreadable", source="sign_in")
        secret = ""
    step = step_of(secret, code, now) if secret else None
    if step is not None and step > account.totp_last_step:
        account.totp_last_step = step
        session.add(account)
        return "totp"
    if step is None and account.id is not None:
        tidy = plain(code)
        if staff.use_recovery_code(session, account.id, _hash(vault, account.id, tidy), now):
            return "recovery"
    return ""


def new_recovery_codes(session: Session, account_id: int, vault: Vault) -> list[str]:
    """Ten fresh codes, shown once; the old ones stop working."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    staff.put_recovery_codes(session, account_id, [_hash(vault, account_id, c) for c in codes])
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def plain(code: str) -> str:
    """A recovery code as it is stored, however it was typed."""
    return "".join(char for char in code.lower() if char.isalnum())[:40]


def _hash(vault: Vault, account_id: int, code: str) -> str:
    return vault.code_hash(f"recovery:{account_id}", code)
