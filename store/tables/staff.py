"""People who work with the system: accounts, their roles and sessions, and the audit of it all."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.tables.columns import BigId, Json, big_key, one_of


class Role(StrEnum):
    """What an account may do; what each may is in `console.access`."""

    admin = "admin"
    reception = "reception"
    officer = "officer"
    feedback = "feedback"
    broadcast = "broadcast"
    approver = "approver"
    auditor = "auditor"


def account_key(index: bool = True) -> Any:
    """A reference to a staff account, which is disabled but never deleted."""
    return Field(
        sa_column=Column(BigId, ForeignKey("staff_account.id"), nullable=False, index=index)
    )


class StaffAccount(SQLModel, table=True):
    """One person at the office; disabled when they leave, so that the audit keeps its names."""

    __tablename__ = "staff_account"

    id: int | None = big_key()
    #: Lower case, as typed at sign-in.
    username: str = Field(unique=True)
    full_name: str = ""
    #: Argon2id.
    password_hash: str
    password_changed_at: datetime
    #: Somebody else set the password: the owner chooses their own at the next sign-in.
    must_change: bool = False
    #: The TOTP secret, encrypted; in force once ``totp_confirmed_at`` is set.
    totp_sealed: str = ""
    totp_confirmed_at: datetime | None = None
    #: The last time step a code was accepted for: the same code never works twice (RFC 6238 5.2).
    totp_last_step: int = 0
    failed_logins: int = 0
    locked_until: datetime | None = None
    disabled_at: datetime | None = None
    last_login_at: datetime | None = None
    #: The person's own UID at this OA, for test messages and alerts.
    zalo_uid: str = ""
    created_at: datetime
    created_by: str = ""


class StaffRole(SQLModel, table=True):
    """A role of an account, everywhere (agency 0) or for one agency with its units."""

    __tablename__ = "staff_role"
    __table_args__ = (
        one_of("role", Role, "role"),
        UniqueConstraint("account_id", "role", "agency_id", name="uq_staff_role_grant"),
    )

    id: int | None = big_key()
    account_id: int = account_key()
    role: str
    agency_id: int = Field(default=0, sa_column=Column(BigId, nullable=False))


class StaffSession(SQLModel, table=True):
    """One signed-in browser; only the digest of its cookie is kept."""

    __tablename__ = "staff_session"

    token_hash: str = Field(primary_key=True)
    account_id: int = account_key()
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime = Field(index=True)
    #: When the second factor was shown; None while only the password was.
    second_factor_at: datetime | None = None
    #: When the person last confirmed who they are, for dangerous acts.
    confirmed_at: datetime | None = None
    ip: str = ""
    user_agent: str = ""
    ended_at: datetime | None = None
    end_reason: str = ""


class RecoveryCode(SQLModel, table=True):
    """A code that stands in for a lost phone, once; only its keyed hash is kept."""

    __tablename__ = "recovery_code"

    id: int | None = big_key()
    account_id: int = account_key()
    code_hash: str
    used_at: datetime | None = None


class AuditEntry(SQLModel, table=True):
    """One act or look: append-only, each entry sealed with the one before it.

    The database itself refuses to change or delete a row (migration 0003); ``hash`` is keyed, so
    that not even who can write to the database can forge a chain.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_actor", "actor", "id"),
        Index("ix_audit_entry_action", "action", "id"),
        Index("ix_audit_entry_subject", "subject_kind", "subject", "id"),
        Index("ix_audit_entry_at", "at"),
    )

    #: Counts up by one without gaps; given by `AuditHead`.
    id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    at: datetime
    #: A username, "cli:<system user>", or "system".
    actor: str
    action: str
    #: "dossier", "account", "feedback", ... and which one; never a phone or an ID number.
    subject_kind: str = ""
    subject: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    ip: str = ""
    previous_hash: str
    hash: str


class AuditHead(SQLModel, table=True):
    """The end of the chain, locked by whoever adds to it: a cut-off tail is noticed here."""

    __tablename__ = "audit_head"

    name: str = Field(primary_key=True)
    last_id: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    last_hash: str = ""
