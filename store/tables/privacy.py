"""Requests of data subjects and incidents, each with its legal clock (Law 91/2025, domain 4.5)."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from store.tables.columns import big_key, one_of

REQUEST_KINDS = ("see", "correct", "delete", "withdraw")
REQUEST_STATES = ("new", "acknowledged", "done", "refused")


class PrivacyRequest(SQLModel, table=True):
    """Somebody asks to see, correct, delete or withdraw; done requests keep no personal data."""

    __tablename__ = "privacy_request"
    __table_args__ = (
        one_of("kind", REQUEST_KINDS, "kind"),
        one_of("state", REQUEST_STATES, "state"),
        Index("ix_privacy_request_state", "state", "due_at"),
    )

    id: int | None = big_key()
    #: DL-YYMMDD-NNN, told to the citizen.
    code: str = Field(unique=True)
    kind: str
    #: "chat", "zalo" (user_withdraw), "counter", "cli".
    source: str
    uid: str = Field(default="", index=True)
    #: E.164; emptied with name and details when the request is done.
    phone: str = ""
    name: str = ""
    dossier_code: str = ""
    details: str = ""
    #: How the counter made sure who asks ("căn cước tại quầy"); never a number.
    identity_check: str = ""
    received_at: datetime
    acknowledge_due_at: datetime
    due_at: datetime
    acknowledged_at: datetime | None = None
    #: One extension, with its reason.
    extended_until: datetime | None = None
    extension_reason: str = ""
    state: str = "new"
    outcome: str = ""
    done_at: datetime | None = None
    done_by: str = ""
    created_by: str = ""
    updated_at: datetime
    version: int = 1


class Incident(SQLModel, table=True):
    """A breach of personal data: the authority hears of it within 72 hours of its discovery."""

    __tablename__ = "incident"

    id: int | None = big_key()
    title: str
    discovered_at: datetime = Field(index=True)
    notify_due_at: datetime
    description: str = ""
    #: Kinds of data and how many people, in words.
    affected: str = ""
    measures: str = ""
    authority_notified_at: datetime | None = None
    subjects_notified_at: datetime | None = None
    closed_at: datetime | None = None
    created_by: str = ""
    updated_at: datetime
    version: int = 1
