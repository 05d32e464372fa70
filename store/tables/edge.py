"""What arrives from Zalo, and the OA's credentials."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from store.tables.columns import big_key, one_of, partial_index


class InboundState(StrEnum):
    """Where an event stands between "stored" and "handled"."""

    queued = "queued"
    leased = "leased"
    handled = "handled"
    ignored = "ignored"
    parked = "parked"


class InboundEvent(SQLModel, table=True):
    """One webhook delivery, stored before it is answered; its key is kept KEEP_EVENTS_DAYS."""

    __tablename__ = "inbound_event"
    __table_args__ = (
        one_of("state", InboundState, "state"),
        partial_index("ix_inbound_event_leased", "subject", "id", where="state = 'leased'"),
        partial_index("ix_inbound_event_parked", "id", where="state = 'parked'"),
        # Only rows that retention still has to empty: it must not walk through all history.
        partial_index("ix_inbound_event_kept", "received_at", where="body IS NOT NULL"),
        partial_index("ix_inbound_event_queued", "id", where="state IN ('queued', 'leased')"),
        # The chat as staff read it. Filled when an event is handled, so that storing it stays cheap.
        partial_index("ix_inbound_event_chat", "subject", "id", where="state = 'handled'"),
    )

    id: int | None = big_key()
    dedupe_key: str = Field(unique=True)
    event_name: str
    subject: str = ""
    #: Raw bytes as received; emptied by retention, the row stays for deduplication.
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    zns: bool = False
    correlation_id: str
    received_at: datetime
    sent_at: datetime | None = None
    state: str = InboundState.queued
    attempts: int = 0
    lease_owner: str = ""
    lease_until: datetime | None = None
    handled_at: datetime | None = None
    handler: str = ""
    problem: str = ""


class OaToken(SQLModel, table=True):
    """The OA's token pair, encrypted at rest; one row an OA, locked while it is renewed."""

    __tablename__ = "oa_token"
    __table_args__ = (one_of("state", ("ok", "refused"), "state"),)

    oa_id: str = Field(primary_key=True)
    access_sealed: str
    refresh_sealed: str
    #: The pair before this one, for forensics (protocol 8.9).
    previous_sealed: str = ""
    #: When a person last gave consent or stored a pair by hand.
    consented_at: datetime
    issued_at: datetime
    expires_at: datetime
    refresh_expires_at: datetime
    state: str = "ok"
    problem: str = ""
    version: int = 1


class OauthAttempt(SQLModel, table=True):
    """A consent link somebody opened: ties ``state`` to the PKCE verifier for ten minutes."""

    __tablename__ = "oauth_attempt"

    state: str = Field(primary_key=True)
    verifier_sealed: str
    created_at: datetime
    used_at: datetime | None = None


class ZaloUpload(SQLModel, table=True):
    """A file already uploaded to Zalo; its token works for 7 days (protocol 3.5)."""

    __tablename__ = "zalo_upload"

    media: str = Field(primary_key=True)
    kind: str
    token: str
    expires_at: datetime
