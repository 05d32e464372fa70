"""Dossiers, their progress, and the procedures they belong to."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from store.tables.columns import BigId, Json, big_key, one_of, partial_index


class State(StrEnum):
    """Internal states (domain 3.2)."""

    submitted = "submitted"
    received = "received"
    assigned = "assigned"
    appraising = "appraising"
    signing = "signing"
    supplement_required = "supplement_required"
    payment_required = "payment_required"
    refused = "refused"
    withdrawn = "withdrawn"
    stopped = "stopped"
    result_ready = "result_ready"
    result_delivered = "result_delivered"


#: States in which somebody still works on a dossier, as the partial index spells it.
OPEN = "state NOT IN ('refused', 'withdrawn', 'stopped', 'result_ready', 'result_delivered')"
#: States in which nothing more is expected, as the partial index spells it.
ENDED = "state IN ('refused', 'withdrawn', 'stopped', 'result_delivered')"


def dossier_key(index: bool = False, primary: bool = False) -> Any:
    """A reference to a dossier that goes when the dossier goes."""
    return Field(
        sa_column=Column(
            BigId,
            ForeignKey("dossier.id", ondelete="CASCADE"),
            nullable=False,
            index=index,
            primary_key=primary,
        )
    )


class Dossier(SQLModel, table=True):
    """One citizen's case (contract 3, "Dossier"); state and dates are derived from its events."""

    __tablename__ = "dossier"
    __table_args__ = (
        one_of("state", State, "state"),
        Index("ix_dossier_phone", "phone", "id"),
        Index("ix_dossier_promised", "state", "promised_at"),
        Index("ix_dossier_identity", "identity_hash"),
        # The console's lists, newest first: flat in time at any number of dossiers.
        Index("ix_dossier_state", "state", "id"),
        Index("ix_dossier_unit", "unit_code", "id"),
        Index("ix_dossier_unit_state", "unit_code", "state", "id"),
        Index("ix_dossier_procedure", "procedure_code", "id"),
        Index("ix_dossier_field", "field_name", "id"),
        Index("ix_dossier_last3", "identity_last3", "id"),
        Index("ix_dossier_received", "received_at", "id"),
        Index("ix_dossier_due", "promised_at", "id"),
        partial_index("ix_dossier_open", "promised_at", "id", where=OPEN),
        # Pruning finds what ended long ago without walking through what ended lately.
        partial_index("ix_dossier_ended", "state_at", "id", where=ENDED),
        # What was finished on a day: ready, or handed over without having been called ready.
        partial_index("ix_dossier_ready", "result_ready_at", where="result_ready_at IS NOT NULL"),
        partial_index(
            "ix_dossier_handed",
            "delivered_at",
            where="result_ready_at IS NULL AND delivered_at IS NOT NULL",
        ),
    )

    id: int | None = big_key()
    #: Canonical MaHoSo (domain 1.3).
    code: str = Field(unique=True)
    receipt_number: str = Field(default="", index=True)
    procedure_code: str = ""
    procedure_name: str = ""
    field_name: str = ""
    owner_name: str = ""
    owner_folded: str = ""
    #: "citizen", "organisation", "household" or "".
    applicant_type: str = ""
    #: Keyed hash and last 3 digits of MaDoiTuong; the number itself is never stored.
    identity_hash: str = ""
    identity_last3: str = ""
    #: E.164; empty when the counter typed something unusable (kept in ``phone_problem``).
    phone: str = ""
    phone_problem: str = ""
    #: The tick at the counter.
    zalo_notify: bool = False
    unit_name: str = ""
    agency_name: str = ""
    #: MaDinhDanhDV; where the sender names none, the unit in front of the dossier's code.
    unit_code: str = ""
    result_form: str = ""
    summary: str = ""
    source_system: str = ""
    submitted_at: datetime | None = None
    received_at: datetime | None = None
    promised_at: datetime | None = None
    result_ready_at: datetime | None = None
    delivered_at: datetime | None = None
    state: str = State.submitted
    national_state: int = 1
    step: str = ""
    #: Reason or request that still stands (supplement, refusal, stop).
    open_reason: str = ""
    state_at: datetime
    #: Intervals in which a supplement stops the clock: [["iso", "iso" | null], ...].
    pauses: list[list[str | None]] = Field(
        default_factory=list, sa_column=Column(Json, nullable=False)
    )
    #: Unguessable; in the receipt's QR, revocable by giving the dossier a new one.
    receipt_token: str = Field(unique=True)
    overdue_noted_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 1


class DossierEvent(SQLModel, table=True):
    """One progress event as its source system told it: append-only (domain 3.2)."""

    __tablename__ = "dossier_event"
    __table_args__ = (
        UniqueConstraint("source_system", "source_event_id", name="uq_dossier_event_source"),
        Index("ix_dossier_event_dossier", "dossier_id", "occurred_at", "id"),
    )

    id: int | None = big_key()
    dossier_id: int = dossier_key()
    source_system: str = ""
    source_event_id: str
    national_state: int
    state: str
    step: str = ""
    occurred_at: datetime
    recorded_at: datetime
    content: str = ""
    officer: str = ""
    unit_name: str = ""
    promised_at: datetime | None = None
    #: Whether citizens were told: "announced", "late" (older than the state shown), "repeat".
    outcome: str = "announced"


class DossierWatch(SQLModel, table=True):
    """A follower tied to one dossier because they held its receipt."""

    __tablename__ = "dossier_watch"

    dossier_id: int = dossier_key(primary=True)
    uid: str = Field(primary_key=True, index=True)
    created_at: datetime


class ReceiptFile(SQLModel, table=True):
    """The receipt PDF of a dossier as the one-stop software made it."""

    __tablename__ = "receipt_file"

    dossier_id: int = dossier_key(primary=True)
    #: "sha256:<hex>", the key under which the sender uploads it.
    media: str = Field(index=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    size: int
    source: str
    created_at: datetime


class Procedure(SQLModel, table=True):
    """One administrative procedure as imported (domain 2); ``record`` keeps everything."""

    __tablename__ = "procedure"

    id: int | None = big_key()
    #: The code where there is one, else the slug.
    key: str = Field(unique=True)
    code: str = Field(default="", index=True)
    slug: str = ""
    name: str
    field_name: str = ""
    record: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    #: Indexed, because the search asks for the newest one before every answer.
    updated_at: datetime = Field(index=True)
    #: Counts up with every change; what it replaced stands in `ProcedureVersion`.
    version: int = 1
    changed_by: str = ""


class ProcedureVersion(SQLModel, table=True):
    """What a procedure said at a version, and who put it there: append-only."""

    __tablename__ = "procedure_version"

    procedure_id: int = Field(
        sa_column=Column(BigId, ForeignKey("procedure.id", ondelete="CASCADE"), primary_key=True)
    )
    version: int = Field(primary_key=True)
    record: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
    changed_by: str = ""
    created_at: datetime


class ReceiptCode(SQLModel, table=True):
    """A short code shown behind a receipt's QR, to be sent in the chat once (zalo-protocol 7.7)."""

    __tablename__ = "receipt_code"

    #: Keyed hash of the code; the code itself is shown once and never stored.
    code_hash: str = Field(primary_key=True)
    dossier_id: int = dossier_key(index=True)
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = None


class ScanCount(SQLModel, table=True):
    """How often the pages behind QR codes were opened on a day; nothing about who opened them."""

    __tablename__ = "scan_count"

    day: date = Field(primary_key=True)
    #: "receipt" (never which one) or "procedure:<key>".
    subject: str = Field(primary_key=True)
    opened: int = 0
